// What is done between batches, whether or not there were any: deferred work, and steps of idle tasks.
#include "runtime/stream_thread.h"

namespace tidemark::runtime {

Status StreamThread::idle() {
  for (auto& [partition, slot] : slots_) {
    if (!slot.works()) continue;
    Task& task = *slot.task;
    if (task.state() == TaskState::loading && task.tables_loaded()) {
      task.move_to(TaskState::running);
      reassign_due_ = true;
    }
    auto wanted = task.idle();
    if (!wanted) return wanted.error();
  }
  return ask_log_ends();
}

// One question for all tasks of the thread, and not another before it is answered.
Status StreamThread::ask_log_ends() {
  if (log_ends_asked_ || !owned_) return {};
  std::vector<TopicPartition> wanted;
  for (auto& [partition, slot] : slots_) {
    if (!slot.works()) continue;
    const auto of_task = slot.task->log_ends_to_ask();
    wanted.insert(wanted.end(), of_task.begin(), of_task.end());
  }
  if (wanted.empty()) return {};
  TM_TRY(consumer_->ask_log_ends(wanted));
  log_ends_asked_ = true;
  return {};
}

// What was polled along with the answer is processed by now.
Status StreamThread::take_log_ends(std::span<const LogEnd> ends) {
  log_ends_asked_ = false;
  for (auto& [partition, slot] : slots_) {
    if (!slot.works()) continue;
    auto stepped = slot.task->take_log_ends(ends);
    if (!stepped) return stepped.error();
    epoch_wanted_ = epoch_wanted_ || *stepped;
  }
  return {};
}

}  // namespace tidemark::runtime

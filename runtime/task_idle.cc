// Steps of a task that reads nothing because there is nothing: time goes on all the same.
#include <algorithm>

#include "runtime/task.h"
#include "tidemark/planted_bugs.h"

namespace tidemark::runtime {

// What the processors ask for, taken together.
void Task::watch_silence(const TaskProgress& progress) {
  IdleRule all;
  for (const Node& node : nodes_) {
    const auto rule = node.processor->idle_rule();
    if (!rule) continue;
    all.after = std::max(all.after, rule->after);
    for (const SourceIndex source : rule->sources) {
      if (std::find(all.sources.begin(), all.sources.end(), source) == all.sources.end())
        all.sources.push_back(source);
    }
    all.unheard.insert(all.unheard.end(), rule->unheard.begin(), rule->unheard.end());
  }
  const auto now = blueprint_.clock->monotonic();
  read_to_.assign(read_to_.size(), std::nullopt);
  has_backlog_ = false;
  idle_watch_ = IdleWatch(std::move(all));
  idle_watch_.start(now);
  // Long ago, perhaps; the first step is small then, and its own epoch tells the time anew.
  if (progress.committed_at != kArrivalMin) idle_watch_.know({progress.committed_at, now});
  if (!idle_watch_.is_on()) return;
  idle_steps_ = counter("tidemark_idle_steps_total", "Epochs that moved the watermark without a record.",
                        {{"partition", std::to_string(partition_.value())}});
}

// Nothing is in hand, held back or uncommitted, and no source has more that may be read, as far as was told.
bool Task::is_at_rest() const {
  return state_ == TaskState::running && at_end() && !has_backlog_ && !has_changes();
}

std::vector<TopicPartition> Task::log_ends_to_ask() {
  if (!idle_watch_.is_on()) return {};
  const auto now = blueprint_.clock->monotonic();
  if (!idle_watch_.is_question_due(now) || !is_at_rest()) return {};
  idle_watch_.asked(now);
  std::vector<TopicPartition> partitions;
  for (const SourceIndex source : idle_watch_.rule().sources)
    partitions.push_back({blueprint_.source_topics[source.value()], partition_});
  return partitions;
}

Result<bool> Task::take_log_ends(std::span<const LogEnd> ends) {
  if (!is_at_rest()) return false;
  std::vector<SourceEnd> sources;
  for (const SourceIndex source : idle_watch_.rule().sources) {
    const TopicPartition wanted{blueprint_.source_topics[source.value()], partition_};
    const auto end = std::find_if(ends.begin(), ends.end(),
                                  [wanted](const LogEnd& each) { return each.partition == wanted; });
    sources.push_back(
        {.read_to = read_to_[source.value()],
         .high_watermark = end == ends.end() ? std::nullopt : std::optional(end->high_watermark)});
  }
  const auto broker_time = idle_watch_.answer(sources);
  if (!broker_time) return false;
  const EventTime before = watermark_;
  TM_TRY(step_idle(TM_PLANTED_BUG(idle_by_own_clock) ? blueprint_.clock->wall() : *broker_time));
  idle_watch_.stepped();
  if (watermark_ > before) {
    epoch_wanted_ = true;
    ++counters_[idle_steps_].pending;
  }
  return has_changes();
}

Status Task::step_idle(ArrivalTime broker_time) {
  wall_clock_time_ = blueprint_.clock->wall();
  for (Node& node : nodes_) {
    if (node.processor->idle_rule()) TM_TRY(node.processor->idle(broker_time, *node.context));
  }
  return {};
}

}  // namespace tidemark::runtime

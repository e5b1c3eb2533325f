// The second half of an epoch, P1 to P5, and what is done when any of it fails.
#include "runtime/stream_thread.h"

#include <algorithm>

#include "tidemark/planted_bugs.h"

namespace tidemark::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kBackoffFirst{50};
constexpr milliseconds kBackoffMax{2'000};
constexpr int kFencedMax = 3;
constexpr milliseconds kFencedWindow{60'000};
constexpr milliseconds kFlushInterval{120'000};

}  // namespace

bool StreamThread::has_records_in_hand() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const auto& entry) { return entry.second.task && entry.second.task->has_pending(); });
}

std::vector<Task*> StreamThread::tasks_to_commit() {
  std::vector<Task*> tasks;
  for (auto& [partition, slot] : slots_) {
    if (slot.works() && slot.task->has_changes()) tasks.push_back(slot.task.get());
  }
  return tasks;
}

Status StreamThread::commit_epoch() {
  const std::vector<Task*> tasks = tasks_to_commit();
  epoch_wanted_ = false;
  epoch_since_.reset();
  if (tasks.empty()) return {};
  // After a commit whose EndTxn may still be under way, nothing is begun on the same producer.
  if (producer_broken_) TM_TRY(rebuild_producer());
  const nanoseconds began = blueprint_.clock->monotonic();
  Status committed = produce(tasks);
  if (committed) committed = commit_transaction(tasks);
  if (!committed) {
    // Half an epoch cannot be tried again: the tasks have handed over what they had.
    Error error = committed.error();
    if (error.disposition == Disposition::retry) error.disposition = Disposition::abort_txn;
    return error;
  }
  fenced_at_.clear();
  last_commit_ = blueprint_.clock->monotonic();
  commit_seconds_.observe_seconds(
      std::chrono::duration_cast<std::chrono::microseconds>(last_commit_ - began).count());
  if (last_commit_ - last_flush_ < kFlushInterval) return {};
  // P6, now and then: a crash then replays minutes, not days.
  last_flush_ = last_commit_;
  for (auto& [partition, slot] : slots_) {
    if (slot.works()) TM_TRY(slot.task->flush_stores());  // quiet ones too
  }
  return {};
}

// P1, one task after the other.
Status StreamThread::produce(const std::vector<Task*>& tasks) {
  TM_TRY(producer_->begin());
  in_transaction_ = true;
  for (Task* task : tasks) TM_TRY(task->end_epoch(*producer_));
  return {};
}

// P2 to P5.
Status StreamThread::commit_transaction(const std::vector<Task*>& tasks) {
  auto last = producer_->flush(settings_.transaction_timeout);
  if (!last) return last.error();
  std::vector<OffsetToCommit> offsets;
  for (const Task* task : tasks) {
    for (OffsetToCommit& offset : task->offsets_to_commit(settings_.name))
      offsets.push_back(std::move(offset));
  }
  TM_TRY(producer_->send_offsets(offsets, *consumer_, settings_.transaction_timeout));
  const CommitOutcome outcome = producer_->commit(settings_.transaction_timeout);
  if (outcome == CommitOutcome::aborted) {
    in_transaction_ = false;
    producer_broken_ = !TM_PLANTED_BUG(producer_kept_after_abort);
    return Error{Disposition::abort_txn, "commit_aborted", "the transaction was aborted by the broker"};
  }
  if (outcome == CommitOutcome::unknown) {
    unknown_total_.add(1);
    producer_broken_ = true;
    return Error{Disposition::abort_txn, "commit_unknown",
                 "nobody can tell whether the transaction was committed"};
  }
  in_transaction_ = false;
  // Whatever comes late must find another producer epoch.
  producer_broken_ = outcome == CommitOutcome::suspect && !TM_PLANTED_BUG(producer_kept_when_suspect);
  committed_total_.add(1);
  for (Task* task : tasks) {
    TM_TRY(task->apply(*last));
    tell_notices(*task);
  }
  return {};
}

// The epoch is lost. Whatever the broker made of it, the tasks are restored from what is committed. The
// abort ends the transaction at once, for those who read behind it; but nobody can tell which of its requests
// were repeated, or come late, so the producer is done with, answered or not.
Status StreamThread::recover(const Error& error) {
  log(LogLevel::warning, "epoch dropped: " + error.code + ": " + error.message, error.code);
  aborted_total_.add(1);
  if (in_transaction_ && producer_ && !producer_broken_) {
    const Status aborted = producer_->abort(settings_.transaction_timeout);
    producer_broken_ = !aborted || !TM_PLANTED_BUG(producer_kept_after_abort);
  }
  in_transaction_ = false;
  restore_all();
  return {};
}

// What the thread does about an error, by its disposition. Returns it only when the thread has to end.
Status StreamThread::answer(const Error& error) {
  const nanoseconds now = blueprint_.clock->monotonic();
  backoff_ = std::clamp(backoff_ * 2, kBackoffFirst, kBackoffMax);
  if (error.code == "state_corrupt" && mend_damaged()) return recover(error);
  if (error.code == "state_disk_full") return recover(error);  // the restore waits until there is room
  switch (error.disposition) {
    case Disposition::dead_letter:
      return Error{Disposition::fatal, "internal",
                   "a record's error reached the thread: " + error.code + ": " + error.message};
    case Disposition::retry:
      // Half an epoch may be in hand, and records that the next poll takes away: dropped, unless nothing was
      // begun.
      if (in_transaction_ || has_records_in_hand()) TM_TRY(recover(error));
      if (last_trouble_ != error.code)
        log(LogLevel::warning, "waits: " + error.code + ": " + error.message, error.code);
      last_trouble_ = error.code;
      retry_at_ = now + backoff_;
      return {};
    case Disposition::abort_txn:
      last_trouble_ = error.code;
      retry_at_ = now + backoff_;
      return recover(error);
    case Disposition::fatal:
      break;
  }
  if (error.code == "fenced") return rejoin(error);
  return error;
}

// Fenced: by our own late transaction, by an expired session, or by a rival. Only the last comes again at
// once.
Status StreamThread::rejoin(const Error& error) {
  const nanoseconds now = blueprint_.clock->monotonic();
  std::erase_if(fenced_at_, [now](nanoseconds at) { return now - at > kFencedWindow; });
  fenced_at_.push_back(now);
  if (static_cast<int>(fenced_at_.size()) > kFencedMax) {
    return Error{Disposition::fatal, "instance_id_taken",
                 "fenced again right after joining: another process uses the instance id " + settings_.name +
                     "; give each process a state directory of its own"};
  }
  log(LogLevel::warning, "fenced, joins again: " + error.message, error.code);
  for (auto& [partition, slot] : slots_) {
    if (slot.task) slot.task->discard();
  }
  slots_.clear();
  batch_.reset();
  producer_.reset();
  consumer_.reset();
  reader_.reset();
  owned_ = false;
  in_transaction_ = false;
  producer_broken_ = true;
  reassign_due_ = false;
  epoch_since_.reset();
  last_trouble_ = error.code;
  retry_at_ = now + backoff_;
  return {};
}

}  // namespace tidemark::runtime

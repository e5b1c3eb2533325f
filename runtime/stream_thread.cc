#include "runtime/stream_thread.h"

#include <algorithm>

namespace tidemark::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::size_t kPollRecords = 2'000;
constexpr std::size_t kProcessRecords = 20'000;  // of one task before the others have their turn
constexpr std::size_t kEpochRecords = 200'000;
constexpr int kCutsWithoutPoll = 4;
constexpr milliseconds kPollIdle{20};
constexpr milliseconds kAfterCommit{3};  // markers are written meanwhile; a produce would wait 20 ms
constexpr milliseconds kInitTimeout{10'000};
constexpr milliseconds kOpenTransaction{20};  // between two looks at it
constexpr milliseconds kRestoreRetry{500};
constexpr milliseconds kCheckRoom{1'000};
constexpr std::chrono::hours kDamageWindow{1};
constexpr std::size_t kDamagesMax = 3;  // then it is not the store that is bad

std::string describe(const DiskSpace& space) {
  return "only " + std::to_string(space.free_bytes) + " bytes are free under the state directory, " +
         std::to_string(space.needed_bytes) + " are required; free some, and it goes on by itself";
}

}  // namespace

StreamThread::StreamThread(const Blueprint& blueprint, LogClients& clients, ThreadSettings settings)
    : blueprint_(blueprint),
      clients_(clients),
      settings_(std::move(settings)),
      committed_total_(blueprint.metrics->counter("tidemark_transactions_total", "Transactions by outcome.",
                                                  {{"result", "committed"}})),
      aborted_total_(blueprint.metrics->counter("tidemark_transactions_total", "Transactions by outcome.",
                                                {{"result", "aborted"}})),
      unknown_total_(blueprint.metrics->counter("tidemark_transactions_total", "Transactions by outcome.",
                                                {{"result", "unknown"}})),
      commit_seconds_(blueprint.metrics->histogram("tidemark_commit_duration_seconds",
                                                   "From the first produce of an epoch to its commit.", {})),
      free_bytes_(blueprint.metrics->gauge("tidemark_state_free_bytes",
                                           "Free on the disk that holds the state directory.", {})) {
  status_.name = settings_.name;
}

StreamThread::~StreamThread() {
  slots_.clear();
  batch_.reset();
}

void StreamThread::log(LogLevel level, const std::string& message, std::string_view code) const {
  if (settings_.log) settings_.log(level, code, settings_.name + ": " + message);
}

Status StreamThread::step() {
  if (blueprint_.clock->monotonic() < retry_at_) {
    blueprint_.clock->sleep(milliseconds(5));
    publish_status();
    return {};
  }
  const Status turned = turn();
  Status answered = turned ? Status() : answer(turned.error());
  if (turned && !last_trouble_.empty()) {
    log(LogLevel::info, "goes on after " + last_trouble_, last_trouble_);
    last_trouble_.clear();
    backoff_ = milliseconds{0};
  }
  publish_status();
  if (answered && !slots_.empty() && std::all_of(slots_.begin(), slots_.end(), [](const auto& entry) {
        return entry.second.stopped.has_value();
      })) {
    return *slots_.begin()->second.stopped;  // nothing is left to do here
  }
  return answered;
}

Status StreamThread::turn() {
  if (!consumer_) TM_TRY(connect());
  if (producer_broken_) TM_TRY(rebuild_producer());
  TM_TRY(check_health());
  TM_TRY(check_room());
  if (reassign_due_) TM_TRY(reassign());
  auto events = consumer_->poll(*batch_, kPollRecords, poll_timeout());
  if (!events) return events.error();
  TM_TRY(handle(*events));
  dispatch();
  auto rewound = process();
  if (!rewound) return rewound.error();
  for (const EndOfPartition& end : events->ends) {
    if (*rewound) break;  // what came before these ends was dropped; they are told again
    const auto slot = slots_.find(end.partition.partition);
    if (slot == slots_.end() || !slot->second.works()) continue;
    if (const auto source = slot->second.task->source_of(end.partition.topic))
      slot->second.task->reached_end(*source, end.next_offset);
  }
  if (events->log_ends) TM_TRY(take_log_ends(*events->log_ends));
  TM_TRY(idle());
  if (epoch_due()) TM_TRY(commit_epoch());
  return restore_some();
}

Status StreamThread::connect() {
  auto consumer = clients_.group_consumer(settings_.name);
  if (!consumer) return consumer.error();
  auto reader = clients_.reader();
  if (!reader) return reader.error();
  // Ends what an earlier life of this instance left open, before anything is read.
  TM_TRY(rebuild_producer());
  TM_TRY((*consumer)->subscribe(blueprint_.source_topics));
  consumer_ = *std::move(consumer);
  reader_ = *std::move(reader);
  batch_ = consumer_->new_batch();
  log_ends_asked_ = false;
  return {};
}

Status StreamThread::rebuild_producer() {
  producer_.reset();
  producer_broken_ = true;
  auto producer = clients_.producer(settings_.name);
  if (!producer) return producer.error();
  TM_TRY((*producer)->init(kInitTimeout));
  producer_ = *std::move(producer);
  producer_broken_ = false;
  in_transaction_ = false;
  return {};
}

Status StreamThread::handle(const PollEvents& events) {
  if (!events.out_of_range.empty()) {
    const TopicPartition& partition = events.out_of_range.front();
    const auto slot = slots_.find(partition.partition);
    if (slot != slots_.end() && !slot->second.stopped) {
      stop_task(slot->second,
                {Disposition::fatal, "offset_lost",
                 blueprint_.topics.name(partition.topic) + "[" + std::to_string(partition.partition.value()) +
                     "]: the next offset to read is gone from the topic; records were deleted unread"});
      reassign_due_ = true;
    }
  }
  if (events.revoked) TM_TRY(on_revoked(events.lost));
  if (events.assigned) TM_TRY(on_assigned(*events.assigned));
  return {};
}

// The group takes everything away: what is in hand is committed if that is still allowed, and the databases
// are closed before the group hears of it, because the next owner may be another thread of this process.
Status StreamThread::on_revoked(bool lost) {
  Status committed;
  if (!lost && owned_) committed = commit_epoch();
  Status flushed;
  for (auto& [partition, slot] : slots_) {
    if (!slot.task) continue;
    slot.restore.reset();
    slot.task->discard();
    if (const Status done = flush_before_closing(*slot.task); !done && flushed) flushed = done;
  }
  slots_.clear();
  batch_->clear();
  owned_ = false;
  reassign_due_ = false;
  epoch_since_.reset();
  log(LogLevel::info, lost ? "lost its partitions" : "gave back its partitions");
  TM_TRY(consumer_->acknowledge_revoke());
  if (!committed && committed.error().disposition != Disposition::fatal) {
    aborted_total_.add(1);
    producer_broken_ = true;  // what it left open is aborted before the next begin
    return flushed;
  }
  return committed ? flushed : committed;
}

// A task is ours when its partition of every source is. The group deals each topic out by itself: where
// counts or subscriptions of the members differ, one may get a task's usage and another its customers.
Result<std::set<PartitionId>> StreamThread::whole_tasks(const std::vector<TopicPartition>& partitions) const {
  std::map<PartitionId, std::size_t> sources;
  for (const TopicPartition& given : partitions) ++sources[given.partition];
  const std::int32_t wanted = blueprint_.topology->partitions;
  std::set<PartitionId> whole;
  for (const auto& [partition, count] : sources) {
    if (partition.value() < wanted && count == blueprint_.source_topics.size()) whole.insert(partition);
  }
  if (whole.size() == sources.size()) return whole;
  for (const TopicId topic : blueprint_.source_topics) {
    const auto found = clients_.partition_count(topic);
    if (found && *found && **found != wanted)
      return partition_count_changed("topic " + blueprint_.topics.name(topic), **found, *blueprint_.topology);
  }
  log(LogLevel::warning, "leaves " + std::to_string(sources.size() - whole.size()) +
                             " partitions alone: other members have some of their sources");
  return whole;
}

// A store that is damaged or has no room is left as it is: whoever opens it next meets the damage, or replays
// what it lacks.
Status StreamThread::flush_before_closing(Task& task) {
  const Status flushed = task.flush_stores();
  if (flushed || (flushed.error().code != "state_corrupt" && flushed.error().code != "state_disk_full"))
    return flushed;
  log(LogLevel::warning, task.name() + ": closed without a last write: " + flushed.error().message,
      flushed.error().code);
  return {};
}

Status StreamThread::on_assigned(const std::vector<TopicPartition>& partitions) {
  auto whole = whole_tasks(partitions);
  if (!whole) return whole.error();
  const std::set<PartitionId>& ours = *whole;
  std::erase_if(slots_, [&ours](const auto& entry) { return !ours.contains(entry.first); });
  for (const PartitionId partition : ours) slots_[partition].stopped.reset();
  owned_ = true;
  restore_all();
  log(LogLevel::info, "owns " + std::to_string(ours.size()) + " partitions");
  return {};
}

// Every task goes back to what is committed. Restores run one after the other, on one reader.
void StreamThread::restore_all() {
  if (batch_) batch_->clear();
  for (auto& [partition, slot] : slots_) {
    if (!slot.task) continue;
    slot.task->discard();
    slot.task->move_to(TaskState::restoring);
    slot.restore = make_restore(*slot.task);
  }
  epoch_since_.reset();
  epoch_wanted_ = false;
  reassign_due_ = true;
}

std::unique_ptr<TaskRestore> StreamThread::make_restore(Task& task) {
  return std::make_unique<TaskRestore>(
      blueprint_, task, RestoreClients{&clients_, reader_.get(), consumer_.get(), settings_.name});
}

// An owner before us, another thread or a process that is dying, may still be closing the databases: later,
// then.
Status StreamThread::open_task(PartitionId partition, Slot& slot) {
  auto task = Task::make(blueprint_, partition);
  if (!task && task.error().disposition == Disposition::retry) return task.error();
  if (!task) {
    stop_task(slot, task.error());
    return {};
  }
  slot.task = *std::move(task);
  tell_notices(*slot.task);
  slot.task->move_to(TaskState::restoring);
  slot.restore = make_restore(*slot.task);
  return {};
}

// Reads exactly what restored tasks need, each from where it stands. Everything fetched before is dropped, so
// nothing may be in hand.
Status StreamThread::reassign() {
  if (!owned_) return {};
  std::vector<StartingOffset> starts;
  for (auto& [partition, slot] : slots_) {
    if (!slot.works()) continue;
    TM_ASSERT(!slot.task->has_pending());
    const auto from = slot.task->reading_from(slot.task->state() == TaskState::loading);
    starts.insert(starts.end(), from.begin(), from.end());
  }
  TM_TRY(consumer_->assign(starts));
  reassign_due_ = false;
  return {};
}

void StreamThread::dispatch() {
  for (const ConsumedRecord& consumed : batch_->records) {
    const auto slot = slots_.find(consumed.record.partition);
    if (slot == slots_.end() || !slot->second.works()) continue;
    Task& task = *slot->second.task;
    const auto source = task.source_of(consumed.topic);
    TM_ASSERT(source.has_value());
    task.enqueue(*source, consumed.record);
  }
}

// Everything that was polled, before the next poll: views die with it. True when some of it was dropped, to
// be read again.
Result<bool> StreamThread::process() {
  bool pending = true;
  for (int cuts = 0; pending;) {
    pending = false;
    for (auto& [partition, slot] : slots_) {
      if (!slot.works() || !slot.task->has_pending()) continue;
      auto blocked = slot.task->process(kProcessRecords);
      if (!blocked) return blocked.error();
      epoch_wanted_ = epoch_wanted_ || *blocked;
      pending = pending || slot.task->has_pending();
    }
    if (!pending || !epoch_due()) continue;
    TM_TRY(commit_epoch());
    // Somebody holds his records back for long: the group, the others and a stop must not wait. What is left
    // in hand is read again later.
    if (++cuts < kCutsWithoutPoll) continue;
    TM_TRY(rewind());
    return true;
  }
  return false;
}

Status StreamThread::rewind() {
  for (auto& [partition, slot] : slots_) {
    if (slot.works()) slot.task->drop_pending();
  }
  batch_->clear();
  reassign_due_ = true;  // should it have to be tried again
  return reassign();
}

// What was found in the background, by whoever verifies the files.
Status StreamThread::check_health() {
  for (const auto& [partition, slot] : slots_) {
    if (slot.works()) TM_TRY(slot.task->health());
  }
  return {};
}

// Told before a write fails: whoever filled the disk, RocksDB need not find out.
Status StreamThread::check_room() {
  const nanoseconds now = blueprint_.clock->monotonic();
  if (now - room_checked_ < kCheckRoom) return {};
  room_checked_ = now;
  const DiskSpace space = blueprint_.storage->space();
  free_bytes_.set(static_cast<std::int64_t>(std::min<std::uint64_t>(space.free_bytes, INT64_MAX)));
  const bool works =
      std::any_of(slots_.begin(), slots_.end(), [](const auto& entry) { return entry.second.works(); });
  if (!works || space.free_bytes >= space.needed_bytes) return {};
  return Error{Disposition::retry, "state_disk_full", describe(space)};
}

// Somewhat more than what is needed, so as not to stop again at once.
bool StreamThread::waits_for_room() {
  const DiskSpace space = blueprint_.storage->space();
  const bool is_short = space.free_bytes < space.needed_bytes + space.needed_bytes / 4;
  if (is_short && !is_short_of_room_)
    log(LogLevel::warning, "waits: state_disk_full: " + describe(space), "state_disk_full");
  if (!is_short && is_short_of_room_) log(LogLevel::info, "goes on after state_disk_full", "state_disk_full");
  is_short_of_room_ = is_short;
  if (!is_short) return false;
  for (auto& [partition, slot] : slots_) slot.retry_at = blueprint_.clock->monotonic() + kRestoreRetry;
  return true;
}

// A damaged store is set aside by the restore that follows, and rebuilt from its changelog; but not for ever.
bool StreamThread::mend(Slot& slot) {
  const Status health = slot.task ? slot.task->health() : Status();
  if (health || health.error().code != "state_corrupt") return false;
  const nanoseconds now = blueprint_.clock->monotonic();
  std::erase_if(slot.damaged_at, [now](nanoseconds at) { return now - at > kDamageWindow; });
  slot.damaged_at.push_back(now);
  if (slot.damaged_at.size() <= kDamagesMax) {
    slot.task->discard();
    slot.restore = make_restore(*slot.task);
    return true;
  }
  Error error = health.error();
  error.message += "; it was restored " + std::to_string(kDamagesMax) +
                   " times within an hour: look at disk and memory of the machine";
  stop_task(slot, error);
  reassign_due_ = true;
  return true;
}

bool StreamThread::mend_damaged() {
  bool found = false;
  for (auto& [partition, slot] : slots_) found = mend(slot) || found;
  return found;
}

// One bounded step of a task that is being restored; the others go on meanwhile.
Status StreamThread::restore_some() {
  const nanoseconds now = blueprint_.clock->monotonic();
  const bool is_due = std::any_of(slots_.begin(), slots_.end(), [now](const auto& entry) {
    const Slot& slot = entry.second;
    return !slot.stopped && (!slot.task || slot.restore) && slot.retry_at <= now;
  });
  if (!is_due || waits_for_room()) return {};
  for (auto& [partition, slot] : slots_) {
    if (slot.task || slot.stopped || slot.retry_at > now) continue;
    const Status opened = open_task(partition, slot);
    return opened ? opened : answer_restore(slot, opened.error());
  }
  Slot* slot = next_to_restore();
  if (slot == nullptr) return {};
  auto done = slot->restore->step();
  tell_notices(*slot->task);
  if (!done) return answer_restore(*slot, done.error());
  slot->waits_for.clear();
  return *done ? finish_restore(*slot) : Status();
}

// Who is in the middle of reading goes on; otherwise the first that need not wait.
StreamThread::Slot* StreamThread::next_to_restore() {
  const nanoseconds now = blueprint_.clock->monotonic();
  Slot* next = nullptr;
  for (auto& [partition, slot] : slots_) {
    if (!slot.restore) continue;
    const bool is_due = slot.retry_at <= now;
    if (slot.restore->holds_reader()) return is_due ? &slot : nullptr;
    if (is_due && next == nullptr) next = &slot;
  }
  return next;
}

Status StreamThread::answer_restore(Slot& slot, const Error& error) {
  if (error.code == "state_corrupt" && mend(slot)) return {};
  if (error.disposition == Disposition::fatal && error.code != "fenced") {
    stop_task(slot, error);
    return {};
  }
  if (error.disposition != Disposition::retry) return error;
  slot.retry_at =
      blueprint_.clock->monotonic() + (error.code == "open_transaction" ? kOpenTransaction : kRestoreRetry);
  if (slot.waits_for != error.code)
    log(LogLevel::warning, "waits: " + error.code + ": " + error.message, error.code);
  slot.waits_for = error.code;
  return {};
}

Status StreamThread::finish_restore(Slot& slot) {
  const TaskProgress progress = slot.restore->progress();
  const bool is_new_owner = slot.restore->is_new_owner();
  slot.restore.reset();
  if (auto resumed = slot.task->resume(progress); !resumed) {
    if (resumed.error().code != "state_corrupt" || !mend(slot)) stop_task(slot, resumed.error());
    return {};
  }
  slot.task->move_to(TaskState::loading);
  if (is_new_owner) slot.task->require_claim();
  reassign_due_ = true;
  return is_new_owner ? commit_epoch() : Status();
}

void StreamThread::tell_notices(Task& task) {
  for (const Notice& notice : task.take_notices())
    log(LogLevel::warning, task.name() + ": " + notice.message, notice.code);
}

void StreamThread::stop_task(Slot& slot, const Error& error) {
  log(LogLevel::error, "task stops: " + error.code + ": " + error.message, error.code);
  slot.stopped = error;
  slot.restore.reset();
  if (slot.task) slot.task->discard();
  slot.task.reset();
}

bool StreamThread::epoch_due() {
  std::size_t bytes = 0;
  std::size_t records = 0;
  bool changes = false;
  for (const auto& [partition, slot] : slots_) {
    if (!slot.works() || !slot.task->has_changes()) continue;
    changes = true;
    bytes += slot.task->change_bytes();
    records += slot.task->records_in_epoch();
  }
  if (!changes) return false;
  const nanoseconds now = blueprint_.clock->monotonic();
  if (!epoch_since_) epoch_since_ = now;
  if (now - last_commit_ < kAfterCommit && !epoch_wanted_) return false;
  return epoch_wanted_ || now - *epoch_since_ >= settings_.commit_interval || records >= kEpochRecords ||
         bytes >= blueprint_.memory.overlays / static_cast<std::size_t>(blueprint_.topology->engine.threads);
}

milliseconds StreamThread::poll_timeout() {
  const nanoseconds now = blueprint_.clock->monotonic();
  for (const auto& [partition, slot] : slots_) {
    if (!slot.task && !slot.stopped && slot.retry_at <= now) return milliseconds{0};
  }
  if (next_to_restore() != nullptr) return milliseconds{0};
  if (!epoch_since_) return kPollIdle;
  const auto left = settings_.commit_interval - (now - *epoch_since_);
  return std::clamp(std::chrono::ceil<milliseconds>(left), milliseconds{1}, kPollIdle);
}

Status StreamThread::stop() {
  Status committed;
  if (consumer_ && owned_) committed = commit_epoch();
  const bool is_left = !committed && (committed.error().disposition != Disposition::fatal ||
                                      committed.error().code == "fenced");  // others do it already
  if (is_left) {
    // What failed the commit may fail this too: the epoch is what counts.
    static_cast<void>(consumer_->close());
    return Error{
        Disposition::fatal, "stopped",
        "an epoch was left uncommitted, to be done again at the next start: " + committed.error().message};
  }
  for (auto& [partition, slot] : slots_) {
    if (!slot.works() || !committed) continue;
    TM_TRY(flush_before_closing(*slot.task));
  }
  for (const auto& [partition, slot] : slots_) {
    if (slot.stopped && committed) committed = *slot.stopped;
  }
  slots_.clear();
  batch_.reset();
  producer_.reset();
  if (consumer_) TM_TRY(consumer_->close());
  consumer_.reset();
  reader_.reset();
  return committed;
}

void StreamThread::publish_status() {
  StreamThreadStatus status{
      .name = settings_.name, .alive_at = blueprint_.clock->monotonic(), .owns = owned_, .tasks = {}};
  for (const auto& [partition, slot] : slots_) {
    TaskStatus& task = status.tasks.emplace_back();
    task.partition = partition;
    if (slot.stopped) {
      task.state = slot.stopped->code;
      continue;
    }
    if (!slot.task) {
      task.state = name_of(TaskState::created);
      continue;
    }
    task.state = name_of(slot.task->state());
    task.epoch = slot.task->progress().epoch;
    task.watermark = slot.task->watermark();
    task.at_end =
        slot.task->state() == TaskState::running && slot.task->at_end() && !slot.task->has_changes();
  }
  const std::scoped_lock lock(status_mutex_);
  status_ = std::move(status);
}

StreamThreadStatus StreamThread::status() const {
  const std::scoped_lock lock(status_mutex_);
  return status_;
}

}  // namespace tidemark::runtime

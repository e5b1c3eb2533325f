#include "runtime/task_restore.h"

#include <algorithm>

namespace tidemark::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr milliseconds kCallTimeout{2'000};
constexpr milliseconds kOwnerMayFinish{
    300};                             // a live owner commits or aborts when the group takes the task away
constexpr int kOverdueTimeouts = 4;   // a coordinator ends what is older than one time-out
constexpr hours kUncompacted{20};     // changelogs have min.compaction.lag.ms of a day
constexpr hours kTombstonesKept{20};  // and delete.retention.ms of a day
constexpr std::size_t kPollRecords = 10'000;

}  // namespace

TaskRestore::TaskRestore(const Blueprint& blueprint, Task& task, RestoreClients clients)
    : blueprint_(blueprint),
      task_(task),
      clients_(std::move(clients)),
      batch_(clients_.reader->new_batch()) {}

Error TaskRestore::failure(std::string code, std::string message) const {
  return {Disposition::fatal, std::move(code), task_.name() + ": " + std::move(message)};
}

Result<bool> TaskRestore::step() {
  TM_TRY(mend_stores());
  Status stepped = step_phase();
  const bool does_not_fit =
      !stepped && (stepped.error().code == "torn_epoch" || stepped.error().code == "changelog_truncated");
  if (does_not_fit) stepped = unless_overtaken(stepped.error());
  if (!stepped) return stepped.error();
  return phase_ == Phase::done;
}

Status TaskRestore::step_phase() {
  switch (phase_) {
    case Phase::fence:
      return fence();
    case Phase::epochs:
      return read_epochs();
    case Phase::stores:
      return read_store();
    case Phase::done:
      break;
  }
  return {};
}

// A process that stood still for long may have lost the task, and not know it yet: what another owner has
// committed meanwhile does not fit what was read before. The group tells; till then it begins again.
Status TaskRestore::unless_overtaken(const Error& misfit) {
  const auto now = clients_.consumer->committed(sources(), false, kCallTimeout);
  if (!now) return now.error();
  if (*now == committed_) return misfit;
  phase_ = Phase::fence;
  owner_is_settled_ = false;
  return Error{Disposition::retry, "overtaken", task_.name() + ": another owner has committed meanwhile"};
}

// Every store is open, well, and where it belongs. One that failed lost what it had in memory only.
Status TaskRestore::mend_stores() {
  for (std::size_t i = 0; i < task_.stores().size(); ++i) {
    auto& store = task_.stores()[i];
    const Status health = store ? store->health() : Status();
    if (!health && health.error().code == "state_corrupt") {
      if (is_mended_) return health;  // went bad meanwhile: whoever runs us counts that
      TM_TRY(task_.set_aside(i, health.error()));
      phase_ = Phase::fence;
      continue;
    }
    if (!health) store.reset();
    if (store) continue;
    TM_TRY(task_.open_store(i));  // also where the last try had to wait
    phase_ = Phase::fence;
  }
  is_mended_ = true;
  return {};
}

// A copy of another task's store, application's or cluster's: its numbers may fit and mean something else.
Status TaskRestore::refuse_foreign_stores() {
  auto cluster = clients_.clients->cluster_id();
  if (!cluster) return cluster.error();
  std::vector<std::uint64_t> homes;
  for (std::size_t i = 0; i < task_.stores().size(); ++i) {
    homes.push_back(home_of(blueprint_.topology->application, *cluster, task_.name(),
                            blueprint_.settings->stores[i].name));
    auto position = task_.stores()[i]->position();
    if (!position) return position.error();
    if (position->home == 0 || position->home == homes[i]) continue;
    TM_TRY(task_.set_aside(i, {Disposition::fatal, "state_of_another",
                               "it is a copy of another task's, application's or cluster's"}));
  }
  homes_ = std::move(homes);
  return {};
}

// A dead owner's open transaction hides what it may still commit, and holds back every reader: it is ended
// first.
Status TaskRestore::fence() {
  if (homes_.empty()) TM_TRY(refuse_foreign_stores());
  auto open = has_open_transaction();
  if (!open) return open.error();
  if (!*open) {
    auto stable = clients_.consumer->committed(sources(), true, kCallTimeout);
    if (stable) {
      committed_ = *std::move(stable);
      return settle_committed();
    }
    if (stable.error().code != "unstable_offset") return stable.error();
    held_back_ = "the group's committed offsets";
  }
  TM_TRY(fence_owner());
  return still_open();
}

Error TaskRestore::still_open() const {
  if (blueprint_.clock->monotonic() - open_since_ <
      kOverdueTimeouts * blueprint_.topology->engine.transaction_timeout) {
    return {Disposition::retry, "open_transaction",
            task_.name() + ": an earlier owner's transaction is still open"};
  }
  return {
      Disposition::retry, "hanging_transaction",
      task_.name() + ": a transaction has been open for longer than any may last, in " + held_back_ +
          "; if `kafka-transactions.sh find-hanging` names it, end it with `kafka-transactions.sh abort`"};
}

// Notes where an open transaction begins, if one does.
Result<PartitionOffsets> TaskRestore::look_at(TopicId topic) {
  auto offsets = clients_.reader->offsets(at(topic));
  if (offsets && offsets->last_stable < offsets->high_watermark) {
    held_back_ = blueprint_.topics.name(topic) + "[" + std::to_string(task_.partition().value()) +
                 "] at offset " + std::to_string(offsets->last_stable.value());
  }
  return offsets;
}

// Looks at every topic that a transaction of the task touches for sure, and notes where each ends.
Result<bool> TaskRestore::has_open_transaction() {
  held_back_.clear();
  changelogs_.clear();
  looked_at_ = blueprint_.clock->wall();
  for (const TopicId topic : blueprint_.changelog_topics) {
    auto offsets = look_at(topic);
    if (!offsets) return offsets.error();
    changelogs_.push_back(*offsets);
  }
  auto epochs = look_at(blueprint_.epochs_topic);
  if (!epochs) return epochs.error();
  epochs_ = *epochs;
  return !held_back_.empty();
}

// What a dead owner left open in the outputs alone hides nothing from us, but it holds their readers back.
Result<bool> TaskRestore::has_open_outputs() {
  std::vector<TopicId> outputs = blueprint_.sink_topics;
  // What comes back as a source is written by every task: what is open there need not be the owner's.
  std::erase_if(outputs, [this](TopicId topic) { return is_source(topic); });
  if (!blueprint_.settings->dead_letters.empty()) outputs.push_back(blueprint_.dead_letters_topic);
  for (const TopicId topic : outputs) {
    if (auto offsets = look_at(topic); !offsets) return offsets.error();
  }
  return !held_back_.empty();
}

bool TaskRestore::is_source(TopicId topic) const {
  const auto& sources = blueprint_.source_topics;
  return std::find(sources.begin(), sources.end(), topic) != sources.end();
}

Status TaskRestore::fence_owner() {
  const auto now = blueprint_.clock->monotonic();
  if (open_since_.count() == 0) open_since_ = now;
  if (now - open_since_ < kOwnerMayFinish) return {};
  auto committed = clients_.consumer->committed(sources(), false, kCallTimeout);
  if (!committed) return committed.error();
  const auto owner = decode_offset_metadata(committed->front().metadata);
  if (owner && owner->transactional_id != clients_.transactional_id && fenced_ != owner->transactional_id) {
    // Once: if it is not his transaction, it ends by its own time-out, and he may be alive and innocent.
    TM_TRY(clients_.clients->fence(owner->transactional_id));
    fenced_ = owner->transactional_id;
  }
  owner_is_settled_ = true;
  return {};
}

std::vector<TopicPartition> TaskRestore::sources() const {
  std::vector<TopicPartition> sources;
  for (const TopicId topic : blueprint_.source_topics) sources.push_back(at(topic));
  return sources;
}

Status TaskRestore::settle_committed() {
  log_starts_.clear();
  for (const TopicId topic : blueprint_.source_topics) {
    auto offsets = clients_.reader->offsets(at(topic));
    if (!offsets) return offsets.error();
    log_starts_.push_back(offsets->log_start);
  }
  const auto named = std::find_if(committed_.begin(), committed_.end(),
                                  [](const auto& offset) { return offset.next_offset.has_value(); });
  if (named == committed_.end()) return first_start();
  auto metadata = decode_offset_metadata(named->metadata);
  if (!metadata) {
    return failure("offset_metadata", "the committed offsets were not written by this application: '" +
                                          named->metadata +
                                          "'; the group must not be used or reset by other tools");
  }
  metadata_ = *std::move(metadata);
  if (metadata_.partition_count != blueprint_.topology->partitions) {
    const Error changed =
        partition_count_changed("the state", metadata_.partition_count, *blueprint_.topology);
    return failure(changed.code, changed.message);
  }
  is_new_owner_ = metadata_.transactional_id != clients_.transactional_id;
  // Others may write to the outputs too: once the owner has had his time and was fenced, nobody is waited
  // for.
  if (is_new_owner_ && !owner_is_settled_) {
    auto open = has_open_outputs();
    if (!open) return open.error();
    if (*open) {
      TM_TRY(fence_owner());
      return still_open();
    }
  }
  return begin_epochs();
}

// Nothing anywhere: from the beginning. Anything somewhere, and offsets were lost: never a silent jump.
Status TaskRestore::first_start() {
  bool empty =
      epochs_.high_watermark.value() == epochs_.log_start.value() && epochs_.high_watermark.value() == 0;
  for (std::size_t i = 0; i < changelogs_.size(); ++i) {
    auto position = task_.stores()[i]->position();
    if (!position) return position.error();
    empty = empty && changelogs_[i].high_watermark.value() == 0 && position->epoch == EpochNumber();
  }
  if (!empty) {
    // Aborted transactions leave offsets behind too: whether anything was committed, the epoch records tell.
    for (const auto& store : task_.stores()) {
      auto position = store->position();
      if (!position) return position.error();
      if (position->epoch == EpochNumber()) continue;
      return failure("offset_lost", "there is local state of epoch " +
                                        std::to_string(position->epoch.value()) +
                                        " but the group has no committed offset");
    }
    return begin_epochs();
  }
  progress_ = {.epoch = EpochNumber(),
               .next_offsets = log_starts_,
               .watermark = kEventTimeMin,
               .stream_time = kArrivalMin,
               .epoch_record = Offset(),
               .epochs_next = Offset()};
  is_new_owner_ = true;
  for (std::size_t i = 0; i < task_.stores().size(); ++i) {
    StorePosition position;
    position.home = homes_[i];
    TM_TRY(task_.stores()[i]->apply(position));
  }
  phase_ = Phase::done;
  return {};
}

Status TaskRestore::begin_epochs() {
  open_since_ = std::chrono::nanoseconds{0};
  // No further back than counts can be checked: the topic may hold a hundred days of epochs.
  auto recent =
      clients_.reader->offset_at(at(blueprint_.epochs_topic), blueprint_.clock->wall() - kUncompacted);
  if (!recent) return recent.error();
  const Offset earliest = std::min(metadata_.previous_epoch_record, *recent);
  Offset from = metadata_.previous_epoch_record;
  for (const auto& store : task_.stores()) {
    auto position = store->position();
    if (!position) return position.error();
    if (position->epoch > metadata_.epoch) {
      return failure("state_ahead", "local state is of epoch " + std::to_string(position->epoch.value()) +
                                        ", Kafka is at " + std::to_string(metadata_.epoch.value()) +
                                        ": another cluster, or one set back");
    }
    from = std::min(from, position->epochs_next);  // 0 when the store is empty
  }
  from = std::max(from, earliest);
  epochs_from_ = std::clamp(from, epochs_.log_start, epochs_.high_watermark);
  const StartingOffset start{at(blueprint_.epochs_topic), epochs_from_};
  TM_TRY(clients_.reader->assign({&start, 1}));
  epoch_records_.clear();
  phase_ = Phase::epochs;
  return {};
}

Status TaskRestore::read_epochs() {
  auto events = clients_.reader->poll(*batch_, kPollRecords, milliseconds{10});
  if (!events) return events.error();
  if (!events->out_of_range.empty()) {  // retention was faster: where the topic begins is asked again
    phase_ = Phase::fence;
    return {};
  }
  for (const ConsumedRecord& consumed : batch_->records) {
    auto record = decode_epoch_record(consumed.record.value);
    if (!record) return failure(record.error().code, record.error().message);
    if (!epoch_records_.empty()) TM_TRY(check_continues(*record, epoch_records_.rbegin()->second.record));
    const EpochNumber epoch = record->epoch;
    epoch_records_.emplace(epoch,
                           EpochAt{*std::move(record), consumed.record.offset, consumed.record.arrival});
  }
  for (const EndOfPartition& end : events->ends) {
    if (end.next_offset < epochs_.high_watermark) {  // somebody opened a transaction meanwhile
      phase_ = Phase::fence;
      return {};
    }
    return check_epochs();
  }
  return {};
}

// An epoch begins where the one before ended: in its number, and in every source that both read.
Status TaskRestore::check_continues(const EpochRecord& record, const EpochRecord& before) const {
  if (record.epoch != before.epoch.next()) {
    return failure("torn_epoch", "epoch " + std::to_string(record.epoch.value()) + " follows epoch " +
                                     std::to_string(before.epoch.value()));
  }
  for (const InputRange& input : record.inputs) {
    const auto known =
        std::find_if(before.inputs.begin(), before.inputs.end(),
                     [&input](const InputRange& other) { return other.source == input.source; });
    if (known == before.inputs.end() || known->to == input.from) continue;  // not named: the source is new
    return failure("torn_epoch", "epoch " + std::to_string(record.epoch.value()) + " reads source " +
                                     input.source + " from offset " + std::to_string(input.from.value()) +
                                     ", the epoch before ended at " + std::to_string(known->to.value()));
  }
  return {};
}

Status TaskRestore::check_epochs() {
  if (metadata_.epoch == EpochNumber()) {  // offsets never committed
    if (!epoch_records_.empty())
      return failure("offset_lost", "epoch records exist but the group has no committed offset");
    progress_ = {.epoch = EpochNumber(),
                 .next_offsets = log_starts_,
                 .watermark = kEventTimeMin,
                 .stream_time = kArrivalMin,
                 .epoch_record = Offset(),
                 .epochs_next = epochs_.high_watermark};
    is_new_owner_ = true;
    store_ = 0;
    return begin_store();
  }
  const auto last = epoch_records_.find(metadata_.epoch);
  if (last == epoch_records_.end() || metadata_.epoch != epoch_records_.rbegin()->first) {
    return failure(
        "torn_epoch",
        "offsets were committed with epoch " + std::to_string(metadata_.epoch.value()) +
            ", the last epoch record is " +
            (epoch_records_.empty() ? "missing" : std::to_string(epoch_records_.rbegin()->first.value())));
  }
  const EpochRecord& record = last->second.record;
  TM_TRY(check_sources(record));
  TM_TRY(check_changelog_ends(record));
  progress_ = {.epoch = record.epoch,
               .next_offsets = {},
               .watermark = record.watermark,
               .stream_time = record.stream_time,
               .epoch_record = last->second.offset,
               .epochs_next = last->second.offset.next(),
               .committed_at = last->second.written_at};
  for (std::size_t i = 0; i < committed_.size(); ++i) {
    if (i >= record.inputs.size()) {  // a source that is new in the topology starts at its beginning
      progress_.next_offsets.push_back(log_starts_[i]);
      continue;
    }
    const auto& input = record.inputs[i];
    if (!committed_[i].next_offset)
      return failure("offset_lost", "source " + input.source + " has no committed offset");
    if (*committed_[i].next_offset != input.to) {
      return failure("torn_epoch", "source " + input.source + ": committed offset " +
                                       std::to_string(committed_[i].next_offset->value()) +
                                       ", the epoch record says " + std::to_string(input.to.value()));
    }
    progress_.next_offsets.push_back(input.to);
  }
  store_ = 0;
  return begin_store();
}

// State names a source by its place in the topology.
Status TaskRestore::check_sources(const EpochRecord& record) const {
  const auto& sources = blueprint_.settings->sources;
  for (std::size_t i = 0; i < record.inputs.size(); ++i) {
    const std::string is = i < sources.size() ? sources[i].name : "gone";
    if (is == record.inputs[i].source) continue;
    return failure("sources_changed", "source " + std::to_string(i + 1) + " was " + record.inputs[i].source +
                                          ", now it is " + is +
                                          ": keep the order of the sources, and add new ones at the end");
  }
  return {};
}

// The end of a changelog never goes back, whatever compaction and retention take: one that ends before what
// was written to it was deleted and made anew. Nothing else tells once counts are too old to be checked.
Status TaskRestore::check_changelog_ends(const EpochRecord& record) const {
  const auto& stores = blueprint_.settings->stores;
  for (const StoreDigest& known : record.stores) {
    const auto store = std::find_if(stores.begin(), stores.end(),
                                    [&known](const StoreSettings& each) { return each.name == known.store; });
    if (store == stores.end()) continue;
    const Offset end = changelogs_[static_cast<std::size_t>(store - stores.begin())].high_watermark;
    const Offset least(known.changelog_next.value() + (known.rows > 0 ? 1 : 0));
    if (end >= least) continue;
    return failure("changelog_truncated", "the changelog of store " + known.store + " ends at offset " +
                                              std::to_string(end.value()) + ", it had reached " +
                                              std::to_string(least.value()) +
                                              ": it was deleted and made anew");
  }
  return {};
}

// Compaction may have dropped tombstones that an old local state never saw: it is rebuilt from the beginning.
bool TaskRestore::is_too_old(std::size_t store, const StorePosition& position) const {
  if (position.changelog_next < changelogs_[store].log_start) return true;
  if (blueprint_.settings->stores[store].changelog == ChangelogKind::packed ||
      position.epoch == metadata_.epoch)
    return false;
  return position.written_at < blueprint_.clock->wall() - kTombstonesKept;
}

// Only retention moves the beginning of a changelog, compaction never does: where a store's rows are kept
// for ever, what is gone from the beginning was deleted, and nothing else remembers it.
Status TaskRestore::check_changelog_start(Offset from) const {
  const StoreSettings& store = blueprint_.settings->stores[store_];
  const Offset log_start = changelogs_[store_].log_start;
  const bool rows_expire = store.changelog == ChangelogKind::packed && store.horizon.has_value();
  if (rows_expire || from >= log_start) return {};
  return failure("changelog_truncated", "store " + store.name + " needs its changelog from offset " +
                                            std::to_string(from.value()) + ", but that begins at " +
                                            std::to_string(log_start.value()) +
                                            ": records that it must keep for ever were deleted");
}

Status TaskRestore::begin_store() {
  phase_ = Phase::fence;  // from the beginning, should anything have to wait before the reader is assigned
  rows_.clear();
  headers_.clear();
  arena_.clear();
  if (store_ == task_.stores().size()) {
    phase_ = Phase::done;
    return {};
  }
  auto position = task_.stores()[store_]->position();
  if (!position) return position.error();
  if (position->changelog_next > changelogs_[store_].high_watermark) {
    return failure("changelog_truncated",
                   "store " + blueprint_.settings->stores[store_].name + " has read up to offset " +
                       std::to_string(position->changelog_next.value()) + ", its changelog ends at " +
                       std::to_string(changelogs_[store_].high_watermark.value()));
  }
  if (position->epoch != EpochNumber() && position->epochs_next >= epochs_from_ && !epoch_records_.empty() &&
      epoch_records_.begin()->first > position->epoch.next()) {
    return failure("torn_epoch", "local state is of epoch " + std::to_string(position->epoch.value()) +
                                     ", the first epoch record after it is " +
                                     std::to_string(epoch_records_.begin()->first.value()));
  }
  const bool rebuilds = position->epoch != EpochNumber() && is_too_old(store_, *position);
  Offset from = rebuilds ? Offset() : position->changelog_next;
  TM_TRY(check_changelog_start(from));
  if (rebuilds) {
    TM_TRY(task_.set_aside(store_, {Disposition::fatal, "state_too_old",
                                    "it is of epoch " + std::to_string(position->epoch.value()) +
                                        ", and compaction or retention has passed that"}));
  }
  replayed_ = rebuilds ? EpochNumber() : position->epoch;
  from = std::max(from, changelogs_[store_].log_start);
  const StartingOffset start{at(blueprint_.changelog_topics[store_]), from};
  TM_TRY(clients_.reader->assign({&start, 1}));
  phase_ = Phase::stores;
  return {};
}

// Rows are applied epoch by epoch, so that a store's position always stands between two epochs.
Status TaskRestore::read_store() {
  auto events = clients_.reader->poll(*batch_, kPollRecords, milliseconds{10});
  if (!events) return events.error();
  if (!events->out_of_range.empty()) {  // retention was faster: where the topic begins is asked again
    phase_ = Phase::fence;
    return {};
  }
  for (const ConsumedRecord& consumed : batch_->records) {
    auto epoch = task_.stores()[store_]->epoch_of(consumed.record);
    if (!epoch) return failure(epoch.error().code, epoch.error().message);
    if (*epoch > progress_.epoch) {
      return failure("torn_epoch", "changelog of " + blueprint_.settings->stores[store_].name +
                                       " holds epoch " + std::to_string(epoch->value()) + ", committed is " +
                                       std::to_string(progress_.epoch.value()));
    }
    if (!rows_.empty() && *epoch != rows_epoch_) TM_TRY(replay_epoch(consumed.record.offset));
    rows_epoch_ = *epoch;
    RecordView copy = consumed.record;
    copy.key = arena_.keep(copy.key);
    copy.value = arena_.keep(copy.value);
    if (!copy.headers.empty()) {
      auto& headers = headers_.emplace_back(copy.headers.begin(), copy.headers.end());
      for (HeaderView& header : headers) header = {arena_.keep(header.name), arena_.keep(header.value)};
      copy.headers = headers;
    }
    rows_.push_back(copy);
  }
  for (const EndOfPartition& end : events->ends) {
    if (end.next_offset < changelogs_[store_].high_watermark) {
      phase_ = Phase::fence;
      return {};
    }
    return end_store(end.next_offset);
  }
  return {};
}

Status TaskRestore::replay_epoch(Offset changelog_next) {
  TaskStore& store = *task_.stores()[store_];
  auto position = store.position();
  if (!position) return position.error();
  StorePosition next = *position;
  next.epoch = std::max(next.epoch, rows_epoch_);
  next.changelog_next = changelog_next;
  next.partition_count = blueprint_.topology->partitions;
  const auto known = epoch_records_.find(rows_epoch_);
  if (known != epoch_records_.end()) next.epochs_next = known->second.offset.next();
  // Tombstones of later epochs are kept for a day from then on, however late this one is replayed.
  if (position->epoch == EpochNumber())
    next.written_at = looked_at_;
  else if (known != epoch_records_.end())
    next.written_at = std::max(next.written_at, known->second.written_at);
  next.home = homes_[store_];
  // First the checks: what is torn must not become part of the store.
  auto digest = store.digest(rows_);
  if (!digest) return digest.error();
  TM_TRY(check_nothing_missing(replayed_, rows_epoch_));
  TM_TRY(check_digest(rows_epoch_, *digest));
  TM_TRY(store.replay(rows_, next));
  replayed_ = rows_epoch_;
  rows_.clear();
  headers_.clear();
  arena_.clear();
  return {};
}

// Counts hold only for what compaction has not touched yet.
Status TaskRestore::check_digest(EpochNumber epoch, const StoreDigest& found) const {
  const auto known = epoch_records_.find(epoch);
  if (known == epoch_records_.end() || known->second.written_at < blueprint_.clock->wall() - kUncompacted)
    return {};
  const std::string& name = blueprint_.settings->stores[store_].name;
  const auto& stores = known->second.record.stores;
  const auto wanted =
      std::find_if(stores.begin(), stores.end(), [&name](const auto& entry) { return entry.store == name; });
  const std::uint64_t rows = wanted == stores.end() ? 0 : wanted->rows;
  const std::uint64_t hash = wanted == stores.end() ? 0 : wanted->hash;
  if (rows == found.rows && hash == found.hash) return {};
  return failure("torn_epoch", "epoch " + std::to_string(epoch.value()) + " wrote " + std::to_string(rows) +
                                   " rows to store " + name + ", its changelog holds " +
                                   std::to_string(found.rows) + ", or others");
}

Status TaskRestore::check_nothing_missing(EpochNumber after, EpochNumber before) const {
  for (auto known = epoch_records_.upper_bound(after); known != epoch_records_.end() && known->first < before;
       ++known) {
    TM_TRY(check_digest(known->first, {}));
  }
  return {};
}

Status TaskRestore::end_store(Offset changelog_next) {
  if (!rows_.empty()) TM_TRY(replay_epoch(changelog_next));
  TM_TRY(check_nothing_missing(replayed_, progress_.epoch.next()));
  TaskStore& store = *task_.stores()[store_];
  auto position = store.position();
  if (!position) return position.error();
  StorePosition next = *position;
  next.epoch = progress_.epoch;
  next.changelog_next = changelog_next;
  next.epochs_next = progress_.epochs_next;
  next.partition_count = blueprint_.topology->partitions;
  next.stream_time = progress_.stream_time;
  next.watermark = progress_.watermark;
  next.written_at = looked_at_;
  next.home = homes_[store_];
  if (next != *position) TM_TRY(store.apply(next));
  ++store_;
  return begin_store();
}

}  // namespace tidemark::runtime

#include "runtime/task.h"

#include <algorithm>

#include "tidemark/planted_bugs.h"

namespace tidemark::runtime {
namespace {

constexpr std::size_t kSliceRecords = 2'000;
constexpr std::size_t kSliceBytes = std::size_t{4} << 20;  // of values: each may become many times as much
constexpr std::chrono::hours kRenewEpoch{30 * 24};
constexpr std::chrono::hours kSettleOffsets{1};

bool is_allowed(TaskState from, TaskState to) {
  switch (to) {
    case TaskState::created:
      return false;
    case TaskState::restoring:
      return true;
    case TaskState::loading:
      return from == TaskState::restoring;
    case TaskState::running:
      return from == TaskState::loading;
  }
  return false;
}

std::optional<ArrivalTime> appended_at_of(std::span<const LastOffset> last, TopicPartition partition) {
  const auto found = std::find_if(
      last.begin(), last.end(), [partition](const LastOffset& each) { return each.partition == partition; });
  return found == last.end() ? std::nullopt : found->appended_at;
}

}  // namespace

std::string_view name_of(TaskState state) {
  constexpr std::string_view kNames[] = {"created", "restoring", "loading", "running"};
  return kNames[static_cast<std::size_t>(state)];
}

Task::Task(const Blueprint& blueprint, PartitionId partition)
    : blueprint_(blueprint),
      partition_(partition),
      name_(blueprint.task_name(partition)),
      output_(blueprint.memory.output_piece) {}

Task::~Task() {
  nodes_.clear();  // processors hold references into the stores' views
  while (!stores_.empty()) stores_.pop_back();
}

Result<std::unique_ptr<Task>> Task::make(const Blueprint& blueprint, PartitionId partition) {
  std::unique_ptr<Task> task(new Task(blueprint, partition));
  TM_TRY(task->build());
  return task;
}

Status Task::build() {
  const SubTopologySettings& settings = *blueprint_.settings;
  dead_letters_ = blueprint_.dead_letter_encoder();
  for (std::size_t i = 0; i < settings.stores.size(); ++i) {
    stores_.emplace_back();
    TM_TRY(open_store(i));
  }
  for (const ProcessorSettings& processor : settings.processors) {
    const auto descriptor =
        std::find_if(blueprint_.catalog->begin(), blueprint_.catalog->end(),
                     [&processor](const auto& known) { return known.type == processor.type; });
    TM_ASSERT(descriptor != blueprint_.catalog->end());
    auto made = descriptor->make(processor.config, blueprint_.topology->document);
    if (!made) return made.error();
    nodes_.push_back({.settings = &processor,
                      .processor = *std::move(made),
                      .context = std::make_unique<TaskContext>(*this, nodes_.size()),
                      .downstream = {}});
  }
  for (Node& node : nodes_) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto& from = nodes_[i].settings->from;
      if (std::find(from.begin(), from.end(), node.settings->name) != from.end())
        node.downstream.push_back(i);
    }
  }
  for (std::size_t i = 0; i < settings.sources.size(); ++i) {
    readers_.push_back(nodes_reading(settings.sources[i].name));
    consumed_.push_back(counter("tidemark_consumed_records_total", "Records taken from a source.",
                                {{"topic", blueprint_.topics.name(blueprint_.source_topics[i])},
                                 {"partition", std::to_string(partition_.value())}}));
  }
  pending_.resize(settings.sources.size());
  pending_at_.assign(settings.sources.size(), 0);
  source_at_end_.assign(settings.sources.size(), false);
  read_to_.resize(settings.sources.size());
  return {};
}

Status Task::open_store(std::size_t store) {
  auto opened = open_task_store(blueprint_, partition_, store);
  if (!opened) return opened.error();
  if (opened->set_aside) tell_set_aside(store, *opened->set_aside);
  stores_[store] = std::move(opened->store);
  return {};
}

Status Task::set_aside(std::size_t store, const Error& why) {
  stores_[store].reset();
  TM_TRY(set_task_store_aside(blueprint_, partition_, store));
  tell_set_aside(store, why);
  return open_store(store);
}

void Task::tell_set_aside(std::size_t store, const Error& why) {
  told_.push_back({why.code, "store " + blueprint_.settings->stores[store].name +
                                 " was set aside, it is restored from its changelog: " + why.message});
}

Status Task::health() const {
  for (const auto& store : stores_) {
    if (store) TM_TRY(store->health());
  }
  return {};
}

std::vector<std::size_t> Task::nodes_reading(const std::string& source) const {
  std::vector<std::size_t> readers;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const ProcessorSettings& settings = *nodes_[i].settings;
    const auto names = [&source](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), source) != list.end();
    };
    if (names(settings.from) || names(settings.tables)) readers.push_back(i);
  }
  return readers;
}

void Task::move_to(TaskState next) {
  TM_ASSERT(is_allowed(state_, next));
  state_ = next;
}

bool Task::is_table(std::size_t source) const {
  return blueprint_.settings->sources[source].role == SourceRole::table;
}

Status Task::resume(const TaskProgress& progress) {
  progress_ = progress;
  next_offsets_ = progress.next_offsets;
  watermark_ = progress.watermark;
  stream_time_ = progress.stream_time;
  wall_clock_time_ = blueprint_.clock->wall();
  source_at_end_.assign(source_at_end_.size(), false);
  for (Node& node : nodes_) TM_TRY(node.processor->open(*node.context));
  watch_silence(progress);
  return {};
}

CounterId Task::counter(std::string_view name, std::string_view help, const Labels& labels) {
  std::string identity(name);
  for (const auto& [label, value] : labels) identity.append("\n").append(label).append("=").append(value);
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    if (counters_[i].identity == identity) return static_cast<CounterId>(i);
  }
  Counter& counter = blueprint_.metrics->counter(name, help, labels);
  counters_.push_back({.counter = &counter, .pending = 0, .identity = std::move(identity)});
  return static_cast<CounterId>(counters_.size() - 1);
}

bool Task::has_pending() const {
  for (std::size_t source = 0; source < pending_.size(); ++source) {
    if (pending_at_[source] < pending_[source].size()) return true;
  }
  return false;
}

void Task::drop_pending() {
  for (auto& records : pending_) records.clear();
  pending_at_.assign(pending_at_.size(), 0);
}

// Every processor's slice of deferred work; the strongest answer wins.
Result<Backlog> Task::drain() {
  Backlog strongest = Backlog::none;
  for (Node& node : nodes_) {
    auto backlog = node.processor->drain(*node.context);
    if (!backlog) return backlog.error();
    strongest = std::max(strongest, *backlog);
  }
  has_backlog_ = strongest != Backlog::none;
  if (has_backlog_) epoch_wanted_ = true;
  return strongest;
}

Result<bool> Task::process(std::size_t records_max) {
  wall_clock_time_ = blueprint_.clock->wall();
  std::size_t done = 0;
  for (const bool tables : {true, false}) {
    for (std::size_t source = 0; source < pending_.size(); ++source) {
      if (is_table(source) != tables) continue;
      while (pending_at_[source] < pending_[source].size() && done < records_max) {
        auto backlog = drain();
        if (!backlog) return backlog.error();
        if (*backlog == Backlog::blocking) return true;
        // One table record at a time: what it sets free comes before the next record of any source.
        const std::size_t count = std::min(tables ? 1 : slice_size(source), records_max - done);
        const auto records = std::span(pending_[source]).subspan(pending_at_[source], count);
        TM_TRY(process_slice(SourceIndex(static_cast<std::uint8_t>(source)), records));
        pending_at_[source] += count;
        done += count;
      }
    }
  }
  if (!has_pending()) drop_pending();
  return false;
}

// How many of the records in hand are processed at once.
std::size_t Task::slice_size(std::size_t source) const {
  const auto records = std::span(pending_[source]).subspan(pending_at_[source]);
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < std::min(records.size(), kSliceRecords) && bytes < kSliceBytes; ++count)
    bytes += records[count].value.size();
  return count;
}

Status Task::process_slice(SourceIndex source, std::span<RecordView> records) {
  Offset& next = next_offsets_[source.value()];
  for (RecordView& record : records) {
    if (record.offset < next) {
      return Error{Disposition::abort_txn, "offset_not_rising",
                   name_ + ": offset " + std::to_string(record.offset.value()) + " came after " +
                       std::to_string(next.value() - 1)};
    }
    record.source = source;
    next = record.offset.next();
  }
  for (const std::size_t reader : readers_[source.value()]) {
    TM_TRY(nodes_[reader].processor->process(Batch::of(records), *nodes_[reader].context));
  }
  records_in_epoch_ += records.size();
  counters_[consumed_[source.value()]].pending += records.size();
  source_at_end_[source.value()] = false;
  if (idle_watch_.is_on()) idle_watch_.saw_records(source, blueprint_.clock->monotonic());
  return {};
}

Result<bool> Task::idle() {
  wall_clock_time_ = blueprint_.clock->wall();
  auto backlog = drain();
  if (!backlog) return backlog.error();
  // The epochs topic forgets after a hundred days: a quiet partition writes its epoch anew long before.
  const auto is_older = [this](std::chrono::hours age) {
    return progress_.epoch != EpochNumber() && progress_.committed_at + age < wall_clock_time_;
  };
  const bool is_due = is_older(kRenewEpoch) || (is_older(kSettleOffsets) && !has_changes() && pass_markers());
  if (is_due) epoch_wanted_ = true;
  return *backlog != Backlog::none || is_due;
}

// Behind the last record of a source stand markers, and what was aborted. Once both are deleted, who stands
// before them stands before the beginning of the topic.
bool Task::pass_markers() {
  bool moved = false;
  for (std::size_t source = 0; source < next_offsets_.size(); ++source) {
    if (!source_at_end_[source] || !read_to_[source] || *read_to_[source] <= next_offsets_[source]) continue;
    next_offsets_[source] = *read_to_[source];
    moved = true;
  }
  return moved;
}

void Task::advance_watermark(EventTime watermark) {
  if (watermark <= watermark_) return;
  watermark_ = watermark;
  epoch_wanted_ = true;
}

bool Task::has_changes() const {
  if (claim_due_ || epoch_wanted_ || records_in_epoch_ > 0 || !output_.empty()) return true;
  return std::any_of(stores_.begin(), stores_.end(), [](const auto& store) { return store->has_changes(); });
}

std::size_t Task::change_bytes() const {
  std::size_t bytes = output_.bytes();
  for (const auto& store : stores_) bytes += store->change_bytes();
  return bytes;
}

Status Task::end_epoch(TransactionalProducer& producer) {
  wall_clock_time_ = blueprint_.clock->wall();
  output_.begin_hand_over(producer);
  if (!claim_due_) {
    for (Node& node : nodes_) TM_TRY(node.processor->end_epoch(*node.context));
  }
  std::vector<StoreDigest> digests;
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    TM_TRY(stores_[i]->flush_view());
    const TopicPartition changelog{blueprint_.changelog_topics[i], partition_};
    auto digest = stores_[i]->add_changelog(progress_.epoch.next(), changelog, output_);
    if (!digest) return digest.error();
    auto position = stores_[i]->position();
    if (!position) return position.error();
    digest->store = blueprint_.settings->stores[i].name;
    digest->changelog_next = position->changelog_next;
    digests.push_back(*std::move(digest));
  }
  TM_TRY(output_.hand_over());
  add_epoch_record(producer.transactional_id(), std::move(digests));
  TM_TRY(output_.hand_over());
  output_.clear();
  return {};
}

// The last record that the epoch writes.
void Task::add_epoch_record(const std::string& transactional_id, std::vector<StoreDigest> digests) {
  EpochRecord record{.epoch = progress_.epoch.next(),
                     .partition_count = blueprint_.topology->partitions,
                     .inputs = {},
                     .stores = std::move(digests),
                     .watermark = watermark_,
                     .stream_time = stream_time_,
                     .transactional_id = transactional_id};
  for (std::size_t source = 0; source < next_offsets_.size(); ++source) {
    record.inputs.push_back(
        {blueprint_.settings->sources[source].name, progress_.next_offsets[source], next_offsets_[source]});
  }
  const std::string bytes = encode_epoch_record(record);
  output_.add({blueprint_.epochs_topic, partition_},
              {.key = name_, .value = bytes, .has_value = true, .headers = {}});
}

std::vector<OffsetToCommit> Task::offsets_to_commit(const std::string& transactional_id) const {
  const std::string metadata = encode_offset_metadata({.epoch = progress_.epoch.next(),
                                                       .watermark = watermark_,
                                                       .stream_time = stream_time_,
                                                       .partition_count = blueprint_.topology->partitions,
                                                       .previous_epoch_record = progress_.epoch_record,
                                                       .transactional_id = transactional_id});
  std::vector<OffsetToCommit> offsets;
  for (std::size_t source = 0; source < next_offsets_.size(); ++source) {
    Offset next = next_offsets_[source];
    if (TM_PLANTED_BUG(offset_plus_zero) && next.value() > 0) next = Offset(next.value() - 1);
    offsets.push_back({.partition = {blueprint_.source_topics[source], partition_},
                       .next_offset = next,
                       .metadata = metadata});
  }
  return offsets;
}

Status Task::apply(std::span<const LastOffset> last) {
  const auto next_in = [&](TopicId topic, Offset unchanged) {
    for (const LastOffset& offset : last) {
      if (offset.partition == TopicPartition{topic, partition_}) return offset.last_offset.next();
    }
    return unchanged;
  };
  progress_.epoch = progress_.epoch.next();
  progress_.next_offsets = next_offsets_;
  progress_.watermark = watermark_;
  progress_.stream_time = stream_time_;
  const auto appended_at = appended_at_of(last, {blueprint_.epochs_topic, partition_});
  progress_.committed_at = appended_at.value_or(wall_clock_time_);
  if (appended_at) idle_watch_.know({*appended_at, blueprint_.clock->monotonic()});
  progress_.epochs_next = next_in(blueprint_.epochs_topic, progress_.epochs_next);
  progress_.epoch_record = Offset(progress_.epochs_next.value() - 1);
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    auto before = stores_[i]->position();
    if (!before) return before.error();
    StorePosition position = *before;
    position.epoch = progress_.epoch;
    position.changelog_next = next_in(blueprint_.changelog_topics[i], before->changelog_next);
    position.epochs_next = progress_.epochs_next;
    position.partition_count = blueprint_.topology->partitions;
    position.stream_time = progress_.stream_time;
    position.watermark = progress_.watermark;
    position.written_at = wall_clock_time_;
    TM_TRY(stores_[i]->apply(position));
  }
  for (EpochCounter& counter : counters_) {
    if (counter.pending > 0) counter.counter->add(counter.pending);
    counter.pending = 0;
  }
  std::move(notices_.begin(), notices_.end(), std::back_inserter(told_));
  notices_.clear();
  records_in_epoch_ = 0;
  claim_due_ = false;
  epoch_wanted_ = false;
  return {};
}

void Task::discard() {
  for (auto& store : stores_) {
    if (store) store->discard();  // null: it could not be rebuilt, and the task is about to stop
  }
  for (Node& node : nodes_) node.processor->reset();
  for (EpochCounter& counter : counters_) counter.pending = 0;
  output_.clear();
  notices_.clear();
  drop_pending();
  records_in_epoch_ = 0;
  claim_due_ = false;
  epoch_wanted_ = false;
}

std::vector<StartingOffset> Task::reading_from(bool tables_only) const {
  std::vector<StartingOffset> starts;
  for (std::size_t source = 0; source < next_offsets_.size(); ++source) {
    if (tables_only && !is_table(source)) continue;
    starts.push_back({{blueprint_.source_topics[source], partition_}, next_offsets_[source]});
  }
  return starts;
}

void Task::reached_end(SourceIndex source, Offset next_offset) {
  if (next_offset < next_offsets_[source.value()]) return;  // told by an older reading
  source_at_end_[source.value()] = true;
  read_to_[source.value()] = next_offset;
}

bool Task::tables_loaded() const {
  for (std::size_t source = 0; source < source_at_end_.size(); ++source) {
    if (is_table(source) && (!source_at_end_[source] || pending_at_[source] < pending_[source].size()))
      return false;
  }
  return true;
}

bool Task::at_end() const {
  return !has_pending() &&
         std::all_of(source_at_end_.begin(), source_at_end_.end(), [](bool end) { return end; });
}

std::optional<SourceIndex> Task::source_of(TopicId topic) const {
  const auto found = std::find(blueprint_.source_topics.begin(), blueprint_.source_topics.end(), topic);
  if (found == blueprint_.source_topics.end()) return std::nullopt;
  return SourceIndex(static_cast<std::uint8_t>(found - blueprint_.source_topics.begin()));
}

Status Task::flush_stores() {
  for (auto& store : stores_) {
    if (store) TM_TRY(store->flush());  // null: it waits to be opened again
  }
  return {};
}

}  // namespace tidemark::runtime

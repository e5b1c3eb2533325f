#include "runtime/driver/topology_driver.h"

#include <algorithm>
#include <limits>

namespace tidemark::runtime {
namespace {

constexpr std::size_t kPipedRecordsMax = 2'000;
constexpr std::size_t kPipedBytesMax = std::size_t{1} << 20;
constexpr std::size_t kRowKeyMax = 1'024;  // no key that sorts behind so many 0xff is sensible
constexpr int kRoundsMax = 1'000'000;      // no honest backlog is as long

Topology on_one_partition(Topology topology) {
  topology.partitions = 1;
  return topology;
}

}  // namespace

TopologyDriver::TopologyDriver(const Topology& topology, ProcessorCatalog catalog, DriverSettings settings)
    : topology_(on_one_partition(topology)),
      catalog_(std::move(catalog)),
      clock_(settings.wall_clock),
      blueprint_(make_blueprint(topology_, catalog_, storage_, metrics_, clock_,
                                std::move(settings.dead_letter_encoder))),
      producer_(blueprint_) {}

TopologyDriver::~TopologyDriver() = default;

Result<std::unique_ptr<TopologyDriver>> TopologyDriver::make(const Topology& topology,
                                                             ProcessorCatalog catalog,
                                                             DriverSettings settings) {
  TM_ASSERT(settings.dead_letter_encoder != nullptr);
  std::unique_ptr<TopologyDriver> driver(
      new TopologyDriver(topology, std::move(catalog), std::move(settings)));
  TaskProgress nothing;
  nothing.next_offsets.resize(driver->blueprint_.source_topics.size());
  TM_TRY(driver->start(nothing));
  return driver;
}

Status TopologyDriver::start(const TaskProgress& progress) {
  auto task = Task::make(blueprint_, PartitionId(0));
  if (!task) return task.error();
  task_ = *std::move(task);
  return run(progress);
}

Status TopologyDriver::run(const TaskProgress& progress) {
  task_->move_to(TaskState::restoring);
  TM_TRY(task_->resume(progress));
  task_->move_to(TaskState::loading);
  task_->move_to(TaskState::running);
  next_offsets_ = progress.next_offsets;
  return {};
}

SourceIndex TopologyDriver::source(std::string_view name) const {
  const auto& sources = blueprint_.settings->sources;
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [name](const SourceSettings& each) { return each.name == name; });
  TM_ASSERT(found != sources.end());
  return SourceIndex(static_cast<std::uint8_t>(found - sources.begin()));
}

Result<Offset> TopologyDriver::pipe(std::string_view source_name, const PipedRecord& record) {
  const SourceIndex index = source(source_name);
  const bool is_full = piped_.size() >= kPipedRecordsMax || arena_.bytes() >= kPipedBytesMax;
  // A task takes records of its sources in an order of its own: here the order is the caller's.
  if (!piped_.empty() && (is_full || piped_.front().source != index)) TM_TRY(process_piped());
  Offset& next = next_offsets_[index.value()];
  RecordView view{.source = index,
                  .partition = PartitionId(0),
                  .offset = next,
                  .arrival = record.arrival,
                  .key = arena_.keep(record.key.value_or(std::string_view())),
                  .value = arena_.keep(record.value.value_or(std::string_view())),
                  .has_key = record.key.has_value(),
                  .has_value = record.value.has_value(),
                  .headers = {}};
  if (!record.headers.empty()) {
    auto& headers = headers_.emplace_back(record.headers.begin(), record.headers.end());
    for (HeaderView& header : headers) header = {arena_.keep(header.name), arena_.keep(header.value)};
    view.headers = headers;
  }
  piped_.push_back(view);
  next = next.next();
  return view.offset;
}

Status TopologyDriver::process_piped() {
  if (piped_.empty()) return {};
  // Records of a table go in one by one, so that a notice can be told with the record that it is about.
  const bool is_table = blueprint_.settings->sources[piped_.front().source.value()].role == SourceRole::table;
  for (const RecordView& record : piped_) {
    task_->enqueue(record.source, record);
    if (is_table) TM_TRY(process_pending(1, RecordPlace{record.source, record.offset}));
  }
  TM_TRY(process_pending(piped_.size(), std::nullopt));
  forget_piped();
  return {};
}

Status TopologyDriver::process_pending(std::size_t records_max, std::optional<RecordPlace> record) {
  while (task_->has_pending()) {
    notice_places_.resize(task_->notices_pending());
    const auto wants_epoch = task_->process(records_max);
    if (!wants_epoch) return wants_epoch.error();
    notice_places_.resize(task_->notices_pending(), record);
    if (*wants_epoch) TM_TRY(commit());
  }
  return {};
}

void TopologyDriver::forget_piped() {
  piped_.clear();
  headers_.clear();
  arena_.clear();
}

Status TopologyDriver::commit() {
  TM_TRY(producer_.begin());
  TM_TRY(task_->end_epoch(producer_));
  const auto last = producer_.flush({});
  if (!last) return last.error();
  TM_TRY(task_->apply(*last));
  std::vector<Notice> told = task_->take_notices();
  notice_places_.resize(told.size());
  for (std::size_t i = 0; i < told.size(); ++i)
    notices_.push_back({std::move(told[i].code), std::move(told[i].message), notice_places_[i]});
  notice_places_.clear();
  return {};
}

Status TopologyDriver::end_epoch() {
  TM_TRY(process_piped());
  return commit();
}

Status TopologyDriver::run_to_rest(std::chrono::milliseconds step) {
  TM_TRY(process_piped());
  bool has_waited = false;
  for (int round = 0; round < kRoundsMax; ++round) {
    const auto is_due = task_->idle();
    if (!is_due) return is_due.error();
    if (*is_due || task_->has_changes()) {
      TM_TRY(commit());
      has_waited = false;
    } else if (has_waited) {
      return {};
    } else {
      clock_.advance(step);
      has_waited = true;
    }
  }
  return Error{Disposition::fatal, "no_rest", "the processors do not come to rest"};
}

Status TopologyDriver::advance_watermark(EventTime watermark) {
  TM_TRY(process_piped());
  task_->advance_watermark(watermark);
  return {};
}

Status TopologyDriver::abort_epoch() {
  TM_TRY(process_piped());
  const TaskProgress progress = task_->progress();
  task_->discard();
  notice_places_.clear();
  return run(progress);
}

Status TopologyDriver::restart() {
  forget_piped();
  notice_places_.clear();
  TM_TRY(task_->flush_stores());
  const TaskProgress progress = task_->progress();
  task_.reset();
  return start(progress);
}

std::vector<SentRecord> TopologyDriver::take_sent(std::string_view sink) {
  const auto& sinks = blueprint_.settings->sinks;
  const auto found = std::find_if(sinks.begin(), sinks.end(),
                                  [sink](const SinkSettings& each) { return each.name == sink; });
  TM_ASSERT(found != sinks.end());
  return producer_.take_sent(blueprint_.sink_topics[static_cast<std::size_t>(found - sinks.begin())]);
}

Result<std::vector<std::pair<std::string, std::string>>> TopologyDriver::rows(std::string_view store) {
  static const std::string last_key(kRowKeyMax, '\xff');
  const auto& stores = blueprint_.settings->stores;
  const auto found = std::find_if(stores.begin(), stores.end(),
                                  [store](const StoreSettings& each) { return each.name == store; });
  TM_ASSERT(found != stores.end() && found->kind == StoreKind::keyed);
  KeyedStore& keyed = *task_->stores()[static_cast<std::size_t>(found - stores.begin())]->keyed();
  return keyed.scan("\x01", last_key, std::numeric_limits<std::size_t>::max());
}

std::vector<SentRecord> TopologyDriver::take_dead_letters() {
  return producer_.take_sent(blueprint_.dead_letters_topic);
}

}  // namespace tidemark::runtime

#include "runtime/task_context.h"

#include <algorithm>

#include "runtime/task.h"

namespace tidemark::runtime {
namespace {

// The topic takes 2 MiB: value, key, headers and what the letter adds.
constexpr std::size_t kDeadLetterValueMax = 1'500'000;
constexpr std::size_t kDeadLetterKeyMax = 200'000;
constexpr std::size_t kDeadLetterHeadersMax = 200'000;
constexpr std::size_t kTruncatedBytes = 64 * 1024;
constexpr std::size_t kLengthBytes = 10;  // of a header's name and value in the record, at most

std::size_t bytes_of(std::span<const HeaderView> headers) {
  std::size_t bytes = 0;
  for (const HeaderView& header : headers) bytes += header.name.size() + header.value.size() + kLengthBytes;
  return bytes;
}

// The first headers, as many as fit.
std::span<const HeaderView> truncate(std::span<const HeaderView> headers) {
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < headers.size(); ++count) {
    bytes += bytes_of(headers.subspan(count, 1));
    if (bytes > kTruncatedBytes) break;
  }
  return headers.first(count);
}

}  // namespace

std::size_t TaskContext::store_index(std::string_view name) const {
  const auto& named = task_.nodes_[node_].settings->stores;
  TM_ASSERT(std::find(named.begin(), named.end(), name) !=
            named.end());  // a processor sees only what it names
  const auto& stores = task_.blueprint_.settings->stores;
  const auto found =
      std::find_if(stores.begin(), stores.end(), [name](const auto& store) { return store.name == name; });
  TM_ASSERT(found != stores.end());
  return static_cast<std::size_t>(found - stores.begin());
}

KeyedStore& TaskContext::keyed_store(std::string_view name) {
  KeyedStore* store = task_.stores_[store_index(name)]->keyed();
  TM_ASSERT(store != nullptr);
  return *store;
}

IdStore& TaskContext::id_store(std::string_view name) {
  IdStore* store = task_.stores_[store_index(name)]->ids();
  TM_ASSERT(store != nullptr);
  return *store;
}

SourceIndex TaskContext::source(std::string_view name) const {
  const auto& sources = task_.blueprint_.settings->sources;
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [name](const auto& source) { return source.name == name; });
  TM_ASSERT(found != sources.end());
  return SourceIndex(static_cast<std::uint8_t>(found - sources.begin()));
}

std::string_view TaskContext::source_topic(SourceIndex source) const {
  return task_.blueprint_.topics.name(task_.blueprint_.source_topics[source.value()]);
}

Status TaskContext::forward(Batch batch) {
  for (const std::size_t next : task_.nodes_[node_].downstream) {
    Task::Node& node = task_.nodes_[next];
    TM_TRY(node.processor->process(batch, *node.context));
  }
  return {};
}

Result<SinkIndex> TaskContext::sink(std::string_view name) const {
  const auto& sinks = task_.blueprint_.settings->sinks;
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    if (sinks[i].name == name) return SinkIndex(static_cast<std::uint8_t>(i));
  }
  return Error{Disposition::fatal, "unknown_sink",
               "the sub-topology has no sink named '" + std::string(name) + "'"};
}

Status TaskContext::send(SinkIndex sink, std::span<const OutputRecord> records) {
  return send_to(task_.partition_, sink, records);
}

Status TaskContext::send_to(PartitionId partition, SinkIndex sink, std::span<const OutputRecord> records) {
  const TopicId topic = task_.blueprint_.sink_topics[sink.value()];
  for (const OutputRecord& record : records) task_.output_.add({topic, partition}, record);
  return {};
}

Status TaskContext::dead_letter(const RecordView& record, std::string_view code, std::string_view message) {
  const Blueprint& blueprint = task_.blueprint_;
  const DeadLetterContext context{.application = blueprint.topology->application,
                                  .topic = source_topic(record.source),
                                  .task = task_.name_,
                                  .code = code,
                                  .message = message,
                                  .failed_at = task_.wall_clock_time_};
  // What was compressed on its way in may not fit on its way out. The place is named, the beginning is kept.
  RecordView kept = record;
  std::vector<std::pair<std::string_view, std::string>> added;
  if (record.element) added.emplace_back("td-element", std::to_string(*record.element));
  const std::size_t header_bytes = bytes_of(record.headers);
  if (header_bytes > kDeadLetterHeadersMax) {
    kept.headers = truncate(record.headers);
    added.emplace_back("td-headers-truncated-from-bytes", std::to_string(header_bytes));
  }
  const auto encoded =
      task_.dead_letters_->headers(kept, context);  // a hash over the whole key and value too
  if (record.key.size() > kDeadLetterKeyMax) {
    kept.key = record.key.substr(0, kTruncatedBytes);
    added.emplace_back("td-key-truncated-from-bytes", std::to_string(record.key.size()));
  }
  if (record.value.size() > kDeadLetterValueMax) {
    kept.value = record.value.substr(0, kTruncatedBytes);
    added.emplace_back("td-truncated-from-bytes", std::to_string(record.value.size()));
  }
  std::vector<HeaderView> headers(encoded.begin(), encoded.end());
  for (const auto& [name, bytes] : added) headers.push_back({name, bytes});
  const OutputRecord letter{
      .key = kept.key, .value = kept.value, .has_value = record.has_value, .headers = headers};
  task_.output_.add({blueprint.dead_letters_topic, task_.partition_}, letter);
  return {};
}

PartitionId TaskContext::partition() const {
  return task_.partition_;
}
std::int32_t TaskContext::partition_count() const {
  return task_.blueprint_.topology->partitions;
}
EpochNumber TaskContext::epoch() const {
  return task_.progress_.epoch.next();
}
ArrivalTime TaskContext::stream_time() const {
  return task_.stream_time_;
}
void TaskContext::advance_stream_time(ArrivalTime stream_time) {
  task_.stream_time_ = std::max(task_.stream_time_, stream_time);
}
EventTime TaskContext::watermark() const {
  return task_.watermark_;
}
void TaskContext::advance_watermark(EventTime watermark) {
  task_.watermark_ = std::max(task_.watermark_, watermark);
}
ArrivalTime TaskContext::wall_clock_time() const {
  return task_.wall_clock_time_;
}

void TaskContext::notice(std::string_view code, std::string_view message) {
  task_.notices_.push_back({std::string(code), std::string(message)});
}

CounterId TaskContext::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return task_.counter(name, help, labels);
}

void TaskContext::count(CounterId counter, std::uint64_t count) {
  task_.counters_[counter].pending += count;
}

}  // namespace tidemark::runtime

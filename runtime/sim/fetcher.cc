#include "runtime/sim/fetcher.h"

#include <algorithm>
#include <iterator>

namespace tidemark::runtime::sim {

void SimBatch::clear() {
  records.clear();
  headers_.clear();
  for (std::string& text : bytes_) std::fill(text.begin(), text.end(), '\xdd');
  bytes_.clear();
}

void SimBatch::add(TopicPartition partition, const Entry& entry) {
  const SimRecord& from = entry.record;
  RecordView view;
  view.partition = partition.partition;
  view.offset = entry.offset;
  view.arrival = from.timestamp;
  view.has_key = from.key.has_value();
  view.has_value = from.value.has_value();
  if (from.key) view.key = keep(*from.key);
  if (from.value) view.value = keep(*from.value);
  if (!from.headers.empty()) {
    auto& headers = headers_.emplace_back();
    for (const auto& [name, value] : from.headers) headers.push_back({keep(name), keep(value)});
    view.headers = headers;
  }
  records.push_back({partition.topic, view});
}

std::string_view SimBatch::keep(const std::string& text) {
  return bytes_.emplace_back(text);
}

void Fetcher::assign(const std::vector<std::pair<StartingOffset, PartitionRef>>& partitions) {
  positions_.clear();
  for (const auto& [start, ref] : partitions) {
    positions_[start.partition] = {
        .ref = ref, .next_offset = start.next_offset, .end_told = {}, .lost = false};
  }
}

bool Fetcher::fetch(SimBatch& batch, std::size_t count_max, PollEvents& events) {
  if (positions_.empty() || count_max == 0) return false;
  const std::size_t wanted = world_.random.between(1, count_max);
  auto position =
      std::next(positions_.begin(), static_cast<std::ptrdiff_t>(world_.random.uniform(positions_.size())));
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    fetch_partition(position->first, position->second, batch, wanted - batch.records.size(), events);
    if (++position == positions_.end()) position = positions_.begin();
  }
  return !batch.records.empty() || !events.ends.empty() || !events.out_of_range.empty();
}

void Fetcher::fetch_partition(TopicPartition partition, Position& position, SimBatch& batch,
                              std::size_t count_max, PollEvents& events) {
  if (position.lost) return;
  const PartitionLog& log = world_.cluster.log(position.ref);
  if (position.next_offset < log.log_start() || position.next_offset > log.high_watermark()) {
    position.lost = true;  // told once; reading ends here until the next assign()
    events.out_of_range.push_back(partition);
    return;
  }
  if (count_max == 0) return;
  std::vector<const Entry*> entries;
  position.next_offset = log.read_committed(position.next_offset, count_max, entries);
  for (const Entry* entry : entries) batch.add(partition, *entry);
  if (position.next_offset < log.last_stable() || position.end_told == position.next_offset) return;
  position.end_told = position.next_offset;
  events.ends.push_back({partition, position.next_offset});
}

}  // namespace tidemark::runtime::sim

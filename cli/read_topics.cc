#include "cli/read_topics.h"

#include <map>

#include "cli/retry.h"

namespace tidemark::cli {
namespace {

constexpr std::size_t kBatchRecords = 10'000;
constexpr std::chrono::milliseconds kPollTimeout{200};

using Ends = std::map<runtime::TopicPartition, Offset>;  // partitions that are not done -> where they end

void drop_if_passed(Ends& ends, runtime::TopicPartition partition, Offset next_offset) {
  const auto end = ends.find(partition);
  if (end != ends.end() && next_offset >= end->second) ends.erase(end);
}

}  // namespace

Status read_to_end(runtime::LogReader& reader, std::span<const runtime::TopicPartition> partitions,
                   const PerRecord& per_record, std::chrono::milliseconds patience) {
  Ends ends;
  std::vector<runtime::StartingOffset> starts;
  for (const auto& partition : partitions) {
    const auto offsets = while_busy([&] { return reader.offsets(partition); });
    if (!offsets) return offsets.error();
    if (offsets->log_start >= offsets->last_stable) continue;
    ends[partition] = offsets->last_stable;
    starts.push_back({partition, offsets->log_start});
  }
  if (starts.empty()) return {};
  TM_TRY(reader.assign(starts));
  const auto batch = reader.new_batch();
  auto last_news = std::chrono::steady_clock::now();
  while (!ends.empty()) {
    const auto events = reader.poll(*batch, kBatchRecords, kPollTimeout);
    if (!events && events.error().disposition != Disposition::retry) return events.error();
    const bool news = !batch->records.empty() || (events && !events->ends.empty());
    const auto now = std::chrono::steady_clock::now();
    if (news) last_news = now;
    if (now - last_news > patience) {
      return Error{Disposition::retry, "unreachable",
                   events ? "Kafka sent nothing for " + std::to_string(patience.count() / 1000) + " s"
                          : events.error().message};
    }
    for (const auto& record : batch->records) {
      const runtime::TopicPartition partition{record.topic, record.record.partition};
      const auto end = ends.find(partition);
      if (end == ends.end() || record.record.offset >= end->second) {
        drop_if_passed(ends, partition, record.record.offset);
        continue;  // newer than the call
      }
      per_record(record);
      drop_if_passed(ends, partition, record.record.offset.next());
    }
    if (!events) continue;
    for (const auto& end : events->ends) drop_if_passed(ends, end.partition, end.next_offset);
    if (!events->out_of_range.empty()) {
      return Error{Disposition::fatal, "offset_lost",
                   "records were deleted while they were read; run it again"};
    }
  }
  return {};
}

}  // namespace tidemark::cli

#include "runtime/kafka/offsets.h"

namespace tidemark::runtime::kafka {
namespace {

using std::chrono::milliseconds;

struct Watermarks {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

Result<Watermarks> query_watermarks(Handle& handle, const std::string& topic, PartitionId partition,
                                    milliseconds timeout) {
  Watermarks marks;
  const auto code = rd_kafka_query_watermark_offsets(handle.get(), topic.c_str(), partition.value(),
                                                     &marks.low, &marks.high, to_timeout_ms(timeout));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return marks;
  return handle.explain(
      to_error(code, "ask for the offsets of " + topic + "[" + std::to_string(partition.value()) + "]"));
}

CommittedOffset to_committed(const rd_kafka_topic_partition_t& partition) {
  CommittedOffset offset;
  if (partition.offset >= 0) offset.next_offset = Offset(partition.offset);
  if (partition.metadata != nullptr) {
    offset.metadata.assign(static_cast<const char*>(partition.metadata), partition.metadata_size);
  }
  return offset;
}

}  // namespace

Result<PartitionOffsets> query_offsets(Handle& committed, Handle& uncommitted, const std::string& topic,
                                       PartitionId partition, milliseconds timeout) {
  // In this order: a high watermark asked for first could come out below the stable offset.
  const auto stable = query_watermarks(committed, topic, partition, timeout);
  if (!stable) return stable.error();
  const auto all = query_watermarks(uncommitted, topic, partition, timeout);
  if (!all) return all.error();
  return PartitionOffsets{.log_start = Offset(all->low),
                          .last_stable = Offset(stable->high),
                          .high_watermark = Offset(all->high)};
}

Result<std::vector<CommittedOffset>> query_group_offsets(Handle& handle,
                                                         std::span<const TopicPartition> partitions,
                                                         const TopicHandles& topics, milliseconds timeout) {
  constexpr std::string_view kAsking = "ask for the group's committed offsets";
  const PartitionListPtr list = new_partition_list(partitions.size());
  for (const TopicPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topics.name(partition.topic).c_str(),
                                      partition.partition.value());
  }
  const auto code = rd_kafka_committed(handle.get(), list.get(), to_timeout_ms(timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return handle.explain(to_error(code, kAsking));
  std::vector<CommittedOffset> offsets;
  offsets.reserve(partitions.size());
  for (int i = 0; i < list->cnt; ++i) {
    if (const auto failed = list->elems[i].err; failed != RD_KAFKA_RESP_ERR_NO_ERROR)
      return handle.explain(to_error(failed, kAsking));
    offsets.push_back(to_committed(list->elems[i]));
  }
  return offsets;
}

}  // namespace tidemark::runtime::kafka

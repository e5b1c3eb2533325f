#include "runtime/kafka/offsets.h"

#include <algorithm>
#include <array>

namespace tidemark::runtime::kafka {
namespace {

using std::chrono::milliseconds;
using AdminOptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using GroupOffsetsPtr =
    std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t, Destroy<rd_kafka_ListConsumerGroupOffsets_destroy>>;

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
  offset.stable = partition.err != RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT;
  if (partition.offset >= 0) offset.next_offset = Offset(partition.offset);
  if (partition.metadata != nullptr) {
    offset.metadata.assign(static_cast<const char*>(partition.metadata), partition.metadata_size);
  }
  return offset;
}

constexpr std::string_view kAskingForCommitted = "ask for the group's committed offsets";

Result<std::vector<CommittedOffset>> read_group_result(rd_kafka_event_t* event,
                                                       std::span<const TopicPartition> partitions,
                                                       const TopicHandles& topics) {
  if (const auto code = rd_kafka_event_error(event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return to_error(Failure{.code = code, .text = rd_kafka_event_error_string(event)}, kAskingForCommitted);
  }
  std::size_t group_count = 0;
  const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(event);
  const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &group_count);
  if (group_count != 1) return to_error(RD_KAFKA_RESP_ERR__BAD_MSG, kAskingForCommitted);
  if (const auto* error = rd_kafka_group_result_error(groups[0]))
    return to_error(*error, kAskingForCommitted);

  const auto* list = rd_kafka_group_result_partitions(groups[0]);
  std::vector<CommittedOffset> offsets;
  offsets.reserve(partitions.size());
  for (const TopicPartition& partition : partitions) {
    const auto* entry =
        rd_kafka_topic_partition_list_find(const_cast<rd_kafka_topic_partition_list_t*>(list),
                                           topics.name(partition.topic).c_str(), partition.partition.value());
    if (entry == nullptr) return to_error(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, kAskingForCommitted);
    if (entry->err != RD_KAFKA_RESP_ERR_NO_ERROR && entry->err != RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT) {
      return to_error(entry->err, kAskingForCommitted);
    }
    offsets.push_back(to_committed(*entry));
  }
  return offsets;
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

Result<std::vector<CommittedOffset>> query_group_offsets(Handle& handle, const std::string& group,
                                                         std::span<const TopicPartition> partitions,
                                                         const TopicHandles& topics, bool require_stable,
                                                         milliseconds timeout) {
  std::array<char, 512> text{};
  const int timeout_ms = std::max(1, to_timeout_ms(timeout));
  const AdminOptionsPtr options(
      rd_kafka_AdminOptions_new(handle.get(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, text.data(), text.size());
  const ErrorPtr refused(
      rd_kafka_AdminOptions_set_require_stable_offsets(options.get(), require_stable ? 1 : 0));
  if (refused) return to_error(*refused, kAskingForCommitted);

  const PartitionListPtr list = new_partition_list(partitions.size());
  for (const TopicPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topics.name(partition.topic).c_str(),
                                      partition.partition.value());
  }
  const GroupOffsetsPtr request(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
  const QueuePtr queue(rd_kafka_queue_new(handle.get()));
  rd_kafka_ListConsumerGroupOffsets_t* requests[] = {request.get()};
  rd_kafka_ListConsumerGroupOffsets(handle.get(), requests, 1, options.get(), queue.get());
  const EventPtr event(rd_kafka_queue_poll(queue.get(), timeout_ms));
  if (!event) return handle.explain(to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, kAskingForCommitted));
  auto offsets = read_group_result(event.get(), partitions, topics);
  if (!offsets) return handle.explain(offsets.error());
  return offsets;
}

}  // namespace tidemark::runtime::kafka

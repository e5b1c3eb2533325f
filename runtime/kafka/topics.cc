#include "runtime/kafka/topics.h"

#include <algorithm>
#include <cstdlib>

namespace tidemark::runtime::kafka {
namespace {

using std::chrono::milliseconds;

struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
using MetadataPtr = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

// topic = nullptr: all of them.
Result<MetadataPtr> query_metadata(Handle& handle, rd_kafka_topic_t* topic, milliseconds timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code =
      rd_kafka_metadata(handle.get(), topic == nullptr ? 1 : 0, topic, &metadata, to_timeout_ms(timeout));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return MetadataPtr(metadata);
  return handle.explain(to_error(code, "ask for the topics of the cluster"));
}

}  // namespace

Result<std::optional<std::int32_t>> query_partition_count(Handle& handle, const std::string& topic,
                                                          milliseconds timeout) {
  const TopicPtr topic_handle(rd_kafka_topic_new(handle.get(), topic.c_str(), nullptr));
  const auto metadata = query_metadata(handle, topic_handle.get(), timeout);
  if (!metadata) return metadata.error();
  if ((*metadata)->topic_cnt != 1) return std::optional<std::int32_t>();
  const auto& found = (*metadata)->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<std::int32_t>();
  // A partition without a leader for the moment is told of by an error of its own: the count is known.
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(found.err, "look up topic " + topic);
  return std::optional<std::int32_t>(found.partition_cnt);
}

Result<std::vector<KafkaTopic>> query_topics(Handle& handle, milliseconds timeout) {
  const auto metadata = query_metadata(handle, nullptr, timeout);
  if (!metadata) return metadata.error();
  std::vector<KafkaTopic> topics;
  for (int i = 0; i < (*metadata)->topic_cnt; ++i) {
    const auto& topic = (*metadata)->topics[i];
    std::int32_t replicas = topic.partition_cnt == 0 ? 0 : topic.partitions[0].replica_cnt;
    for (int p = 1; p < topic.partition_cnt; ++p)
      replicas = std::min<std::int32_t>(replicas, topic.partitions[p].replica_cnt);
    topics.push_back({topic.topic, topic.partition_cnt, replicas});
  }
  return topics;
}

Result<std::string> query_cluster_id(Handle& handle, milliseconds timeout) {
  const std::unique_ptr<char, decltype(&std::free)> id(
      rd_kafka_clusterid(handle.get(), to_timeout_ms(timeout)), &std::free);
  if (id) return std::string(id.get());
  return handle.explain(to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "ask which cluster this is"));
}

}  // namespace tidemark::runtime::kafka

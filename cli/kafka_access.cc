#include "cli/kafka_access.h"

#include <cstdio>
#include <thread>

#include "cli/read_topics.h"
#include "runtime/kafka/clients.h"

namespace tidemark::cli {
namespace {
constexpr std::chrono::milliseconds kRequestTimeout{8'000};   // a person is waiting
constexpr std::chrono::milliseconds kSettlePatience{30'000};  // above the longest transaction timeout
constexpr std::chrono::milliseconds kSettleStep{20};
}  // namespace

runtime::KafkaSettings client_settings(const Globals& globals, const runtime::Topology& topology,
                                       std::vector<std::string> topics) {
  runtime::KafkaSettings settings;
  settings.properties = kafka_values(globals, topology);
  settings.application = topology.application + "-cli";
  settings.topics = std::move(topics);
  settings.request_timeout = kRequestTimeout;
  settings.consumer_queue_bytes = 64U << 20;
  settings.producer_queue_bytes = 64U << 20;
  if (settings.properties.contains("debug")) {
    settings.log = [](runtime::KafkaLogLevel, const std::string& text) {
      std::fprintf(stderr, "%s\n", text.c_str());
    };
  }
  return settings;
}

Error explain(Error error, const Globals& globals, const runtime::Topology& topology) {
  if (error.code != "unreachable" && error.code != "kafka_busy" && error.code != "auth") return error;
  const Setting brokers = kafka_settings(globals, topology).at("bootstrap.servers");
  const char* problem = error.code == "auth"         ? " refused the credentials or the access"
                        : error.code == "kafka_busy" ? " is not ready"
                                                     : " cannot be reached";
  error.message = "Kafka at " + brokers.value + problem + " (bootstrap.servers from: " + brokers.origin +
                  "): " + error.message;
  return error;
}

Result<std::string> topic_named(const runtime::Topology& topology, std::string_view alias) {
  if (const auto* topic = topology.topic(alias)) return topic->name;
  return Error{Disposition::fatal, "config_invalid",
               "the topology declares no topic '" + std::string(alias) + "'"};
}

Result<std::string> topic_of_codec(const runtime::Topology& topology, std::string_view codec) {
  for (const auto& sub_topology : topology.sub_topologies) {
    for (const auto& source : sub_topology.sources) {
      if (source.codec == codec) return topic_named(topology, source.topic);
    }
  }
  return Error{Disposition::fatal, "config_invalid",
               "the topology has no source with codec " + std::string(codec)};
}

Result<TopicsReader> TopicsReader::open(const Globals& globals, const runtime::Topology& topology,
                                        std::vector<std::string> topics) {
  TopicsReader reader;
  // By value: an error may be explained after the caller's topology is gone.
  reader.explain_ = [globals, topology](Error error) { return explain(std::move(error), globals, topology); };
  reader.topics_ = topics;
  reader.clients_ =
      std::make_unique<runtime::KafkaClients>(client_settings(globals, topology, std::move(topics)));
  for (std::size_t i = 0; i < reader.topics_.size(); ++i) {
    const runtime::TopicId topic(static_cast<std::int32_t>(i));
    const auto count = reader.clients_->partition_count(topic);
    if (!count) return reader.explain_(count.error());
    if (!*count) {
      return Error{Disposition::fatal, "unknown_topic",
                   "there is no topic " + reader.topics_[i] + " yet: run `topics apply --apply`"};
    }
    for (std::int32_t p = 0; p < **count; ++p) reader.partitions_.push_back({topic, PartitionId(p)});
  }
  auto made = reader.clients_->reader();
  if (!made) return reader.explain_(made.error());
  reader.reader_ = *std::move(made);
  return reader;
}

Status TopicsReader::read(
    const std::function<void(std::size_t topic, const RecordView& record)>& per_record) {
  const Status status = read_to_end(*reader_, partitions_, [&](const runtime::ConsumedRecord& record) {
    per_record(static_cast<std::size_t>(record.topic.value()), record.record);
  });
  return status ? status : explain_(status.error());
}

Status TopicsReader::read(runtime::TopicPartition partition,
                          const std::function<void(const RecordView& record)>& per_record) {
  const Status status = read_to_end(
      *reader_, {&partition, 1}, [&](const runtime::ConsumedRecord& record) { per_record(record.record); });
  return status ? status : explain_(status.error());
}

Status TopicsReader::settle(runtime::TopicPartition partition) {
  const auto first = offsets(partition);
  if (!first) return first.error();
  for (auto waited = std::chrono::milliseconds(0); waited < kSettlePatience; waited += kSettleStep) {
    const auto now = offsets(partition);
    if (!now) return now.error();
    if (now->last_stable >= first->high_watermark) return {};
    std::this_thread::sleep_for(kSettleStep);
  }
  return explain_({Disposition::retry, "kafka_busy",
                   "a transaction stays open in " + name(partition.topic) + ", partition " +
                       std::to_string(partition.partition.value())});
}

Result<runtime::PartitionOffsets> TopicsReader::offsets(runtime::TopicPartition partition) {
  auto offsets = reader_->offsets(partition);
  if (!offsets) return explain_(offsets.error());
  return offsets;
}

}  // namespace tidemark::cli

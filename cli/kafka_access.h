#pragma once
// Kafka as the commands use it: whole topics read once, records produced, all under the names of
// topology.yaml.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "runtime/kafka/settings.h"
#include "runtime/log.h"

namespace tidemark::cli {

// What all clients are made with. Silent, unless -X debug=... asks librdkafka to talk (on stderr).
runtime::KafkaSettings client_settings(const Globals& globals, const runtime::Topology& topology,
                                       std::vector<std::string> topics);

// An error with the brokers' names, where it is about them.
Error explain(Error error, const Globals& globals, const runtime::Topology& topology);

// The broker's name of a topic. Errors: "config_invalid".
Result<std::string> topic_named(const runtime::Topology& topology, std::string_view alias);
// Of the first source with this codec, in any sub-topology.
Result<std::string> topic_of_codec(const runtime::Topology& topology, std::string_view codec);

// Readers for whole topics. Errors: "unknown_topic" when one does not exist.
class TopicsReader {
 public:
  static Result<TopicsReader> open(const Globals& globals, const runtime::Topology& topology,
                                   std::vector<std::string> topics);
  // Every committed record up to the end as of now. The index is that into `topics`.
  Status read(const std::function<void(std::size_t topic, const RecordView& record)>& per_record);
  // The same of one partition.
  Status read(runtime::TopicPartition partition,
              const std::function<void(const RecordView& record)>& per_record);
  // Waits until every transaction that is open in the partition now has ended, so that a read shows it whole.
  Status settle(runtime::TopicPartition partition);
  const std::vector<runtime::TopicPartition>& partitions() const { return partitions_; }
  const std::string& name(runtime::TopicId topic) const {
    return topics_[static_cast<std::size_t>(topic.value())];
  }
  Result<runtime::PartitionOffsets> offsets(runtime::TopicPartition partition);

 private:
  TopicsReader() = default;
  std::function<Error(Error)> explain_;
  std::vector<std::string> topics_;
  std::vector<runtime::TopicPartition> partitions_;
  std::unique_ptr<runtime::LogClients> clients_;
  std::unique_ptr<runtime::LogReader> reader_;
};

}  // namespace tidemark::cli

#pragma once
// Topics and their settings, for `tidemark topics`, and offsets for whoever shows them.
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/kafka/settings.h"
#include "runtime/log.h"

namespace tidemark::runtime {

namespace kafka {
class Handle;
class Trouble;
}  // namespace kafka

struct KafkaTopic {
  std::string name;
  std::int32_t partition_count = 0;
  std::int32_t replication_factor = 0;  // of the partition that has the fewest replicas
};

struct KafkaTopicSpec {
  std::string name;
  std::int32_t partition_count = 0;
  std::int32_t replication_factor = 1;
  std::map<std::string, std::string> config;  // cleanup.policy, retention.ms, ...
};

struct KafkaTopicSetting {
  std::string value;
  bool is_default = false;  // not set on the topic itself
};

// Threading: confined to one thread.
class KafkaAdmin {
 public:
  static Result<std::unique_ptr<KafkaAdmin>> create(const KafkaSettings& settings);
  ~KafkaAdmin();

  // Internal topics of the brokers included.
  Result<std::vector<KafkaTopic>> topics();
  Result<std::optional<std::int32_t>> partition_count(const std::string& topic);
  // One Status per spec, in order; "topic_exists" for one that is there. validate_only: the brokers check,
  // and nothing is created.
  Result<std::vector<Status>> create_topics(std::span<const KafkaTopicSpec> specs, bool validate_only);
  // Settings of one topic by name. unknown_topic when it does not exist.
  Result<std::map<std::string, KafkaTopicSetting>> describe(const std::string& topic);
  // Of every partition, by its number.
  Result<std::vector<PartitionOffsets>> offsets(const std::string& topic);

 private:
  explicit KafkaAdmin(std::chrono::milliseconds timeout);

  const std::chrono::milliseconds timeout_;
  std::unique_ptr<kafka::Handle> committed_;
  std::unique_ptr<kafka::Handle> uncommitted_;
};

}  // namespace tidemark::runtime

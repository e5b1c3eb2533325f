#pragma once
// The engine's way to a real Kafka: runtime/log.h over librdkafka.
#include <memory>
#include <mutex>
#include <string>

#include "runtime/kafka/settings.h"
#include "runtime/log.h"

namespace tidemark::runtime {

namespace kafka {
class Handle;
class Trouble;
}  // namespace kafka

// Makes clients; nothing connects before the first call on one of them.
// Threading: [any thread].
class KafkaClients final : public LogClients {
 public:
  explicit KafkaClients(KafkaSettings settings);
  ~KafkaClients() override;

  Result<std::unique_ptr<GroupConsumer>> group_consumer(const std::string& instance_id) override;
  Result<std::unique_ptr<TransactionalProducer>> producer(const std::string& transactional_id) override;
  Result<std::unique_ptr<LogReader>> reader() override;
  Status fence(const std::string& transactional_id) override;
  Result<std::optional<std::int32_t>> partition_count(TopicId topic) override;
  Result<std::string> cluster_id() override;

  // What Kafka last complained about; empty when it never did.
  std::string last_trouble() const;

 private:
  Result<kafka::Handle*> inquirer();

  const KafkaSettings settings_;
  const std::shared_ptr<kafka::Trouble> trouble_;
  std::mutex mutex_;
  std::string cluster_id_;                   // under mutex_; empty: not asked yet
  std::unique_ptr<kafka::Handle> inquirer_;  // under mutex_; made when first needed, asks for metadata only
};

}  // namespace tidemark::runtime

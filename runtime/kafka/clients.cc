#include "runtime/kafka/clients.h"

#include "runtime/kafka/client.h"
#include "runtime/kafka/consumer.h"
#include "runtime/kafka/producer.h"
#include "runtime/kafka/reader.h"
#include "runtime/kafka/topics.h"

namespace tidemark::runtime {

using kafka::Handle;
using kafka::Trouble;

KafkaClients::KafkaClients(KafkaSettings settings)
    : settings_(std::move(settings)), trouble_(std::make_shared<Trouble>(settings_.log)) {}

KafkaClients::~KafkaClients() = default;

Result<std::unique_ptr<GroupConsumer>> KafkaClients::group_consumer(const std::string& instance_id) {
  TM_TRY(check(settings_));
  auto made = kafka::MemberConsumer::create(settings_, instance_id, trouble_);
  if (!made) return made.error();
  return std::unique_ptr<GroupConsumer>(*std::move(made));
}

Result<std::unique_ptr<TransactionalProducer>> KafkaClients::producer(const std::string& transactional_id) {
  TM_TRY(check(settings_));
  auto made = kafka::TxnProducer::create(settings_, transactional_id, trouble_);
  if (!made) return made.error();
  return std::unique_ptr<TransactionalProducer>(*std::move(made));
}

Result<std::unique_ptr<LogReader>> KafkaClients::reader() {
  TM_TRY(check(settings_));
  auto made = kafka::PartitionReader::create(settings_, trouble_);
  if (!made) return made.error();
  return std::unique_ptr<LogReader>(*std::move(made));
}

Status KafkaClients::fence(const std::string& transactional_id) {
  const auto throw_away = producer(transactional_id);
  if (!throw_away) return throw_away.error();
  return (*throw_away)->init(settings_.request_timeout);
}

Result<std::optional<std::int32_t>> KafkaClients::partition_count(TopicId topic) {
  const auto handle = inquirer();
  if (!handle) return handle.error();
  return kafka::query_partition_count(**handle, settings_.topics.at(static_cast<std::size_t>(topic.value())),
                                      settings_.request_timeout);
}

Result<std::string> KafkaClients::cluster_id() {
  {
    const std::lock_guard lock(mutex_);
    if (!cluster_id_.empty()) return cluster_id_;
  }
  const auto handle = inquirer();
  if (!handle) return handle.error();
  auto cluster = kafka::query_cluster_id(**handle, settings_.request_timeout);
  if (!cluster) return cluster.error();
  const std::lock_guard lock(mutex_);
  return cluster_id_ = *std::move(cluster);
}

Result<Handle*> KafkaClients::inquirer() {
  TM_TRY(check(settings_));
  const std::lock_guard lock(mutex_);
  if (!inquirer_) {
    // A consumer, because asking as a producer may create the topic.
    auto made =
        Handle::create({.properties = kafka::consumer_properties(settings_, false), .trouble = trouble_});
    if (!made) return made.error();
    inquirer_ = *std::move(made);
  }
  return inquirer_.get();
}

std::string KafkaClients::last_trouble() const {
  return trouble_->last();
}

}  // namespace tidemark::runtime

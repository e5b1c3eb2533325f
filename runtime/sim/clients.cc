#include "runtime/sim/clients.h"

#include "tidemark/assert.h"

namespace tidemark::runtime::sim {

std::optional<std::int32_t> TopicNames::find(TopicId topic) const {
  const auto index = static_cast<std::size_t>(topic.value());
  if (topic.value() < 0 || index >= names_.size()) return std::nullopt;
  return cluster_.find_topic(names_[index]);
}

Result<PartitionRef> TopicNames::resolve(TopicPartition partition) const {
  const auto topic = find(partition.topic);
  if (topic && partition.partition.value() >= 0 &&
      partition.partition.value() < cluster_.partition_count(*topic)) {
    return PartitionRef{*topic, partition.partition.value()};
  }
  return Error{Disposition::fatal, "unknown_topic",
               "topic " + std::to_string(partition.topic.value()) + " has no partition " +
                   std::to_string(partition.partition.value())};
}

TopicPartition TopicNames::name(PartitionRef ref) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (cluster_.find_topic(names_[i]) == ref.topic) {
      return {TopicId(static_cast<std::int32_t>(i)), PartitionId(ref.partition)};
    }
  }
  TM_ASSERT(!"a partition of a topic that these clients do not name");
  return {};
}

Result<PartitionOffsets> SimReader::offsets(TopicPartition partition) {
  TM_TRY(process_.enter("restore.offsets"));
  const auto ref = topics_.resolve(partition);
  if (!ref) return ref.error();
  world_.cluster.tick();
  const PartitionLog& log = world_.cluster.log(*ref);
  return PartitionOffsets{log.log_start(), log.last_stable(), log.high_watermark()};
}

Result<Offset> SimReader::offset_at(TopicPartition partition, ArrivalTime time) {
  TM_TRY(process_.enter("restore.offsets"));
  const auto ref = topics_.resolve(partition);
  if (!ref) return ref.error();
  world_.cluster.tick();
  return world_.cluster.log(*ref).offset_at(time);
}

Status SimReader::assign(std::span<const StartingOffset> partitions) {
  TM_TRY(process_.alive());
  std::vector<std::pair<StartingOffset, PartitionRef>> resolved;
  for (const StartingOffset& start : partitions) {
    const auto ref = topics_.resolve(start.partition);
    if (!ref) return ref.error();
    resolved.emplace_back(start, *ref);
  }
  fetcher_.assign(resolved);
  return {};
}

Result<PollEvents> SimReader::poll(RecordBatch& batch, std::size_t count_max,
                                   std::chrono::milliseconds timeout) {
  batch.clear();
  TM_TRY(process_.enter("restore.poll"));
  world_.cluster.tick();
  PollEvents events;
  if (!fetcher_.fetch(static_cast<SimBatch&>(batch), count_max, events)) world_.clock.sleep(timeout);
  process_.at("restore.poll.after");
  return events;
}

Result<std::unique_ptr<GroupConsumer>> SimClients::group_consumer(const std::string& instance_id) {
  TM_TRY(process_.enter("client.open"));
  return std::unique_ptr<GroupConsumer>(
      std::make_unique<SimConsumer>(world_, process_, topics_, group_, instance_id));
}

Result<std::unique_ptr<TransactionalProducer>> SimClients::producer(const std::string& transactional_id) {
  TM_TRY(process_.enter("client.open"));
  return std::unique_ptr<TransactionalProducer>(
      std::make_unique<SimProducer>(world_, process_, topics_, transactional_id));
}

Result<std::unique_ptr<LogReader>> SimClients::reader() {
  TM_TRY(process_.enter("client.open"));
  return std::unique_ptr<LogReader>(std::make_unique<SimReader>(world_, process_, topics_));
}

Status SimClients::fence(const std::string& transactional_id) {
  TM_TRY(process_.enter("fence"));
  world_.cluster.init_producer(transactional_id);
  process_.at("fence.after");
  return {};
}

Result<std::optional<std::int32_t>> SimClients::partition_count(TopicId topic) {
  TM_TRY(process_.enter("client.open"));
  const auto found = topics_.find(topic);
  if (!found) return std::optional<std::int32_t>();
  return std::optional(world_.cluster.partition_count(*found));
}

}  // namespace tidemark::runtime::sim

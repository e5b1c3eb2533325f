#include "runtime/kafka/consumer.h"

#include <utility>

#include "runtime/kafka/offsets.h"
#include "tidemark/assert.h"

namespace tidemark::runtime::kafka {
namespace {

using std::chrono::milliseconds;

}  // namespace

Result<std::unique_ptr<MemberConsumer>> MemberConsumer::create(const KafkaSettings& settings,
                                                               const std::string& instance_id,
                                                               std::shared_ptr<Trouble> trouble) {
  std::unique_ptr<MemberConsumer> consumer(new MemberConsumer);
  consumer->observer_properties_ = consumer_properties(settings, false);
  consumer->topics_ = settings.topics;
  consumer->trouble_ = trouble;
  auto handle = Handle::create({.type = RD_KAFKA_CONSUMER,
                                .properties = member_properties(settings, instance_id),
                                .trouble = std::move(trouble),
                                .owner = consumer.get(),
                                .install = [](rd_kafka_conf_t* conf) {
                                  rd_kafka_conf_set_rebalance_cb(conf, &MemberConsumer::on_rebalance);
                                }});
  if (!handle) return handle.error();
  consumer->handle_ = *std::move(handle);
  consumer->poller_ =
      std::make_unique<Poller>(*consumer->handle_, settings.topics, settings.consumer_queue_bytes);
  return consumer;
}

Status MemberConsumer::subscribe(std::span<const TopicId> topics) {
  const PartitionListPtr list = new_partition_list(topics.size());
  for (const TopicId topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), poller_->topics().name(topic).c_str(),
                                      RD_KAFKA_PARTITION_UA);
  }
  const auto code = rd_kafka_subscribe(handle_->get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return handle_->explain(to_error(code, "subscribe"));
  return {};
}

Result<PollEvents> MemberConsumer::poll(RecordBatch& batch, std::size_t count_max, milliseconds timeout) {
  auto events = poller_->poll(batch, count_max, timeout);
  if (!events) return events;
  PollEvents noted = std::exchange(group_events_, {});
  events->assigned = std::move(noted.assigned);
  events->revoked = noted.revoked;
  events->lost = noted.lost;
  if (log_ends_) events->log_ends = log_ends_->take();
  return events;
}

void MemberConsumer::on_rebalance(rd_kafka_t* rk, rd_kafka_resp_err_t code,
                                  rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& self = Handle::owner_of<MemberConsumer>(opaque);
  if (self.is_closing_) {
    rd_kafka_assign(rk, nullptr);
    return;
  }
  self.poller_->interrupt();
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    self.note_assigned(*partitions);
  } else {
    // Anything but a plain revocation is a failure of the group: no commit would be accepted.
    self.note_revoked(code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS || rd_kafka_assignment_lost(rk) != 0);
  }
}

void MemberConsumer::note_assigned(const rd_kafka_topic_partition_list_t& partitions) {
  std::vector<TopicPartition> assigned;
  for (int i = 0; i < partitions.cnt; ++i) {
    const auto& entry = partitions.elems[i];
    const auto topic = poller_->topics().find(entry.topic);
    TM_ASSERT(topic.has_value());  // only topics of the list were subscribed to
    assigned.push_back({*topic, PartitionId(entry.partition)});
  }
  group_events_.assigned = std::move(assigned);
}

void MemberConsumer::note_revoked(bool lost) {
  group_events_.assigned.reset();
  group_events_.revoked = true;
  group_events_.lost = group_events_.lost || lost;
}

Result<std::vector<CommittedOffset>> MemberConsumer::committed(std::span<const TopicPartition> partitions,
                                                               bool stable, milliseconds timeout) {
  if (stable) {
    auto offsets = query_group_offsets(*handle_, partitions, poller_->topics(), timeout);
    if (offsets || offsets.error().code != "unreachable") return offsets;
    // Out of time: is Kafka away, or does a transaction hold an offset back? One who need not wait can tell.
    if (const auto at_once = committed(partitions, false, timeout); !at_once) return offsets;
    return to_error(RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, "read committed offsets");
  }
  if (!observer_) {
    auto made = make_observer();
    if (!made) return made.error();
    observer_ = *std::move(made);
  }
  return query_group_offsets(*observer_, partitions, poller_->topics(), timeout);
}

Result<std::unique_ptr<Handle>> MemberConsumer::make_observer() const {
  return Handle::create({.properties = observer_properties_, .trouble = trouble_});
}

Status MemberConsumer::ask_log_ends(std::span<const TopicPartition> partitions) {
  if (!log_ends_) {
    auto made = make_observer();
    if (!made) return made.error();
    log_ends_ = std::make_unique<LogEndsQuery>(*std::move(made), topics_);
  }
  log_ends_->ask(partitions);
  return {};
}

Status MemberConsumer::close() {
  is_closing_ = true;
  poller_.reset();
  const auto code = rd_kafka_consumer_close(handle_->get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "leave the group");
  return {};
}

}  // namespace tidemark::runtime::kafka

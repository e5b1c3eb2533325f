#pragma once
// The engine's place in the consumer group. What librdkafka makes of the group is only noted in its callback
// and answered by assign() and acknowledge_revoke(), so that no record of one assignment mixes with
// another's.
#include <memory>
#include <string>

#include "runtime/kafka/client.h"
#include "runtime/kafka/log_ends.h"
#include "runtime/kafka/poller.h"
#include "runtime/log.h"

namespace tidemark::runtime::kafka {

class MemberConsumer final : public GroupConsumer {
 public:
  static Result<std::unique_ptr<MemberConsumer>> create(const KafkaSettings& settings,
                                                        const std::string& instance_id,
                                                        std::shared_ptr<Trouble> trouble);

  std::unique_ptr<RecordBatch> new_batch() override { return poller_->new_batch(); }
  Status subscribe(std::span<const TopicId> topics) override;
  Result<PollEvents> poll(RecordBatch& batch, std::size_t count_max,
                          std::chrono::milliseconds timeout) override;
  Status assign(std::span<const StartingOffset> partitions) override { return poller_->assign(partitions); }
  Status acknowledge_revoke() override { return poller_->unassign(); }
  Status ask_log_ends(std::span<const TopicPartition> partitions) override;
  Result<std::vector<CommittedOffset>> committed(std::span<const TopicPartition> partitions, bool stable,
                                                 std::chrono::milliseconds timeout) override;
  Status close() override;

  // For the transactional producer, which sends the group's generation along with the offsets.
  rd_kafka_t* get() const { return handle_->get(); }

 private:
  MemberConsumer() = default;
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                           void* opaque);
  void note_assigned(const rd_kafka_topic_partition_list_t& partitions);
  void note_revoked(bool lost);

  Result<std::unique_ptr<Handle>> make_observer() const;

  KafkaProperties observer_properties_;  // of the same group, no member of it, read_uncommitted
  std::vector<std::string> topics_;
  std::shared_ptr<Trouble> trouble_;
  std::unique_ptr<Handle> observer_;        // made when needed
  std::unique_ptr<LogEndsQuery> log_ends_;  // made when needed
  std::unique_ptr<Handle> handle_;
  std::unique_ptr<Poller> poller_;  // borrows handle_: destroyed first
  PollEvents group_events_;         // noted in the callback, handed out by the poll under way
  bool is_closing_ = false;
};

}  // namespace tidemark::runtime::kafka

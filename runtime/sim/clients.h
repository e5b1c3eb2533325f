#pragma once
// The log seam on a simulated cluster. A client lives as long as its process; the cluster outlives both.
// Calls in the wrong order are answered with fatal "bad_call", where librdkafka would be in an undefined
// state.
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/log.h"
#include "runtime/sim/fetcher.h"
#include "runtime/sim/world.h"

namespace tidemark::runtime::sim {

struct ClientSettings {
  std::string group;
  std::vector<std::string> topics;  // TopicId is the index
};

// The topics of one LogClients, as the cluster numbers them.
class TopicNames {
 public:
  TopicNames(const SimCluster& cluster, std::vector<std::string> names)
      : cluster_(cluster), names_(std::move(names)) {}
  std::optional<std::int32_t> find(TopicId topic) const;
  Result<PartitionRef> resolve(TopicPartition partition) const;  // "unknown_topic"
  TopicPartition name(PartitionRef ref) const;                   // REQUIRES: one of ours

 private:
  const SimCluster& cluster_;
  const std::vector<std::string> names_;
};

class SimConsumer final : public GroupConsumer {
 public:
  SimConsumer(World& world, Process& process, const TopicNames& topics, std::string group,
              std::string instance_id);
  std::unique_ptr<RecordBatch> new_batch() override { return std::make_unique<SimBatch>(); }
  Status subscribe(std::span<const TopicId> topics) override;
  Result<PollEvents> poll(RecordBatch& batch, std::size_t count_max,
                          std::chrono::milliseconds timeout) override;
  Status assign(std::span<const StartingOffset> partitions) override;
  Status acknowledge_revoke() override;
  Status ask_log_ends(std::span<const TopicPartition> partitions) override;
  Result<std::vector<CommittedOffset>> committed(std::span<const TopicPartition> partitions, bool stable,
                                                 std::chrono::milliseconds timeout) override;
  Status close() override;

  const std::string& group() const { return group_; }
  const Membership& membership() const { return membership_; }

 private:
  enum class Answer : std::uint8_t {
    none,
    assign,
    acknowledge
  };  // what the engine owes us before records flow

  void join();
  Status check_standing(PollEvents& events);
  PollEvents take_group_events();
  bool any_pending(std::span<const TopicPartition> partitions) const;
  std::vector<LogEnd> log_ends(std::span<const TopicPartition> partitions) const;
  std::optional<std::vector<LogEnd>> answer_log_ends();
  Error fenced(const std::string& why);

  World& world_;
  Process& process_;
  const TopicNames& topics_;
  const std::string group_;
  std::vector<SubscribedTopic> subscribed_;
  Membership membership_;
  std::vector<PartitionRef> assigned_;
  Fetcher fetcher_;
  std::optional<std::vector<TopicPartition>> asked_log_ends_;
  std::vector<LogEnd> asked_then_;  // what the answer was when it was asked
  Answer owed_ = Answer::none;
  bool rejoins_ = false;  // lost its place: joins again at acknowledge_revoke()
  bool closed_ = false;
  std::optional<Error> dead_;
};

class SimProducer final : public TransactionalProducer {
 public:
  SimProducer(World& world, Process& process, const TopicNames& topics, std::string transactional_id)
      : world_(world), process_(process), topics_(topics), transactional_id_(std::move(transactional_id)) {}
  Status init(std::chrono::milliseconds timeout) override;
  Status begin() override;
  Status produce(const TopicPartition& partition, std::span<const OutputRecord> records) override;
  Result<std::vector<LastOffset>> flush(std::chrono::milliseconds timeout) override;
  Status send_offsets(std::span<const OffsetToCommit> offsets, GroupConsumer& consumer,
                      std::chrono::milliseconds timeout) override;
  CommitOutcome commit(std::chrono::milliseconds timeout) override;
  Status abort(std::chrono::milliseconds timeout) override;
  const std::string& transactional_id() const override { return transactional_id_; }

 private:
  enum class State : std::uint8_t { fresh, ready, in_transaction };
  struct Queued {
    TopicPartition partition;
    PartitionRef ref;
    SimRecord record;
  };

  Status usable(std::string_view call, State required);
  Status send_queued(std::size_t count);
  Status remember(Status status);  // a fatal error is the end of this object
  CommitOutcome commit_now();
  CommitOutcome conclude(bool commit, CommitOutcome outcome);
  void close_transaction();

  World& world_;
  Process& process_;
  const TopicNames& topics_;
  const std::string transactional_id_;
  ProducerIdentity identity_;
  State state_ = State::fresh;
  bool touched_ = false;  // something of this transaction may have reached the cluster
  bool offsets_sent_ = false;
  bool suspect_ = false;  // a request of this transaction lands once more
  bool failed_ = false;   // a delivery failed: only abort is left
  std::vector<Queued> queue_;
  std::map<TopicPartition, LastOffset> last_offsets_;
  std::optional<Error> dead_;
};

class SimReader final : public LogReader {
 public:
  SimReader(World& world, Process& process, const TopicNames& topics)
      : world_(world), process_(process), topics_(topics), fetcher_(world) {}
  std::unique_ptr<RecordBatch> new_batch() override { return std::make_unique<SimBatch>(); }
  Result<PartitionOffsets> offsets(TopicPartition partition) override;
  Result<Offset> offset_at(TopicPartition partition, ArrivalTime time) override;
  Status assign(std::span<const StartingOffset> partitions) override;
  Result<PollEvents> poll(RecordBatch& batch, std::size_t count_max,
                          std::chrono::milliseconds timeout) override;

 private:
  World& world_;
  Process& process_;
  const TopicNames& topics_;
  Fetcher fetcher_;
};

// Borrows world and process; outlives what it hands out.
class SimClients final : public LogClients {
 public:
  SimClients(World& world, Process& process, ClientSettings settings)
      : world_(world),
        process_(process),
        group_(std::move(settings.group)),
        topics_(world.cluster, std::move(settings.topics)) {}
  Result<std::unique_ptr<GroupConsumer>> group_consumer(const std::string& instance_id) override;
  Result<std::unique_ptr<TransactionalProducer>> producer(const std::string& transactional_id) override;
  Result<std::unique_ptr<LogReader>> reader() override;
  Status fence(const std::string& transactional_id) override;
  Result<std::optional<std::int32_t>> partition_count(TopicId topic) override;
  Result<std::string> cluster_id() override { return world_.cluster.settings().cluster_id; }

 private:
  World& world_;
  Process& process_;
  const std::string group_;
  const TopicNames topics_;
};

}  // namespace tidemark::runtime::sim

#pragma once
// The simulated Kafka: topics, transactions, group offsets. Survives every process. Each call of a client
// is one operation, and late requests, late markers and expired sessions take effect between operations.
// What a broker of the classic transaction protocol gets wrong is wrong here too: an EndTxn that arrives
// late ends whatever its producer id and epoch have open by then.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/log.h"
#include "runtime/sim/clock.h"
#include "runtime/sim/faults.h"
#include "runtime/sim/group.h"
#include "runtime/sim/partition_log.h"
#include "runtime/sim/random.h"
#include "runtime/sim/trace.h"

namespace tidemark::runtime::sim {

struct ClusterSettings {
  std::chrono::milliseconds transaction_timeout{10'000};
  std::chrono::milliseconds session_timeout{6'000};
  std::chrono::milliseconds rebalance_timeout{60'000};
  std::uint64_t late_operations_max = 20;           // how many operations a late request or marker may take
  std::chrono::milliseconds broker_clock_ahead{0};  // of the clock that processes see; may be negative
  std::string cluster_id = "simulated";
};

struct ProducerIdentity {
  std::string transactional_id;
  std::int64_t id = -1;
  std::int32_t epoch = -1;
};

struct CommittedRecord {
  Offset offset;
  SimRecord record;
  bool operator==(const CommittedRecord&) const = default;
};

class SimCluster {
 public:
  SimCluster(const ClusterSettings& settings, Random& random, SimClock& clock, Faults& faults, Trace& trace)
      : settings_(settings), random_(random), clock_(clock), faults_(faults), trace_(trace) {}

  // For tests. REQUIRES: the topic exists, the partition too.
  // Transactional records get the cluster's time; plain ones keep the timestamp they are given.
  void create_topic(const std::string& topic, std::int32_t partition_count);
  void add_partitions(const std::string& topic, std::int32_t partition_count);
  Offset append(std::string_view topic, std::int32_t partition, std::optional<std::string> key,
                std::optional<std::string> value, ArrivalTime timestamp,
                std::vector<std::pair<std::string, std::string>> headers = {});
  void delete_records(std::string_view topic, std::int32_t partition, Offset first_kept);
  void compact(std::string_view topic, bool drop_tombstones = false,
               ArrivalTime older_than = ArrivalTime::max());
  void clean(std::string_view topic);  // as the broker does it day by day
  void forget_offset(const std::string& group, std::string_view topic, std::int32_t partition);
  // Everything late arrives now, what has expired goes.
  void settle();

  // For oracles: no operation, no effect.
  const PartitionLog& log(std::string_view topic, std::int32_t partition) const;
  std::vector<CommittedRecord> committed_records(std::string_view topic, std::int32_t partition) const;
  std::optional<StoredOffset> committed_offset(const std::string& group, std::string_view topic,
                                               std::int32_t partition) const;
  const Group* find_group(const std::string& group) const;
  bool has_open_transaction(const std::string& transactional_id) const;

  ArrivalTime wall() const { return clock_.wall() + settings_.broker_clock_ahead; }  // the brokers' clock
  const ClusterSettings& settings() const { return settings_; }

  // For clients.
  void tick();
  std::optional<std::int32_t> find_topic(std::string_view topic) const;
  std::int32_t partition_count(std::int32_t topic) const;
  PartitionLog& log(PartitionRef ref);
  Group& group(const std::string& name);

  // Fences the producers before it and aborts what they left open. `timeout`: of its transactions, where it
  // asks for another than the engine's.
  ProducerIdentity init_producer(const std::string& transactional_id,
                                 std::optional<std::chrono::milliseconds> timeout = std::nullopt);
  Result<Offset> produce(const ProducerIdentity& producer, PartitionRef ref, SimRecord record);
  Status send_offsets(const ProducerIdentity& producer, const std::string& group,
                      const Membership& membership, const std::map<PartitionRef, StoredOffset>& offsets);
  Status end_transaction(const ProducerIdentity& producer, bool commit);
  // The request is on its way and nobody waits for the answer.
  void end_transaction_later(const ProducerIdentity& producer, bool commit);
  void send_offsets_later(const ProducerIdentity& producer, const std::string& group,
                          const std::map<PartitionRef, StoredOffset>& offsets);
  bool offset_is_pending(const std::string& group, PartitionRef ref) const;

 private:
  using PendingOffsets = std::map<std::string, std::map<PartitionRef, StoredOffset>>;  // by group
  struct Topic {
    std::string name;
    std::vector<PartitionLog> partitions;
  };
  struct TransactionalId {
    std::int64_t producer_id = -1;
    std::int32_t epoch = -1;
    bool open = false;
    std::chrono::nanoseconds opened_at{0};
    std::chrono::milliseconds timeout{0};
    std::set<PartitionRef> touched;
    PendingOffsets offsets;
    std::optional<bool> last_was_commit;
  };
  struct LateEnd {
    std::uint64_t due;
    ProducerIdentity producer;
    bool commit;
  };
  struct LateOffsets {
    std::uint64_t due;
    ProducerIdentity producer;
    std::string group;
    std::map<PartitionRef, StoredOffset> offsets;
  };
  struct LateMarker {  // for one partition, or for the group offsets
    std::uint64_t due;
    ProducerIdentity producer;
    bool commit;
    std::optional<PartitionRef> partition;
    PendingOffsets offsets;
  };

  Status check_fence(const ProducerIdentity& producer) const;
  void open_transaction(TransactionalId& transactional_id, const ProducerIdentity& producer);
  void finish_transaction(const std::string& name, TransactionalId& transactional_id, bool commit);
  void place_marker(LateMarker marker, bool late);
  void apply(const LateMarker& marker);
  void apply_late_ends(std::uint64_t until);
  void apply_late_offsets(std::uint64_t until);
  void apply_late_markers(std::uint64_t until);
  void finish_markers_of(std::int64_t producer_id);
  void expire();
  std::uint64_t due_later() { return operations_ + random_.between(1, settings_.late_operations_max); }
  PartitionRef ref(std::string_view topic, std::int32_t partition) const;

  const ClusterSettings settings_;
  Random& random_;
  SimClock& clock_;
  Faults& faults_;
  Trace& trace_;
  std::uint64_t operations_ = 0;
  std::vector<Topic> topics_;
  std::map<std::string, TransactionalId> transactional_ids_;
  std::int64_t next_producer_id_ = 1000;
  std::vector<LateEnd> late_ends_;
  std::vector<LateOffsets> late_offsets_;
  std::vector<LateMarker> late_markers_;
  std::map<std::string, Group> groups_;
};

}  // namespace tidemark::runtime::sim

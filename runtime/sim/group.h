#pragma once
// Coordinator of one consumer group: eager range over co-partitioned topics, static membership, sessions
// by virtual time. A rebalance ends when every member that is still in has given up what it held.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/types.h"

namespace tidemark::runtime::sim {

// A partition as the cluster numbers it.
struct PartitionRef {
  std::int32_t topic = 0;
  std::int32_t partition = 0;
  auto operator<=>(const PartitionRef&) const = default;
};

struct StoredOffset {
  Offset next_offset;
  std::string metadata;
  bool operator==(const StoredOffset&) const = default;
};

struct SubscribedTopic {
  std::int32_t topic = 0;
  std::int32_t partition_count = 0;
  auto operator<=>(const SubscribedTopic&) const = default;
};

// Who a consumer object is. `member` is new with every join: it tells two objects of one instance apart.
struct Membership {
  std::string instance_id;
  std::int64_t member = 0;
  std::int64_t generation = 0;
};

enum class Standing : std::uint8_t { in, taken_over, expelled };

struct GroupEvents {
  bool revoked = false;
  std::optional<std::vector<PartitionRef>> assigned;
};

class Group {
 public:
  Group(std::chrono::milliseconds session_timeout, std::chrono::milliseconds rebalance_timeout)
      : session_timeout_(session_timeout), rebalance_timeout_(rebalance_timeout) {}

  // A known instance takes over its own place, with its old assignment if the group is at rest.
  std::int64_t join(const std::string& instance_id, std::vector<SubscribedTopic> topics,
                    std::chrono::nanoseconds now);
  Standing standing(const Membership& membership) const;
  // REQUIRES: standing is `in`. Each event is told once.
  GroupEvents poll(const Membership& membership, std::chrono::nanoseconds now);
  void acknowledge_revoke(const Membership& membership, std::chrono::nanoseconds now);
  // Throws out who has not polled within the session, or not given up in time. True: somebody went.
  bool expire(std::chrono::nanoseconds now);
  bool may_commit(const Membership& membership) const;

  std::int64_t generation() const { return generation_; }
  bool rebalancing() const { return rebalancing_; }
  std::map<std::string, std::vector<PartitionRef>> assignments() const;
  std::map<PartitionRef, StoredOffset> offsets;  // committed

 private:
  enum class Stage : std::uint8_t {
    joining,   // holds nothing, waits for the rebalance to end
    assigned,  // the assignment is made, the member does not know yet
    working,
    revoking,   // is to give everything up, does not know yet
    finishing,  // knows, has not acknowledged
  };
  struct Member {
    std::int64_t member = 0;
    std::vector<SubscribedTopic> topics;
    std::chrono::nanoseconds last_poll{0};
    Stage stage = Stage::joining;
    std::vector<PartitionRef> assignment;
  };

  void start_rebalance(std::chrono::nanoseconds now);
  void complete_rebalance_if_ready();
  void assign_ranges();

  const std::chrono::nanoseconds session_timeout_;
  const std::chrono::nanoseconds rebalance_timeout_;
  std::map<std::string, Member> members_;  // by instance id: the order of the range assignor
  std::int64_t generation_ = 0;
  std::int64_t next_member_ = 1;
  bool rebalancing_ = false;
  std::chrono::nanoseconds rebalancing_since_{0};
};

}  // namespace tidemark::runtime::sim

#include "runtime/sim/group.h"

#include <algorithm>
#include <utility>

#include "tidemark/assert.h"

namespace tidemark::runtime::sim {

std::int64_t Group::join(const std::string& instance_id, std::vector<SubscribedTopic> topics,
                         std::chrono::nanoseconds now) {
  const auto [found, is_new] = members_.try_emplace(instance_id);
  Member& member = found->second;
  const bool same_topics = member.topics == topics;
  member.member = next_member_++;
  member.topics = std::move(topics);
  member.last_poll = now;
  if (!is_new && same_topics && !rebalancing_) {
    member.stage = Stage::assigned;
    return member.member;
  }
  member.stage = Stage::joining;
  member.assignment.clear();
  start_rebalance(now);
  complete_rebalance_if_ready();
  return member.member;
}

Standing Group::standing(const Membership& membership) const {
  const auto found = members_.find(membership.instance_id);
  if (found == members_.end()) return Standing::expelled;
  if (found->second.member == membership.member) return Standing::in;
  return found->second.member > membership.member ? Standing::taken_over : Standing::expelled;
}

GroupEvents Group::poll(const Membership& membership, std::chrono::nanoseconds now) {
  TM_ASSERT(standing(membership) == Standing::in);
  Member& member = members_.at(membership.instance_id);
  member.last_poll = now;
  GroupEvents events;
  if (member.stage == Stage::revoking) {
    member.stage = Stage::finishing;
    events.revoked = true;
  } else if (member.stage == Stage::assigned) {
    member.stage = Stage::working;
    events.assigned = member.assignment;
  }
  return events;
}

void Group::acknowledge_revoke(const Membership& membership, std::chrono::nanoseconds now) {
  if (standing(membership) != Standing::in) return;
  Member& member = members_.at(membership.instance_id);
  member.last_poll = now;
  if (member.stage != Stage::finishing) return;
  member.stage = Stage::joining;
  member.assignment.clear();
  complete_rebalance_if_ready();
}

bool Group::expire(std::chrono::nanoseconds now) {
  const bool overdue = rebalancing_ && now - rebalancing_since_ > rebalance_timeout_;
  const auto gone = std::erase_if(members_, [&](const auto& item) {
    const Member& member = item.second;
    return now - member.last_poll > session_timeout_ || (overdue && member.stage != Stage::joining);
  });
  if (gone == 0) return false;
  start_rebalance(now);
  complete_rebalance_if_ready();
  return true;
}

bool Group::may_commit(const Membership& membership) const {
  return standing(membership) == Standing::in && membership.generation == generation_;
}

std::map<std::string, std::vector<PartitionRef>> Group::assignments() const {
  std::map<std::string, std::vector<PartitionRef>> result;
  for (const auto& [instance_id, member] : members_) result[instance_id] = member.assignment;
  return result;
}

void Group::start_rebalance(std::chrono::nanoseconds now) {
  if (!rebalancing_) rebalancing_since_ = now;
  rebalancing_ = true;
  for (auto& [instance_id, member] : members_) {
    if (member.stage == Stage::working) member.stage = Stage::revoking;
    if (member.stage == Stage::assigned) member.stage = Stage::joining;  // it never knew what it would lose
  }
}

void Group::complete_rebalance_if_ready() {
  if (!rebalancing_) return;
  const auto is_joining = [](const auto& item) { return item.second.stage == Stage::joining; };
  if (!std::all_of(members_.begin(), members_.end(), is_joining)) return;
  rebalancing_ = false;
  ++generation_;
  assign_ranges();
}

void Group::assign_ranges() {
  std::map<SubscribedTopic, std::vector<Member*>> takers_of;
  for (auto& [instance_id, member] : members_) {
    member.stage = Stage::assigned;
    member.assignment.clear();
    for (const SubscribedTopic& topic : member.topics) takers_of[topic].push_back(&member);
  }
  for (const auto& [topic, takers] : takers_of) {
    const auto taker_count = static_cast<std::int32_t>(takers.size());
    std::int32_t partition = 0;
    for (std::int32_t i = 0; i < taker_count; ++i) {
      const bool takes_extra = i < topic.partition_count % taker_count;
      const std::int32_t end = partition + topic.partition_count / taker_count + (takes_extra ? 1 : 0);
      for (; partition < end; ++partition) {
        takers[static_cast<std::size_t>(i)]->assignment.push_back({topic.topic, partition});
      }
    }
  }
}

}  // namespace tidemark::runtime::sim

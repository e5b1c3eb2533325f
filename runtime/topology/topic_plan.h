#pragma once
// Which topics must exist, with which settings, and how a broker's differ. Pure: nothing is asked or changed
// here.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/topology/topology.h"

namespace tidemark::runtime {

struct PlannedTopic {
  std::string name;
  std::int32_t partitions = 1;
  int replication = 1;
  std::map<std::string, std::string> config;  // settings of the broker, in its words
};

// The declared topics in their order, then the changelogs, then the epochs. REQUIRES: `topology` has no
// findings.
std::vector<PlannedTopic> plan_topics(const Topology& topology);

struct TopicState {  // as the broker tells it
  std::string name;
  std::int32_t partitions = 0;
  int replication = 0;
  std::map<std::string, std::string> config;
};

struct TopicChange {
  enum class Kind : std::uint8_t {
    ok,
    create,
    differs,            // one per setting
    partitions_differ,  // never mended: the number is pinned in the state, and keys would change their homes
  };
  Kind kind = Kind::ok;
  std::string topic;
  std::string setting = {};  // of `differs`
  std::string wanted = {};
  std::string found = {};  // empty: the broker has no such setting
};

// In the order of the plan; at least one per planned topic. Topics beyond the plan are nobody's business.
std::vector<TopicChange> diff_topics(const std::vector<PlannedTopic>& plan,
                                     const std::vector<TopicState>& found);

// The first difference by which records would be lost that are needed: fatal "topic_settings", with the cure.
// Others are the operator's business, among them a shorter retention of a declared topic.
Status refuse_losses(const Topology& topology, const std::vector<TopicChange>& changes);

}  // namespace tidemark::runtime

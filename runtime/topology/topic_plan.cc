#include "runtime/topology/topic_plan.h"

#include <algorithm>
#include <charconv>

namespace tidemark::runtime {
namespace {

using std::chrono::milliseconds;
using Config = std::map<std::string, std::string>;

constexpr milliseconds kDay = std::chrono::hours{24};
constexpr milliseconds kEpochsRetention = 100 * kDay;
constexpr auto kAnyTimestamp = "9223372036854775807";  // the broker's largest: no bound

std::string retention_ms(std::optional<milliseconds> retention) {
  return std::to_string(retention ? retention->count() : -1);
}

Config declared_config(const TopicSettings& topic) {
  Config config;
  const bool create = topic.timestamps == Timestamps::create;
  config["message.timestamp.type"] = create ? "CreateTime" : "LogAppendTime";
  if (topic.cleanup == Cleanup::compact) {
    config["cleanup.policy"] = "compact";
  } else {
    config["cleanup.policy"] = "delete";
    config["retention.ms"] = retention_ms(topic.retention);
  }
  if (create) {  // arrivals of long ago, or ahead of the broker's clock
    config["message.timestamp.after.max.ms"] = kAnyTimestamp;
    config["message.timestamp.before.max.ms"] = kAnyTimestamp;
  }
  for (const auto& [setting, value] : topic.config) config[setting] = value;
  return config;
}

// The longest of the streams; nullopt: for ever.
std::optional<milliseconds> input_retention(const Topology& topology, const SubTopologySettings& sub) {
  milliseconds longest{0};
  for (const auto& source : sub.sources) {
    if (source.role != SourceRole::stream) continue;
    const TopicSettings* topic = topology.topic(source.topic);
    if (topic == nullptr || !topic->retention) return std::nullopt;
    longest = std::max(longest, *topic->retention);
  }
  return longest;
}

constexpr int kDeadLetterBytesMax = 2 << 20;

// Packed records hold the verdict of every offset: kept while the offset can be read, and its id is known.
Config changelog_config(const StoreSettings& store, std::optional<milliseconds> input) {
  Config config{{"message.timestamp.type", "LogAppendTime"}};
  if (store.changelog == ChangelogKind::compact) {
    config["cleanup.policy"] = "compact";
    // A restore counts on both: what is younger is whole, and what was erased is told that long.
    config["min.compaction.lag.ms"] = std::to_string(kDay.count());
    config["delete.retention.ms"] = std::to_string(kDay.count());
  } else {
    config["cleanup.policy"] = "delete";
    config["retention.ms"] =
        retention_ms(store.horizon && input ? std::optional(*store.horizon + *input) : std::nullopt);
  }
  return config;
}

void diff_topic(const PlannedTopic& wanted, const TopicState& found, std::vector<TopicChange>& changes) {
  const std::size_t before = changes.size();
  if (wanted.partitions != found.partitions) {
    changes.push_back({.kind = TopicChange::Kind::partitions_differ,
                       .topic = wanted.name,
                       .setting = "partitions",
                       .wanted = std::to_string(wanted.partitions),
                       .found = std::to_string(found.partitions)});
  }
  if (wanted.replication != found.replication) {
    changes.push_back({.kind = TopicChange::Kind::differs,
                       .topic = wanted.name,
                       .setting = "replication",
                       .wanted = std::to_string(wanted.replication),
                       .found = std::to_string(found.replication)});
  }
  for (const auto& [setting, value] : wanted.config) {
    const auto known = found.config.find(setting);
    const std::string other = known == found.config.end() ? "" : known->second;
    if (other == value) continue;
    changes.push_back({.kind = TopicChange::Kind::differs,
                       .topic = wanted.name,
                       .setting = setting,
                       .wanted = value,
                       .found = other});
  }
  if (changes.size() == before) changes.push_back({.kind = TopicChange::Kind::ok, .topic = wanted.name});
}

// A time in milliseconds at the broker; -1 is for ever.
bool is_shorter(const std::string& found, const std::string& wanted) {
  const auto read = [](const std::string& text) {
    std::int64_t time = 0;
    std::from_chars(text.data(), text.data() + text.size(), time);
    return time < 0 ? INT64_MAX : time;
  };
  return read(found) < read(wanted);
}

bool loses_records(const Topology& topology, const TopicChange& change) {
  if (change.kind != TopicChange::Kind::differs) return false;
  if (change.setting == "cleanup.policy") return true;
  const bool is_declared = std::any_of(topology.topics.begin(), topology.topics.end(),
                                       [&](const auto& topic) { return topic.name == change.topic; });
  if (is_declared) return false;
  return change.setting.ends_with(".ms") && is_shorter(change.found, change.wanted);
}

}  // namespace

std::vector<PlannedTopic> plan_topics(const Topology& topology) {
  std::vector<PlannedTopic> plan;
  const auto add = [&](std::string name, Config config) {
    plan.push_back({.name = std::move(name),
                    .partitions = topology.partitions,
                    .replication = topology.replication,
                    .config = std::move(config)});
  };
  const auto takes_dead_letters = [&](const TopicSettings& topic) {
    return std::any_of(topology.sub_topologies.begin(), topology.sub_topologies.end(),
                       [&](const auto& sub) { return sub.dead_letters == topic.alias; });
  };
  for (const auto& topic : topology.topics) {
    Config config = declared_config(topic);
    // A dead letter is the record it was, which may be as large as the broker takes, and its headers.
    if (takes_dead_letters(topic)) config.emplace("max.message.bytes", std::to_string(kDeadLetterBytesMax));
    add(topic.name, std::move(config));
  }
  for (const auto& sub : topology.sub_topologies) {
    const auto input = input_retention(topology, sub);
    for (const auto& store : sub.stores)
      add(topology.changelog_topic(store.name), changelog_config(store, input));
    add(topology.epochs_topic(sub.name), {{"message.timestamp.type", "LogAppendTime"},
                                          {"cleanup.policy", "delete"},
                                          {"retention.ms", retention_ms(kEpochsRetention)}});
  }
  return plan;
}

std::vector<TopicChange> diff_topics(const std::vector<PlannedTopic>& plan,
                                     const std::vector<TopicState>& found) {
  std::vector<TopicChange> changes;
  for (const auto& wanted : plan) {
    const auto state = std::find_if(found.begin(), found.end(),
                                    [&](const auto& topic) { return topic.name == wanted.name; });
    if (state == found.end()) {
      changes.push_back({.kind = TopicChange::Kind::create, .topic = wanted.name});
    } else {
      diff_topic(wanted, *state, changes);
    }
  }
  return changes;
}

Status refuse_losses(const Topology& topology, const std::vector<TopicChange>& changes) {
  for (const TopicChange& change : changes) {
    if (!loses_records(topology, change)) continue;
    return Error{Disposition::fatal, "topic_settings",
                 "topic " + change.topic + " has " + change.setting + "=" + change.found +
                     "; records that are needed would be lost. Set it with: kafka-configs.sh --alter "
                     "--entity-type topics --entity-name " +
                     change.topic + " --add-config " + change.setting + "=" + change.wanted};
  }
  return {};
}

}  // namespace tidemark::runtime

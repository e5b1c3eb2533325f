#include "cli/topic_settings.h"

#include <algorithm>

namespace tidemark::cli {

Result<std::vector<runtime::TopicState>> found_topics(runtime::KafkaAdmin& admin,
                                                      const std::vector<runtime::PlannedTopic>& plan) {
  const auto topics = admin.topics();
  if (!topics) return topics.error();
  std::vector<runtime::TopicState> states;
  for (const auto& topic : *topics) {
    const bool planned =
        std::any_of(plan.begin(), plan.end(), [&](const auto& each) { return each.name == topic.name; });
    if (!planned) continue;
    const auto settings = admin.describe(topic.name);
    if (!settings) return settings.error();
    auto& state = states.emplace_back(
        runtime::TopicState{topic.name, topic.partition_count, topic.replication_factor, {}});
    for (const auto& [name, setting] : *settings) state.config[name] = setting.value;
  }
  return states;
}

Status check_topic_settings(const runtime::KafkaSettings& settings, const runtime::Topology& topology,
                            const runtime::Logger& log) {
  auto admin = runtime::KafkaAdmin::create(settings);
  if (!admin) return admin.error();
  const auto plan = runtime::plan_topics(topology);
  const auto found = found_topics(**admin, plan);
  if (found) return runtime::refuse_losses(topology, runtime::diff_topics(plan, *found));
  if (found.error().code != "auth") return found.error();
  log(runtime::LogLevel::warning, found.error().code,
      "the settings of the topics are not compared with the topology: " + found.error().message);
  return {};
}

}  // namespace tidemark::cli

#pragma once
// The topics of the topology as the broker has them.
#include <memory>
#include <vector>

#include "runtime/kafka/admin.h"
#include "runtime/logger.h"
#include "runtime/topology/topic_plan.h"

namespace tidemark::cli {

// Those of the plan that exist, with their settings.
Result<std::vector<runtime::TopicState>> found_topics(runtime::KafkaAdmin& admin,
                                                      const std::vector<runtime::PlannedTopic>& plan);

// Fatal "topic_settings" when a topic would lose what the engine needs. Who may not read settings is warned
// and goes on.
Status check_topic_settings(const runtime::KafkaSettings& settings, const runtime::Topology& topology,
                            const runtime::Logger& log);

}  // namespace tidemark::cli

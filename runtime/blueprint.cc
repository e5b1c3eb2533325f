#include "runtime/blueprint.h"

#include <algorithm>

namespace tidemark::runtime {

TopicId TopicTable::id(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  TM_ASSERT(found != names.end());
  return TopicId(static_cast<std::int32_t>(found - names.begin()));
}

TopicTable make_topic_table(const Topology& topology) {
  TopicTable table;
  const auto add = [&table](const std::string& name) {
    if (std::find(table.names.begin(), table.names.end(), name) == table.names.end())
      table.names.push_back(name);
  };
  for (const SubTopologySettings& sub : topology.sub_topologies) {
    for (const SourceSettings& source : sub.sources) add(topology.topic(source.topic)->name);
    for (const SinkSettings& sink : sub.sinks) add(topology.topic(sink.topic)->name);
    if (!sub.dead_letters.empty()) add(topology.topic(sub.dead_letters)->name);
    for (const StoreSettings& store : sub.stores) add(topology.changelog_topic(store.name));
    add(topology.epochs_topic(sub.name));
  }
  return table;
}

MemoryShares divide_memory(std::int64_t bytes) {
  const auto percent = [bytes](std::int64_t share) { return static_cast<std::size_t>(bytes / 100 * share); };
  return {.consumer_queues = percent(1),
          .producer_queues = percent(12),
          .overlays = percent(14),
          .block_cache = percent(8),
          .write_buffers = percent(2),
          .hot_ids = percent(14),
          .hot_rows = percent(7),
          .views = percent(10)};
}

Blueprint make_blueprint(const Topology& topology, const ProcessorCatalog& catalog, StorageFactory& storage,
                         MetricsRegistry& metrics, Clock& clock,
                         std::function<std::unique_ptr<DeadLetterEncoder>()> dead_letter_encoder) {
  TM_ASSERT(topology.sub_topologies.size() == 1);
  const SubTopologySettings& settings = topology.sub_topologies.front();
  Blueprint blueprint;
  blueprint.topology = &topology;
  blueprint.settings = &settings;
  blueprint.catalog = &catalog;
  blueprint.topics = make_topic_table(topology);
  for (const SourceSettings& source : settings.sources) {
    blueprint.source_topics.push_back(blueprint.topics.id(topology.topic(source.topic)->name));
  }
  for (const StoreSettings& store : settings.stores) {
    blueprint.changelog_topics.push_back(blueprint.topics.id(topology.changelog_topic(store.name)));
  }
  for (const SinkSettings& sink : settings.sinks)
    blueprint.sink_topics.push_back(blueprint.topics.id(topology.topic(sink.topic)->name));
  if (!settings.dead_letters.empty())
    blueprint.dead_letters_topic = blueprint.topics.id(topology.topic(settings.dead_letters)->name);
  blueprint.epochs_topic = blueprint.topics.id(topology.epochs_topic(settings.name));
  blueprint.storage = &storage;
  blueprint.metrics = &metrics;
  blueprint.clock = &clock;
  blueprint.dead_letter_encoder = std::move(dead_letter_encoder);
  blueprint.memory = divide_memory(topology.engine.memory_bytes);
  return blueprint;
}

Error partition_count_changed(const std::string& what, std::int32_t found, const Topology& topology) {
  const std::string wanted = std::to_string(topology.partitions);
  return {Disposition::fatal, "partition_count_changed",
          what + " has " + std::to_string(found) + " partitions, the topology says " + wanted +
              "; customers would change their home, and be counted in two places. If topics.partitions was "
              "changed, set it back. If the topic was: Kafka takes no partition away; start a new "
              "`application` with topics of its own, and send usage and profiles to them"};
}

}  // namespace tidemark::runtime

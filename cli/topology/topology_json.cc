#include "cli/topology/topology_json.h"

#include <nlohmann/json.hpp>

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;
using runtime::Topology;

Json topic_json(const runtime::TopicSettings& topic) {
  const bool compact = topic.cleanup == runtime::Cleanup::compact;
  const bool create = topic.timestamps == runtime::Timestamps::create;
  Json out{{"alias", topic.alias},
           {"name", topic.name},
           {"cleanup", compact ? "compact" : "delete"},
           {"retention_ms", nullptr},  // null: for ever
           {"timestamps", create ? "create" : "log_append"},
           {"config", topic.config}};
  if (!compact && topic.retention) out["retention_ms"] = topic.retention->count();
  return out;
}

Json sub_topology_json(const Topology& topology, const runtime::SubTopologySettings& sub) {
  Json out{{"name", sub.name},
           {"sources", Json::array()},
           {"stores", Json::array()},
           {"processors", Json::array()},
           {"sinks", Json::array()},
           {"dead_letters", topology.topic(sub.dead_letters)->name},
           {"epochs", topology.epochs_topic(sub.name)}};
  for (const auto& source : sub.sources) {
    const bool table = source.role == runtime::SourceRole::table;
    out["sources"].push_back({{"name", source.name},
                              {"topic", topology.topic(source.topic)->name},
                              {"role", table ? "table" : "stream"},
                              {"codec", source.codec}});
  }
  for (const auto& store : sub.stores) {
    const bool keyed = store.kind == runtime::StoreKind::keyed;
    out["stores"].push_back({{"name", store.name},
                             {"kind", keyed ? "keyed" : "generations"},
                             {"changelog", topology.changelog_topic(store.name)}});
  }
  for (const auto& processor : sub.processors) {
    out["processors"].push_back({{"name", processor.name},
                                 {"type", processor.type},
                                 {"from", processor.from},
                                 {"tables", processor.tables},
                                 {"stores", processor.stores}});
  }
  for (const auto& sink : sub.sinks) {
    out["sinks"].push_back(
        {{"name", sink.name}, {"topic", topology.topic(sink.topic)->name}, {"from", sink.from}});
  }
  return out;
}

}  // namespace

Json topology_json(const Topology& topology) {
  Json out{{"application", topology.application},
           {"partitions", topology.partitions},
           {"replication", topology.replication},
           {"topics", Json::array()},
           {"sub_topologies", Json::array()}};
  for (const auto& topic : topology.topics) out["topics"].push_back(topic_json(topic));
  for (const auto& sub : topology.sub_topologies)
    out["sub_topologies"].push_back(sub_topology_json(topology, sub));
  return out;
}

}  // namespace tidemark::cli

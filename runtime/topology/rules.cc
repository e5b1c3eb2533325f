#include "runtime/topology/rules.h"

#include <algorithm>
#include <map>

#include "runtime/topology/readers.h"
#include "runtime/topology/rekey_rules.h"
#include "runtime/topology/shape.h"
#include "tidemark/time.h"

namespace tidemark::runtime {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr milliseconds kMaxAge = 35 * 24h;  // the defaults of decode
constexpr milliseconds kMaxFuture = 5min;
constexpr milliseconds kArrivalSlack = 23h;

void check_source_topics(const Topology& topology, const ConfigNode& node, const SubTopologySettings& sub,
                         std::vector<Finding>& findings) {
  for (const auto& source : sub.sources) {
    const TopicSettings* topic = topology.topic(source.topic);
    const Cleanup wanted = source.role == SourceRole::table ? Cleanup::compact : Cleanup::remove;
    if (topic == nullptr || topic->cleanup == wanted) continue;
    findings.push_back(finding_at(
        *node.find("sources")->find(source.name)->find("topic"),
        source.role == SourceRole::table
            ? "the topic of a table must have cleanup: compact, or its older rows are lost"
            : "the topic of a stream must have cleanup: delete; compaction would eat records of one key"));
  }
}

// Only who writes to a sink knows whether each of its records counts.
void check_sink_cleanup(const Topology& topology, const ProcessorCatalog& catalog, const ConfigNode& place,
                        const SubTopologySettings& sub, const SinkSettings& sink,
                        std::vector<Finding>& findings) {
  const Cleanup cleanup = topology.topic(sink.topic)->cleanup;
  for (const auto& processor : sub.processors) {
    const bool feeds = std::find(sink.from.begin(), sink.from.end(), processor.name) != sink.from.end();
    const ProcessorDescriptor* descriptor = find_descriptor(catalog, processor.type);
    if (!feeds || descriptor == nullptr) continue;
    for (const SinkDescriptor& written : descriptor->needs.sinks) {
      if (written.name != sink.name) continue;
      if (written.kind == SinkKind::every_record && cleanup == Cleanup::compact) {
        findings.push_back(finding_at(
            place, "'" + sink.topic + "' must have cleanup: delete: every record that '" + processor.name +
                       "' writes there counts, and compaction would eat those of one key"));
      }
      if (written.kind == SinkKind::last_of_key && cleanup == Cleanup::remove) {
        findings.push_back(finding_at(place, "'" + sink.topic + "' must have cleanup: compact: '" +
                                                 processor.name +
                                                 "' writes a key again only when it changes, and the last "
                                                 "record of a key would be deleted"));
      }
    }
  }
}

// What we write carries its emission time: the broker deletes by it.
void check_output_topic(const Topology& topology, const ConfigNode& place, const std::string& alias,
                        const SubTopologySettings& sub, bool comes_back, std::vector<Finding>& findings) {
  const TopicSettings* topic = topology.topic(alias);
  if (topic == nullptr) return;
  if (topic->timestamps == Timestamps::create) {
    findings.push_back(
        finding_at(place, "'" + alias + "' has timestamps: create, which is for topics that others write"));
  }
  for (const auto& source : sub.sources) {
    if (source.topic != alias || comes_back) continue;
    findings.push_back(finding_at(place, "'" + alias + "' is read by the source '" + source.name +
                                             "': records would go round in a cycle"));
  }
}

void check_output_topics(const Topology& topology, const ProcessorCatalog& catalog, const ConfigNode& node,
                         const SubTopologySettings& sub, std::vector<Finding>& findings) {
  for (const auto& sink : sub.sinks) {
    if (topology.topic(sink.topic) == nullptr) continue;
    const ConfigNode& place = *node.find("sinks")->find(sink.name)->find("topic");
    const ProcessorSettings* writer = find_rekeying(catalog, sub, sink);
    check_output_topic(topology, place, sink.topic, sub, writer != nullptr, findings);
    if (writer != nullptr) check_rekey(topology, node, sub, sink, *writer, findings);
    check_sink_cleanup(topology, catalog, place, sub, sink, findings);
  }
  const TopicSettings* dead_letters = topology.topic(sub.dead_letters);
  if (dead_letters == nullptr) return;
  const ConfigNode& place = *node.find("dead_letters");
  check_output_topic(topology, place, sub.dead_letters, sub, false, findings);
  if (dead_letters->cleanup == Cleanup::compact) {
    findings.push_back(finding_at(
        place,
        "the topic of dead letters must have cleanup: delete; compaction would eat letters of one key"));
  }
}

// An id must be known for as long as a repeat of it can pass decode. Decode's own lint speaks of its keys.
milliseconds shortest_horizon(const SubTopologySettings& sub) {
  milliseconds shortest{0};
  std::vector<Finding> unheard;
  for (const auto& processor : sub.processors) {
    if (processor.type != "decode") continue;
    shortest =
        std::max(shortest, read_duration(processor.config, "max_age", kMaxAge, unheard) +
                               read_duration(processor.config, "max_future", kMaxFuture, unheard) +
                               read_duration(processor.config, "arrival_slack", kArrivalSlack, unheard));
  }
  return shortest;
}

void check_horizons(const ConfigNode& node, const SubTopologySettings& sub, std::vector<Finding>& findings) {
  const milliseconds shortest = shortest_horizon(sub);
  for (const auto& store : sub.stores) {
    if (store.kind != StoreKind::generations || !store.horizon || *store.horizon >= shortest) continue;
    const ConfigNode& entry = *node.find("stores")->find(store.name);
    const ConfigNode* place = entry.find("horizon");
    findings.push_back(
        finding_at(place != nullptr ? *place : entry,
                   "horizon (" + format_duration(*store.horizon) +
                       ") must be forever or at least decode's max_age + max_future + arrival_slack = " +
                       format_duration(shortest) + ", or a late repeat would count twice"));
  }
}

}  // namespace

void check_rules(const Topology& topology, const ProcessorCatalog& catalog, const ConfigNode& node,
                 const SubTopologySettings& sub, std::vector<Finding>& findings) {
  check_source_topics(topology, node, sub, findings);
  check_output_topics(topology, catalog, node, sub, findings);
  check_horizons(node, sub, findings);
}

void check_topic_names(const Topology& topology, std::vector<Finding>& findings) {
  std::map<std::string, const TopicSettings*> declared;
  for (const auto& topic : topology.topics) declared.emplace(topic.name, &topic);
  const auto check = [&](const std::string& made, const ConfigNode& owner) {
    if (const auto found = declared.find(made); found != declared.end()) {
      const ConfigNode& place = *topology.document.find("topics")->find(found->second->alias)->find("name");
      findings.push_back(
          finding_at(place, "'" + made + "' is the name of a topic that the engine makes for itself"));
    }
    if (made.size() > kTopicNameMax)
      findings.push_back(finding_at(owner, "'" + made + "' would be too long a name for a topic"));
  };
  const ConfigNode* section = topology.document.find("sub_topologies");
  for (const auto& sub : topology.sub_topologies) {
    const ConfigNode& node = *section->find(sub.name);
    check(topology.epochs_topic(sub.name), node);
    for (const auto& store : sub.stores)
      check(topology.changelog_topic(store.name), *node.find("stores")->find(store.name));
  }
}

}  // namespace tidemark::runtime

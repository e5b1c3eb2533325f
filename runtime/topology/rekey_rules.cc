#include "runtime/topology/rekey_rules.h"

#include <algorithm>

#include "runtime/topology/shape.h"
#include "tidemark/time.h"

namespace tidemark::runtime {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const SourceSettings* find_source(const SubTopologySettings& sub, const std::string& topic) {
  const auto found = std::find_if(sub.sources.begin(), sub.sources.end(),
                                  [&topic](const auto& source) { return source.topic == topic; });
  return found == sub.sources.end() ? nullptr : &*found;
}

bool is_shorter(const TopicSettings& topic, const TopicSettings& than) {
  return topic.retention && (!than.retention || *topic.retention < *than.retention);
}

std::string text_of(const TopicSettings& topic) {
  return topic.retention ? format_duration(*topic.retention) : "forever";
}

// Two applications on one such topic would take each other's records.
void check_topic(const Topology& topology, const TopicSettings& topic, std::vector<Finding>& findings) {
  const std::string wanted = topology.application + "-rekey";
  if (topic.name == wanted) return;
  const ConfigNode& declared = *topology.document.find("topics")->find(topic.alias);
  const ConfigNode* name = declared.find("name");
  findings.push_back(finding_at(name == nullptr ? declared : *name,
                                "records of this application alone come back by '" + topic.alias +
                                    "', so its topic must be named after it",
                                wanted));
}

// What was found may have waited for as long as its topic keeps it, and waits as long again.
void check_retention(const Topology& topology, const SubTopologySettings& sub, const TopicSettings& topic,
                     const ProcessorSettings& writer, std::vector<Finding>& findings) {
  for (const SourceSettings& source : sub.sources) {
    const TopicSettings* found_in = topology.topic(source.topic);
    if (found_in == nullptr || found_in == &topic || !contains(writer.from, source.name)) continue;
    if (!is_shorter(topic, *found_in)) continue;
    const ConfigNode& declared = *topology.document.find("topics")->find(topic.alias);
    const ConfigNode* retention = declared.find("retention");
    findings.push_back(finding_at(retention == nullptr ? declared : *retention,
                                  "retention (" + text_of(topic) + ") must not be shorter than that of '" +
                                      found_in->alias +
                                      "', or a partition that lags loses what was found "
                                      "for it before it loses its own",
                                  text_of(*found_in)));
  }
}

}  // namespace

const ProcessorSettings* find_rekeying(const ProcessorCatalog& catalog, const SubTopologySettings& sub,
                                       const SinkSettings& sink) {
  for (const ProcessorSettings& processor : sub.processors) {
    const ProcessorDescriptor* descriptor = find_descriptor(catalog, processor.type);
    if (descriptor == nullptr || !contains(sink.from, processor.name)) continue;
    const auto& sinks = descriptor->needs.sinks;
    const bool comes_back = std::any_of(sinks.begin(), sinks.end(), [&sink](const SinkDescriptor& known) {
      return known.name == sink.name && known.comes_back;
    });
    if (comes_back) return &processor;
  }
  return nullptr;
}

void check_rekey(const Topology& topology, const ConfigNode& node, const SubTopologySettings& sub,
                 const SinkSettings& sink, const ProcessorSettings& writer, std::vector<Finding>& findings) {
  const ConfigNode& sink_node = *node.find("sinks")->find(sink.name);
  const TopicSettings& topic = *topology.topic(sink.topic);
  check_topic(topology, topic, findings);
  check_retention(topology, sub, topic, writer, findings);
  if (sink.from.size() > 1) {
    findings.push_back(finding_at(*sink_node.find("from"), "what '" + sink.name + "' takes comes back to '" +
                                                               writer.name +
                                                               "', so it must come from there alone"));
  }
  const SourceSettings* source = find_source(sub, sink.topic);
  if (source == nullptr) {
    findings.push_back(finding_at(*sink_node.find("topic"), "nobody reads '" + sink.topic +
                                                                "': add a source with this topic, behind "
                                                                "the others, and name it under 'from' of '" +
                                                                writer.name + "'"));
    return;
  }
  const ConfigNode& source_node = *node.find("sources")->find(source->name);
  for (const ProcessorSettings& processor : sub.processors) {
    if (processor.name == writer.name || !contains(processor.from, source->name)) continue;
    findings.push_back(finding_at(source_node, "'" + source->name + "' brings back what '" + writer.name +
                                                   "' sent; '" + processor.name + "' must not read it"));
  }
  bool has_other = false;
  for (const SourceSettings& other : sub.sources) {
    if (&other == source || !contains(writer.from, other.name)) continue;
    has_other = true;
    if (other.codec == source->codec) continue;
    findings.push_back(finding_at(
        source_node,
        "'" + source->name + "' brings back records of '" + other.name + "', so its codec must be the same",
        other.codec));
  }
  if (!contains(writer.from, source->name)) {
    findings.push_back(
        finding_at(*node.find("processors")->find(writer.name)->find("from"),
                   "'" + source->name + "' brings back what '" + writer.name + "' sent: name it here, too",
                   source->name));
  } else if (!has_other) {
    findings.push_back(
        finding_at(source_node, "'" + writer.name + "' reads nothing but what it sent itself"));
  }
}

}  // namespace tidemark::runtime

#include <algorithm>

#include "runtime/topology/topology.h"

namespace tidemark::runtime {
namespace {

using Names = std::vector<std::string>;

std::string join(const Names& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A topology with findings is printed too: an alias that does not resolve stands for itself.
std::string topic_name(const Topology& topology, const std::string& alias) {
  const TopicSettings* topic = topology.topic(alias);
  return topic == nullptr ? alias : topic->name;
}

Names successors(const SubTopologySettings& sub, const std::string& name) {
  Names out;
  for (const auto& processor : sub.processors) {
    if (contains(processor.from, name) || contains(processor.tables, name)) out.push_back(processor.name);
  }
  for (const auto& sink : sub.sinks) {
    if (contains(sink.from, name)) out.push_back(sink.name);
  }
  return out;
}

std::string arrows_out(const SubTopologySettings& sub, const std::string& name) {
  const Names next = successors(sub, name);
  return "      --> " + (next.empty() ? "none" : join(next)) + "\n";
}

std::string arrows_in(Names inputs, const Names& tables = {}) {
  inputs.insert(inputs.end(), tables.begin(), tables.end());
  return "      <-- " + (inputs.empty() ? "none" : join(inputs)) + "\n";
}

std::string describe(const Topology& topology, const SubTopologySettings& sub) {
  std::string out;
  for (const auto& source : sub.sources) {
    out += "    Source: " + source.name + " (topics: [" + topic_name(topology, source.topic) + "])\n";
    out += arrows_out(sub, source.name);
  }
  for (const auto& processor : sub.processors) {
    out += "    Processor: " + processor.name + " (stores: [" + join(processor.stores) + "])\n";
    out += arrows_out(sub, processor.name);
    out += arrows_in(processor.from, processor.tables);
  }
  for (const auto& sink : sub.sinks) {
    out += "    Sink: " + sink.name + " (topic: " + topic_name(topology, sink.topic) + ")\n";
    out += arrows_in(sink.from);
  }
  if (!sub.dead_letters.empty()) out += "    Dead letters: " + topic_name(topology, sub.dead_letters) + "\n";
  return out;
}

// Mermaid's nodes have letters before their names: "end" alone would be a keyword.
std::string topic_id(const std::string& alias) {
  return "t_" + alias;
}
std::string processor_id(const std::string& name) {
  return "p_" + name;
}
std::string store_id(const std::string& name) {
  return "s_" + name;
}

std::string draw_topics(const Topology& topology) {
  Names used;
  const auto use = [&](const std::string& alias) {
    if (!alias.empty() && !contains(used, alias)) used.push_back(alias);
  };
  for (const auto& sub : topology.sub_topologies) {
    for (const auto& source : sub.sources) use(source.topic);
    for (const auto& sink : sub.sinks) use(sink.topic);
    use(sub.dead_letters);
  }
  std::string out;
  for (const auto& alias : used)
    out += "  " + topic_id(alias) + "([\"" + topic_name(topology, alias) + "\"])\n";
  return out;
}

std::string draw_nodes(const SubTopologySettings& sub) {
  std::string out = "  subgraph " + sub.name + "\n";
  for (const auto& processor : sub.processors)
    out += "    " + processor_id(processor.name) + "[\"" + processor.name + "\"]\n";
  for (const auto& store : sub.stores) out += "    " + store_id(store.name) + "[(\"" + store.name + "\")]\n";
  for (const auto& processor : sub.processors) {
    for (const auto& input : processor.from) {
      const bool from_source = std::any_of(sub.sources.begin(), sub.sources.end(),
                                           [&](const auto& source) { return source.name == input; });
      if (!from_source) out += "    " + processor_id(input) + " --> " + processor_id(processor.name) + "\n";
    }
    for (const auto& store : processor.stores)
      out += "    " + processor_id(processor.name) + " --- " + store_id(store) + "\n";
  }
  return out + "  end\n";
}

std::string draw_edges(const SubTopologySettings& sub) {
  std::string out;
  for (const auto& source : sub.sources) {
    const std::string arrow = source.role == SourceRole::table ? " -- table --> " : " --> ";
    for (const auto& next : successors(sub, source.name))
      out += "  " + topic_id(source.topic) + arrow + processor_id(next) + "\n";
  }
  for (const auto& sink : sub.sinks) {
    for (const auto& input : sink.from)
      out += "  " + processor_id(input) + " --> " + topic_id(sink.topic) + "\n";
  }
  if (!sub.dead_letters.empty())
    out += "  " + sub.name + " -. dead letters .-> " + topic_id(sub.dead_letters) + "\n";
  return out;
}

}  // namespace

std::string print_text(const Topology& topology) {
  std::string out = "Topologies:\n";
  for (std::size_t i = 0; i < topology.sub_topologies.size(); ++i) {
    const SubTopologySettings& sub = topology.sub_topologies[i];
    out += "   Sub-topology: " + std::to_string(i) + " (" + sub.name + ")\n" + describe(topology, sub);
  }
  return out;
}

std::string print_mermaid(const Topology& topology) {
  std::string out = "flowchart LR\n" + draw_topics(topology);
  for (const auto& sub : topology.sub_topologies) out += draw_nodes(sub) + draw_edges(sub);
  return out;
}

}  // namespace tidemark::runtime

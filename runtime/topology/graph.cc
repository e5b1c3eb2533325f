#include "runtime/topology/graph.h"

#include <algorithm>
#include <set>

namespace tidemark::runtime {
namespace {

using Names = std::vector<std::string>;

constexpr std::size_t kSourcesMax = 64;  // the changelog of ids has six bits for one

template <class Settings>
Names names_of(const std::vector<Settings>& all) {
  Names names;
  for (const auto& one : all) names.push_back(one.name);
  return names;
}

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <class Settings>
const Settings* find_named(const std::vector<Settings>& all, const std::string& name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Settings& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// One sub-topology, its node in the document, and where to complain. Lives for one check.
class GraphCheck {
 public:
  GraphCheck(const Topology& topology, const ConfigNode& node, SubTopologySettings& sub,
             std::vector<Finding>& findings)
      : topology_(topology), node_(node), sub_(sub), findings_(findings) {}

  void run() {
    check_names();
    for (const auto& source : sub_.sources) check_source(source);
    for (const auto& processor : sub_.processors) check_processor(processor);
    for (const auto& sink : sub_.sinks) check_sink(sink);
    check_topic(node_.find("dead_letters"), sub_.dead_letters);
    check_everything_is_used();
    sort_processors();
  }

 private:
  const ConfigNode& entry(std::string_view section, const std::string& name) const {
    return *node_.find(section)->find(name);
  }

  void complain(const ConfigNode& node, std::string message, std::string suggestion = {}) {
    findings_.push_back(finding_at(node, std::move(message), std::move(suggestion)));
  }

  // Sources, processors and sinks are nodes of one graph and share its names.
  void check_names() {
    std::set<std::string> taken;
    const auto take = [&](std::string_view section, const Names& names) {
      for (const auto& name : names) {
        if (taken.insert(name).second) continue;
        complain(entry(section, name),
                 "the name '" + name + "' is taken: sources, processors and sinks share their names");
      }
    };
    take("sources", names_of(sub_.sources));
    take("processors", names_of(sub_.processors));
    take("sinks", names_of(sub_.sinks));
    if (sub_.sources.size() > kSourcesMax) complain(node_, "a sub-topology has at most 64 sources");
    for (const char* section : {"sources", "processors"}) {
      const ConfigNode* found = node_.find(section);
      if (found != nullptr && found->kind == ConfigNode::Kind::map && found->map.empty()) {
        complain(*found, std::string(section) + " must not be empty");
      }
    }
  }

  void check_topic(const ConfigNode* node, const std::string& alias) {
    if (alias.empty() || topology_.topic(alias) != nullptr) return;
    Names aliases;
    for (const auto& topic : topology_.topics) {
      if (topic.name == alias)
        return complain(*node, "'" + alias + "' is the name at the broker; here stands the key under topics",
                        topic.alias);
      aliases.push_back(topic.alias);
    }
    complain(*node, "no topic '" + alias + "' under topics", nearest_name(alias, aliases));
  }

  void check_source(const SourceSettings& source) {
    const ConfigNode& node = entry("sources", source.name);
    check_topic(node.find("topic"), source.topic);
    for (const auto& other : sub_.sources) {
      if (&other == &source) return;  // complained of once, at the later one
      if (other.topic == source.topic && !source.topic.empty()) {
        return complain(*node.find("topic"), "the source '" + other.name + "' reads this topic already");
      }
    }
  }

  // What is no list at all was complained of when it was read.
  static bool lacks_names(const ConfigNode& node, std::string_view key) {
    const ConfigNode* names = node.find(key);
    if (names == nullptr || names->is_null()) return true;
    return names->kind == ConfigNode::Kind::list && names->list.empty();
  }

  // The items of a list of names, each with the node it stands on.
  template <class Check>
  void for_each_item(const ConfigNode& node, std::string_view key, Check check) {
    const ConfigNode* list = node.find(key);
    if (list == nullptr) return;
    for (const auto& item : list->list) {
      if (item.kind == ConfigNode::Kind::scalar) check(item);
    }
  }

  void check_processor(const ProcessorSettings& processor) {
    const ConfigNode& node = entry("processors", processor.name);
    if (lacks_names(node, "from"))
      complain(node, "the processor '" + processor.name + "' has no input: 'from' is missing");
    for_each_item(node, "from", [&](const ConfigNode& item) { check_input(item, true); });
    for_each_item(node, "tables", [&](const ConfigNode& item) { check_table(item); });
    const Names stores = names_of(sub_.stores);
    for_each_item(node, "stores", [&](const ConfigNode& item) {
      if (!contains(stores, item.scalar)) {
        complain(item, "no store '" + item.scalar + "' in this sub-topology",
                 nearest_name(item.scalar, stores));
      }
    });
  }

  void check_input(const ConfigNode& item, bool sources_too) {
    const SourceSettings* source = find_named(sub_.sources, item.scalar);
    if (source != nullptr && source->role == SourceRole::table) {
      return complain(item, "'" + item.scalar + "' is a table: name it under 'tables', not 'from'");
    }
    if (find_named(sub_.processors, item.scalar) != nullptr || (source != nullptr && sources_too)) return;
    if (source != nullptr)
      return complain(item, "a sink takes from processors only; '" + item.scalar + "' is a source");
    Names candidates = names_of(sub_.processors);
    if (sources_too) {
      for (const auto& stream : sub_.sources) {
        if (stream.role == SourceRole::stream) candidates.push_back(stream.name);
      }
    }
    complain(item,
             std::string("no ") + (sources_too ? "source or " : "") + "processor '" + item.scalar +
                 "' in this sub-topology",
             nearest_name(item.scalar, candidates));
  }

  void check_table(const ConfigNode& item) {
    const SourceSettings* source = find_named(sub_.sources, item.scalar);
    if (source != nullptr && source->role == SourceRole::table) return;
    if (source != nullptr)
      return complain(item,
                      "'" + item.scalar + "' is a stream: name it under 'from', or give it the role table");
    Names tables;
    for (const auto& table : sub_.sources) {
      if (table.role == SourceRole::table) tables.push_back(table.name);
    }
    complain(item, "no source '" + item.scalar + "' of role table", nearest_name(item.scalar, tables));
  }

  void check_sink(const SinkSettings& sink) {
    const ConfigNode& node = entry("sinks", sink.name);
    check_topic(node.find("topic"), sink.topic);
    if (lacks_names(node, "from"))
      complain(node, "nothing feeds the sink '" + sink.name + "': 'from' is missing");
    for_each_item(node, "from", [&](const ConfigNode& item) { check_input(item, false); });
  }

  void check_everything_is_used() {
    for (const auto& source : sub_.sources) {
      const bool table = source.role == SourceRole::table;
      const bool used = std::any_of(sub_.processors.begin(), sub_.processors.end(),
                                    [&](const ProcessorSettings& processor) {
                                      return contains(table ? processor.tables : processor.from, source.name);
                                    });
      if (used) continue;
      complain(entry("sources", source.name), "no processor reads the source '" + source.name +
                                                  "': name it under '" + (table ? "tables" : "from") +
                                                  "' of one");
    }
    for (const auto& store : sub_.stores) {
      const bool owned = std::any_of(
          sub_.processors.begin(), sub_.processors.end(),
          [&](const ProcessorSettings& processor) { return contains(processor.stores, store.name); });
      if (!owned)
        complain(entry("stores", store.name),
                 "no processor owns the store '" + store.name + "': name it under 'stores' of one");
    }
  }

  // A processor comes after all that it takes from; otherwise the file's order stays.
  void sort_processors() {
    std::vector<ProcessorSettings> sorted;
    auto& waiting = sub_.processors;
    while (!waiting.empty()) {
      const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const ProcessorSettings& processor) {
        return std::none_of(processor.from.begin(), processor.from.end(),
                            [&](const std::string& input) { return find_named(waiting, input) != nullptr; });
      });
      if (next == waiting.end()) {
        complain_of_cycle(waiting);
        break;
      }
      sorted.push_back(std::move(*next));
      waiting.erase(next);
    }
    std::move(waiting.begin(), waiting.end(), std::back_inserter(sorted));
    waiting = std::move(sorted);
  }

  // Each of `waiting` takes from another of them: going from input to input comes round.
  void complain_of_cycle(const std::vector<ProcessorSettings>& waiting) {
    Names walked;
    const ProcessorSettings* at = &waiting.front();
    while (!contains(walked, at->name)) {
      walked.push_back(at->name);
      for (const auto& input : at->from) {
        if (const ProcessorSettings* upstream = find_named(waiting, input)) {
          at = upstream;
          break;
        }
      }
    }
    const std::string& start = at->name;
    std::string circle = start;
    for (auto name = walked.rbegin(); *name != start; ++name) circle += " -> " + *name;
    const ConfigNode& node = entry("processors", start);
    complain(*node.find("from"), "the processors run in a cycle: " + circle + " -> " + start);
  }

  const Topology& topology_;
  const ConfigNode& node_;
  SubTopologySettings& sub_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_graph(const Topology& topology, const ConfigNode& node, SubTopologySettings& sub,
                 std::vector<Finding>& findings) {
  GraphCheck(topology, node, sub, findings).run();
}

}  // namespace tidemark::runtime

#include "cli/topology/topology_docs.h"

#include <algorithm>

#include "cli/config_json.h"
#include "cli/topology/processor_keys.h"
#include "runtime/topology/shape.h"
#include "tidemark/time.h"

namespace tidemark::cli {
namespace {

using Names = std::vector<std::string>;

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string scalar_of(const ConfigNode& map, std::string_view key, std::string_view fallback) {
  const ConfigNode* node = map.find(key);
  return std::string(node == nullptr || node->is_null() ? fallback : node->scalar);
}

// "`a`, `b` or `c`"
std::string enumerate(const Names& items, std::string_view last_word) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " " + std::string(last_word) + " " : ", ";
    out += code(items[i]);
  }
  return out;
}

// A value or a list of values.
Names values_of(const ConfigNode& node) {
  Names values;
  if (node.kind == ConfigNode::Kind::list) {
    for (const ConfigNode& item : node.list) values.push_back(json_of(item));
  } else {
    values.push_back(json_of(node));
  }
  return values;
}

Names scalars_of(const ConfigNode& node) {
  Names scalars;
  for (const ConfigNode& item : node.list) scalars.push_back(item.scalar);
  return scalars;
}

std::string events_of(const ConfigNode& meter) {
  const ConfigNode* types = meter.find("event_types");
  if (types == nullptr || types->kind != ConfigNode::Kind::list) return "all events";
  return enumerate(scalars_of(*types), "and") + " events";
}

std::string figure_of(const ConfigNode& meter) {
  const std::string aggregation = scalar_of(meter, "aggregation", "sum");
  const std::string value = code(scalar_of(meter, "value", "value"));
  if (aggregation == "count") return "number of";
  if (aggregation == "max") return "largest " + value + " of";
  if (aggregation == "min") return "smallest " + value + " of";
  if (aggregation == "last") return "last " + value + " of";
  if (aggregation == "unique") return "number of different " + value + " of";
  return "sum of " + value + " of";
}

std::string conditions_of(const ConfigNode& meter) {
  const ConfigNode* where = meter.find("where");
  std::string out;
  if (where == nullptr) return out;
  for (const auto& [path, value] : where->map)
    out += (out.empty() ? ", where " : " and ") + code(path) + " is " + enumerate(values_of(value), "or");
  return out;
}

std::string groups_of(const ConfigNode& meter) {
  const ConfigNode* groups = meter.find("group_by");
  if (groups == nullptr || groups->list.empty()) return "";
  return ", per " + enumerate(scalars_of(*groups), "and");
}

std::string late_in_words(const std::string& policy) {
  if (policy == "post_to_period") return "is posted to the closed period";
  if (policy == "hold") return "is held";
  return "is carried forward";
}

std::string details_of(const ConfigNode& meter) {
  const std::string aggregation = scalar_of(meter, "aggregation", "sum");
  const std::string scale = scalar_of(meter, "scale", "12");
  std::string out;
  if (aggregation != "count" && aggregation != "unique")
    out += " At most " + scale + (scale == "1" ? " decimal." : " decimals.");
  out += " Usage after a period's close " + late_in_words(scalar_of(meter, "late", "carry_forward")) + ".";
  if (scalar_of(meter, "carry_over", "false") == "true")
    out += " A period opens with the closing value of the one before.";
  const std::string distinct_max = scalar_of(meter, "distinct_max", "");
  if (!distinct_max.empty()) out += " At most " + distinct_max + " different values in a period.";
  return out;
}

// "from 2026-12-01T00:00:00Z on: aggregation max"
std::string version_in_words(const ConfigNode& version) {
  std::string changes;
  for (const auto& [key, value] : version.map) {
    if (key == "effective_from") continue;
    changes += (changes.empty() ? "" : ", ") + key + " " +
               code(value.kind == ConfigNode::Kind::scalar ? value.scalar : json_of(value));
  }
  return "from " + scalar_of(version, "effective_from", "?") + " on" +
         (changes.empty() ? "" : ": " + changes);
}

std::string meters_section(const ConfigNode& document) {
  const ConfigNode* meters = document.find("meters");
  std::string out = "## What is counted\nPer customer and period, in the customer's time zone.\n\n";
  if (meters == nullptr || meters->list.empty()) return out + "Nothing.\n";
  for (const ConfigNode& meter : meters->list) {
    out += "- **" + scalar_of(meter, "name", "?") + "**: " + meter_in_words(meter) + "." + details_of(meter) +
           "\n";
    const ConfigNode* versions = meter.find("versions");
    if (versions == nullptr) continue;
    for (const ConfigNode& version : versions->list) out += "  - " + version_in_words(version) + "\n";
  }
  return out;
}

// What a sub-topology does with a topic.
std::string uses_of(const runtime::Topology& topology, const std::string& alias) {
  std::string out;
  const auto add = [&out](const std::string& use) { out += (out.empty() ? "" : ", ") + use; };
  for (const auto& sub : topology.sub_topologies) {
    for (const auto& source : sub.sources) {
      if (source.topic == alias)
        add(std::string("read as a ") + (source.role == runtime::SourceRole::table ? "table" : "stream"));
    }
    for (const auto& sink : sub.sinks) {
      if (sink.topic == alias) add("written");
    }
    if (sub.dead_letters == alias) add("dead letters");
  }
  return out.empty() ? "not used yet" : out;
}

std::string topics_section(const runtime::Topology& topology) {
  std::string out =
      "## Topics\n" + std::to_string(topology.partitions) + " partitions each, replication " +
      std::to_string(topology.replication) +
      ".\n\n| topic | name at the broker | use | cleanup | kept | stamped by |\n|---|---|---|---|---|---|\n";
  for (const auto& topic : topology.topics) {
    const bool compact = topic.cleanup == runtime::Cleanup::compact;
    out += "| " + topic.alias + " | " + code(topic.name) + " | " + uses_of(topology, topic.alias) + " | " +
           (compact ? "compact" : "delete") + " | " +
           (compact           ? "last of each key"
            : topic.retention ? format_duration(*topic.retention)
                              : "for ever") +
           " | " + (topic.timestamps == runtime::Timestamps::create ? "the producer" : "the broker") + " |\n";
  }
  return out;
}

std::string kept_in_words(bool ids, const std::optional<std::chrono::milliseconds>& span) {
  if (!span) return ids ? "for ever" : "until a processor removes it";
  return format_duration(*span) + (ids ? "" : " beyond its need");
}

std::string stores_section(const runtime::Topology& topology) {
  std::string out = "## State\n| store | holds | kept | changelog |\n|---|---|---|---|\n";
  for (const auto& sub : topology.sub_topologies) {
    for (const auto& store : sub.stores) {
      const bool ids = store.kind == runtime::StoreKind::generations;
      const auto& span = ids ? store.horizon : store.purge_margin;
      out += "| " + store.name + " | " + (ids ? "ids" : "rows") + " | " + kept_in_words(ids, span) + " | " +
             code(topology.changelog_topic(store.name)) + " |\n";
    }
  }
  return out;
}

std::string numbers_section(const runtime::Topology& topology, const runtime::ProcessorCatalog& catalog) {
  std::string out = "## Numbers that decide\n| setting | value | meaning |\n|---|---|---|\n";
  for (const auto& sub : topology.sub_topologies) {
    for (const auto& processor : sub.processors) {
      const auto* descriptor = runtime::find_descriptor(catalog, processor.type);
      if (descriptor == nullptr) continue;
      for (const std::string& name : descriptor->config_keys) {
        const ProcessorKey* key = find_processor_key(processor.type, name);
        if (key == nullptr) continue;
        out += "| " + processor.name + "." + name + " | " + scalar_of(processor.config, name, key->fallback) +
               " | " + std::string(key->meaning) + " |\n";
      }
    }
  }
  const auto& engine = topology.engine;
  out += "| engine.commit_interval | " + format_duration(engine.commit_interval) +
         " | how long records gather before outputs, state and offsets are committed together |\n";
  out += "| engine.transaction_timeout | " + format_duration(engine.transaction_timeout) +
         " | after it the broker aborts what a dead process left open |\n";
  return out;
}

}  // namespace

std::string meter_in_words(const ConfigNode& meter) {
  return figure_of(meter) + " " + events_of(meter) + conditions_of(meter) + groups_of(meter);
}

std::string topology_docs(const runtime::Topology& topology, const runtime::ProcessorCatalog& catalog) {
  return "# " + topology.application + "\nPrinted by `tidemark topology docs`.\n\n" +
         meters_section(topology.document) + "\n" + topics_section(topology) + "\n" +
         stores_section(topology) + "\n" + numbers_section(topology, catalog) +
         "\n## The graph\n```mermaid\n" + runtime::print_mermaid(topology) + "```\n";
}

}  // namespace tidemark::cli

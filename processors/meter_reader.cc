#include "processors/meter_reader.h"

#include <algorithm>

#include "schemas/base/hash.h"
#include "schemas/base/hash_input.h"
#include "schemas/usage_event/property_value.h"
#include "tidemark/time.h"

namespace tidemark::processors {
namespace {

using Findings = std::vector<Finding>;
using Names = std::vector<std::string>;

constexpr std::size_t kNameMax = 63;
constexpr std::int64_t kDistinctMax = 10'000'000;
constexpr std::size_t kVersionsMax = 1'000;

void complain(const ConfigNode& node, std::string message, Findings& findings, std::string suggestion = {}) {
  findings.push_back(finding_at(node, std::move(message), std::move(suggestion)));
}

const ConfigNode* find_given(const ConfigNode& map, std::string_view key) {
  const ConfigNode* node = map.find(key);
  return node == nullptr || node->is_null() ? nullptr : node;
}

bool is_meter_name(std::string_view name) {
  if (name.empty() || name.size() > kNameMax || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string read_name(const ConfigNode& meter, Findings& findings) {
  const ConfigNode* node = find_given(meter, "name");
  if (node == nullptr) {
    complain(meter, "a meter must have a name", findings);
    return {};
  }
  const std::string name = read_string(meter, "name", "", findings);
  if (!name.empty() && !is_meter_name(name)) {
    complain(*node,
             "'" + name + "' cannot name a meter: small letters, digits and _, a letter first, at most 63",
             findings);
  }
  return name;
}

void read_event_types(const ConfigNode& meter, MeterVersion& version, Findings& findings) {
  const ConfigNode* node = find_given(meter, "event_types");
  if (node == nullptr) {
    return complain(meter, "event_types is missing: a list of types, or \"*\" for all", findings);
  }
  version.any = node->kind == ConfigNode::Kind::scalar && node->scalar == "*";
  if (version.any) return;
  if (node->kind != ConfigNode::Kind::list || node->list.empty()) {
    return complain(*node, "event_types must be a list of types, such as [api.request], or \"*\" for all",
                    findings);
  }
  version.event_types = read_names(meter, "event_types", findings);
  for (const auto& item : node->list) {
    if (item.scalar == "*") complain(item, "\"*\" stands alone: write event_types: \"*\"", findings);
  }
}

Aggregation read_aggregation(const ConfigNode& meter, Findings& findings) {
  static const Names all(std::begin(kAggregationNames), std::end(kAggregationNames));
  if (find_given(meter, "aggregation") == nullptr) {
    complain(meter, "aggregation is missing: sum, count, max, min, last or unique", findings);
    return Aggregation::sum;
  }
  const std::string name = read_choice(meter, "aggregation", "sum", all, findings);
  return static_cast<Aggregation>(std::find(all.begin(), all.end(), name) - all.begin());
}

std::optional<schemas::PropertyPath> read_path(const ConfigNode& node, Findings& findings) {
  if (node.kind != ConfigNode::Kind::scalar) {
    complain(node, "must be a property path, such as properties.region", findings);
    return std::nullopt;
  }
  auto path = schemas::parse_property_path(node.scalar);
  if (!path) {
    complain(node, path.error().message, findings);
    return std::nullopt;
  }
  return *std::move(path);
}

void read_value(const ConfigNode& meter, PathTable& paths, MeterVersion& version, Findings& findings) {
  const ConfigNode* node = find_given(meter, "value");
  const bool own_value = node == nullptr || node->scalar == "value";
  if (version.aggregation == Aggregation::unique && own_value) {
    return complain(node != nullptr ? *node : meter,
                    "unique counts the distinct values of a property: say which, such as value: "
                    "properties.user_id",
                    findings);
  }
  if (own_value) return;
  if (version.aggregation == Aggregation::count) {
    return complain(*node, "count counts events, whatever their value: leave value out, or say sum",
                    findings);
  }
  if (const auto path = read_path(*node, findings)) version.value = paths.index_of(*path);
}

// What the scalar is in JSON: quoted ones are strings, others what they look like.
std::optional<schemas::PropertyValue> json_value(const ConfigNode& node, Findings& findings) {
  using schemas::JsonKind;
  if (node.kind != ConfigNode::Kind::scalar) {
    complain(node, "must be a string, a number, true or false, or a list of these", findings);
    return std::nullopt;
  }
  switch (node.json_type()) {
    case ConfigNode::JsonType::text:
      return schemas::PropertyValue{true, JsonKind::string, node.scalar};
    case ConfigNode::JsonType::boolean:
      return schemas::PropertyValue{true, JsonKind::boolean, node.scalar};
    case ConfigNode::JsonType::integer:
      return schemas::PropertyValue{true, JsonKind::integer, node.scalar};
    case ConfigNode::JsonType::decimal:
      return schemas::PropertyValue{true, JsonKind::real, node.scalar};
    case ConfigNode::JsonType::ambiguous:
      break;
  }
  complain(node,
           "'" + node.scalar +
               "' is one thing in YAML and another in JSON: quote it if it is a text, else write true, "
               "false or plain digits",
           findings);
  return std::nullopt;
}

void add_value(const ConfigNode& node, Condition& condition, Findings& findings) {
  const auto value = json_value(node, findings);
  if (!value) return;
  schemas::HashInput canonical;
  schemas::append_canonical(canonical, *value);
  condition.any_of.emplace_back(canonical.text());
}

void read_where(const ConfigNode& meter, PathTable& paths, MeterVersion& version, Findings& findings) {
  const ConfigNode* where = find_given(meter, "where");
  if (where == nullptr) return;
  if (where->kind != ConfigNode::Kind::map) {
    return complain(*where, "where must be a map: {properties.region: eu, properties.model: [a, b]}",
                    findings);
  }
  for (const auto& [text, node] : where->map) {
    const auto path = schemas::parse_property_path(text);
    if (!path) {
      complain(node, path.error().message, findings);
      continue;
    }
    Condition& condition = version.where.emplace_back();
    condition.path = paths.index_of(*path);
    if (node.kind != ConfigNode::Kind::list) {
      add_value(node, condition, findings);
      continue;
    }
    if (node.list.empty()) complain(node, "an empty list is never matched", findings);
    for (const ConfigNode& item : node.list) add_value(item, condition, findings);
  }
}

void read_group_by(const ConfigNode& meter, PathTable& paths, MeterVersion& version, Findings& findings) {
  const ConfigNode* groups = find_given(meter, "group_by");
  if (groups == nullptr) return;
  if (groups->kind != ConfigNode::Kind::list) {
    return complain(*groups, "group_by must be a list of property paths: [properties.model]", findings);
  }
  for (const ConfigNode& node : groups->list) {
    const auto path = read_path(node, findings);
    if (!path) continue;
    const std::string& name = path->back();
    const bool taken = std::any_of(version.group_by.begin(), version.group_by.end(),
                                   [&](const GroupField& field) { return field.name == name; });
    if (taken) complain(node, "two paths of group_by end in '" + name + "', which names the group", findings);
    version.group_by.push_back({name, paths.index_of(*path)});
  }
}

void append(schemas::HashInput& in, const std::vector<std::string>& texts) {
  in.integer(static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) in.text(text);
}

// Of all that decides what is counted; not of limits, which decide what is refused.
std::uint64_t hash_of(const MeterVersion& version, bool carry_over, const PathTable& paths) {
  schemas::HashInput in;
  in.text(name_of(version.aggregation));
  in.text(carry_over ? "carry_over" : "");
  std::vector<std::string> types = version.event_types;
  std::sort(types.begin(), types.end());
  append(in, types);
  append(in, version.value ? paths.paths[*version.value] : schemas::PropertyPath());
  std::vector<std::pair<schemas::PropertyPath, std::vector<std::string>>> conditions;
  for (const Condition& condition : version.where) {
    auto& [path, values] = conditions.emplace_back(paths.paths[condition.path], condition.any_of);
    std::sort(values.begin(), values.end());
  }
  std::sort(conditions.begin(), conditions.end());
  in.integer(static_cast<std::uint32_t>(conditions.size()));
  for (const auto& [path, values] : conditions) {
    append(in, path);
    append(in, values);
  }
  in.integer(static_cast<std::uint32_t>(version.group_by.size()));
  for (const GroupField& field : version.group_by) append(in, paths.paths[field.path]);
  return schemas::hash64_of(in.text());
}

MeterVersion read_version(const ConfigNode& meter, bool carry_over, PathTable& paths, Findings& findings) {
  MeterVersion version;
  read_event_types(meter, version, findings);
  version.aggregation = read_aggregation(meter, findings);
  read_value(meter, paths, version, findings);
  read_where(meter, paths, version, findings);
  read_group_by(meter, paths, version, findings);
  version.scale = static_cast<int>(read_integer(meter, "scale", version.scale, 0, kQuantityScale, findings));
  version.distinct_max = read_integer(meter, "distinct_max", version.distinct_max, 1, kDistinctMax, findings);
  const ConfigNode* distinct = find_given(meter, "distinct_max");
  if (distinct != nullptr && version.aggregation != Aggregation::unique)
    complain(*distinct, "distinct_max is a limit of unique", findings);
  version.hash = hash_of(version, carry_over, paths);
  return version;
}

// The base with what the overlay says instead.
ConfigNode overlaid(const ConfigNode& base, const ConfigNode& overlay) {
  ConfigNode merged = base;
  for (const auto& entry : overlay.map) {
    const auto same = [&](const auto& known) { return known.first == entry.first; };
    const auto known = std::find_if(merged.map.begin(), merged.map.end(), same);
    if (known == merged.map.end())
      merged.map.push_back(entry);
    else
      *known = entry;
  }
  return merged;
}

void read_effective_from(const ConfigNode& node, const MeterDefinition& definition, MeterVersion& version,
                         Findings& findings) {
  const ConfigNode* text = find_given(node, "effective_from");
  if (text == nullptr) return complain(node, "a version must have an effective_from", findings);
  const auto time = parse_rfc3339(text->scalar);
  if (!time) {
    return complain(*text, "effective_from must be a time with an offset, such as 2026-12-01T00:00:00Z",
                    findings);
  }
  version.effective_from = version.rules_from = *time;
  if (!definition.versions.empty() && definition.versions.back().effective_from >= *time)
    complain(*text, "versions must stand in the order of their effective_from", findings);
}

void read_versions(const ConfigNode& meter, PathTable& paths, MeterDefinition& definition,
                   Findings& findings) {
  static const Names keys{"effective_from", "event_types", "aggregation", "value",
                          "where",          "group_by",    "scale",       "distinct_max"};
  const ConfigNode& list = *find_given(meter, "versions");
  if (list.kind != ConfigNode::Kind::list || list.list.empty() || list.list.size() > kVersionsMax) {
    return complain(list, "versions must be a list: - {effective_from: 2026-12-01T00:00:00Z, ...}", findings);
  }
  for (const ConfigNode& node : list.list) {
    if (node.kind != ConfigNode::Kind::map) {
      complain(node, "a version must be a map with an effective_from", findings);
      continue;
    }
    refuse_unknown_keys(node, node.path, keys, findings);
    for (const char* key : {"aggregation", "group_by"}) {
      if (const ConfigNode* changed = find_given(node, key); changed != nullptr && definition.carry_over)
        complain(*changed, "a meter that carries over keeps its " + std::string(key) + ": name a new meter",
                 findings);
    }
    MeterVersion version = read_version(overlaid(meter, node), definition.carry_over, paths, findings);
    version.number = static_cast<std::uint32_t>(definition.versions.size() + 1);
    read_effective_from(node, definition, version, findings);
    definition.versions.push_back(std::move(version));
  }
}

// A fault of the base is one fault, however many versions inherit it.
void drop_repeats(Findings& findings, std::size_t begin) {
  const auto first = findings.begin() + static_cast<std::ptrdiff_t>(begin);
  auto kept = first;
  for (auto finding = first; finding != findings.end(); ++finding) {
    const bool is_told = std::any_of(
        first, kept, [&finding](const Finding& told) { return to_string(told) == to_string(*finding); });
    if (!is_told) std::iter_swap(kept++, finding);
  }
  findings.erase(kept, findings.end());
}

void refuse_unbuilt(const ConfigNode& meter, Findings& findings) {
  const ConfigNode* node = find_given(meter, "stripe");
  if (node == nullptr) return;
  findings.push_back({.mark = node->key_mark,
                      .path = node->path,
                      .message = "'stripe' of a meter is not built yet",
                      .suggestion = {}});
}

}  // namespace

PathIndex PathTable::index_of(const schemas::PropertyPath& path) {
  const auto known = std::find(paths.begin(), paths.end(), path);
  if (known != paths.end()) return static_cast<PathIndex>(known - paths.begin());
  paths.push_back(path);
  return static_cast<PathIndex>(paths.size() - 1);
}

MeterDefinition read_meter_definition(const ConfigNode& meter, PathTable& paths, Findings& findings) {
  static const Names keys{"name",  "event_types", "aggregation", "scale",        "late",     "value",
                          "where", "group_by",    "carry_over",  "distinct_max", "versions", "stripe"};
  static const Names policies{"carry_forward", "post_to_period", "hold"};
  refuse_unknown_keys(meter, meter.path, keys, findings);
  MeterDefinition definition;
  definition.name = read_name(meter, findings);
  definition.late = read_choice(meter, "late", definition.late, policies, findings);
  definition.carry_over = read_bool(meter, "carry_over", false, findings);
  if (find_given(meter, "versions") != nullptr) {
    const std::size_t findings_before = findings.size();
    read_versions(meter, paths, definition, findings);
    drop_repeats(findings, findings_before);
  } else {
    definition.versions.push_back(read_version(meter, definition.carry_over, paths, findings));
  }
  for (const MeterVersion& version : definition.versions) {
    if (definition.carry_over && version.aggregation == Aggregation::unique) {
      complain(*meter.find("carry_over"), "unique has no closing value to carry over", findings);
      break;
    }
  }
  refuse_unbuilt(meter, findings);
  return definition;
}

}  // namespace tidemark::processors

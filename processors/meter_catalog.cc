#include "processors/meter_catalog.h"

#include <algorithm>

namespace tidemark::processors {
namespace {

using Findings = std::vector<Finding>;
using Names = std::vector<std::string>;

constexpr std::size_t kNameMax = 63;
constexpr std::size_t kMetersMax = 1'000;

bool is_meter_name(std::string_view name) {
  if (name.empty() || name.size() > kNameMax || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

void complain(const ConfigNode& node, std::string message, Findings& findings, std::string suggestion = {}) {
  findings.push_back(finding_at(node, std::move(message), std::move(suggestion)));
}

// In the order in which events would meet them; none of them may be passed over in silence.
void refuse_unbuilt(const ConfigNode& meter, Findings& findings) {
  for (const char* key : {"where", "group_by", "carry_over", "versions", "stripe"}) {
    const ConfigNode* node = meter.find(key);
    if (node == nullptr || node->is_null()) continue;
    if (key == std::string_view("carry_over") && node->scalar == "false") continue;  // what there is
    findings.push_back({.mark = node->key_mark,
                        .path = node->path,
                        .message = "'" + std::string(key) + "' of a meter is not built yet",
                        .suggestion = {}});
  }
  const ConfigNode* value = meter.find("value");
  if (value == nullptr || value->is_null() || value->scalar == "value") return;
  complain(*value, "'value' with a property path is not built yet: a meter takes the event's own value",
           findings);
}

std::string read_name(const ConfigNode& meter, const std::vector<MeterDefinition>& known,
                      Findings& findings) {
  const ConfigNode* node = meter.find("name");
  if (node == nullptr || node->is_null()) {
    complain(node != nullptr ? *node : meter, "a meter must have a name", findings);
    return {};
  }
  const std::string name = read_string(meter, "name", "", findings);
  if (!name.empty() && !is_meter_name(name)) {
    complain(*node,
             "'" + name + "' cannot name a meter: small letters, digits and _, a letter first, at most 63",
             findings);
  }
  const bool taken = std::any_of(known.begin(), known.end(),
                                 [&](const MeterDefinition& other) { return other.name == name; });
  if (taken) complain(*node, "there is a meter '" + name + "' already", findings);
  return name;
}

void read_event_types(const ConfigNode& meter, MeterDefinition& definition, Findings& findings) {
  const ConfigNode* node = meter.find("event_types");
  if (node == nullptr || node->is_null()) {
    return complain(node != nullptr ? *node : meter,
                    "event_types is missing: a list of types, or \"*\" for all", findings);
  }
  definition.any = node->kind == ConfigNode::Kind::scalar && node->scalar == "*";
  if (definition.any) return;
  if (node->kind != ConfigNode::Kind::list || node->list.empty()) {
    return complain(*node, "event_types must be a list of types, such as [api.request], or \"*\" for all",
                    findings);
  }
  definition.event_types = read_names(meter, "event_types", findings);
  for (const auto& item : node->list) {
    if (item.scalar == "*") complain(item, "\"*\" stands alone: write event_types: \"*\"", findings);
  }
}

Aggregation read_aggregation(const ConfigNode& meter, Findings& findings) {
  static const Names all{"sum", "count", "max", "min", "last", "unique"};
  const ConfigNode* node = meter.find("aggregation");
  if (node == nullptr || node->is_null()) {
    complain(node != nullptr ? *node : meter, "aggregation is missing: sum or count", findings);
    return Aggregation::sum;
  }
  const std::string name = read_choice(meter, "aggregation", "sum", all, findings);
  if (name != "sum" && name != "count") {
    complain(*node, "the aggregation '" + name + "' is not built yet; there are sum and count", findings);
  }
  return name == "count" ? Aggregation::count : Aggregation::sum;
}

MeterDefinition read_meter(const ConfigNode& meter, const std::vector<MeterDefinition>& known,
                           Findings& findings) {
  static const Names keys{"name",  "event_types", "aggregation", "scale",    "late",  "value",
                          "where", "group_by",    "carry_over",  "versions", "stripe"};
  static const Names policies{"carry_forward", "post_to_period", "hold"};
  refuse_unknown_keys(meter, meter.path, keys, findings);
  MeterDefinition definition;
  definition.name = read_name(meter, known, findings);
  read_event_types(meter, definition, findings);
  definition.aggregation = read_aggregation(meter, findings);
  definition.scale = static_cast<int>(read_integer(meter, "scale", definition.scale, 0, 12, findings));
  definition.late = read_choice(meter, "late", definition.late, policies, findings);
  refuse_unbuilt(meter, findings);
  return definition;
}

}  // namespace

MeterCatalog MeterCatalog::from(const ConfigNode& document, std::vector<Finding>& findings) {
  MeterCatalog catalog;
  const ConfigNode* section = document.find("meters");
  if (section == nullptr || section->is_null()) return catalog;
  if (section->kind != ConfigNode::Kind::list) {
    complain(*section, "meters must be a list: - {name: ..., event_types: [...], aggregation: ...}",
             findings);
    return catalog;
  }
  if (section->list.size() > kMetersMax) {
    complain(*section, "there are more than " + std::to_string(kMetersMax) + " meters", findings);
    return catalog;
  }
  for (const ConfigNode& node : section->list) {
    if (node.kind != ConfigNode::Kind::map) {
      complain(node, "a meter must be a map with a name", findings);
      continue;
    }
    const std::size_t findings_before = findings.size();
    MeterDefinition definition = read_meter(node, catalog.meters_, findings);
    if (findings.size() == findings_before) catalog.meters_.push_back(std::move(definition));
  }
  catalog.index();
  return catalog;
}

void MeterCatalog::index() {
  for (const auto& meter : meters_) {
    for (const auto& type : meter.event_types) by_type_.try_emplace(type);
  }
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    const auto position = static_cast<std::uint16_t>(i);
    if (!meters_[i].any) {
      for (const auto& type : meters_[i].event_types) by_type_.find(type)->second.push_back(position);
      continue;
    }
    for_any_type_.push_back(position);
    for (auto& [type, positions] : by_type_) positions.push_back(position);
  }
}

std::span<const std::uint16_t> MeterCatalog::meters_for(std::string_view event_type) const {
  const auto found = by_type_.find(event_type);
  return found == by_type_.end() ? for_any_type_ : found->second;
}

}  // namespace tidemark::processors

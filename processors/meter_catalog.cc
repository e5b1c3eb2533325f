#include "processors/meter_catalog.h"

#include <algorithm>

#include "processors/meter_reader.h"

namespace tidemark::processors {
namespace {

constexpr std::size_t kMetersMax = 1'000;

void complain(const ConfigNode& node, std::string message, std::vector<Finding>& findings) {
  findings.push_back(finding_at(node, std::move(message)));
}

}  // namespace

bool MeterVersion::takes(std::string_view event_type) const {
  return any || std::find(event_types.begin(), event_types.end(), event_type) != event_types.end();
}

const MeterVersion* MeterDefinition::find_ruling(const billing::Period& period, EventTime event_time) const {
  const auto begun_later = [](EventTime start, const MeterVersion& version) {
    return start < version.rules_from;
  };
  const auto after = std::upper_bound(versions.begin(), versions.end(), period.start, begun_later);
  if (after != versions.begin()) return &*(after - 1);
  const bool from_its_date_on = event_time >= versions.front().rules_from;
  return from_its_date_on ? &versions.front() : nullptr;
}

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
  PathTable paths;
  for (const ConfigNode& node : section->list) {
    if (node.kind != ConfigNode::Kind::map) {
      complain(node, "a meter must be a map with a name", findings);
      continue;
    }
    const std::size_t findings_before = findings.size();
    MeterDefinition definition = read_meter_definition(node, paths, findings);
    if (catalog.find(definition.name) != nullptr)
      complain(*node.find("name"), "there is a meter '" + definition.name + "' already", findings);
    if (findings.size() == findings_before) catalog.meters_.push_back(std::move(definition));
  }
  catalog.paths_ = std::move(paths.paths);
  catalog.index();
  return catalog;
}

const MeterDefinition* MeterCatalog::find(std::string_view name) const {
  const auto found = std::find_if(meters_.begin(), meters_.end(),
                                  [name](const MeterDefinition& meter) { return meter.name == name; });
  return found == meters_.end() ? nullptr : &*found;
}

void MeterCatalog::index() {
  for (const auto& meter : meters_) {
    for (const auto& version : meter.versions) {
      for (const auto& type : version.event_types) by_type_.try_emplace(type);
    }
  }
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    const auto position = static_cast<std::uint16_t>(i);
    const auto& versions = meters_[i].versions;
    for (auto& [type, positions] : by_type_) {
      const bool taken = std::any_of(versions.begin(), versions.end(),
                                     [&type](const MeterVersion& version) { return version.takes(type); });
      if (taken) positions.push_back(position);
    }
    if (std::any_of(versions.begin(), versions.end(), [](const auto& version) { return version.any; }))
      for_any_type_.push_back(position);
  }
}

std::span<const std::uint16_t> MeterCatalog::meters_for(std::string_view event_type) const {
  const auto found = by_type_.find(event_type);
  return found == by_type_.end() ? for_any_type_ : found->second;
}

void MeterCatalog::set_rules_from(std::size_t meter, std::size_t version, EventTime rules_from) {
  meters_[meter].versions[version].rules_from = rules_from;
}

}  // namespace tidemark::processors

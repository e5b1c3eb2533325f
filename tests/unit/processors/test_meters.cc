#include "tests/unit/processors/test_meters.h"

#include <gtest/gtest.h>

namespace tidemark::processors::testing {
namespace {

ConfigNode scalar(std::string text) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::scalar;
  node.scalar = std::move(text);
  return node;
}

ConfigNode json_scalar(const std::string& text) {
  ConfigNode node = scalar(text);
  node.quoted = text.starts_with('"');
  if (node.quoted) node.scalar = text.substr(1, text.size() - 2);
  return node;
}

template <class Item, class Make>
ConfigNode list_of(const std::vector<Item>& items, Make make) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::list;
  for (const Item& item : items) node.list.push_back(make(item));
  return node;
}

ConfigNode where_node(const TestConditions& conditions) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::map;
  for (const auto& [path, values] : conditions) node.map.emplace_back(path, list_of(values, json_scalar));
  return node;
}

// A map that leaves out what is not said.
class MapNode {
 public:
  MapNode() { node_.kind = ConfigNode::Kind::map; }
  MapNode& add(const char* key, ConfigNode value) {
    node_.map.emplace_back(key, std::move(value));
    return *this;
  }
  MapNode& text(const char* key, const std::string& value) {
    return value.empty() ? *this : add(key, scalar(value));
  }
  MapNode& texts(const char* key, const std::vector<std::string>& values) {
    return values.empty() ? *this : add(key, list_of(values, scalar));
  }
  MapNode& where(const TestConditions& conditions) {
    return conditions.empty() ? *this : add("where", where_node(conditions));
  }
  ConfigNode take() { return std::move(node_); }

 private:
  ConfigNode node_;
};

ConfigNode version_node(const TestVersion& version) {
  return MapNode()
      .text("effective_from", version.effective_from)
      .texts("event_types", version.event_types)
      .text("aggregation", version.aggregation)
      .text("value", version.value)
      .where(version.where)
      .texts("group_by", version.group_by)
      .text("scale", version.scale)
      .take();
}

ConfigNode meter_node(const TestMeter& meter) {
  MapNode node;
  node.text("name", meter.name).texts("event_types", meter.event_types);
  if (meter.event_types.empty()) node.text("event_types", "*");
  node.text("aggregation", meter.aggregation)
      .text("scale", std::to_string(meter.scale))
      .text("late", meter.late);
  node.text("value", meter.value).where(meter.where).texts("group_by", meter.group_by);
  if (meter.carry_over) node.text("carry_over", "true");
  if (meter.distinct_max > 0) node.text("distinct_max", std::to_string(meter.distinct_max));
  if (!meter.versions.empty()) node.add("versions", list_of(meter.versions, version_node));
  return node.take();
}

}  // namespace

MeterCatalog make_catalog(const std::vector<TestMeter>& meters) {
  ConfigNode list;
  list.kind = ConfigNode::Kind::list;
  for (const TestMeter& meter : meters) list.list.push_back(meter_node(meter));
  ConfigNode document;
  document.kind = ConfigNode::Kind::map;
  document.map.emplace_back("meters", std::move(list));
  std::vector<Finding> findings;
  MeterCatalog catalog = MeterCatalog::from(document, findings);
  for (const Finding& finding : findings) ADD_FAILURE() << to_string(finding);
  return catalog;
}

}  // namespace tidemark::processors::testing

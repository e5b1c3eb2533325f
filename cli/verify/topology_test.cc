#include "cli/verify/topology_test.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/config_json.h"
#include "cli/input_line.h"

namespace tidemark::cli {
namespace {

using Findings = std::vector<Finding>;
using Names = std::vector<std::string>;
using Json = nlohmann::json;

constexpr std::string_view kLongAgo = "2000-01-01T00:00:00Z";

bool is_given(const ConfigNode* node) {
  return node != nullptr && !node->is_null();
}

bool has(const ConfigNode& map, std::string_view key) {
  return map.find(key) != nullptr;
}

// The list at `key`; nullptr when there is none, and when it is no list, which is a finding.
const ConfigNode* find_list(const ConfigNode& map, std::string_view key, Findings& findings) {
  const ConfigNode* node = map.find(key);
  if (!is_given(node)) return nullptr;
  if (node->kind == ConfigNode::Kind::list) return node;
  findings.push_back(finding_at(*node, std::string(key) + " must be a list"));
  return nullptr;
}

// The list of maps at `key`.
const ConfigNode* find_maps(const ConfigNode& map, std::string_view key, Findings& findings) {
  const ConfigNode* list = find_list(map, key, findings);
  if (list == nullptr) return nullptr;
  for (const ConfigNode& item : list->list) {
    if (item.kind != ConfigNode::Kind::map)
      findings.push_back(finding_at(item, std::string(key) + ": each entry must be a map"));
  }
  return list;
}

std::optional<EventTime> read_time(const ConfigNode& map, std::string_view key, Findings& findings) {
  const ConfigNode* node = map.find(key);
  if (!is_given(node)) return std::nullopt;
  const auto time = parse_rfc3339(node->scalar);
  if (!time) {
    findings.push_back(
        finding_at(*node, std::string(key) + " must be a time with an offset, such as 2026-11-10T09:00:00Z"));
  }
  return time;
}

// `"name":value,` for each default that `map` does not give.
std::string defaults_for(const ConfigNode& map,
                         std::initializer_list<std::pair<std::string_view, std::string>> defaults) {
  std::string out;
  for (const auto& [name, json] : defaults) {
    if (!has(map, name)) out += json_text(name) + ":" + json + ",";
  }
  return out;
}

// A JSON object of what is missing and what is there; `members` ends with a comma, or is empty.
std::string object_of(std::string members, const ConfigNode& map) {
  const std::string given = json_of(map);  // "{...}"
  if (map.map.empty() && !members.empty()) members.pop_back();
  return "{" + members + given.substr(1);
}

ConfigNode without(ConfigNode map, std::initializer_list<std::string_view> keys) {
  std::erase_if(map.map, [&](const auto& entry) {
    return std::find(keys.begin(), keys.end(), entry.first) != keys.end();
  });
  return map;
}

bool is_envelope(const ConfigNode& map) {
  return (has(map, "record") || has(map, "raw") || has(map, "tombstone")) && !has(map, "event_id") &&
         !has(map, "specversion");
}

// An event in YAML says of itself only what the test is about.
std::string line_of(const ConfigNode& event, std::size_t position, Findings& findings) {
  if (is_envelope(event)) return json_of(event);
  std::string defaults;
  if (!has(event, "specversion")) {
    defaults = defaults_for(
        event, {{"event_id", json_text(std::to_string(position))}, {"customer_id", json_text("cus_1")}});
  }
  const std::string record = object_of(defaults, without(event, {"arrival"}));
  if (!read_time(event, "arrival", findings)) return "{\"record\":" + record + "}";
  return "{\"arrival\":" + json_text(event.find("arrival")->scalar) + ",\"record\":" + record + "}";
}

// Of a record's members, the first that is a text.
std::string text_member(const Json& record, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (record.is_object() && record.contains(name) && record[name].is_string())
      return record[name].get<std::string>();
  }
  return {};
}

Json record_of(const std::string& line) {
  const auto read = read_input_line(line);
  if (!read || !read->value) return nullptr;
  return Json::parse(*read->value, nullptr, false);
}

void read_events(const ConfigNode& node, TopologyTest& test, Findings& findings) {
  const ConfigNode* list = find_list(node, "events", findings);
  if (list == nullptr) return;
  for (const ConfigNode& item : list->list) {
    TestEvent event{.node = &item, .event_id = {}, .line = {}};
    if (item.kind == ConfigNode::Kind::map) {
      event.line = line_of(item, test.events.size() + 1, findings);
    } else if (item.kind == ConfigNode::Kind::scalar) {
      event.line = item.scalar;
    } else {
      findings.push_back(finding_at(item, "an event is a map, or a record's bytes as a text"));
      continue;
    }
    if (const auto read = read_input_line(event.line); !read)
      findings.push_back(finding_at(item, read.error().message));
    event.event_id = text_member(record_of(event.line), {"event_id", "id"});
    test.events.push_back(std::move(event));
  }
}

// The short form has the members of the one version beside those of the customer.
std::string profile_of(const ConfigNode& customer) {
  if (has(customer, "versions")) return json_of(customer);
  const ConfigNode version = without(customer, {"tenant_id", "customer_id"});
  const std::string versions = object_of(defaults_for(version, {{"effective_from", json_text(kLongAgo)},
                                                                {"time_zone", json_text("UTC")},
                                                                {"interval", "{\"unit\":\"month\",\"n\":1}"},
                                                                {"mode", json_text("test")}}),
                                         version);
  ConfigNode owner = customer;
  std::erase_if(owner.map,
                [](const auto& entry) { return entry.first != "tenant_id" && entry.first != "customer_id"; });
  return object_of("\"versions\":[" + versions + "],", owner);
}

void add_customers_of_events(TopologyTest& test) {
  std::set<std::pair<std::string, std::string>> known;  // tenant, customer
  const auto add = [&](const Json& record) {
    const std::string tenant = text_member(record, {"tenant_id", "tenantid"});
    const std::string customer = text_member(record, {"customer_id", "subject"});
    if (customer.empty() || !known.emplace(tenant, customer).second) return;
    ConfigNode node;
    node.kind = ConfigNode::Kind::map;
    const auto put = [&](const char* name, const std::string& value) {
      ConfigNode text;
      text.kind = ConfigNode::Kind::scalar;
      text.quoted = true;
      text.scalar = value;
      node.map.emplace_back(name, std::move(text));
    };
    if (!tenant.empty()) put("tenant_id", tenant);
    put("customer_id", customer);
    test.customers.push_back({.node = test.node, .profile = profile_of(node)});
  };
  for (const TestEvent& event : test.events) {
    const Json record = record_of(event.line);
    if (!record.is_array()) {
      add(record);
      continue;
    }
    for (const Json& element : record) add(element);
  }
}

void read_customers(const ConfigNode& node, TopologyTest& test, Findings& findings) {
  static const Names keys{"tenant_id", "customer_id", "versions", "effective_from",    "time_zone",
                          "interval",  "anchor",      "mode",     "stripe_customer_id"};
  if (!is_given(node.find("customers"))) return add_customers_of_events(test);
  const ConfigNode* list = find_maps(node, "customers", findings);
  if (list == nullptr) return;
  for (const ConfigNode& item : list->list) {
    if (item.kind != ConfigNode::Kind::map) continue;
    refuse_unknown_keys(item, item.path, keys, findings);
    if (!has(item, "customer_id")) findings.push_back(finding_at(item, "a customer must have a customer_id"));
    test.customers.push_back({.node = &item, .profile = profile_of(item)});
  }
}

void read_expectations(const ConfigNode& node, TopologyTest& test, Findings& findings) {
  static const Names keys{"totals", "deltas", "dead_letters", "notices"};
  const ConfigNode* expect = node.find("expect");
  if (!is_given(expect) || expect->kind != ConfigNode::Kind::map) {
    findings.push_back(finding_at(expect != nullptr ? *expect : node,
                                  "a test must say under 'expect' what comes of its events: totals, deltas, "
                                  "dead_letters, notices"));
    return;
  }
  refuse_unknown_keys(*expect, expect->path, keys, findings);
  test.totals = find_maps(*expect, "totals", findings);
  test.deltas = find_maps(*expect, "deltas", findings);
  test.dead_letters = find_maps(*expect, "dead_letters", findings);
  test.notices = find_maps(*expect, "notices", findings);
}

TopologyTest read_test(const ConfigNode& node, Findings& findings) {
  static const Names keys{"name", "customers", "events", "clock", "expect"};
  refuse_unknown_keys(node, node.path, keys, findings);
  TopologyTest test;
  test.node = &node;
  test.name = read_string(node, "name", "", findings);
  if (!has(node, "name")) findings.push_back(finding_at(node, "a test must have a name"));
  read_events(node, test, findings);
  read_customers(node, test, findings);
  test.clock = read_time(node, "clock", findings);
  read_expectations(node, test, findings);
  return test;
}

}  // namespace

std::vector<TopologyTest> read_topology_tests(const ConfigNode& document, std::vector<Finding>& findings) {
  std::vector<TopologyTest> tests;
  const ConfigNode* list = find_maps(document, "tests", findings);
  if (list == nullptr) return tests;
  for (const ConfigNode& node : list->list) {
    if (node.kind != ConfigNode::Kind::map) continue;
    const std::size_t before = findings.size();
    TopologyTest test = read_test(node, findings);
    if (findings.size() == before) tests.push_back(std::move(test));
  }
  return tests;
}

}  // namespace tidemark::cli

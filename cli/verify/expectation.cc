#include "cli/verify/expectation.h"

#include <algorithm>

#include "cli/config_json.h"
#include "tidemark/quantity.h"
#include "tidemark/time.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;
using Findings = std::vector<Finding>;

constexpr Field kTotalFields[] = {
    {"tenant_id", FieldKind::text, true},   {"customer_id", FieldKind::text, true},
    {"meter", FieldKind::text, true, true}, {"group", FieldKind::json, true},
    {"period", FieldKind::period, true},    {"total", FieldKind::decimal, false, true},
    {"event_count", FieldKind::integer},    {"final", FieldKind::boolean},
    {"meter_version", FieldKind::integer}};
constexpr Field kDeltaFields[] = {
    {"tenant_id", FieldKind::text, true},   {"customer_id", FieldKind::text, true},
    {"meter", FieldKind::text, true, true}, {"group", FieldKind::json, true},
    {"period", FieldKind::period, true},    {"kind", FieldKind::text, true},
    {"seq", FieldKind::integer, true},      {"delta", FieldKind::decimal, false, true},
    {"previous_total", FieldKind::decimal}, {"total", FieldKind::decimal},
    {"event_count", FieldKind::integer},    {"meter_version", FieldKind::integer}};

std::string text_in(const Json& record, const std::string& name) {
  if (!record.contains(name)) return {};
  return record[name].is_string() ? record[name].get<std::string>() : record[name].dump();
}

// As a person would write it in the test.
std::string shown(const Json& record, const Field& field) {
  const std::string name(field.name);
  if (field.kind == FieldKind::period)
    return "[" + text_in(record, "period_start") + ", " + text_in(record, "period_end") + "]";
  const std::string text = text_in(record, name);
  return text.empty() ? "none" : text;
}

bool same_time(const std::string& expected, const std::string& actual) {
  const auto time = parse_rfc3339(expected);
  return time && time == parse_rfc3339(actual);
}

bool same_decimal(const std::string& expected, const std::string& actual) {
  const auto wanted = parse_quantity(expected);
  return wanted.error == QuantityError::none && wanted.value == parse_quantity(actual).value;
}

bool fits(const ConfigNode& expected, const Json& record, const Field& field) {
  const std::string name(field.name);
  switch (field.kind) {
    case FieldKind::decimal:
      return same_decimal(expected.scalar, text_in(record, name));
    case FieldKind::period:
      return same_time(expected.list[0].scalar, text_in(record, "period_start")) &&
             same_time(expected.list[1].scalar, text_in(record, "period_end"));
    case FieldKind::json: {  // the order of members is of no account
      const auto actual = record.contains(name) ? nlohmann::json(record[name]) : nlohmann::json::object();
      return nlohmann::json::parse(json_of(expected), nullptr, false) == actual;
    }
    case FieldKind::text:
    case FieldKind::integer:
    case FieldKind::boolean:
      return expected.scalar == text_in(record, name);
  }
  return false;
}

bool is_of_kind(const ConfigNode& node, FieldKind kind) {
  if (kind == FieldKind::json) return node.kind == ConfigNode::Kind::map;
  if (kind == FieldKind::period) {
    return node.kind == ConfigNode::Kind::list && node.list.size() == 2 &&
           parse_rfc3339(node.list[0].scalar) && parse_rfc3339(node.list[1].scalar);
  }
  if (node.kind != ConfigNode::Kind::scalar) return false;
  return kind != FieldKind::decimal || parse_quantity(node.scalar).error == QuantityError::none;
}

std::string_view name_of(FieldKind kind) {
  constexpr std::string_view kNames[] = {"a text",    "an integer", "true or false",
                                         "a decimal", "a map",      "two times with an offset, [start, end]"};
  return kNames[static_cast<std::size_t>(kind)];
}

// False: the entry is not well formed, and findings say so.
bool check_shape(const ConfigNode& entry, std::span<const Field> fields, Findings& findings) {
  const std::size_t before = findings.size();
  std::vector<std::string> names;
  for (const Field& field : fields) names.emplace_back(field.name);
  refuse_unknown_keys(entry, entry.path, names, findings);
  for (const Field& field : fields) {
    const ConfigNode* node = entry.find(field.name);
    if (node == nullptr && field.required)
      findings.push_back(finding_at(entry, std::string(field.name) + " is missing"));
    if (node != nullptr && !is_of_kind(*node, field.kind))
      findings.push_back(
          finding_at(*node, std::string(field.name) + " must be " + std::string(name_of(field.kind))));
  }
  return findings.size() == before;
}

template <class Which>
bool fits_all(const ConfigNode& entry, const Json& record, std::span<const Field> fields, Which which) {
  return std::all_of(fields.begin(), fields.end(), [&](const Field& field) {
    const ConfigNode* node = entry.find(field.name);
    return node == nullptr || !which(field) || fits(*node, record, field);
  });
}

// "tokens of cus_1 {"model":"large"} [2026-.., 2026-..]"
std::string title_of(const Json& record) {
  std::string title = text_in(record, "meter") + " of " + text_in(record, "customer_id");
  if (record.contains("group")) title += " " + record["group"].dump();
  return title + " [" + text_in(record, "period_start") + ", " + text_in(record, "period_end") + "]";
}

std::string values_of(const Json& record, std::span<const Field> fields) {
  std::string out;
  for (const Field& field : fields) {
    if (field.names_record && field.name != "kind") continue;
    if (!record.contains(std::string(field.name))) continue;
    out += (out.empty() ? "" : ", ") + std::string(field.name) + " " + shown(record, field);
  }
  return out;
}

// What of `entry` the record does not fit: "total is 200, expected 1500".
std::string difference(const ConfigNode& entry, const Json& record, std::span<const Field> fields) {
  std::string out;
  for (const Field& field : fields) {
    const ConfigNode* node = entry.find(field.name);
    if (node == nullptr || fits(*node, record, field)) continue;
    out += (out.empty() ? "" : ", ") + std::string(field.name) + " is " + shown(record, field) +
           ", expected " + (node->kind == ConfigNode::Kind::scalar ? node->scalar : json_of(*node));
  }
  return out;
}

class Comparison {
 public:
  Comparison(std::span<const Json> records, std::span<const Field> fields)
      : records_(records), fields_(fields), is_taken_(records.size()) {}

  // An untaken record that fits in the fields that `which` picks.
  template <class Which>
  const Json* take(const ConfigNode& entry, Which which) {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (is_taken_[i] || !fits_all(entry, records_[i], fields_, which)) continue;
      is_taken_[i] = true;
      return &records_[i];
    }
    return nullptr;
  }
  template <class F>
  void for_each_left(F&& fn) const {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (!is_taken_[i]) fn(records_[i]);
    }
  }

 private:
  const std::span<const Json> records_;
  const std::span<const Field> fields_;
  std::vector<bool> is_taken_;
};

}  // namespace

std::span<const Field> total_fields() {
  return kTotalFields;
}
std::span<const Field> delta_fields() {
  return kDeltaFields;
}

void compare_records(const ConfigNode& list, std::span<const Json> records, std::span<const Field> fields,
                     std::string_view what, Findings& findings) {
  Comparison comparison(records, fields);
  std::vector<const ConfigNode*> unmet;  // what fits exactly is taken first
  for (const ConfigNode& entry : list.list) {
    if (!check_shape(entry, fields, findings)) continue;
    if (comparison.take(entry, [](const Field&) { return true; }) == nullptr) unmet.push_back(&entry);
  }
  for (const ConfigNode* entry : unmet) {
    const Json* nearest = comparison.take(*entry, [](const Field& field) { return field.names_record; });
    findings.push_back(finding_at(
        *entry,
        nearest != nullptr
            ? std::string(what) + " of " + title_of(*nearest) + ": " + difference(*entry, *nearest, fields)
            : "there is no such " + std::string(what) + " of " + entry->find("meter")->scalar));
  }
  comparison.for_each_left([&](const Json& record) {
    findings.push_back(finding_at(list, "not expected: " + std::string(what) + " of " + title_of(record) +
                                            ": " + values_of(record, fields)));
  });
}

}  // namespace tidemark::cli

#include "processors/measure.h"

#include <algorithm>

#include "schemas/base/hash.h"
#include "schemas/base/text.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;
using schemas::JsonKind;
using schemas::PropertyValue;

constexpr std::size_t kGroupBytesMax = 512;

// True when the quantity has no more than `scale` decimals.
bool fits_scale(Quantity quantity, int scale) {
  int128 unit = 1;
  for (int i = scale; i < kQuantityScale; ++i) unit *= 10;
  return quantity.scaled() % unit == 0;
}

// Absent where the event has no properties at all.
PropertyValue selected(const schemas::UsageEvent& event, PathIndex path) {
  return path < event.selected.size() ? event.selected[path] : PropertyValue();
}

void fail(Measured& measured, ErrorCode code, std::string message) {
  measured.code = code;
  measured.message = std::move(message);
}

std::string of_meter(const MeterDefinition& meter) {
  return " of meter " + meter.name;
}

}  // namespace

Measured Measure::of(const schemas::UsageEvent& event, const MeterDefinition& meter,
                     const MeterVersion& version, bool was_counted, std::string& group) {
  Measured measured;
  group.clear();
  if (meter.versions.size() > 1 && !version.takes(event.type)) return measured;
  for (const Condition& condition : version.where) {
    if (!holds(condition, event)) return measured;
  }
  measured.wanted = true;
  if (read_group(event, meter, version, group, measured))
    read_value(event, meter, version, was_counted, measured);
  return measured;
}

bool Measure::holds(const Condition& condition, const schemas::UsageEvent& event) {
  const PropertyValue value = selected(event, condition.path);
  if (!value.present || value.kind == JsonKind::object || value.kind == JsonKind::array) return false;
  canonical_.clear();
  schemas::append_canonical(canonical_, value);
  return std::find(condition.any_of.begin(), condition.any_of.end(), canonical_.text()) !=
         condition.any_of.end();
}

bool Measure::read_group(const schemas::UsageEvent& event, const MeterDefinition& meter,
                         const MeterVersion& version, std::string& group, Measured& measured) {
  if (version.group_by.empty()) return true;
  for (const GroupField& field : version.group_by) {
    group += group.empty() ? '{' : ',';
    schemas::append_json_string(group, field.name);
    group += ':';
    const PropertyValue value = selected(event, field.path);
    if (!value.present) {
      fail(measured, ErrorCode::field_missing, "property " + field.name + ", a group" + of_meter(meter));
    } else if (value.kind == JsonKind::string) {
      schemas::append_json_string(group, value.text);
    } else if (value.kind == JsonKind::integer) {
      group += value.text == "-0" ? "0" : value.text;
    } else if (value.kind == JsonKind::boolean) {
      group += value.text;
    } else {
      fail(measured, ErrorCode::field_wrong_type,
           "property " + field.name + ", a group" + of_meter(meter) +
               ", must be a string, an integer or a boolean");
    }
    if (measured.code != ErrorCode::none) return false;
  }
  group += '}';
  if (group.size() <= kGroupBytesMax) return true;
  fail(measured, ErrorCode::group_too_long,
       "the group" + of_meter(meter) + " has " + std::to_string(group.size()) + " bytes, at most " +
           std::to_string(kGroupBytesMax));
  return false;
}

void Measure::read_value(const schemas::UsageEvent& event, const MeterDefinition& meter,
                         const MeterVersion& version, bool was_counted, Measured& measured) {
  measured.value = Quantity::from_integer(1);
  if (version.aggregation == Aggregation::count) return;
  if (version.aggregation == Aggregation::unique)
    return read_distinct(selected(event, *version.value), meter, measured);
  measured.value = event.value;
  if (version.value) {
    auto outcome =
        schemas::read_quantity(selected(event, *version.value), json_floats_ || was_counted, measured.value);
    if (outcome.code != ErrorCode::none)
      return fail(measured, outcome.code, "the value" + of_meter(meter) + ": " + outcome.message);
  }
  if (was_counted || fits_scale(measured.value, version.scale)) return;
  fail(measured, ErrorCode::value_too_precise,
       "value " + to_string(measured.value) + " has more than the " + std::to_string(version.scale) +
           " decimals" + of_meter(meter));
}

void Measure::read_distinct(const PropertyValue& value, const MeterDefinition& meter, Measured& measured) {
  if (!value.present) return fail(measured, ErrorCode::value_missing, "the value" + of_meter(meter));
  if (value.kind == JsonKind::object || value.kind == JsonKind::array || value.kind == JsonKind::null) {
    return fail(measured, ErrorCode::field_wrong_type,
                "the value" + of_meter(meter) + " must be a string, a number or a boolean");
  }
  canonical_.clear();
  schemas::append_canonical(canonical_, value);
  measured.distinct = schemas::hash128_of(canonical_.text());
}

}  // namespace tidemark::processors

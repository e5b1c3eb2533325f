#pragma once
// What one event is to one version of a meter: nothing, a fault, or an amount in a group. Pure.
#include <string>

#include "processors/meter_catalog.h"
#include "schemas/base/hash_input.h"
#include "schemas/dead_letter/codes.h"
#include "schemas/usage_event/codec.h"

namespace tidemark::processors {

struct Measured {
  bool wanted = false;
  schemas::ErrorCode code = schemas::ErrorCode::none;
  std::string message;
  Quantity value;    // count, unique: 1
  Hash128 distinct;  // unique: of the property's type and value
};

// Its scratch space is reused. Threading: confined.
class Measure {
 public:
  explicit Measure(bool json_floats) : json_floats_(json_floats) {}
  // In this order: type, where, group_by, value. `group`: a canonical JSON object, "" for none.
  // `was_counted`: limits that may have changed since, scale and json_floats, do not apply.
  Measured of(const schemas::UsageEvent& event, const MeterDefinition& meter, const MeterVersion& version,
              bool was_counted, std::string& group);

 private:
  bool holds(const Condition& condition, const schemas::UsageEvent& event);
  bool read_group(const schemas::UsageEvent& event, const MeterDefinition& meter, const MeterVersion& version,
                  std::string& group, Measured& measured);
  void read_value(const schemas::UsageEvent& event, const MeterDefinition& meter, const MeterVersion& version,
                  bool was_counted, Measured& measured);
  void read_distinct(const schemas::PropertyValue& value, const MeterDefinition& meter, Measured& measured);

  const bool json_floats_;
  schemas::HashInput canonical_;
};

}  // namespace tidemark::processors

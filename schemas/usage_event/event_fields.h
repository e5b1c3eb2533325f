#pragma once
// The fields of a usage event, and what they are called in each form of it.
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tidemark::schemas {

enum class EventForm : std::uint8_t {
  own,         // Tidemark's own JSON
  structured,  // a CloudEvent that is a JSON object
  binary,      // a CloudEvent with its attributes in Kafka headers and its data as the record's value
};

// In the order in which their faults are told.
enum Field : std::uint8_t {
  event_id,
  tenant_id,
  customer_id,
  source,
  type,
  timestamp,
  value,
  properties,
  voids,
  specversion,  // this one and the next are of CloudEvents only
  datacontenttype,
  data_base64,
  unknown,
};
inline constexpr std::size_t kFieldCount = unknown;

// REQUIRES: name is as long as the literal. The constant size makes the comparison a few instructions.
template <std::size_t N>
bool equals(std::string_view name, const char (&literal)[N]) {
  return std::memcmp(name.data(), literal, N - 1) == 0;
}

// A name in own JSON, asked for every field of every event. `specversion` tells that the object is a
// CloudEvent.
[[gnu::always_inline]] inline Field own_field(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals(name, "type") ? type : unknown;
    case 5:
      return equals(name, "value") ? value : equals(name, "voids") ? voids : unknown;
    case 6:
      return equals(name, "source") ? source : unknown;
    case 8:
      return equals(name, "event_id") ? event_id : unknown;
    case 9:
      return equals(name, "timestamp") ? timestamp : equals(name, "tenant_id") ? tenant_id : unknown;
    case 10:
      return equals(name, "properties") ? properties : unknown;
    case 11:
      return equals(name, "customer_id") ? customer_id : equals(name, "specversion") ? specversion : unknown;
    default:
      return unknown;
  }
}

// The name of an attribute, in JSON or behind `ce_` in a header's name.
Field attribute(std::string_view name);
// For messages.
std::string_view name_of_field(EventForm form, Field field);

}  // namespace tidemark::schemas

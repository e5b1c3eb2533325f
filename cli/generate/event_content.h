#pragma once
// What a made-up event says, and the ways in which producers write it. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/time.h"

namespace tidemark::cli {

struct EventContent {
  std::string event_id;
  std::string customer_id;
  std::string_view type;
  EventTime event_time;
  ArrivalTime arrival;
  std::string value;  // decimal; "" = not written, which means 1
  bool value_quoted = false;
  std::int32_t offset_minutes = 0;
  bool properties_turned = false;
  std::string_view region;
  std::string_view model;
  std::string extra_properties;  // `,"name":value` as is
  std::string_view source;       // "" = not written
  std::string voids;             // the event_id that it takes back; "" for none
};

// Tidemark's own JSON.
std::string spell(const EventContent& event);
// A CloudEvent in structured mode.
std::string spell_structured(const EventContent& event);
// A CloudEvent in binary mode: its data, and its attributes as headers.
std::string spell_data(const EventContent& event);
std::vector<std::pair<std::string, std::string>> attribute_headers(const EventContent& event);
// The same content in other letters: a repeat that only a fingerprint over the meaning recognises.
void respell(EventContent& event);
// An event that takes `target` back under an id of its own.
EventContent void_of(const EventContent& target, std::string event_id);

// Adds a property; `json` as is.
void add_property(EventContent& event, std::string_view name, std::string_view json);

// With leading zeros.
std::string padded(std::uint64_t number, std::size_t width);
// RFC 3339 with milliseconds, or with nine digits where the instant needs them, as seen at `offset_minutes`.
std::string rfc3339(EventTime time, std::int32_t offset_minutes);

}  // namespace tidemark::cli

#pragma once
// A made-up record: one event, or several, in one of the forms in which producers send them. Pure.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/generate/event_content.h"

namespace tidemark::cli {

enum class GeneratedKind : std::uint8_t {
  ordinary,
  duplicate,
  late,
  correction,
  unknown_customer,
  edge,
  poison,
  void_event
};

struct GeneratedEvent {
  std::string key;         // customer_id, also where the value does not show it
  std::string value;       // one line without newline unless `enveloped`; not always JSON, not always UTF-8
  bool tombstone = false;  // send a null value; `value` is empty
  std::vector<std::pair<std::string, std::string>> headers;
  ArrivalTime arrival;     // to be sent as the record timestamp; equals properties.arrived
  bool enveloped = false;  // the value alone does not say all; it is UTF-8
  std::size_t events = 1;  // how many it holds
  GeneratedKind kind = GeneratedKind::ordinary;
  std::string_view variant;        // of poison, edges and voids: which one
  std::string_view expected_code;  // of poison: the dead-letter code
};

enum class RecordForm : std::uint8_t {
  own_json,
  structured,        // CloudEvent, with its content type
  structured_plain,  // the same, told by its specversion only
  binary,            // CloudEvent in headers
  lines,             // packed: one event a line
  array,             // packed: a JSON array
  batch              // packed: an array of CloudEvents
};

// REQUIRES: at least one event, all of one customer and one arrival; one where the form holds only one.
void write_record(RecordForm form, std::span<const EventContent> events, GeneratedEvent& out);

// The line that `events send` and `events verify` read: the value, or an envelope.
std::string line_of(const GeneratedEvent& event);

}  // namespace tidemark::cli

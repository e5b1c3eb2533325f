#pragma once
// What sending needs to know of a line: whose it is and when it came. Lenient: whether the event is good
// is for the engine to judge, and a bad one must reach it.
#include <optional>
#include <string>
#include <string_view>

#include "cli/input_line.h"
#include "tidemark/time.h"

namespace tidemark::cli {

struct EventLine {
  std::optional<std::string> customer_id;
  std::optional<ArrivalTime> arrival;     // of `arrival_path`: RFC 3339, or an integer of milliseconds
  std::optional<ArrivalTime> event_time;  // of "timestamp"
};

// `arrival_path` is dotted ("properties.arrived"), "" for none. The first field of a name counts; what
// stands before a syntax error is still found. Where there is no "customer_id" or "timestamp", those of a
// CloudEvent: "subject" and "time".
EventLine read_event_line(std::string_view line, std::string_view arrival_path);

// The same of a record; a CloudEvent in binary mode says it in headers. What the record came with (its key,
// its arrival) goes before what stands inside of it.
EventLine read_event_record(const InputLine& record, std::string_view arrival_path);

}  // namespace tidemark::cli

#pragma once
// What sending needs to know of a line: whose it is and when it came. Lenient: whether the event is good
// is for the engine to judge, and a bad one must reach it.
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/time.h"

namespace tidemark::cli {

struct EventLine {
  std::optional<std::string> customer_id;
  std::optional<ArrivalTime> arrival;     // of `arrival_path`: RFC 3339, or an integer of milliseconds
  std::optional<ArrivalTime> event_time;  // of "timestamp"
};

// `arrival_path` is dotted ("properties.arrived"), "" for none. The first field of a name counts; what
// stands before a syntax error is still found.
EventLine read_event_line(std::string_view line, std::string_view arrival_path);

}  // namespace tidemark::cli

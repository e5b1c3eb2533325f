#pragma once
// A line of the input of `events verify` and `events send`: an event as it is, or an envelope that says how a
// record came. Pure.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::cli {

struct InputLine {
  std::string topic;                   // by its name at the broker; "": that of the events
  std::optional<ArrivalTime> arrival;  // nullopt: the line does not say
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> value;  // nullopt: a tombstone
};

// An envelope is a JSON object with a member "record" (any JSON value; its bytes are the record's), "raw"
// (the record's bytes as a text) or "tombstone" (true), and without "event_id" and "specversion". It may have
// "topic", "arrival" (RFC 3339), "key" and "headers" (texts by name); its other members are not looked at.
// Every other line, whatever it holds, is the value of an event. Error: "config_unreadable", an envelope that
// contradicts itself.
Result<InputLine> read_input_line(std::string_view line);

}  // namespace tidemark::cli

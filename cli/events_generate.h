#pragma once
// A made-up month of usage, for demos, tests and benchmarks: the same seed and options give the same
// bytes. Most events are ordinary; some come again (near or far, some in another spelling), late, out of
// order, negative, for customers nobody knows, or as a poison record of every kind that Tidemark's own JSON
// can carry.
#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::cli {

// Shares are per mille of all lines.
struct GeneratorOptions {
  std::uint64_t seed = 1;
  std::int64_t events = 100'000;   // lines in all, repeats and poison included
  std::int32_t customers = 2'000;  // with a profile; cus_000001 has the most events (Zipf, exponent 1.1)
  std::int32_t days = 33;          // arrivals are spread over them, evenly
  // 2025-03-25T00:00:00Z: the clocks of Europe, the Pacific and Egypt (at midnight) change soon.
  ArrivalTime start{std::chrono::milliseconds{1'742'860'800'000}};
  std::chrono::milliseconds disorder{std::chrono::seconds{30}};  // typical gap between event time and arrival
  std::int32_t near_duplicates = 40;                             // again within 64 lines
  std::int32_t far_duplicates = 60;    // again anywhere up to the end, at most 200,000 lines later
  std::int32_t late = 10;              // 1 to 60 hours
  std::int32_t corrections = 10;       // negative values
  std::int32_t unknown_customers = 5;  // customers without a profile
  std::int32_t edges = 5;              // just inside of a limit
  std::int32_t poison = 10;            // just outside, or nonsense
  bool tombstones = true;              // among the poison; a file of lines has no way to write one
};
Status check(const GeneratorOptions& options);

enum class GeneratedKind : std::uint8_t {
  ordinary,
  duplicate,
  late,
  correction,
  unknown_customer,
  edge,
  poison
};

struct GeneratedEvent {
  std::string key;         // customer_id, also where the value does not show it
  std::string value;       // one line without newline; not always JSON, not always UTF-8
  bool tombstone = false;  // send a null value; `value` is empty
  ArrivalTime arrival;     // to be sent as the record timestamp; equals properties.arrived
  GeneratedKind kind = GeneratedKind::ordinary;
  std::string_view variant;        // of poison and edges: which one
  std::string_view expected_code;  // of poison: the dead-letter code
};

struct PoisonInfo {
  std::string_view variant;
  std::string_view code;  // schemas/dead_letter/codes.h
};
std::vector<PoisonInfo> poison_kinds();

// What an event says, before it is spelled as JSON.
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
};

// Threading: confined to one thread. No I/O, no clock.
class EventGenerator {
 public:
  explicit EventGenerator(const GeneratorOptions& options);  // REQUIRES: check(options)
  bool next(GeneratedEvent& event);                          // false after the last one
  // One JSON line per customer: seven time zones, intervals of a month, a day or an hour.
  std::vector<std::string> profiles() const;

 private:
  struct Repeat {
    std::int64_t line;
    std::uint64_t order;  // equal lines in the order they were drawn
    EventContent event;
    bool operator<(const Repeat& other) const {  // std::priority_queue gives the largest first
      return line != other.line ? line > other.line : order > other.order;
    }
  };

  std::uint64_t draw();
  std::uint64_t below(std::uint64_t limit) { return draw() % limit; }
  bool chance(std::int64_t share, std::int64_t of) {
    return static_cast<std::int64_t>(below(static_cast<std::uint64_t>(of))) < share;
  }
  std::string event_id();
  std::string customer();
  EventContent ordinary();
  void set_value(EventContent& event);
  void set_edge(EventContent& event, GeneratedEvent& out);
  void make_poison(EventContent event, GeneratedEvent& out);
  void repeat_later(const EventContent& event);

  const GeneratorOptions options_;
  std::vector<std::uint64_t> customer_weights_;  // cumulative
  std::uint64_t state_;
  std::int64_t line_ = 0;
  std::uint64_t repeats_drawn_ = 0;
  std::size_t poison_drawn_ = 0;
  std::size_t edges_drawn_ = 0;
  std::priority_queue<Repeat> repeats_;
  EventContent last_;  // an event that is in the log already, for conflicts
};

}  // namespace tidemark::cli

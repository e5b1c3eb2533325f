#pragma once
// A made-up month of usage, for demos, tests and benchmarks: the same seed and options give the same
// bytes. Most events are ordinary; some come again (near or far, some in another spelling), late, out of
// order, negative, for customers nobody knows, or as a poison record of every kind that Tidemark's own JSON
// can carry. Voids, CloudEvents, packed records, gauges and profiles that change come on request.
#include <cstdint>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/generate/event_content.h"
#include "cli/generate/event_faults.h"
#include "cli/generate/generated_record.h"
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
  bool tombstones = true;              // among the poison; a line says so by an envelope
  // More types and properties, among them gauges; profiles of every kind of period, some of which change.
  bool varied = false;
  bool late_profiles = false;  // with `varied`: some profiles come, or change, after the first usage
  std::int32_t voids = 0;      // after their event or before it, twice, mismatched, of what cannot be voided
  std::int32_t misfits = 0;    // good events that no meter can take
  std::int32_t cloud_events = 0;  // of the events but poison: as CloudEvents
  std::int32_t packed = 0;        // of ordinary lines: several events in a record
};
// Everything that there is.
GeneratorOptions full_mix();
Status check(const GeneratorOptions& options);

std::vector<FaultInfo> poison_kinds();

// Threading: confined to one thread. No I/O, no clock.
class EventGenerator {
 public:
  explicit EventGenerator(const GeneratorOptions& options);  // REQUIRES: check(options)
  bool next(GeneratedEvent& event);                          // false after the last one
  std::vector<std::string> profiles() const;                 // one JSON line per customer
  std::vector<std::string> late_profiles() const;            // to be sent when a part of the usage is

 private:
  struct Repeat {
    std::int64_t line;
    std::uint64_t order;  // equal lines in the order they were drawn
    EventContent event;
    GeneratedKind kind;  // duplicate, or ordinary where only a void of it has come yet
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
  void make_new(GeneratedEvent& out);
  void set_edge(EventContent& event, GeneratedEvent& out);
  void make_poison(EventContent event, GeneratedEvent& out);
  void make_misfit(EventContent event, GeneratedEvent& out);
  void repeat_later(const EventContent& event);
  std::int64_t later_line(std::int64_t reach_max);
  // False: there is nothing yet to take back.
  bool make_void(EventContent& event, GeneratedEvent& out);
  bool take_back(std::string_view variant, EventContent& event);
  const EventContent* recent_event(bool voidable);
  void remember(const EventContent& event);
  void write(const EventContent& event, GeneratedEvent& out);
  std::vector<EventContent> pack(const EventContent& event);

  const GeneratorOptions options_;
  std::vector<std::uint64_t> customer_weights_;  // cumulative
  std::uint64_t state_;
  std::int64_t line_ = 0;
  std::uint64_t repeats_drawn_ = 0;
  std::size_t poison_drawn_ = 0;
  std::size_t edges_drawn_ = 0;
  std::priority_queue<Repeat> repeats_;
  std::size_t misfits_drawn_ = 0;
  std::size_t voids_drawn_ = 0;
  std::vector<EventContent> recent_;  // that voids may take back
  EventContent last_voided_;          // of the last void that did its work
  EventContent last_;                 // an event that is in the log already, for conflicts
};

}  // namespace tidemark::cli

#pragma once
// Billing periods: half-open [start, end) intervals in a customer's IANA zone that tile the time line. Pure.
// Edges of days, weeks, months and years are times of the local calendar; one that does not exist is the
// first instant after the gap, one that exists twice is the earlier; a period that would be empty is skipped.
// Hours are elapsed time. Without an anchor the grid counts from local midnight of 1 January 1970, weeks from
// Monday, 29 December 1969.
#include <cstdint>
#include <memory>
#include <string>

#include "schemas/customer_profile/codec.h"
#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::billing {

struct Period {
  EventTime start;
  EventTime end;
  bool contains(EventTime time) const { return start <= time && time < end; }
  auto operator<=>(const Period&) const = default;
};

// What a profile says of its periods, as written. Rules that differ may describe the same grid.
struct GridRule {
  std::string time_zone;  // IANA name
  schemas::IntervalUnit unit = schemas::IntervalUnit::month;
  std::int32_t n = 1;
  std::string anchor;  // billing/anchor.h; "" for none
  bool operator==(const GridRule&) const = default;
};

GridRule grid_rule(const schemas::ProfileVersion& version);

// Version of the time-zone database in use ("2025b"), read from tzdata.zi. "unknown" if it cannot be read.
std::string tzdb_version();

// One grid of periods. Immutable, [any thread] after construction; cheap to copy.
class PeriodGrid {
 public:
  // Errors: dead_letter "profile_invalid" (unknown zone, n outside of 1 to kIntervalCountMax, bad anchor);
  // fatal "time_zone_data_unreadable" (no or damaged tzdata on this machine).
  static Result<PeriodGrid> make(const GridRule& rule);
  // The years 1678 to 2260 are tiled; a period that reaches beyond is cut there, and what lies beyond is one
  // period before and one after. Allocates nothing.
  Period containing(EventTime time) const;
  EventTime first_edge_at_or_after(EventTime time) const;
  const GridRule& rule() const;
  // Of the zone's offsets, whatever the rule: by them the same rule makes the same periods.
  std::uint64_t zone_hash() const;
  bool operator==(const PeriodGrid& other) const { return rule() == other.rule(); }

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace tidemark::billing

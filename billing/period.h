#pragma once
// Billing periods: half-open [start, end) intervals in a customer's IANA zone that tile the time line.
// Pure. Edges are local midnights (day, month); an edge that does not exist is the first instant after the
// gap, one that exists twice is the earlier. Hours are elapsed time. Without an anchor the grid counts from
// local midnight of 1 January 1970.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

// Version of the time-zone database in use ("2025b"), read from tzdata.zi. "unknown" if it cannot be read.
std::string tzdb_version();

// One grid of periods. Immutable, [any thread] after construction. Finding a period allocates nothing.
class PeriodGrid {
 public:
  // Errors: dead_letter "profile_invalid" (unknown zone, n < 1) or "profile_unsupported" (week, year and
  // anchors are not built yet); fatal "time_zone_data_unreadable" (no or damaged tzdata on this machine).
  static Result<PeriodGrid> make(std::string_view time_zone, schemas::IntervalUnit unit, std::int32_t n,
                                 std::string_view anchor);
  // The years 1678 to 2260 are tiled; a period that reaches beyond is cut there.
  Period containing(EventTime time) const;
  bool same_grid_as(const PeriodGrid& other) const;  // same zone name, unit, n, anchor

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace tidemark::billing

#pragma once
// Edges of periods as a calendar and a clock on the wall show them, every n days or every n months. Local
// seconds: counted since 1970-01-01T00:00:00 as if the zone were UTC. When the clock shows them: ZoneTable.
#include <cstdint>

namespace tidemark::billing {

inline constexpr std::int64_t kSecondsPerDay = 86'400;

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {  // REQUIRES: b > 0
  return a / b - (a % b < 0 ? 1 : 0);
}

// Edge 0 is the anchor; edges are counted both ways and are strictly ascending. Pure arithmetic.
class CalendarEdges {
 public:
  static CalendarEdges every_days(std::int64_t n, std::int64_t anchor_local);
  // The anchor's day of the month is kept: 31 January, 28 February, 31 March.
  static CalendarEdges every_months(std::int64_t n, std::int64_t anchor_local);

  std::int64_t edge(std::int64_t index) const;
  // The last edge at or before `local`.
  std::int64_t index_at(std::int64_t local) const;

 private:
  CalendarEdges() = default;

  bool by_months_ = false;
  std::int64_t step_ = 1;  // days or months
  std::int64_t anchor_local_ = 0;
  std::int64_t anchor_month_ = 0;  // since January 1970
  std::int64_t anchor_day_ = 0;    // of the month, from 0
  std::int64_t time_of_day_ = 0;
};

}  // namespace tidemark::billing

#include "billing/period.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string_view>
#include <utility>

#include "billing/anchor.h"
#include "billing/calendar.h"
#include "billing/zone_table.h"

namespace tidemark::billing {
namespace {

using schemas::IntervalUnit;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kMonday = -3 * kSecondsPerDay;  // 29 December 1969

constexpr std::int64_t seconds_of(std::chrono::year_month_day date) {
  return sys_days{date}.time_since_epoch().count() * kSecondsPerDay;
}

// Periods are cut here, so that their edges fit into EventTime and can be written and read again.
constexpr std::int64_t kFirstEdge = seconds_of(std::chrono::year{1678} / 1 / 1);
constexpr std::int64_t kLastEdge = seconds_of(std::chrono::year{2261} / 1 / 1);

EventTime event_time(std::int64_t instant) {
  return EventTime{seconds{instant}};
}

Result<Anchor> anchor_of(const GridRule& rule, const ZoneTable& zone) {
  if (!rule.anchor.empty()) return parse_anchor(rule.anchor, zone);
  return Anchor{.instant = zone.first_instant_at(0), .local = rule.unit == IntervalUnit::week ? kMonday : 0};
}

CalendarEdges edges_of(const GridRule& rule, std::int64_t anchor_local) {
  switch (rule.unit) {
    case IntervalUnit::week:
      return CalendarEdges::every_days(rule.n * 7, anchor_local);
    case IntervalUnit::month:
      return CalendarEdges::every_months(rule.n, anchor_local);
    case IntervalUnit::year:
      return CalendarEdges::every_months(rule.n * 12, anchor_local);
    case IntervalUnit::hour:  // not asked for its calendar
    case IntervalUnit::day:
      break;
  }
  return CalendarEdges::every_days(rule.n, anchor_local);
}

}  // namespace

struct PeriodGrid::Impl {
  GridRule rule;
  std::shared_ptr<const ZoneTable> zone;
  std::uint64_t zone_hash = 0;
  std::int64_t origin = 0;  // instant of the anchor
  CalendarEdges calendar;

  struct Span {
    std::int64_t start;
    std::int64_t end;
  };

  Span hours_around(std::int64_t instant) const {
    const std::int64_t length = rule.n * kHour;
    const std::int64_t start = origin + floor_divide(instant - origin, length) * length;
    return {start, start + length};
  }

  // The last period that starts at or before `instant`: one that would be empty is passed over, since the
  // next one starts in the same instant.
  Span calendar_around(std::int64_t instant) const {
    std::int64_t index = calendar.index_at(zone->to_local(instant));
    std::int64_t start = zone->first_instant_at(calendar.edge(index));
    std::int64_t end = zone->first_instant_at(calendar.edge(index + 1));
    while (end <= instant) {  // the clock was set back over the edge, which stands where it came first
      ++index;
      start = end;
      end = zone->first_instant_at(calendar.edge(index + 1));
    }
    return {start, end};
  }
};

GridRule grid_rule(const schemas::ProfileVersion& version) {
  return {.time_zone = version.time_zone, .unit = version.unit, .n = version.n, .anchor = version.anchor};
}

Result<PeriodGrid> PeriodGrid::make(const GridRule& rule) {
  if (rule.n < 1 || rule.n > schemas::kIntervalCountMax) {
    return Error{Disposition::dead_letter, "profile_invalid",
                 "interval.n is " + std::to_string(rule.n) + ", not 1 to " +
                     std::to_string(schemas::kIntervalCountMax)};
  }
  auto zone = ZoneTable::load(rule.time_zone);
  if (!zone) return zone.error();
  const auto anchor = anchor_of(rule, **zone);
  if (!anchor) return anchor.error();
  PeriodGrid grid;
  grid.impl_ = std::make_shared<const Impl>(Impl{.rule = rule,
                                                 .zone = *zone,
                                                 .zone_hash = (*zone)->hash(),
                                                 .origin = anchor->instant,
                                                 .calendar = edges_of(rule, anchor->local)});
  return grid;
}

Period PeriodGrid::containing(EventTime time) const {
  const std::int64_t instant = std::chrono::floor<seconds>(time.time_since_epoch()).count();
  if (instant < kFirstEdge) return {EventTime::min(), event_time(kFirstEdge)};
  if (instant >= kLastEdge) return {event_time(kLastEdge), EventTime::max()};
  const Impl::Span span =
      impl_->rule.unit == IntervalUnit::hour ? impl_->hours_around(instant) : impl_->calendar_around(instant);
  return {event_time(std::max(span.start, kFirstEdge)), event_time(std::min(span.end, kLastEdge))};
}

EventTime PeriodGrid::first_edge_at_or_after(EventTime time) const {
  const Period period = containing(time);
  return period.start == time ? time : period.end;
}

const GridRule& PeriodGrid::rule() const {
  return impl_->rule;
}

std::uint64_t PeriodGrid::zone_hash() const {
  return impl_->zone_hash;
}

std::string tzdb_version() {
  constexpr std::string_view kPrefix = "# version ";
  std::ifstream file(std::string(kZoneInfoFolder) + "/tzdata.zi");
  std::string line;
  if (!std::getline(file, line) || !line.starts_with(kPrefix)) return "unknown";
  return line.substr(kPrefix.size());
}

}  // namespace tidemark::billing

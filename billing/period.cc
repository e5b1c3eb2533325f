#include "billing/period.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>

#include "billing/zone_table.h"

namespace tidemark::billing {
namespace {

using schemas::IntervalUnit;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86'400;

constexpr std::int64_t seconds_of(std::chrono::year_month_day date) {
  return sys_days{date}.time_since_epoch().count() * kDay;
}

// Periods are cut here, so that their edges fit into EventTime and can be written and read again.
constexpr std::int64_t kFirstEdge = seconds_of(std::chrono::year{1678} / 1 / 1);
constexpr std::int64_t kLastEdge = seconds_of(std::chrono::year{2261} / 1 / 1);
constexpr std::int64_t kMonthsMax = 12 * 1000;  // from 1970; well past the cuts, well within the calendar

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::int64_t month_of(std::int64_t local) {  // counted from January 1970
  const std::chrono::year_month_day date{sys_days{std::chrono::days{floor_divide(local, kDay)}}};
  return (static_cast<int>(date.year()) - 1970) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) -
         1;
}

std::int64_t midnight_of_month(std::int64_t month) {
  const std::int64_t bounded = month < -kMonthsMax ? -kMonthsMax : month > kMonthsMax ? kMonthsMax : month;
  const std::chrono::months months{static_cast<int>(bounded)};
  return seconds_of(std::chrono::year{1970} / 1 / 1 + months);
}

EventTime event_time(std::int64_t instant) {
  return EventTime{seconds{instant}};
}

Error unsupported(std::string what) {
  return {Disposition::dead_letter, "profile_unsupported", std::move(what)};
}

}  // namespace

struct PeriodGrid::Impl {
  std::string zone_name;
  std::shared_ptr<const ZoneTable> zone;
  IntervalUnit unit = IntervalUnit::month;
  std::int64_t n = 1;
  std::int64_t origin = 0;  // instant of local midnight, 1 January 1970

  struct Span {
    std::int64_t start;
    std::int64_t end;
  };

  std::int64_t midnight(std::int64_t index) const {
    return unit == IntervalUnit::day ? index * n * kDay : midnight_of_month(index * n);
  }

  Span hours_around(std::int64_t instant) const {
    const std::int64_t length = n * kHour;
    const std::int64_t start = origin + floor_divide(instant - origin, length) * length;
    return {start, start + length};
  }

  // The last period that starts at or before `instant`: one that would be empty is passed over, since the
  // next one starts in the same instant.
  Span calendar_around(std::int64_t instant) const {
    const std::int64_t local = zone->to_local(instant);
    std::int64_t index =
        floor_divide(unit == IntervalUnit::day ? floor_divide(local, kDay) : month_of(local), n);
    std::int64_t start = zone->first_instant_at(midnight(index));
    std::int64_t end = zone->first_instant_at(midnight(index + 1));
    while (end <= instant) {  // the clock was set back over the edge, which stands where it came first
      ++index;
      start = end;
      end = zone->first_instant_at(midnight(index + 1));
    }
    return {start, end};
  }
};

Result<PeriodGrid> PeriodGrid::make(std::string_view time_zone, IntervalUnit unit, std::int32_t n,
                                    std::string_view anchor) {
  if (n < 1) {
    return Error{Disposition::dead_letter, "profile_invalid",
                 "interval.n is " + std::to_string(n) + ", not >= 1"};
  }
  auto zone = ZoneTable::load(time_zone);
  if (!zone) return zone.error();
  if (!anchor.empty()) return unsupported("an anchor is not supported yet: leave it out");
  if (unit != IntervalUnit::hour && unit != IntervalUnit::day && unit != IntervalUnit::month) {
    return unsupported("interval.unit must be hour, day or month; week and year are not supported yet");
  }
  PeriodGrid grid;
  grid.impl_ = std::make_shared<const Impl>(Impl{.zone_name = std::string(time_zone),
                                                 .zone = *zone,
                                                 .unit = unit,
                                                 .n = n,
                                                 .origin = (*zone)->first_instant_at(0)});
  return grid;
}

Period PeriodGrid::containing(EventTime time) const {
  const std::int64_t instant = std::chrono::floor<seconds>(time.time_since_epoch()).count();
  if (instant < kFirstEdge) return {EventTime::min(), event_time(kFirstEdge)};
  if (instant >= kLastEdge) return {event_time(kLastEdge), EventTime::max()};
  const Impl::Span span =
      impl_->unit == IntervalUnit::hour ? impl_->hours_around(instant) : impl_->calendar_around(instant);
  return {event_time(std::max(span.start, kFirstEdge)), event_time(std::min(span.end, kLastEdge))};
}

bool PeriodGrid::same_grid_as(const PeriodGrid& other) const {
  return impl_->zone_name == other.impl_->zone_name && impl_->unit == other.impl_->unit &&
         impl_->n == other.impl_->n;
}

std::string tzdb_version() {
  constexpr std::string_view kPrefix = "# version ";
  std::ifstream file(std::string(kZoneInfoFolder) + "/tzdata.zi");
  std::string line;
  if (!std::getline(file, line) || !line.starts_with(kPrefix)) return "unknown";
  return line.substr(kPrefix.size());
}

}  // namespace tidemark::billing

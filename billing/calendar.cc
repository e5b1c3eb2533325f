#include "billing/calendar.h"

#include <algorithm>
#include <chrono>

namespace tidemark::billing {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kDaysOfEveryMonth = 28;

year_month_day date_of(std::int64_t local) {
  return sys_days{days{floor_divide(local, kSecondsPerDay)}};
}

std::int64_t month_of(std::int64_t local) {  // since January 1970
  const year_month_day date = date_of(local);
  return (static_cast<int>(date.year()) - 1970) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) -
         1;
}

std::int64_t first_day_of(std::int64_t month) {
  const sys_days day = std::chrono::year{1970} / 1 / 1 + std::chrono::months{static_cast<int>(month)};
  return day.time_since_epoch().count();
}

}  // namespace

CalendarEdges CalendarEdges::every_days(std::int64_t n, std::int64_t anchor_local) {
  CalendarEdges edges;
  edges.step_ = n;
  edges.anchor_local_ = anchor_local;
  return edges;
}

CalendarEdges CalendarEdges::every_months(std::int64_t n, std::int64_t anchor_local) {
  CalendarEdges edges;
  edges.by_months_ = true;
  edges.step_ = n;
  edges.anchor_month_ = month_of(anchor_local);
  const std::int64_t day = floor_divide(anchor_local, kSecondsPerDay);
  edges.anchor_day_ = day - first_day_of(edges.anchor_month_);
  edges.time_of_day_ = anchor_local - day * kSecondsPerDay;
  return edges;
}

std::int64_t CalendarEdges::edge(std::int64_t index) const {
  if (!by_months_) return anchor_local_ + index * step_ * kSecondsPerDay;
  const std::int64_t month = anchor_month_ + index * step_;
  std::int64_t day = first_day_of(month) + anchor_day_;
  if (anchor_day_ >= kDaysOfEveryMonth) day = std::min(day, first_day_of(month + 1) - 1);
  return day * kSecondsPerDay + time_of_day_;
}

std::int64_t CalendarEdges::index_at(std::int64_t local) const {
  if (!by_months_) return floor_divide(local - anchor_local_, step_ * kSecondsPerDay);
  const std::int64_t index = floor_divide(month_of(local) - anchor_month_, step_);
  return edge(index) <= local ? index : index - 1;  // the day in the same month may be still to come
}

}  // namespace tidemark::billing

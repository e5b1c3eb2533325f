#include "cli/usage/usage_history.h"

namespace tidemark::cli {
namespace {

using schemas::ChainStep;
using schemas::DeltaKind;

Status add_amount(Quantity& to, Quantity amount) {
  const auto sum = Quantity::add(to, amount);
  if (!sum) return Error{Disposition::fatal, "value_overflow", "the sum of a bucket leaves the range"};
  to = *sum;
  return {};
}

}  // namespace

Result<billing::PeriodGrid> bucket_grid(schemas::IntervalUnit unit, const std::string& time_zone) {
  auto grid = billing::PeriodGrid::make({.time_zone = time_zone, .unit = unit, .n = 1, .anchor = {}});
  if (!grid && grid.error().disposition != Disposition::fatal)
    return Error{Disposition::fatal, "usage", grid.error().message};
  return grid;
}

Result<const billing::PeriodGrid*> UsageHistory::grid_of(const std::string& time_zone) {
  auto known = grids_.find(time_zone);
  if (known == grids_.end()) {
    auto grid = bucket_grid(options_.unit, time_zone);
    if (!grid) return grid.error();
    known = grids_.emplace(time_zone, *std::move(grid)).first;
  }
  return &known->second;
}

Status UsageHistory::take(std::string_view key, const schemas::DecodedDelta& delta, Offset offset) {
  const bool first_seen = chain_.head(key) == nullptr;
  const ChainStep step = chain_.accept(key, delta, offset);
  if (first_seen && delta.seq > 1) ++begun_before_;
  if (step == ChainStep::stopped || step == ChainStep::waiting) ++uncounted_;
  if (step != ChainStep::taken) return {};
  const EventTime at = delta.last_event_time;
  if ((options_.since && at < *options_.since) || (options_.until && at >= *options_.until)) return {};
  const std::string zone = zone_of_(delta);
  const auto grid = grid_of(zone);
  if (!grid) return grid.error();
  const billing::Period bucket = (*grid)->containing(at);
  HistorySums& sums =
      sums_[{delta.tenant_id, delta.customer_id, delta.meter, delta.group, zone, bucket.start, bucket.end}];
  return add(sums, delta, delta.first_event_time < bucket.start);
}

Status UsageHistory::add(HistorySums& sums, const schemas::DecodedDelta& delta, bool spans) {
  const bool correction = delta.kind == DeltaKind::correction;
  TM_TRY(add_amount(correction ? sums.corrections : sums.usage, delta.delta));
  (correction ? sums.correction_events : sums.events) += delta.event_count;
  if (!spans) return {};
  sums.spanning_deltas += 1;
  return add_amount(sums.spanning_amount, delta.delta);
}

Table UsageHistory::table() const {
  Table table({{"tenant_id"},
               {"customer_id"},
               {"meter"},
               {"group"},
               {"time_zone"},
               {"from"},
               {"to"},
               {"usage", true},
               {"events", true},
               {"corrections", true},
               {"correction_events", true},
               {"spanning_deltas", true},
               {"spanning_amount", true}});
  for (const auto& [bucket, sums] : sums_) {
    const auto& [tenant, customer, meter, group, zone, start, end] = bucket;
    table.add({tenant, customer, meter, group.empty() ? Cell() : Cell(group), zone, format_rfc3339(start),
               format_rfc3339(end), to_string(sums.usage), sums.events, to_string(sums.corrections),
               sums.correction_events, sums.spanning_deltas, to_string(sums.spanning_amount)});
  }
  return table;
}

}  // namespace tidemark::cli

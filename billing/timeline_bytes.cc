// A time line as bytes of the state. Rules are kept as text, not as edges: docs/formats.md.
#include <chrono>
#include <utility>

#include "billing/timeline.h"
#include "billing/zone_table.h"

namespace tidemark::billing {
namespace {

constexpr std::uint8_t kFormat = 1;

Error corrupt(const char* what) {
  return {Disposition::fatal, "state_corrupt", std::string("a time line: ") + what + " cannot be read"};
}

void append_time(ByteWriter& out, EventTime time) {
  out.signed_varint(time.time_since_epoch().count());
}

EventTime read_time(ByteReader& in) {
  return EventTime{std::chrono::nanoseconds{in.signed_varint()}};
}

void append_rule(ByteWriter& out, const GridRule& rule) {
  out.string(rule.time_zone);
  out.byte(static_cast<std::uint8_t>(rule.unit));
  out.varint(static_cast<std::uint64_t>(rule.n));
  out.string(rule.anchor);
}

Result<GridRule> read_rule(ByteReader& in) {
  GridRule rule;
  rule.time_zone = in.string();
  const std::uint8_t unit = in.byte();
  const std::uint64_t n = in.varint();
  rule.anchor = in.string();
  if (!in.ok() || unit > static_cast<std::uint8_t>(schemas::IntervalUnit::year) ||
      n > static_cast<std::uint64_t>(schemas::kIntervalCountMax)) {
    return corrupt("a rule");
  }
  rule.unit = static_cast<schemas::IntervalUnit>(unit);
  rule.n = static_cast<std::int32_t>(n);
  return rule;
}

// The rule was good on the machine that took it.
Result<PeriodGrid> grid_in_effect(const GridRule& rule) {
  auto grid = PeriodGrid::make(rule);
  if (grid || grid.error().disposition == Disposition::fatal) return grid;
  if (ZoneTable::load(rule.time_zone)) return corrupt("a rule");
  return Error{Disposition::fatal, "time_zone_unknown_here",
               "a profile in effect has the time zone '" + rule.time_zone +
                   "', which the time-zone data of this machine, version " + tzdb_version() +
                   ", do not have: install the version of the machine that took the profile, or a newer one"};
}

}  // namespace

void Timeline::append_to(std::string& out) const {
  ByteWriter writer(out);
  writer.byte(kFormat);
  writer.varint(segments_.size());
  for (const Segment& segment : segments_) {
    append_time(writer, segment.from);
    append_rule(writer, segment.grid.rule());
  }
  writer.varint(frozen_.size());
  for (const Period& period : frozen_) {
    append_time(writer, period.start);
    append_time(writer, period.end);
  }
}

Result<Timeline> Timeline::read(ByteReader& in) {
  if (in.byte() != kFormat) return corrupt("its format number");
  Timeline line;
  const std::uint64_t segment_count = in.varint();
  for (std::uint64_t i = 0; i < segment_count; ++i) {
    const EventTime from = read_time(in);
    const auto rule = read_rule(in);
    if (!rule) return rule.error();
    const bool in_order = i == 0 ? from == kEventTimeMin : from > line.segments_.back().from;
    if (!in_order) return corrupt("the order of its rules");
    auto grid = grid_in_effect(*rule);
    if (!grid) return grid.error();
    line.segments_.push_back({from, *std::move(grid)});
  }
  if (line.segments_.empty()) return corrupt("its first rule");
  const std::uint64_t frozen_count = in.varint();
  for (std::uint64_t i = 0; i < frozen_count; ++i) {
    const Period period{read_time(in), read_time(in)};  // braces: in this order
    const bool in_order = line.frozen_.empty() || line.frozen_.back().end <= period.start;
    if (!in.ok() || period.end <= period.start || !in_order) return corrupt("a frozen period");
    line.frozen_.push_back(period);
  }
  if (!in.ok()) return corrupt("its end");
  return line;
}

}  // namespace tidemark::billing

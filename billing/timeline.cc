#include "billing/timeline.h"

#include <algorithm>
#include <utility>

#include "tidemark/assert.h"

namespace tidemark::billing {
namespace {

using schemas::ProfileVersion;
using Segments = std::span<const Timeline::Segment>;

Error in_version(std::size_t index, Error error) {
  error.message = "versions[" + std::to_string(index) + "]: " + error.message;
  return error;
}

// Where the rules of two lines part; EventTime::max(): nowhere.
EventTime first_difference(Segments a, Segments b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return std::min(in_a == a.end() ? EventTime::max() : in_a->from,
                  in_b == b.end() ? EventTime::max() : in_b->from);
}

}  // namespace

// The line of `versions` alone.
struct Timeline::Wanted {
  Timeline line;
  std::vector<EventTime> asked_for;  // effective_from of the version of each segment
};

// An edge takes what comes last; EventTime::max() is the end of the line. True when the segment rules.
bool Timeline::append(Segment segment) {
  if (segment.from == EventTime::max()) return false;
  if (!segments_.empty() && segments_.back().from == segment.from) segments_.pop_back();
  if (!segments_.empty() && segments_.back().grid == segment.grid) return false;
  segments_.push_back(std::move(segment));
  return true;
}

Result<Timeline::Wanted> Timeline::wanted(std::span<const ProfileVersion> versions,
                                          std::vector<Period> frozen) {
  TM_ASSERT(!versions.empty());
  Wanted result;
  Timeline& line = result.line;
  line.frozen_ = std::move(frozen);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    auto grid = PeriodGrid::make(grid_rule(versions[i]));
    if (!grid) return in_version(i, grid.error());
    const EventTime from = i == 0 ? kEventTimeMin : line.first_edge_at_or_after(versions[i].effective_from);
    const bool rules = line.append({from, *std::move(grid)});
    result.asked_for.resize(line.segments_.size());
    if (rules) result.asked_for.back() = versions[i].effective_from;
  }
  return result;
}

Result<Timeline> Timeline::of(std::span<const ProfileVersion> versions) {
  auto result = wanted(versions, {});
  if (!result) return result.error();
  return std::move(result->line);
}

Result<Timeline::Change> Timeline::changed_to(std::span<const ProfileVersion> versions,
                                              EventTime locked_until) const {
  TM_ASSERT(containing(locked_until).start == locked_until);
  const auto result = wanted(versions, frozen_);
  if (!result) return result.error();
  const std::vector<Segment>& target = result->line.segments_;
  const auto future = std::find_if(target.begin(), target.end(), [locked_until](const Segment& segment) {
    return segment.from >= locked_until;
  });

  Change change{.timeline = *this};
  std::vector<Segment>& segments = change.timeline.segments_;
  std::erase_if(segments, [locked_until](const Segment& segment) { return segment.from >= locked_until; });
  if (!segments.empty() && segments.back().grid != std::prev(future)->grid) {
    const auto present = static_cast<std::size_t>(std::prev(future) - target.begin());
    change.timeline.append({locked_until, target[present].grid});
    change.late = present == 0 || first_edge_at_or_after(result->asked_for[present]) < locked_until;
  }
  for (auto segment = future; segment != target.end(); ++segment) change.timeline.append(*segment);
  change.effective = change.late ? locked_until : first_difference(segments_, segments);
  return change;
}

Timeline Timeline::with_frozen(std::span<const Period> existing) const {
  Timeline line = *this;
  std::copy_if(existing.begin(), existing.end(), std::back_inserter(line.frozen_),
               [this](const Period& period) { return containing(period.start) != period; });
  std::sort(line.frozen_.begin(), line.frozen_.end());
  return line;
}

Period Timeline::containing(EventTime time) const {
  const auto next_segment =
      std::upper_bound(segments_.begin(), segments_.end(), time,
                       [](EventTime t, const Segment& segment) { return t < segment.from; });
  const Segment& segment = *std::prev(next_segment);
  Period period = segment.grid.containing(time);
  period.start = std::max(period.start, segment.from);
  if (next_segment != segments_.end()) period.end = std::min(period.end, next_segment->from);

  const auto next_frozen = std::upper_bound(frozen_.begin(), frozen_.end(), time,
                                            [](EventTime t, const Period& p) { return t < p.start; });
  if (next_frozen != frozen_.end()) period.end = std::min(period.end, next_frozen->start);
  if (next_frozen == frozen_.begin()) return period;
  const Period& frozen = *std::prev(next_frozen);
  if (frozen.contains(time)) return frozen;
  period.start = std::max(period.start, frozen.end);
  return period;
}

Period Timeline::after(const Period& period) const {
  return containing(period.end);
}

std::uint64_t Timeline::zones_hash() const {
  std::uint64_t hash = 0;
  for (const Segment& segment : segments_) hash = hash * 31 + segment.grid.zone_hash();
  return hash;
}

EventTime Timeline::first_edge_at_or_after(EventTime time) const {
  const Period period = containing(time);
  return period.start == time ? time : period.end;
}

}  // namespace tidemark::billing

// Random profiles, changes, locked edges and frozen periods: a time line always tiles, keeps its past, and is
// as wanted from the first edge on that is free to be.
#include "billing/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace tidemark::billing {
namespace {

using schemas::IntervalUnit;
using schemas::ProfileVersion;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::nanoseconds;

constexpr EventTime kBegin = std::chrono::sys_days{std::chrono::year{2025} / 1 / 1};
constexpr EventTime kEnd = std::chrono::sys_days{std::chrono::year{2027} / 7 / 1};
constexpr int kLines = 4000;
constexpr int kChangesPerLine = 4;
constexpr int kPeriodsWalked = 150;

class RandomProfile {
 public:
  explicit RandomProfile(std::uint64_t seed) : random_(seed) {}

  std::int64_t number(std::int64_t min, std::int64_t max) {
    return std::uniform_int_distribution<std::int64_t>(min, max)(random_);
  }
  bool chance(int percent) { return number(1, 100) <= percent; }
  EventTime time(EventTime min, EventTime max) { return min + nanoseconds{number(0, (max - min).count())}; }

  ProfileVersion version(EventTime effective_from) {
    ProfileVersion version;
    version.effective_from = effective_from;
    version.time_zone = pick({"UTC", "Europe/Budapest", "America/New_York", "Australia/Lord_Howe",
                              "Pacific/Kiritimati", "Pacific/Pago_Pago"});
    version.unit = static_cast<IntervalUnit>(number(0, 4));
    version.n = static_cast<std::int32_t>(version.unit == IntervalUnit::hour ? number(5, 100)
                                          : chance(70)                       ? 1
                                                                             : number(2, 5));
    if (chance(40)) version.anchor = pick({"2026-01-31", "2024-02-29T02:30:00", "2026-03-29T02:30:00Z"});
    return version;
  }

  std::vector<ProfileVersion> versions() {
    std::vector<ProfileVersion> versions{version(kBegin)};
    while (chance(65)) append_to(versions);
    return versions;
  }

  // As an operator would: schedule one, take one away, change one, or start anew.
  std::vector<ProfileVersion> changed(std::vector<ProfileVersion> versions) {
    const auto any = versions.begin() + number(0, static_cast<std::int64_t>(versions.size()) - 1);
    switch (number(0, 4)) {
      case 0:
        return this->versions();
      case 1:
        if (versions.size() > 1) versions.erase(any);
        return versions;
      case 2:
        *any = version(any->effective_from);
        return versions;
      default:
        append_to(versions);
        return versions;
    }
  }

  std::vector<Period> periods_between(EventTime from, EventTime to) {
    std::vector<Period> periods;
    for (EventTime time = from; chance(75);) {
      const EventTime start = chance(30) ? time : time + hours{number(1, 600)};
      const EventTime end = start + hours{number(1, 900)};
      if (end > to) break;
      periods.push_back({start, end});
      time = end;
    }
    return periods;
  }

 private:
  std::string pick(std::initializer_list<const char*> texts) {
    return *(texts.begin() + number(0, static_cast<std::int64_t>(texts.size()) - 1));
  }

  void append_to(std::vector<ProfileVersion>& versions) {
    const EventTime last = versions.back().effective_from;
    EventTime next = time(last + nanoseconds{1}, std::max(last + days{90}, kBegin));
    const Timeline line = *Timeline::of(versions);
    if (chance(40)) next = std::max(line.containing(next).start, last + nanoseconds{1});  // often an edge
    versions.push_back(version(next));
  }

  std::mt19937_64 random_;
};

std::string text_of(const std::vector<ProfileVersion>& versions) {
  std::string text;
  for (const ProfileVersion& v : versions) {
    text += "\n  " + format_rfc3339(v.effective_from) + " " + v.time_zone + " " + std::to_string(v.n) +
            " x unit " + std::to_string(static_cast<int>(v.unit)) + " " + v.anchor;
  }
  return text;
}

void expect_tiling(const Timeline& line, EventTime from) {
  Period period = line.containing(from);
  ASSERT_TRUE(period.contains(from));
  for (int i = 0; i < kPeriodsWalked && period.start < kEnd; ++i) {
    ASSERT_LT(period.start, period.end);
    ASSERT_EQ(line.containing(period.start), period);
    ASSERT_EQ(line.containing(period.start + (period.end - period.start) / 2), period);
    ASSERT_EQ(line.containing(period.end - nanoseconds{1}), period);
    ASSERT_EQ(line.after(period).start, period.end);
    period = line.after(period);
  }
}

void expect_tiling_at_borders(const Timeline& line, const std::vector<Period>& frozen) {
  expect_tiling(line, kBegin);
  for (const Timeline::Segment& segment : line.segments()) {
    if (segment.from > kBegin) expect_tiling(line, segment.from - days{3});
  }
  for (const Period& period : frozen) {
    ASSERT_EQ(line.containing(period.start), period);
    expect_tiling(line, period.start - days{3});
  }
}

// The contract's sentence, edge by edge: at each one the last version with effective_from up to it rules.
void expect_ruled_by_the_last_version(const Timeline& line, const std::vector<ProfileVersion>& versions) {
  std::vector<PeriodGrid> grids;
  for (const ProfileVersion& version : versions) grids.push_back(*PeriodGrid::make(grid_rule(version)));
  EventTime edge = grids.front().containing(kBegin - days{400}).start;
  for (int i = 0; i < 3'000 && edge < kEnd; ++i) {
    std::size_t last = 0;
    while (last + 1 < versions.size() && versions[last + 1].effective_from <= edge) ++last;
    const Period expected{edge, grids[last].containing(edge).end};
    ASSERT_EQ(line.containing(edge), expected) << format_rfc3339(edge);
    edge = expected.end;
  }
}

TEST(TimelineProperty, AtEachEdgeTheLastVersionRules) {
  for (std::uint64_t seed = 1; seed <= kLines; ++seed) {
    RandomProfile random(seed);
    const std::vector<ProfileVersion> versions = random.versions();
    SCOPED_TRACE("seed " + std::to_string(seed) + text_of(versions));
    expect_ruled_by_the_last_version(*Timeline::of(versions), versions);
    if (HasFatalFailure()) return;
  }
}

void expect_same_bytes(const Timeline& line) {
  std::string bytes;
  line.append_to(bytes);
  ByteReader in(bytes);
  const auto read = Timeline::read(in);
  ASSERT_TRUE(read.has_value() && in.at_end());
  ASSERT_EQ(*read, line);
}

void expect_past_unchanged(const Timeline& before, const Timeline& after, EventTime locked,
                           RandomProfile& random) {
  if (locked == kEventTimeMin) return;
  ASSERT_EQ(after.containing(locked - nanoseconds{1}), before.containing(locked - nanoseconds{1}));
  ASSERT_EQ(after.containing(locked).start, locked);
  for (int i = 0; i < 20; ++i) {
    const EventTime time = random.time(kBegin - days{100}, locked - nanoseconds{1});
    ASSERT_EQ(after.containing(time), before.containing(time)) << format_rfc3339(time);
  }
}

// From the first edge of the wanted line that is free.
void expect_future_as_wanted(const Timeline& wanted, const Timeline& after, EventTime locked,
                             RandomProfile& random) {
  Period period = wanted.containing(locked);
  if (period.start < locked) period = wanted.after(period);
  for (int i = 0; i < 20 && period.start < kEnd; ++i) {
    ASSERT_EQ(after.containing(period.start), period);
    period = wanted.containing(random.time(period.end, period.end + days{40}));
  }
}

class TimelineChange {
 public:
  explicit TimelineChange(std::uint64_t seed)
      : random_(seed), versions_(random_.versions()), line_(*Timeline::of(versions_)) {}

  const std::vector<ProfileVersion>& versions() const { return versions_; }
  int late() const { return late_; }

  void step() {
    if (random_.chance(80)) {
      watermark_ = random_.time(std::max(watermark_, kBegin), kEnd - days{30});
      locked_ = line_.containing(watermark_).end;
    }
    if (locked_ != kEventTimeMin && random_.chance(20)) freeze();
    if (!::testing::Test::HasFatalFailure()) change();
  }

 private:
  void freeze() {
    const EventTime from = frozen_.empty() ? kBegin : frozen_.back().end;
    const std::vector<Period> existing = random_.periods_between(from, locked_);
    line_ = line_.with_frozen(existing);
    frozen_.insert(frozen_.end(), existing.begin(), existing.end());
    locked_ = line_.containing(watermark_).end;
    expect_tiling_at_borders(line_, frozen_);
  }

  void change() {
    versions_ = random_.changed(versions_);
    SCOPED_TRACE("locked until " + (locked_ == kEventTimeMin ? "ever" : format_rfc3339(locked_)) +
                 text_of(versions_));
    const auto change = line_.changed_to(versions_, locked_);
    ASSERT_TRUE(change.has_value());
    ASSERT_GE(change->effective, locked_);
    if (change->late) ++late_;
    if (change->late) {
      ASSERT_EQ(change->effective, locked_);
    }
    ASSERT_FALSE(change->late && locked_ == kEventTimeMin);
    expect_past_unchanged(line_, change->timeline, locked_, random_);
    if (frozen_.empty()) {
      expect_future_as_wanted(*Timeline::of(versions_), change->timeline, locked_, random_);
    }
    expect_tiling_at_borders(change->timeline, frozen_);
    expect_same_bytes(change->timeline);
    const auto again = change->timeline.changed_to(versions_, locked_);
    ASSERT_EQ(again->timeline, change->timeline);
    ASSERT_EQ(again->late, change->late);
    line_ = change->timeline;
  }

  RandomProfile random_;
  std::vector<ProfileVersion> versions_;
  Timeline line_;
  EventTime watermark_ = kEventTimeMin;
  EventTime locked_ = kEventTimeMin;
  std::vector<Period> frozen_;
  int late_ = 0;
};

TEST(TimelineProperty, ChangesKeepThePastAndTile) {
  int late = 0;
  for (std::uint64_t seed = 1; seed <= kLines; ++seed) {
    TimelineChange change(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + text_of(change.versions()));
    for (int i = 0; i < kChangesPerLine; ++i) {
      change.step();
      if (HasFatalFailure()) return;
    }
    late += change.late();
  }
  EXPECT_GT(late, kLines / 10);  // else the cases that matter were not met
  EXPECT_LT(late, kLines * kChangesPerLine / 10 * 9);
}

}  // namespace
}  // namespace tidemark::billing

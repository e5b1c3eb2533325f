// Periods tile the time line, in every zone of the database.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "billing/period.h"

namespace tidemark::billing {
namespace {

using schemas::IntervalUnit;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr const char* kTzdata = "/usr/share/zoneinfo/tzdata.zi";

// "Z <name> ..." is a zone, "L <target> <name>" a link to one.
std::set<std::string> zones_of_the_database() {
  std::set<std::string> zones;
  std::ifstream file(kTzdata);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind;
    std::string name;
    words >> kind >> name;
    if (kind == "L") words >> name;
    if ((kind == "Z" || kind == "L") && name != "Factory") zones.insert(name);
  }
  return zones;
}

std::string text_of(const GridRule& rule) {
  return rule.time_zone + ", " + std::to_string(rule.n) + " x unit " +
         std::to_string(static_cast<int>(rule.unit)) + ", anchor '" + rule.anchor + "'";
}

PeriodGrid grid_of(const GridRule& rule) {
  const auto grid = PeriodGrid::make(rule);
  EXPECT_TRUE(grid.has_value()) << text_of(rule);
  return *grid;
}

// `period` holds its times, and the time at its end belongs to the next period alone.
void expect_in_line(const PeriodGrid& grid, const Period& period) {
  ASSERT_LT(period.start, period.end);
  ASSERT_EQ(grid.containing(period.start), period);
  ASSERT_EQ(grid.containing(period.start + (period.end - period.start) / 2), period);
  ASSERT_EQ(grid.containing(period.end - nanoseconds{1}), period);
  ASSERT_EQ(grid.containing(period.end).start, period.end);
}

// Walks `count` periods from the one that holds `from`. Stops at the first fault.
void expect_tiling(const std::string& zone, IntervalUnit unit, std::int32_t n, EventTime from, int count) {
  const GridRule rule{zone, unit, n, ""};
  SCOPED_TRACE(text_of(rule));
  const PeriodGrid grid = grid_of(rule);
  Period period = grid.containing(from);
  ASSERT_TRUE(period.contains(from));
  for (int i = 0; i < count && !::testing::Test::HasFatalFailure(); ++i) {
    expect_in_line(grid, period);
    period = grid.containing(period.end);
  }
}

void expect_tiling_between(const GridRule& rule, EventTime from, EventTime to) {
  SCOPED_TRACE(text_of(rule));
  const PeriodGrid grid = grid_of(rule);
  for (Period period = grid.containing(from); period.start < to; period = grid.containing(period.end)) {
    expect_in_line(grid, period);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

constexpr EventTime date(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)};
}

TEST(PeriodTilingTest, TheDatabaseHasItsZones) {
  EXPECT_GT(zones_of_the_database().size(), 500U);
}

TEST(PeriodTilingTest, MonthsInEveryZone) {
  for (const std::string& zone : zones_of_the_database()) {
    for (const int year : {1900, 1942, 1970, 2024, 2036, 2196}) {
      expect_tiling(zone, IntervalUnit::month, 1, date(year, 1, 15), 48);
      if (HasFatalFailure()) return;
    }
  }
}

std::vector<GridRule> rules_of(const std::string& zone) {
  std::vector<GridRule> rules{{zone, IntervalUnit::hour, 6, ""}};
  for (const IntervalUnit unit :
       {IntervalUnit::day, IntervalUnit::week, IntervalUnit::month, IntervalUnit::year}) {
    for (const char* anchor : {"", "2024-02-29", "2025-03-31T02:30:00", "2026-10-31T23:59:59Z"})
      rules.push_back({zone, unit, 1, anchor});
  }
  return rules;
}

TEST(PeriodTilingTest, FortyEightMonthsOfEveryRuleInEveryZone) {
  for (const std::string& zone : zones_of_the_database()) {
    for (const GridRule& rule : rules_of(zone)) {
      expect_tiling_between(rule, date(2024, 1, 1), date(2028, 1, 1));
      if (HasFatalFailure()) return;
    }
  }
}

struct SwitchCase {
  const char* name;
  const char* zone;
  std::vector<const char*> anchors;  // inside of the skipped and of the repeated hour
};
void PrintTo(const SwitchCase& test, std::ostream* out) {
  *out << test.name;
}

class ClockSwitchTest : public ::testing::TestWithParam<SwitchCase> {};

TEST_P(ClockSwitchTest, EveryUnitAndAnchorTiles) {
  std::vector<const char*> anchors{"", "2026-01-29", "2026-01-30", "2026-01-31", "2024-02-29"};
  anchors.insert(anchors.end(), GetParam().anchors.begin(), GetParam().anchors.end());
  for (const char* anchor : anchors) {
    for (const IntervalUnit unit : {IntervalUnit::hour, IntervalUnit::day, IntervalUnit::week,
                                    IntervalUnit::month, IntervalUnit::year}) {
      for (const std::int32_t n : {1, 2, 3, 5}) {
        expect_tiling_between({GetParam().zone, unit, n, anchor}, date(2025, 12, 1), date(2027, 12, 1));
        if (HasFatalFailure()) return;
      }
    }
  }
}

// The same local day and time, one before and one after the switch: an account has the same months whether it
// was made in winter or in summer.
TEST_P(ClockSwitchTest, AccountsOfBothSidesHaveTheSamePeriods) {
  for (const IntervalUnit unit : {IntervalUnit::day, IntervalUnit::month}) {
    const PeriodGrid winter = grid_of({GetParam().zone, unit, 1, "2026-01-31T02:15:00"});
    const PeriodGrid summer = grid_of({GetParam().zone, unit, 1, "2026-07-31T02:15:00"});
    for (EventTime time = date(2025, 1, 1); time < date(2028, 1, 1); time += 7h)
      ASSERT_EQ(winter.containing(time), summer.containing(time));
  }
}

TEST_P(ClockSwitchTest, DayThirtyOneComesBackAfterShortMonths) {
  const std::string zone = GetParam().zone;
  const PeriodGrid days = grid_of({zone, IntervalUnit::day, 1, ""});
  const PeriodGrid months = grid_of({zone, IntervalUnit::month, 1, ""});
  const PeriodGrid anchored = grid_of({zone, IntervalUnit::month, 1, "2026-01-31"});
  Period month = months.containing(date(2024, 1, 15));
  for (int i = 0; i < 48; ++i, month = months.containing(month.end)) {
    const Period last_day = days.containing(month.end - nanoseconds{1});
    ASSERT_EQ(anchored.containing(month.end).start, last_day.start);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Zones, ClockSwitchTest,
    ::testing::Values(SwitchCase{"utc_plus_14", "Pacific/Kiritimati", {"2026-03-29T02:30:00"}},
                      SwitchCase{"utc_minus_11", "Pacific/Pago_Pago", {"2026-03-29T02:30:00"}},
                      SwitchCase{"budapest",
                                 "Europe/Budapest",
                                 {"2026-03-29T02:30:00", "2026-10-25T02:30:00", "2026-10-25T01:30:00Z"}},
                      SwitchCase{"new_york",
                                 "America/New_York",
                                 {"2026-03-08T02:30:00", "2026-11-01T01:30:00", "2026-11-01T06:30:00Z"}},
                      SwitchCase{"lord_howe_half_an_hour",
                                 "Australia/Lord_Howe",
                                 {"2026-10-04T02:15:00", "2026-04-05T01:45:00", "2026-04-04T15:15:00Z"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(PeriodTilingTest, DaysInEveryZone) {
  for (const std::string& zone : zones_of_the_database()) {
    expect_tiling(zone, IntervalUnit::day, 1, date(2026, 1, 1), 366);
    if (HasFatalFailure()) return;
  }
}

TEST(PeriodTilingTest, DaysWhereTheCalendarWasChanged) {
  for (const std::int32_t n : {1, 2, 7}) {
    expect_tiling("Pacific/Apia", IntervalUnit::day, n, date(2011, 12, 1), 60);
    expect_tiling("Pacific/Kwajalein", IntervalUnit::day, n, date(1993, 8, 1), 60);
    expect_tiling("America/Juneau", IntervalUnit::day, n, date(1867, 10, 1), 60);
    expect_tiling("Asia/Manila", IntervalUnit::day, n, date(1844, 12, 1), 60);
  }
}

TEST(PeriodTilingTest, HoursAndLongPeriods) {
  for (const char* zone : {"UTC", "Asia/Kolkata", "Africa/Monrovia", "America/New_York"}) {
    for (const std::int32_t n : {1, 5, 6, 24})
      expect_tiling(zone, IntervalUnit::hour, n, date(2026, 3, 1), 800);
    for (const std::int32_t n : {2, 3, 5, 12})
      expect_tiling(zone, IntervalUnit::month, n, date(1900, 1, 1), 200);
  }
}

// Time goes forward: a later time never lies in an earlier period.
TEST(PeriodTilingTest, IsMonotoneThroughClockChanges) {
  for (const std::string& zone : zones_of_the_database()) {
    const auto grid = PeriodGrid::make({zone, IntervalUnit::day, 1, ""});
    ASSERT_TRUE(grid.has_value()) << zone;
    Period before = grid->containing(date(2026, 1, 1));
    for (EventTime time = date(2026, 1, 1); time < date(2027, 1, 1); time += 97min) {
      const Period period = grid->containing(time);
      ASSERT_TRUE(period.contains(time)) << zone;
      ASSERT_TRUE(period == before || period.start == before.end) << zone;
      before = period;
    }
  }
}

}  // namespace
}  // namespace tidemark::billing

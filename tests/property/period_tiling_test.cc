// Periods tile the time line, in every zone of the database.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

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

// Walks `count` periods from the one that holds `from`. Stops at the first fault.
void expect_tiling(const std::string& zone, IntervalUnit unit, std::int32_t n, EventTime from, int count) {
  const auto grid = PeriodGrid::make({zone, unit, n, ""});
  ASSERT_TRUE(grid.has_value()) << zone << ": " << grid.error().message;
  Period period = grid->containing(from);
  ASSERT_TRUE(period.contains(from)) << zone;
  for (int i = 0; i < count; ++i) {
    SCOPED_TRACE(zone + ", period " + std::to_string(i));
    ASSERT_LT(period.start, period.end);
    ASSERT_EQ(grid->containing(period.start), period);
    ASSERT_EQ(grid->containing(period.start + (period.end - period.start) / 2), period);
    ASSERT_EQ(grid->containing(period.end - nanoseconds{1}), period);
    const Period next = grid->containing(period.end);
    ASSERT_EQ(next.start, period.end);
    period = next;
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

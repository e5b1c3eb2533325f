#include "billing/period.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/billing/civil.h"
#include "tests/unit/billing/print_period.h"

namespace tidemark::billing {

namespace {

using schemas::IntervalUnit;
using std::chrono::nanoseconds;

PeriodGrid grid_of(std::string_view zone, IntervalUnit unit, std::int32_t n = 1, const char* anchor = "") {
  auto grid = PeriodGrid::make({std::string(zone), unit, n, anchor});
  EXPECT_TRUE(grid.has_value()) << zone;
  return *grid;
}

struct PeriodCase {
  const char* name;
  const char* zone;
  IntervalUnit unit;
  std::int32_t n;
  const char* time;
  const char* start;
  const char* end;
};

class PeriodTest : public ::testing::TestWithParam<PeriodCase> {};

TEST_P(PeriodTest, IsHalfOpenAndHoldsTheTime) {
  const PeriodCase& test = GetParam();
  const PeriodGrid grid = grid_of(test.zone, test.unit, test.n);
  const Period expected{utc(test.start), utc(test.end)};
  EXPECT_EQ(grid.containing(utc(test.time)), expected);
  EXPECT_EQ(grid.containing(expected.start), expected);
  EXPECT_EQ(grid.containing(expected.end - nanoseconds{1}), expected);
  EXPECT_EQ(grid.containing(expected.end).start, expected.end);
  EXPECT_EQ(grid.containing(expected.start - nanoseconds{1}).end, expected.start);
}

constexpr auto kHour = IntervalUnit::hour;
constexpr auto kDay = IntervalUnit::day;
constexpr auto kWeek = IntervalUnit::week;
constexpr auto kMonth = IntervalUnit::month;
constexpr auto kYear = IntervalUnit::year;

INSTANTIATE_TEST_SUITE_P(
    Months, PeriodTest,
    ::testing::Values(PeriodCase{"budapest_november_2026", "Europe/Budapest", kMonth, 1,
                                 "2026-11-10T09:00:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"},
                      PeriodCase{"budapest_last_second", "Europe/Budapest", kMonth, 1, "2026-11-30T22:59:59Z",
                                 "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"},
                      PeriodCase{"budapest_exactly_at_end", "Europe/Budapest", kMonth, 1,
                                 "2026-11-30T23:00:00Z", "2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"},
                      PeriodCase{"budapest_clocks_back", "Europe/Budapest", kMonth, 1, "2026-10-15T00:00:00Z",
                                 "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"},
                      PeriodCase{"utc_leap_february", "UTC", kMonth, 1, "2028-02-29T23:59:59Z",
                                 "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
                      PeriodCase{"utc_february_of_1900", "Etc/UTC", kMonth, 1, "1900-02-28T12:00:00Z",
                                 "1900-02-01T00:00:00Z", "1900-03-01T00:00:00Z"},
                      PeriodCase{"utc_february_of_2100", "UTC", kMonth, 1, "2100-02-28T12:00:00Z",
                                 "2100-02-01T00:00:00Z", "2100-03-01T00:00:00Z"},
                      PeriodCase{"plus_fourteen", "Pacific/Kiritimati", kMonth, 1, "2026-11-01T00:00:00Z",
                                 "2026-10-31T10:00:00Z", "2026-11-30T10:00:00Z"},
                      PeriodCase{"minus_eleven", "Pacific/Pago_Pago", kMonth, 1, "2026-11-01T00:00:00Z",
                                 "2026-10-01T11:00:00Z", "2026-11-01T11:00:00Z"},
                      PeriodCase{"a_link_is_a_zone", "Europe/Kiev", kMonth, 1, "2026-01-15T00:00:00Z",
                                 "2025-12-31T22:00:00Z", "2026-01-31T22:00:00Z"},
                      PeriodCase{"two_months_from_odd_months", "UTC", kMonth, 2, "2026-12-31T00:00:00Z",
                                 "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"},
                      PeriodCase{"three_months_are_quarters", "Europe/Budapest", kMonth, 3,
                                 "2026-11-10T00:00:00Z", "2026-09-30T22:00:00Z", "2026-12-31T23:00:00Z"},
                      PeriodCase{"three_months_before_1970", "UTC", kMonth, 3, "1969-12-31T23:59:59Z",
                                 "1969-10-01T00:00:00Z", "1970-01-01T00:00:00Z"},
                      PeriodCase{"five_months_drift_through_years", "UTC", kMonth, 5, "1972-06-30T00:00:00Z",
                                 "1972-02-01T00:00:00Z", "1972-07-01T00:00:00Z"},
                      PeriodCase{"summer_beyond_the_listed_transitions", "Europe/Budapest", kMonth, 1,
                                 "2150-07-10T00:00:00Z", "2150-06-30T22:00:00Z", "2150-07-31T22:00:00Z"},
                      PeriodCase{"edge_in_a_gap", "Asia/Amman", kMonth, 1, "2005-04-02T00:00:00Z",
                                 "2005-03-31T22:00:00Z", "2005-04-30T21:00:00Z"},
                      PeriodCase{"local_mean_time", "America/New_York", kMonth, 1, "1880-05-05T00:00:00Z",
                                 "1880-05-01T04:56:02Z", "1880-06-01T04:56:02Z"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Days, PeriodTest,
    ::testing::Values(PeriodCase{"cairo_before_missing_midnight", "Africa/Cairo", kDay, 1,
                                 "2026-04-23T21:59:59Z", "2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z"},
                      PeriodCase{"cairo_missing_midnight_23_hours", "Africa/Cairo", kDay, 1,
                                 "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
                      PeriodCase{"cairo_clocks_back_at_midnight", "Africa/Cairo", kDay, 1,
                                 "2026-10-29T21:30:00Z", "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z"},
                      PeriodCase{"havana_midnight_twice_is_the_earlier", "America/Havana", kDay, 1,
                                 "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
                      PeriodCase{"new_york_spring_23_hours", "America/New_York", kDay, 1,
                                 "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
                      PeriodCase{"new_york_autumn_25_hours", "America/New_York", kDay, 1,
                                 "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
                      PeriodCase{"lord_howe_spring_half_an_hour_less", "Australia/Lord_Howe", kDay, 1,
                                 "2026-10-04T00:00:00Z", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"},
                      PeriodCase{"lord_howe_autumn_half_an_hour_more", "Australia/Lord_Howe", kDay, 1,
                                 "2026-04-05T00:00:00Z", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"},
                      PeriodCase{"apia_before_the_skipped_day", "Pacific/Apia", kDay, 1,
                                 "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
                      PeriodCase{"apia_after_the_skipped_day", "Pacific/Apia", kDay, 1,
                                 "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
                      PeriodCase{"apia_two_days_lose_one", "Pacific/Apia", kDay, 2, "2011-12-30T12:00:00Z",
                                 "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
                      PeriodCase{"juneau_day_lived_twice_is_one", "America/Juneau", kDay, 1,
                                 "1867-10-19T12:00:00Z", "1867-10-18T08:57:41Z", "1867-10-20T08:57:41Z"},
                      PeriodCase{"leap_day", "UTC", kDay, 1, "2028-02-29T12:00:00Z", "2028-02-29T00:00:00Z",
                                 "2028-03-01T00:00:00Z"},
                      PeriodCase{"seven_days_from_a_thursday", "UTC", kDay, 7, "2026-11-20T00:00:00Z",
                                 "2026-11-19T00:00:00Z", "2026-11-26T00:00:00Z"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Hours, PeriodTest,
    ::testing::Values(PeriodCase{"one_hour", "UTC", kHour, 1, "2026-11-20T10:15:00Z", "2026-11-20T10:00:00Z",
                                 "2026-11-20T11:00:00Z"},
                      PeriodCase{"half_hour_zone_keeps_its_midnight", "Asia/Kolkata", kHour, 1,
                                 "2026-11-20T10:15:00Z", "2026-11-20T09:30:00Z", "2026-11-20T10:30:00Z"},
                      PeriodCase{"six_hours", "Europe/Budapest", kHour, 6, "2026-11-20T10:15:00Z",
                                 "2026-11-20T05:00:00Z", "2026-11-20T11:00:00Z"},
                      PeriodCase{"six_hours_are_elapsed_time_in_summer", "Europe/Budapest", kHour, 6,
                                 "2026-07-20T10:15:00Z", "2026-07-20T05:00:00Z", "2026-07-20T11:00:00Z"},
                      PeriodCase{"six_hours_before_1970", "UTC", kHour, 6, "1969-12-31T23:59:59Z",
                                 "1969-12-31T18:00:00Z", "1970-01-01T00:00:00Z"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    WeeksAndYears, PeriodTest,
    ::testing::Values(PeriodCase{"week_from_monday", "Europe/Budapest", kWeek, 1, "2026-11-20T10:00:00Z",
                                 "2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"},
                      PeriodCase{"first_week", "UTC", kWeek, 1, "1970-01-01T00:00:00Z",
                                 "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z"},
                      PeriodCase{"week_with_an_hour_more", "America/New_York", kWeek, 1,
                                 "2026-11-01T12:00:00Z", "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z"},
                      PeriodCase{"two_weeks_from_1969", "UTC", kWeek, 2, "2026-11-20T10:00:00Z",
                                 "2026-11-16T00:00:00Z", "2026-11-30T00:00:00Z"},
                      PeriodCase{"week_without_apia_s_friday", "Pacific/Apia", kWeek, 1,
                                 "2011-12-30T10:00:00Z", "2011-12-26T10:00:00Z", "2012-01-01T10:00:00Z"},
                      PeriodCase{"year", "Europe/Budapest", kYear, 1, "2026-11-20T10:00:00Z",
                                 "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"},
                      PeriodCase{"leap_year", "UTC", kYear, 1, "2028-02-29T10:00:00Z", "2028-01-01T00:00:00Z",
                                 "2029-01-01T00:00:00Z"},
                      PeriodCase{"five_years", "UTC", kYear, 5, "2026-11-20T10:00:00Z",
                                 "2025-01-01T00:00:00Z", "2030-01-01T00:00:00Z"},
                      PeriodCase{"five_years_before_1970", "UTC", kYear, 5, "1969-12-31T23:59:59Z",
                                 "1965-01-01T00:00:00Z", "1970-01-01T00:00:00Z"}),
    [](const auto& test) { return std::string(test.param.name); });

struct RefusalCase {
  const char* name;
  const char* zone;
  IntervalUnit unit;
  std::int32_t n;
  const char* anchor;
  const char* code;
};

class PeriodRefusalTest : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(PeriodRefusalTest, IsADeadLetterThatSaysWhy) {
  const RefusalCase& test = GetParam();
  const auto grid = PeriodGrid::make({test.zone, test.unit, test.n, test.anchor});
  ASSERT_FALSE(grid.has_value());
  EXPECT_EQ(grid.error().disposition, Disposition::dead_letter);
  EXPECT_EQ(grid.error().code, test.code);
  EXPECT_FALSE(grid.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Periods, PeriodRefusalTest,
    ::testing::Values(
        RefusalCase{"unknown_zone", "Europe/Budapset", kMonth, 1, "", "profile_invalid"},
        RefusalCase{"empty_zone", "", kMonth, 1, "", "profile_invalid"},
        RefusalCase{"zone_in_other_letters", "europe/budapest", kMonth, 1, "", "profile_invalid"},
        RefusalCase{"zone_that_is_a_path", "../zoneinfo/UTC", kMonth, 1, "", "profile_invalid"},
        RefusalCase{"zone_with_leap_seconds", "right/UTC", kMonth, 1, "", "profile_invalid"},
        RefusalCase{"zone_of_the_machine", "localtime", kMonth, 1, "", "profile_invalid"},
        RefusalCase{"folder_of_zones", "America/Argentina", kMonth, 1, "", "profile_invalid"},
        RefusalCase{"n_of_zero", "UTC", kMonth, 0, "", "profile_invalid"},
        RefusalCase{"negative_n", "UTC", kHour, -1, "", "profile_invalid"},
        RefusalCase{"n_above_the_bound", "UTC", kHour, 1001, "", "profile_invalid"},
        RefusalCase{"anchor_that_is_a_word", "UTC", kMonth, 1, "monthly", "profile_invalid"},
        RefusalCase{"anchor_not_in_the_calendar", "UTC", kMonth, 1, "2026-02-29", "profile_invalid"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(PeriodGridTest, RemembersItsRuleAsWritten) {
  const GridRule rule{"Europe/Budapest", kWeek, 2, "2026-01-31T00:00:00.000Z"};
  EXPECT_EQ(PeriodGrid::make(rule)->rule(), rule);
}

TEST(PeriodGridTest, CutsPeriodsThatReachBeyondTheCalendar) {
  const PeriodGrid grid = grid_of("Asia/Tokyo", kYear, schemas::kIntervalCountMax);
  const Period now = grid.containing(utc("2026-11-20T00:00:00Z"));
  EXPECT_EQ(now, (Period{utc("1969-12-31T15:00:00Z"), utc("2261-01-01T00:00:00Z")}));
  EXPECT_EQ(grid.containing(utc("1900-01-01T00:00:00Z")), (Period{utc("1678-01-01T00:00:00Z"), now.start}));
  EXPECT_EQ(grid.containing(EventTime::max()).start, now.end);
  EXPECT_EQ(grid.containing(EventTime::min()).end, utc("1678-01-01T00:00:00Z"));
}

TEST(PeriodGridTest, FindsTheFirstEdgeAtOrAfterATime) {
  const PeriodGrid grid = grid_of("Europe/Budapest", kMonth);
  const EventTime november = utc("2026-10-31T23:00:00Z");
  EXPECT_EQ(grid.first_edge_at_or_after(november), november);
  EXPECT_EQ(grid.first_edge_at_or_after(november - nanoseconds{1}), november);
  EXPECT_EQ(grid.first_edge_at_or_after(november + nanoseconds{1}), utc("2026-11-30T23:00:00Z"));
  EXPECT_EQ(grid.first_edge_at_or_after(EventTime::min()), EventTime::min());
  EXPECT_EQ(grid.first_edge_at_or_after(utc("2261-06-01T00:00:00Z")), EventTime::max());
}

TEST(TzdbVersionTest, IsAYearAndALetter) {
  const std::string version = tzdb_version();
  ASSERT_GE(version.size(), 5U);
  EXPECT_EQ(version.find_first_not_of("0123456789"), 4U);
}

}  // namespace
}  // namespace tidemark::billing

// Grids with an anchor: which day and which time of the day they keep, through short months and clock
// changes.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "billing/period.h"
#include "tests/unit/billing/civil.h"
#include "tests/unit/billing/print_period.h"

namespace tidemark::billing {
namespace {

using std::chrono::nanoseconds;

constexpr auto kHour = schemas::IntervalUnit::hour;
constexpr auto kDay = schemas::IntervalUnit::day;
constexpr auto kWeek = schemas::IntervalUnit::week;
constexpr auto kMonth = schemas::IntervalUnit::month;
constexpr auto kYear = schemas::IntervalUnit::year;

struct EdgesCase {
  const char* name;
  GridRule rule;
  std::vector<const char*> edges;  // successive ones
};
void PrintTo(const EdgesCase& test, std::ostream* out) {
  *out << test.name;
}

class AnchoredPeriodTest : public ::testing::TestWithParam<EdgesCase> {};

TEST_P(AnchoredPeriodTest, HasTheseEdgesAndNoOthers) {
  const auto grid = PeriodGrid::make(GetParam().rule);
  ASSERT_TRUE(grid.has_value()) << grid.error().message;
  const auto& edges = GetParam().edges;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const Period expected{utc(edges[i]), utc(edges[i + 1])};
    EXPECT_EQ(grid->containing(expected.start), expected);
    EXPECT_EQ(grid->containing(expected.start + (expected.end - expected.start) / 2), expected);
    EXPECT_EQ(grid->containing(expected.end - nanoseconds{1}), expected);
    EXPECT_EQ(grid->containing(expected.end).start, expected.end);  // the end belongs to the next
  }
}

std::string name_of(const ::testing::TestParamInfo<EdgesCase>& test) {
  return test.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Months, AnchoredPeriodTest,
    ::testing::Values(
        EdgesCase{"day_31_comes_back_after_28",
                  {"UTC", kMonth, 1, "2026-01-31"},
                  {"2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z",
                   "2026-04-30T00:00:00Z", "2026-05-31T00:00:00Z"}},
        EdgesCase{
            "day_31_before_the_anchor",
            {"UTC", kMonth, 1, "2026-01-31"},
            {"2023-12-31T00:00:00Z", "2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z"}},
        EdgesCase{"day_30",
                  {"UTC", kMonth, 1, "2026-04-30"},
                  {"2026-01-30T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-30T00:00:00Z",
                   "2026-04-30T00:00:00Z", "2026-05-30T00:00:00Z"}},
        EdgesCase{"day_29",
                  {"UTC", kMonth, 1, "2027-01-29"},
                  {"2027-01-29T00:00:00Z", "2027-02-28T00:00:00Z", "2027-03-29T00:00:00Z"}},
        EdgesCase{"day_29_in_a_leap_year",
                  {"UTC", kMonth, 1, "2027-01-29"},
                  {"2028-01-29T00:00:00Z", "2028-02-29T00:00:00Z", "2028-03-29T00:00:00Z"}},
        EdgesCase{"29_february_is_day_29",
                  {"UTC", kMonth, 1, "2028-02-29"},
                  {"2028-02-29T00:00:00Z", "2028-03-29T00:00:00Z", "2028-04-29T00:00:00Z"}},
        EdgesCase{
            "last_days_of_each_third_month",
            {"UTC", kMonth, 3, "2025-08-31"},
            {"2025-08-31T00:00:00Z", "2025-11-30T00:00:00Z", "2026-02-28T00:00:00Z", "2026-05-31T00:00:00Z"}},
        EdgesCase{"five_months_backwards",
                  {"UTC", kMonth, 5, "2026-01-15"},
                  {"2025-03-15T00:00:00Z", "2025-08-15T00:00:00Z", "2026-01-15T00:00:00Z"}},
        EdgesCase{"local_time_of_day_is_kept",
                  {"Europe/Budapest", kMonth, 1, "2026-01-15T10:00:00"},
                  {"2026-02-15T09:00:00Z", "2026-03-15T09:00:00Z", "2026-04-15T08:00:00Z"}},
        EdgesCase{"instant_keeps_its_local_time_of_day",
                  {"Europe/Budapest", kMonth, 1, "2026-01-31T23:30:00Z"},  // 00:30 of 1 February there
                  {"2026-03-31T22:30:00Z", "2026-04-30T22:30:00Z"}},
        EdgesCase{"in_the_skipped_hour",
                  {"Europe/Budapest", kMonth, 1, "2026-03-29T02:30:00"},
                  {"2026-02-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-04-29T00:30:00Z"}},
        EdgesCase{"in_the_repeated_hour_is_the_earlier",
                  {"Europe/Budapest", kMonth, 1, "2026-10-25T01:30:00Z"},  // 02:30 for the second time
                  {"2026-09-25T00:30:00Z", "2026-10-25T00:30:00Z", "2026-11-25T01:30:00Z"}},
        EdgesCase{"plus_fourteen",
                  {"Pacific/Kiritimati", kMonth, 1, "2026-01-31"},
                  {"2026-01-30T10:00:00Z", "2026-02-27T10:00:00Z", "2026-03-30T10:00:00Z"}},
        EdgesCase{"minus_eleven",
                  {"Pacific/Pago_Pago", kMonth, 1, "2026-01-31"},
                  {"2026-01-31T11:00:00Z", "2026-02-28T11:00:00Z", "2026-03-31T11:00:00Z"}},
        EdgesCase{"lord_howe_skips_half_an_hour",
                  {"Australia/Lord_Howe", kMonth, 1, "2026-10-04T02:15:00"},
                  {"2026-09-03T15:45:00Z", "2026-10-03T15:30:00Z", "2026-11-03T15:15:00Z"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Years, AnchoredPeriodTest,
    ::testing::Values(EdgesCase{"29_february",
                                {"UTC", kYear, 1, "2024-02-29"},
                                {"2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z",
                                 "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"}},
                      EdgesCase{"29_february_and_no_leap_year_2100",
                                {"UTC", kYear, 4, "2024-02-29"},
                                {"2096-02-29T00:00:00Z", "2100-02-28T00:00:00Z", "2104-02-29T00:00:00Z"}},
                      EdgesCase{"two_years_backwards",
                                {"America/New_York", kYear, 2, "2027-07-01T12:00:00"},
                                {"2023-07-01T16:00:00Z", "2025-07-01T16:00:00Z", "2027-07-01T16:00:00Z"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    WeeksDaysAndHours, AnchoredPeriodTest,
    ::testing::Values(EdgesCase{"week_starts_on_the_anchor_s_weekday",
                                {"UTC", kWeek, 1, "2026-01-31"},  // a Saturday
                                {"2026-11-14T00:00:00Z", "2026-11-21T00:00:00Z", "2026-11-28T00:00:00Z"}},
                      EdgesCase{"two_weeks_before_the_anchor",
                                {"UTC", kWeek, 2, "2026-01-31"},
                                {"2026-01-03T00:00:00Z", "2026-01-17T00:00:00Z", "2026-01-31T00:00:00Z"}},
                      EdgesCase{"week_through_the_clock_change",
                                {"America/New_York", kWeek, 1, "2026-01-02T09:00:00"},
                                {"2026-10-30T13:00:00Z", "2026-11-06T14:00:00Z"}},
                      EdgesCase{"day_in_the_skipped_hour",
                                {"America/New_York", kDay, 1, "2026-01-01T02:30:00"},
                                {"2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
                      EdgesCase{"day_in_the_repeated_hour",
                                {"America/New_York", kDay, 1, "2026-01-01T01:30:00"},
                                {"2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
                      EdgesCase{"noon_in_apia_without_the_friday",
                                {"Pacific/Apia", kDay, 1, "2011-01-01T12:00:00"},
                                {"2011-12-28T22:00:00Z", "2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z",
                                 "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"}},
                      EdgesCase{"hours_from_an_instant",
                                {"Europe/Budapest", kHour, 5, "2026-11-20T10:20:00Z"},
                                {"2026-11-20T05:20:00Z", "2026-11-20T10:20:00Z", "2026-11-20T15:20:00Z"}},
                      EdgesCase{"hours_from_the_second_time",
                                {"Europe/Budapest", kHour, 1, "2026-10-25T01:30:00Z"},
                                {"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}},
                      EdgesCase{"hours_from_the_skipped_hour",
                                {"Europe/Budapest", kHour, 6, "2026-03-29T02:30:00"},
                                {"2026-03-28T19:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T07:00:00Z"}},
                      EdgesCase{"hours_from_a_local_time",
                                {"Asia/Kolkata", kHour, 24, "2026-01-01T06:00:00"},
                                {"2026-11-19T00:30:00Z", "2026-11-20T00:30:00Z"}}),
    name_of);

}  // namespace
}  // namespace tidemark::billing

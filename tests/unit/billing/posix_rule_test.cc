#include "billing/posix_rule.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/billing/civil.h"

namespace tidemark::billing {
namespace {

constexpr std::int64_t kSinceEver = std::numeric_limits<std::int64_t>::min();

Transition change(const char* at, std::int32_t offset) {
  return {std::chrono::floor<std::chrono::seconds>(utc(at)).time_since_epoch().count(), offset};
}

struct RuleCase {
  const char* name;
  const char* rule;
  std::vector<Transition> year_2050;
};

class PosixRuleTest : public ::testing::TestWithParam<RuleCase> {};

TEST_P(PosixRuleTest, GivesTheTransitionsOfAYear) {
  const auto transitions = expand_posix_rule(GetParam().rule, 2050, 2050);
  ASSERT_TRUE(transitions.has_value());
  EXPECT_EQ(*transitions, GetParam().year_2050);
}

INSTANTIATE_TEST_SUITE_P(
    Billing, PosixRuleTest,
    ::testing::Values(
        RuleCase{"utc", "UTC0", {{kSinceEver, 0}}},
        RuleCase{"east_is_negative", "<+0545>-5:45", {{kSinceEver, 20'700}}},
        RuleCase{"west_is_positive", "<-0930>9:30", {{kSinceEver, -34'200}}},
        RuleCase{"default_time_is_two",
                 "CET-1CEST,M3.5.0,M10.5.0/3",
                 {change("2050-03-27T01:00:00Z", 7200), change("2050-10-30T01:00:00Z", 3600)}},
        RuleCase{"second_sunday",
                 "EST5EDT,M3.2.0,M11.1.0",
                 {change("2050-03-13T07:00:00Z", -14'400), change("2050-11-06T06:00:00Z", -18'000)}},
        RuleCase{"southern",
                 "NZST-12NZDT,M9.5.0,M4.1.0/3",
                 {change("2050-04-02T14:00:00Z", 43'200), change("2050-09-24T14:00:00Z", 46'800)}},
        RuleCase{"half_hour_of_daylight_time",
                 "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                 {change("2050-04-02T15:00:00Z", 37'800), change("2050-10-01T15:30:00Z", 39'600)}},
        RuleCase{"winter_time_is_the_exception",
                 "IST-1GMT0,M10.5.0,M3.5.0/1",
                 {change("2050-03-27T01:00:00Z", 3600), change("2050-10-30T01:00:00Z", 0)}},
        RuleCase{"time_before_midnight",
                 "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                 {change("2050-03-27T01:00:00Z", -3600), change("2050-10-30T01:00:00Z", -7200)}},
        RuleCase{"time_two_days_later",
                 "EET-2EEST,M3.4.4/50,M10.4.4/50",
                 {change("2050-03-26T00:00:00Z", 10'800), change("2050-10-28T23:00:00Z", 7200)}},
        RuleCase{"days_without_leap_day",
                 "AAA0BBB,J59/0,J60/0",
                 {change("2050-02-28T00:00:00Z", 3600), change("2050-02-28T23:00:00Z", 0)}},
        RuleCase{"days_from_zero",
                 "AAA0BBB,0/0,59/0",
                 {change("2050-01-01T00:00:00Z", 3600), change("2050-02-28T23:00:00Z", 0)}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(PosixRuleTest, CountsTheLeapDayOnlyWhereTheFormDoes) {
  const auto transitions = expand_posix_rule("AAA0BBB,J60/0,60/0", 2052, 2052);
  ASSERT_TRUE(transitions.has_value());
  EXPECT_EQ(*transitions,
            (std::vector{change("2052-02-29T23:00:00Z", 0), change("2052-03-01T00:00:00Z", 3600)}));
}

TEST(PosixRuleTest, DaylightTimeAllYearIsNeverLeft) {
  const auto transitions = expand_posix_rule("XXX3EDT4,0/0,J365/23", 2050, 2051);
  ASSERT_TRUE(transitions.has_value());
  EXPECT_EQ(*transitions,
            (std::vector{change("2050-01-01T03:00:00Z", -14'400), change("2051-01-01T03:00:00Z", -14'400),
                         change("2052-01-01T03:00:00Z", -10'800)}));
}

class PosixRuleRefusalTest : public ::testing::TestWithParam<const char*> {};

TEST_P(PosixRuleRefusalTest, IsNotGuessed) {
  EXPECT_EQ(expand_posix_rule(GetParam(), 2050, 2050), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Billing, PosixRuleRefusalTest,
                         ::testing::Values("", "UTC", "AB1", "<+01-1", "CET-1CEST", "CET-1CEST,M3.5.0",
                                           "CET-1CEST,M3.5.0,M13.5.0", "CET-1CEST,M3.6.0,M10.5.0",
                                           "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J365",
                                           "CET-1CEST,M3.5.0,M10.5.0/", "CET-1CEST,M3.5.0,M10.5.0/168",
                                           "CET-1CEST,M3.5.0,M10.5.0x", "CET--1"));

}  // namespace
}  // namespace tidemark::billing

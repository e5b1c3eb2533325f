#include "tidemark/time.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::chrono_literals;

struct ParseCase {
  const char* name;
  const char* text;
  const char* formatted;  // nullptr: refused
};
class ParseRfc3339Test : public ::testing::TestWithParam<ParseCase> {};

TEST_P(ParseRfc3339Test, ReadsAnInstantOrRefuses) {
  const auto& [name, text, formatted] = GetParam();
  const auto time = parse_rfc3339(text);
  ASSERT_EQ(time.has_value(), formatted != nullptr) << text;
  if (time) {
    EXPECT_EQ(format_rfc3339(*time), formatted);
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Time, ParseRfc3339Test, ::testing::Values(
  ParseCase{"utc",                    "2026-11-10T09:00:00Z",                "2026-11-10T09:00:00Z"},
  ParseCase{"ahead_of_utc",           "2026-11-10T10:00:00+01:00",           "2026-11-10T09:00:00Z"},
  ParseCase{"behind_utc",             "2026-11-10T00:00:00-09:30",           "2026-11-10T09:30:00Z"},
  ParseCase{"unknown_local_offset",   "2026-11-10T09:00:00-00:00",           "2026-11-10T09:00:00Z"},
  ParseCase{"offset_changes_the_day", "2026-01-01T00:30:00+01:00",           "2025-12-31T23:30:00Z"},
  ParseCase{"largest_offset",         "2026-01-01T23:59:00+23:59",           "2026-01-01T00:00:00Z"},
  ParseCase{"one_digit",              "2026-11-10T09:00:00.5Z",              "2026-11-10T09:00:00.500Z"},
  ParseCase{"milliseconds",           "2026-11-10T09:00:00.123+01:00",       "2026-11-10T08:00:00.123Z"},
  ParseCase{"microseconds",           "2026-11-10T09:00:00.000001Z",         "2026-11-10T09:00:00.000001Z"},
  ParseCase{"nine_digits",            "2026-11-10T09:00:00.123456789Z",      "2026-11-10T09:00:00.123456789Z"},
  ParseCase{"zeros_are_free",         "2026-11-10T09:00:00.100000000Z",      "2026-11-10T09:00:00.100Z"},
  ParseCase{"last_of_a_day",          "2026-11-10T23:59:59.999999999Z",      "2026-11-10T23:59:59.999999999Z"},
  ParseCase{"leap_day",               "2024-02-29T00:00:00Z",                "2024-02-29T00:00:00Z"},
  ParseCase{"before_1970",            "1969-12-31T23:59:59.5Z",              "1969-12-31T23:59:59.500Z"},
  ParseCase{"first_year",             "1678-01-01T00:00:00Z",                "1678-01-01T00:00:00Z"},
  ParseCase{"last_year",              "2261-12-31T23:59:59.999999999Z",      "2261-12-31T23:59:59.999999999Z"},
  ParseCase{"year_too_small",         "1677-12-31T23:59:59Z",                nullptr},
  ParseCase{"year_too_large",         "2262-01-01T00:00:00Z",                nullptr},
  ParseCase{"too_early_in_utc",       "1678-01-01T00:00:00+01:00",           nullptr},
  ParseCase{"too_late_in_utc",        "2261-12-31T23:59:59-01:00",           nullptr},
  ParseCase{"ten_digits",             "2026-11-10T09:00:00.1234567890Z",     nullptr},
  ParseCase{"point_without_digits",   "2026-11-10T09:00:00.Z",               nullptr},
  ParseCase{"comma",                  "2026-11-10T09:00:00,5Z",              nullptr},
  ParseCase{"leap_second",            "2026-06-30T23:59:60Z",                nullptr},
  ParseCase{"hour_24",                "2026-11-10T24:00:00Z",                nullptr},
  ParseCase{"minute_60",              "2026-11-10T09:60:00Z",                nullptr},
  ParseCase{"no_leap_day",            "2026-02-29T00:00:00Z",                nullptr},
  ParseCase{"century_is_no_leap",     "1900-02-29T00:00:00Z",                nullptr},
  ParseCase{"day_zero",               "2026-11-00T00:00:00Z",                nullptr},
  ParseCase{"day_31_of_30",           "2026-11-31T00:00:00Z",                nullptr},
  ParseCase{"month_zero",             "2026-00-10T00:00:00Z",                nullptr},
  ParseCase{"month_13",               "2026-13-10T00:00:00Z",                nullptr},
  ParseCase{"no_offset",              "2026-11-10T09:00:00",                 nullptr},
  ParseCase{"no_offset_but_fraction", "2026-11-10T09:00:00.123",             nullptr},
  ParseCase{"offset_without_colon",   "2026-11-10T09:00:00+0100",            nullptr},
  ParseCase{"offset_of_hours",        "2026-11-10T09:00:00+01",              nullptr},
  ParseCase{"offset_of_24_hours",     "2026-11-10T09:00:00+24:00",           nullptr},
  ParseCase{"offset_minute_60",       "2026-11-10T09:00:00+01:60",           nullptr},
  ParseCase{"lower_case_t",           "2026-11-10t09:00:00Z",                nullptr},
  ParseCase{"lower_case_z",           "2026-11-10T09:00:00z",                nullptr},
  ParseCase{"space_for_t",            "2026-11-10 09:00:00Z",                nullptr},
  ParseCase{"leading_space",          " 2026-11-10T09:00:00Z",               nullptr},
  ParseCase{"trailing_space",         "2026-11-10T09:00:00Z ",               nullptr},
  ParseCase{"trailing_z",             "2026-11-10T09:00:00+01:00Z",          nullptr},
  ParseCase{"no_seconds",             "2026-11-10T09:00Z",                   nullptr},
  ParseCase{"date_only",              "2026-11-10",                          nullptr},
  ParseCase{"five_digit_year",        "12026-11-10T09:00:00Z",               nullptr},
  ParseCase{"sign_for_a_digit",       "2026-11-10T+9:00:00Z",                nullptr},
  ParseCase{"letter_for_a_digit",     "2O26-11-10T09:00:00Z",                nullptr},
  ParseCase{"empty",                  "",                                    nullptr}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(FormatRfc3339Test, EveryRepresentableInstantHasAText) {
  EXPECT_EQ(format_rfc3339(kEventTimeMin), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(format_rfc3339(EventTime{std::chrono::nanoseconds{INT64_MAX}}), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(format_rfc3339(EventTime{std::chrono::nanoseconds{-1}}), "1969-12-31T23:59:59.999999999Z");
}

TEST(FormatRfc3339Test, IsTheInverseOfParse) {
  std::int64_t count = -9'000'000'000'000'000'000;
  for (int i = 0; i < 10'000; ++i, count += 1'800'000'000'000'017) {
    const EventTime time{std::chrono::nanoseconds{count}};
    EXPECT_EQ(parse_rfc3339(format_rfc3339(time)), time);
  }
}

struct DurationCase {
  const char* name;
  const char* text;
  std::optional<std::chrono::milliseconds> expected;
};
class ParseDurationTest : public ::testing::TestWithParam<DurationCase> {};

TEST_P(ParseDurationTest, ReadsOrRefuses) {
  EXPECT_EQ(parse_duration(GetParam().text), GetParam().expected);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Time, ParseDurationTest, ::testing::Values(
  DurationCase{"seconds",           "90s",     90s},
  DurationCase{"hours",             "48h",     48h},
  DurationCase{"days",              "35d",     35 * 24h},
  DurationCase{"milliseconds",      "250ms",   250ms},
  DurationCase{"minutes",           "5m",      5min},
  DurationCase{"two_units",         "36d12h",  36 * 24h + 12h},
  DurationCase{"all_units",         "1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
  DurationCase{"minutes_and_ms",    "1m5ms",   1min + 5ms},
  DurationCase{"zero",              "0s",      0ms},
  DurationCase{"largest",           "9223372036854775807ms", std::chrono::milliseconds{INT64_MAX}},
  DurationCase{"overflow_of_digits", "9223372036854775808ms", std::nullopt},
  DurationCase{"overflow_of_unit",  "9223372036854775807s",  std::nullopt},
  DurationCase{"overflow_of_sum",   "1s9223372036854775807ms", std::nullopt},
  DurationCase{"no_unit",           "90",      std::nullopt},
  DurationCase{"no_number",         "s",       std::nullopt},
  DurationCase{"unknown_unit",      "3w",      std::nullopt},
  DurationCase{"upper_case",        "3S",      std::nullopt},
  DurationCase{"wrong_order",       "12h36d",  std::nullopt},
  DurationCase{"unit_twice",        "1h1h",    std::nullopt},
  DurationCase{"negative",          "-5s",     std::nullopt},
  DurationCase{"decimal",           "1.5s",    std::nullopt},
  DurationCase{"space",             "5 s",     std::nullopt},
  DurationCase{"trailing_number",   "5s3",     std::nullopt},
  DurationCase{"empty",             "",        std::nullopt}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(FormatDurationTest, IsTheInverseOfParse) {
  EXPECT_EQ(format_duration(0ms), "0s");
  EXPECT_EQ(format_duration(36 * 24h + 12h), "36d12h");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(1250ms), "1s250ms");
  EXPECT_EQ(format_duration(-90s), "-1m30s");
  for (const auto duration : {1ms, 999ms, 86'400'001ms, std::chrono::milliseconds{INT64_MAX}}) {
    EXPECT_EQ(parse_duration(format_duration(duration)), duration);
  }
}

}  // namespace
}  // namespace tidemark

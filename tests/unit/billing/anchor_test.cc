#include "billing/anchor.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/billing/civil.h"

namespace tidemark::billing {
namespace {

std::int64_t seconds_of(const char* text) {
  return std::chrono::floor<std::chrono::seconds>(utc(text)).time_since_epoch().count();
}

Result<Anchor> parse_in_budapest(const char* text) {
  return parse_anchor(text, **ZoneTable::load("Europe/Budapest"));
}

struct AnchorCase {
  const char* name;
  const char* text;
  const char* instant;
  const char* local;  // with a Z that is not meant
};

class AnchorTest : public ::testing::TestWithParam<AnchorCase> {};

TEST_P(AnchorTest, IsAnInstantAndALocalTime) {
  const auto anchor = parse_in_budapest(GetParam().text);
  ASSERT_TRUE(anchor.has_value()) << anchor.error().message;
  EXPECT_EQ(anchor->instant, seconds_of(GetParam().instant));
  EXPECT_EQ(anchor->local, seconds_of(GetParam().local));
}

INSTANTIATE_TEST_SUITE_P(
    Billing, AnchorTest,
    ::testing::Values(
        AnchorCase{"date", "2026-01-31", "2026-01-30T23:00:00Z", "2026-01-31T00:00:00Z"},
        AnchorCase{"local_time", "2026-01-31T10:00:00", "2026-01-31T09:00:00Z", "2026-01-31T10:00:00Z"},
        AnchorCase{"instant_in_utc", "2026-07-31T23:30:00Z", "2026-07-31T23:30:00Z", "2026-08-01T01:30:00Z"},
        AnchorCase{"instant_elsewhere", "2026-01-31T10:00:00-05:00", "2026-01-31T15:00:00Z",
                   "2026-01-31T16:00:00Z"},
        AnchorCase{"fraction_of_zeros", "2026-01-31T10:00:00.000Z", "2026-01-31T10:00:00Z",
                   "2026-01-31T11:00:00Z"},
        AnchorCase{"in_the_skipped_hour", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z",
                   "2026-03-29T02:30:00Z"},
        AnchorCase{"in_the_repeated_hour", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z",
                   "2026-10-25T02:30:00Z"},
        AnchorCase{"second_time_of_the_repeated_hour", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z",
                   "2026-10-25T02:30:00Z"},
        AnchorCase{"first_year", "1678-01-01T00:00:00Z", "1678-01-01T00:00:00Z", "1678-01-01T01:16:20Z"}),
    [](const auto& test) { return std::string(test.param.name); });

class AnchorRefusalTest : public ::testing::TestWithParam<const char*> {};

TEST_P(AnchorRefusalTest, NamesTheText) {
  const auto anchor = parse_in_budapest(GetParam());
  ASSERT_FALSE(anchor.has_value());
  EXPECT_EQ(anchor.error().disposition, Disposition::dead_letter);
  EXPECT_EQ(anchor.error().code, "profile_invalid");
  EXPECT_NE(anchor.error().message.find("'" + std::string(GetParam()) + "'"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Billing, AnchorRefusalTest,
                         ::testing::Values("", "31", "2026-01", "2026-1-31", "2026-02-29", "2026-01-31T",
                                           "2026-01-31Z", "2026-01-31T10:00", "2026-01-31 10:00:00",
                                           "2026-01-31T10:00:00.5", "2026-01-31T10:00:00.000000001Z",
                                           "2026-01-31T24:00:00", "1677-12-31", "2262-01-01",
                                           "2026-01-31T10:00:00+1:00", "2026-01-31T10:00:00 UTC"));

}  // namespace
}  // namespace tidemark::billing

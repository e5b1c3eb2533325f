// A time line in the state: frozen periods, and its bytes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "billing/timeline.h"
#include "tests/unit/billing/civil.h"
#include "tests/unit/billing/print_period.h"

namespace tidemark::billing {
namespace {

using schemas::IntervalUnit;
using schemas::ProfileVersion;

ProfileVersion version(const char* effective_from, IntervalUnit unit, const char* zone = "UTC",
                       const char* anchor = "") {
  ProfileVersion version;
  version.effective_from = utc(effective_from);
  version.time_zone = zone;
  version.unit = unit;
  version.anchor = anchor;
  return version;
}

const ProfileVersion kMonthly = version("2020-01-01T00:00:00Z", IntervalUnit::month);
const ProfileVersion kDailyFromJuly = version("2026-06-10T00:00:00Z", IntervalUnit::day);

Timeline line_of(const std::vector<ProfileVersion>& versions) {
  auto line = Timeline::of(versions);
  EXPECT_TRUE(line.has_value());
  return *line;
}

using Edges = std::vector<const char*>;

std::vector<Period> periods_between(const Edges& edges) {
  std::vector<Period> periods;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) periods.push_back({utc(edges[i]), utc(edges[i + 1])});
  return periods;
}

struct FrozenCase {
  const char* name;
  std::vector<Period> existing;
  Edges edges;  // successive ones, of the line with the existing periods frozen
};
void PrintTo(const FrozenCase& test, std::ostream* out) {
  *out << test.name;
}

class FrozenTest : public ::testing::TestWithParam<FrozenCase> {};

TEST_P(FrozenTest, TilesAroundWhatExists) {
  const Timeline line = line_of({kMonthly, kDailyFromJuly}).with_frozen(GetParam().existing);
  for (const Period& period : periods_between(GetParam().edges)) {
    EXPECT_EQ(line.containing(period.start), period);
    EXPECT_EQ(line.containing(period.end - std::chrono::nanoseconds{1}), period);
    EXPECT_EQ(line.after(period).start, period.end);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Billing, FrozenTest,
    ::testing::Values(
        FrozenCase{"nothing", {}, {"2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"}},
        FrozenCase{"one_an_hour_later",
                   {{utc("2026-05-01T01:00:00Z"), utc("2026-06-01T01:00:00Z")}},
                   {"2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-05-01T01:00:00Z",
                    "2026-06-01T01:00:00Z", "2026-07-01T00:00:00Z"}},
        FrozenCase{
            "one_within_a_period",
            {{utc("2026-05-10T00:00:00Z"), utc("2026-05-20T00:00:00Z")}},
            {"2026-05-01T00:00:00Z", "2026-05-10T00:00:00Z", "2026-05-20T00:00:00Z", "2026-06-01T00:00:00Z"}},
        FrozenCase{
            "two_that_touch",
            {{utc("2026-04-01T01:00:00Z"), utc("2026-05-01T01:00:00Z")},
             {utc("2026-05-01T01:00:00Z"), utc("2026-06-01T01:00:00Z")}},
            {"2026-04-01T01:00:00Z", "2026-05-01T01:00:00Z", "2026-06-01T01:00:00Z", "2026-07-01T00:00:00Z"}},
        FrozenCase{"two_with_a_gap",
                   {{utc("2026-03-01T01:00:00Z"), utc("2026-04-01T01:00:00Z")},
                    {utc("2026-05-01T01:00:00Z"), utc("2026-06-01T01:00:00Z")}},
                   {"2026-03-01T01:00:00Z", "2026-04-01T01:00:00Z", "2026-05-01T00:00:00Z",
                    "2026-05-01T01:00:00Z", "2026-06-01T01:00:00Z"}},
        FrozenCase{"one_over_the_border_of_two_rules",
                   {{utc("2026-06-01T01:00:00Z"), utc("2026-07-01T01:00:00Z")}},
                   {"2026-06-01T01:00:00Z", "2026-07-01T01:00:00Z", "2026-07-02T00:00:00Z",
                    "2026-07-03T00:00:00Z"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(FrozenLineTest, PeriodsThatTheLineHasAnywayChangeNothing) {
  const Timeline line = line_of({kMonthly, kDailyFromJuly});
  EXPECT_EQ(line.with_frozen(
                periods_between({"2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"})),
            line);
}

TEST(FrozenLineTest, WhatWasFrozenStaysFrozen) {
  const std::vector<Period> may{{utc("2026-05-01T01:00:00Z"), utc("2026-06-01T01:00:00Z")}};
  const std::vector<Period> march{{utc("2026-03-01T01:00:00Z"), utc("2026-04-01T01:00:00Z")}};
  const Timeline line = line_of({kMonthly}).with_frozen(may);
  EXPECT_EQ(line.with_frozen(may), line);
  EXPECT_NE(line.with_frozen(march), line);
  EXPECT_EQ(line.with_frozen(march).containing(may[0].start), may[0]);
  EXPECT_EQ(line.with_frozen(march), line_of({kMonthly}).with_frozen(march).with_frozen(may));
}

TEST(FrozenLineTest, AVersionBeginsAtTheEdgeOfAFrozenPeriod) {
  const std::vector<Period> june{{utc("2026-06-01T01:00:00Z"), utc("2026-07-01T01:00:00Z")}};
  const Timeline line = line_of({kMonthly}).with_frozen(june);
  const auto change = line.changed_to(std::vector{kMonthly, kDailyFromJuly}, june[0].end);
  ASSERT_TRUE(change.has_value());
  EXPECT_FALSE(change->late);
  EXPECT_EQ(change->effective, june[0].end);
  EXPECT_EQ(change->timeline.containing(utc("2026-06-15T00:00:00Z")), june[0]);
  EXPECT_EQ(change->timeline.after(june[0]), (Period{june[0].end, utc("2026-07-02T00:00:00Z")}));
}

// The month that exists ends an hour before the one of the new time-zone data; hours rule from there.
TEST(FrozenLineTest, TheSameProfileAgainIsNotLate) {
  const std::vector versions{kMonthly, version("2026-06-10T00:00:00Z", IntervalUnit::hour)};
  const std::vector<Period> june{{utc("2026-05-31T23:00:00Z"), utc("2026-06-30T23:00:00Z")}};
  const Timeline line = line_of({kMonthly}).with_frozen(june).changed_to(versions, june[0].end)->timeline;
  ASSERT_EQ(line.segments().back().from, june[0].end);
  const auto again = line.changed_to(versions, utc("2026-07-01T00:00:00Z"));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->timeline, line);
  EXPECT_FALSE(again->late);
  EXPECT_EQ(again->effective, EventTime::max());
}

Timeline example() {
  const std::vector<Period> may{{utc("2026-05-01T01:00:00Z"), utc("2026-06-01T01:00:00Z")}};
  return line_of({kMonthly, version("2026-06-10T00:00:00Z", IntervalUnit::week, "Europe/Budapest",
                                    "2026-01-31T10:00:00")})
      .with_frozen(may);
}

std::string bytes_of(const Timeline& line) {
  std::string bytes;
  line.append_to(bytes);
  return bytes;
}

TEST(TimelineBytesTest, AreReadAsTheSameLineAndNoFurther) {
  const std::string bytes = bytes_of(example()) + "next";
  ByteReader in(bytes);
  const auto line = Timeline::read(in);
  ASSERT_TRUE(line.has_value()) << line.error().message;
  EXPECT_EQ(*line, example());
  EXPECT_EQ(in.bytes(4), "next");
  EXPECT_TRUE(in.at_end());
}

// As after a change of the time-zone data: the edge in the state is no edge of the grid any more.
TEST(TimelineBytesTest, WhatIsScheduledMovesToTheEdgesOfToday) {
  const auto bytes_of_time = [](const char* text) {
    std::string bytes;
    ByteWriter(bytes).signed_varint(utc(text).time_since_epoch().count());
    return bytes;
  };
  const std::vector versions{kMonthly, kDailyFromJuly};
  std::string bytes = bytes_of(line_of(versions));
  const std::string july = bytes_of_time("2026-07-01T00:00:00Z");
  bytes.replace(bytes.find(july), july.size(), bytes_of_time("2026-07-01T01:00:00Z"));
  ByteReader in(bytes);
  const auto line = Timeline::read(in);
  ASSERT_TRUE(line.has_value());
  ASSERT_EQ(line->segments().back().from, utc("2026-07-01T01:00:00Z"));
  const auto change = line->changed_to(versions, utc("2026-06-01T00:00:00Z"));
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->timeline, line_of(versions));
  EXPECT_FALSE(change->late);
}

TEST(TimelineBytesTest, CutAnywhereAreCorrupt) {
  const std::string bytes = bytes_of(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    const auto line = Timeline::read(in);
    ASSERT_FALSE(line.has_value()) << size;
    EXPECT_EQ(line.error().disposition, Disposition::fatal);
    EXPECT_EQ(line.error().code, "state_corrupt") << size;
  }
}

struct DamageCase {
  const char* name;
  std::string from;
  std::string to;  // of the same length
  const char* code;
};

class TimelineDamageTest : public ::testing::TestWithParam<DamageCase> {};

TEST_P(TimelineDamageTest, EndsWithACode) {
  std::string bytes = bytes_of(example());
  const auto at = bytes.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, GetParam().from.size(), GetParam().to);
  ByteReader in(bytes);
  const auto line = Timeline::read(in);
  ASSERT_FALSE(line.has_value());
  EXPECT_EQ(line.error().disposition, Disposition::fatal);
  EXPECT_EQ(line.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Billing, TimelineDamageTest,
    ::testing::Values(DamageCase{"format_of_the_future", "\x01", "\x02", "state_corrupt"},
                      DamageCase{"zone_this_machine_lacks", "Europe/Budapest", "Europe/Budapset",
                                 "time_zone_unknown_here"},
                      DamageCase{"anchor_that_is_none", "2026-01-31", "2026-13-31", "state_corrupt"},
                      DamageCase{"unit_that_is_none", "UTC\x03", "UTC\x05", "state_corrupt"},
                      DamageCase{"n_of_none", "UTC\x03\x01", std::string("UTC\x03\x00", 5), "state_corrupt"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TimelineBytesTest, OutOfOrderAreCorrupt) {
  const Timeline line = line_of({kMonthly});
  const auto bytes_of_frozen = [&line](const Period& period) {
    const std::vector<Period> frozen{period};
    return bytes_of(line.with_frozen(frozen)).substr(bytes_of(line).size());
  };
  const std::string may = bytes_of_frozen({utc("2026-05-01T01:00:00Z"), utc("2026-06-01T01:00:00Z")});
  const std::string june = bytes_of_frozen({utc("2026-06-01T01:00:00Z"), utc("2026-07-01T01:00:00Z")});
  const auto reads = [&line](const std::string& frozen) {
    std::string bytes = bytes_of(line);
    bytes.back() = 2;  // how many are frozen
    bytes += frozen;
    ByteReader in(bytes);
    return Timeline::read(in).has_value();
  };
  EXPECT_TRUE(reads(may + june));
  EXPECT_FALSE(reads(june + may));
  EXPECT_FALSE(reads(june + june));
}

}  // namespace
}  // namespace tidemark::billing

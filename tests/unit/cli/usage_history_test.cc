#include "cli/usage/usage_history.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/schemas/deltas.h"

namespace tidemark::cli {
namespace {

using schemas::DeltaKind;
using schemas::IntervalUnit;

EventTime at(std::string_view text) {
  return parse_rfc3339(text).value();
}

schemas::DecodedDelta delta(std::int64_t seq, std::int64_t previous, std::int64_t change, const char* first,
                            const char* last, DeltaKind kind = DeltaKind::usage) {
  schemas::DecodedDelta out = schemas::delta_of(seq, previous, change, kind);
  out.event_count = kind == DeltaKind::rebase ? 0 : 1;
  out.first_event_time = at(first);
  out.last_event_time = at(last);
  return out;
}

struct BucketCase {
  const char* name;
  IntervalUnit unit;
  const char* time_zone;
  const char* time;
  const char* start;
  const char* end;
};

class BucketTest : public ::testing::TestWithParam<BucketCase> {};

TEST_P(BucketTest, HoldsTheTime) {
  const auto& [name, unit, time_zone, time, start, end] = GetParam();
  const auto grid = bucket_grid(unit, time_zone);
  ASSERT_TRUE(grid) << grid.error().message;
  EXPECT_EQ(grid->containing(at(time)), (billing::Period{at(start), at(end)}));
}

INSTANTIATE_TEST_SUITE_P(
    History, BucketTest,
    ::testing::Values(BucketCase{"day_begins_with_it", IntervalUnit::day, "UTC", "2026-11-20T00:00:00Z",
                                 "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"},
                      BucketCase{"day_ends_before_the_next", IntervalUnit::day, "UTC",
                                 "2026-11-20T23:59:59.999999999Z", "2026-11-20T00:00:00Z",
                                 "2026-11-21T00:00:00Z"},
                      BucketCase{"day_is_local", IntervalUnit::day, "Europe/Budapest", "2026-11-20T23:30:00Z",
                                 "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z"},
                      BucketCase{"day_of_23_hours", IntervalUnit::day, "Europe/Budapest",
                                 "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
                      BucketCase{"day_of_25_hours", IntervalUnit::day, "Europe/Budapest",
                                 "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
                      BucketCase{"hour", IntervalUnit::hour, "Europe/Budapest", "2026-11-20T10:15:00Z",
                                 "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"},
                      BucketCase{"hour_that_the_clock_shows_twice", IntervalUnit::hour, "Europe/Budapest",
                                 "2026-10-25T01:15:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(BucketGridTest, AnUnknownZoneIsWrongUsage) {
  const auto grid = bucket_grid(IntervalUnit::day, "Europe/Atlantis");
  ASSERT_FALSE(grid);
  EXPECT_EQ(grid.error().code, "usage");
}

// One row per bucket, as "from usage events corrections correction_events spanning_deltas spanning_amount".
std::vector<std::string> rows_of(const std::vector<schemas::DecodedDelta>& deltas,
                                 HistoryOptions options = {}) {
  UsageHistory history(options, [](const auto&) { return "UTC"; });
  for (std::size_t i = 0; i < deltas.size(); ++i)
    EXPECT_TRUE(history.take("key", deltas[i], Offset(static_cast<std::int64_t>(i))));
  std::vector<std::string> rows;
  for (const auto& row : nlohmann::json::parse(history.table().render(OutputFormat::json))) {
    rows.push_back(row["from"].get<std::string>().substr(0, 10) + " " + row["usage"].get<std::string>() +
                   " " + row["events"].dump() + " " + row["corrections"].get<std::string>() + " " +
                   row["correction_events"].dump() + " " + row["spanning_deltas"].dump() + " " +
                   row["spanning_amount"].get<std::string>());
  }
  return rows;
}

using Rows = std::vector<std::string>;

TEST(UsageHistoryTest, DeltasOfADayAddUp) {
  EXPECT_EQ(rows_of({delta(1, 0, 5, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
                     delta(2, 5, -2, "2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z"),
                     delta(3, 3, 4, "2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z")}),
            (Rows{"2026-11-20 3 2 0 0 0 0", "2026-11-21 4 1 0 0 0 0"}));
}

TEST(UsageHistoryTest, ADeltaOfSeveralDaysStandsInTheLastAndSaysSo) {
  EXPECT_EQ(rows_of({delta(1, 0, 5, "2026-11-18T10:00:00Z", "2026-11-20T10:00:00Z"),
                     delta(2, 5, 1, "2026-11-20T00:00:00Z", "2026-11-20T10:00:00Z")}),
            (Rows{"2026-11-20 6 2 0 0 1 5"}));
}

TEST(UsageHistoryTest, CorrectionsStandApart) {
  EXPECT_EQ(rows_of({delta(1, 0, 5, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
                     delta(2, 5, 7, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", DeltaKind::correction)}),
            (Rows{"2026-11-20 5 1 7 1 0 0"}));
}

TEST(UsageHistoryTest, ARebaseIsNoUsage) {
  EXPECT_EQ(rows_of({delta(1, 0, 5, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
                     delta(2, 5, 0, "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", DeltaKind::rebase)}),
            (Rows{"2026-11-20 5 1 0 0 0 0"}));
}

TEST(UsageHistoryTest, SinceIsTakenAndUntilIsNot) {
  const auto since = delta(1, 0, 5, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z");
  const auto until = delta(2, 5, 1, "2026-11-20T11:00:00Z", "2026-11-20T11:00:00Z");
  EXPECT_EQ(
      rows_of({since, until}, {.since = at("2026-11-20T10:00:00Z"), .until = at("2026-11-20T11:00:00Z")}),
      (Rows{"2026-11-20 5 1 0 0 0 0"}));
}

TEST(UsageHistoryTest, ARepeatIsDroppedAndABreakIsNotCountedAndSaid) {
  UsageHistory history({}, [](const auto&) { return "UTC"; });
  const char* time = "2026-11-20T10:00:00Z";
  EXPECT_TRUE(history.take("key", delta(4, 10, 5, time, time), Offset(0)));
  EXPECT_TRUE(history.take("key", delta(4, 10, 5, time, time), Offset(1)));
  EXPECT_EQ(history.uncounted(), 0);
  EXPECT_TRUE(history.take("key", delta(6, 15, 5, time, time), Offset(2)));
  EXPECT_TRUE(history.take("key", delta(7, 20, 5, time, time), Offset(3)));
  EXPECT_EQ(history.uncounted(), 2);
  EXPECT_EQ(history.begun_before(), 1);
  const auto rows = nlohmann::json::parse(history.table().render(OutputFormat::json));
  EXPECT_EQ(rows[0]["usage"], "5");
}

}  // namespace
}  // namespace tidemark::cli

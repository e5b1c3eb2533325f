// What samples come to, per aggregation; that deltas add up to it, before the close of a period and after.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using schemas::DeltaKind;

constexpr const char* kMax = "170141183460469231731687303.715884105727";  // (2^127 - 1) / 10^12
constexpr const char* kMin = "-170141183460469231731687303.715884105727";
const EventTime kApril = at("2026-04-01T00:00:00Z");
constexpr ArrivalTime kLater{std::chrono::milliseconds{1'775'217'600'000}};  // 2026-04-03T12:00:00Z

struct TimedValue {
  std::chrono::nanoseconds after;  // kT0
  const char* value;
};

std::vector<TestEvent> events_of(const std::vector<TimedValue>& values) {
  std::vector<TestEvent> events;
  for (const TimedValue& sample : values) {
    events.push_back({.event_id = "e" + std::to_string(events.size()),
                      .value = sample.value,
                      .arrival = kT0 + 4min,
                      .event_time = kT0 + sample.after});
  }
  return events;
}

DriverSettings metered(const std::string& aggregation) {
  return {.meters = {{.name = "volume", .event_types = {"api.request"}, .aggregation = aggregation}}};
}

struct Case {
  const char* name;
  const char* aggregation;
  std::vector<TimedValue> values;
  const char* total;
};

class AggregationTest : public ::testing::TestWithParam<Case> {
 protected:
  static void expect_outcome(Driver& driver) {
    driver.come_to_rest();
    EXPECT_EQ(driver.verdicts(), std::vector<std::string>(GetParam().values.size(), "counted"));
    const auto total = driver.total("cus_1");
    ASSERT_TRUE(total);
    EXPECT_EQ(to_string(total->total), GetParam().total);
    EXPECT_EQ(total->event_count, static_cast<std::int64_t>(GetParam().values.size()));
  }
};

TEST_P(AggregationTest, InOneBatch) {
  Driver driver(metered(GetParam().aggregation));
  driver.profile("cus_1");
  driver.batch(events_of(GetParam().values));
  expect_outcome(driver);
}

TEST_P(AggregationTest, ToldAndRestartedAfterEachEvent) {
  Driver driver(metered(GetParam().aggregation));
  driver.profile("cus_1");
  for (const TestEvent& event : events_of(GetParam().values)) {
    driver.usage(event);
    driver.come_to_rest();
    driver.restart();
  }
  expect_outcome(driver);
  EXPECT_EQ(driver.totals().size(), GetParam().values.size());
}

TEST_P(AggregationTest, ReleasedFromParking) {
  Driver driver(metered(GetParam().aggregation));
  driver.batch(events_of(GetParam().values));
  driver.end_epoch();
  driver.restart();
  driver.profile("cus_1");
  expect_outcome(driver);
}

INSTANTIATE_TEST_SUITE_P(
    Processors, AggregationTest,
    ::testing::Values(
        Case{"sum", "sum", {{0s, "1"}, {1s, "2.5"}, {2s, "-3"}}, "0.5"},
        Case{"count", "count", {{0s, "1"}, {1s, "2.5"}, {2s, "-3"}}, "3"},
        Case{"max", "max", {{0s, "1"}, {1s, "5"}, {2s, "3"}}, "5"},
        Case{"max_below_zero", "max", {{0s, "-5"}, {1s, "-3"}, {2s, "-4"}}, "-3"},
        Case{"max_falls_never", "max", {{0s, "5"}, {1s, "0"}, {2s, "-7"}}, "5"},
        Case{"min", "min", {{0s, "4"}, {1s, "2"}, {2s, "3"}}, "2"},
        Case{"min_above_zero", "min", {{0s, "9"}, {1s, "8"}}, "8"},
        Case{"min_below_zero", "min", {{0s, "0"}, {1s, "-0.5"}, {2s, "7"}}, "-0.5"},
        Case{"last_in_order", "last", {{0s, "1"}, {1s, "2"}}, "2"},
        Case{"last_of_time_not_of_arrival", "last", {{0s, "1"}, {2s, "3"}, {1s, "2"}}, "3"},
        Case{"last_by_a_nanosecond", "last", {{1ns, "1"}, {0ns, "2"}}, "1"},
        Case{"last_of_a_tie_is_the_one_taken_last", "last", {{0s, "1"}, {0s, "3"}, {0s, "2"}}, "2"},
        Case{"last_of_a_tie_behind_the_end", "last", {{1s, "9"}, {0s, "1"}, {0s, "2"}}, "9"},
        Case{"max_from_end_to_end", "max", {{0s, kMin}, {1s, kMax}}, kMax},
        Case{"min_from_end_to_end", "min", {{0s, kMax}, {1s, kMin}}, kMin},
        Case{"last_from_end_to_end_and_back", "last", {{0s, kMin}, {1s, kMax}, {2s, kMin}}, kMin}),
    [](const auto& test) { return std::string(test.param.name); });

// A change wider than a Quantity is told in two deltas by way of zero, in one epoch.
TEST(LastTest, FromOneEndOfTheRangeToTheOtherIsToldByWayOfZero) {
  Driver driver(metered("last"));
  driver.profile("cus_1");
  driver.usage({.event_id = "a", .value = kMin});
  driver.come_to_rest();
  driver.usage({.event_id = "b", .value = kMax});
  driver.come_to_rest();
  ASSERT_EQ(driver.deltas().size(), 3u);
  EXPECT_EQ(to_string(driver.deltas()[1].total), "0");
  EXPECT_EQ(to_string(driver.deltas()[2].total), kMax);
  EXPECT_EQ(driver.deltas()[1].event_count + driver.deltas()[2].event_count, 1);
  EXPECT_EQ(driver.totals().size(), 2u) << "the total is told once";
}

// One is parked, the other counted later at the same instant: by then the first was taken before it.
TEST(LastTest, AParkedEventKeepsItsPlaceInATie) {
  Driver driver(metered("last"));
  driver.usage({.event_id = "parked", .value = "1"});
  driver.end_epoch();
  driver.restart();
  driver.profile("cus_1");
  driver.usage({.event_id = "fresh", .value = "2"});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "2");
  EXPECT_EQ(driver.stories(), (std::vector<std::string>{"parked, counted", "counted"}));
}

// Two lives, each with numbers of its own: what was taken in an earlier epoch is earlier.
TEST(LastTest, ATieAcrossARestartGoesToTheLaterEpoch) {
  Driver driver(metered("last"));
  driver.profile("cus_1");
  driver.batch(
      {{.event_id = "a", .value = "1"}, {.event_id = "b", .value = "2"}, {.event_id = "c", .value = "3"}});
  driver.end_epoch();
  driver.restart();
  driver.usage({.event_id = "d", .value = "4"});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "4");
}

struct KindCase {
  const char* aggregation;
  const char* usage;  // of 7 on time, and then of 10 and 2 after the close
  const char* correction;
  const char* total;
};
class KindTest : public ::testing::TestWithParam<KindCase> {};

TEST_P(KindTest, DeltasOfBothKindsAddUpToTheTotal) {
  DriverSettings settings = metered(GetParam().aggregation);
  if (settings.meters[0].aggregation == "unique") settings.meters[0].value = "properties.v";
  Driver driver(std::move(settings));
  driver.profile("cus_1");
  const auto in_march = [](const char* id, const char* value) {
    return TestEvent{.event_id = id,
                     .value = value,
                     .arrival = kLater,
                     .event_time = kApril - (std::string(id) == "late_2" ? 2h : 1h),
                     .properties = std::string("{\"v\":") + value + "}"};
  };
  driver.batch({in_march("on_time", "7"),
                {.event_id = "closes", .customer_id = "cus_9", .arrival = kLater},
                in_march("late_1", "10"),
                in_march("late_2", "2")});
  driver.come_to_rest();
  std::map<DeltaKind, Quantity> sums;
  for (const auto& delta : driver.deltas()) sums[delta.kind] = *Quantity::add(sums[delta.kind], delta.delta);
  EXPECT_EQ(to_string(sums[DeltaKind::usage]), GetParam().usage);
  EXPECT_EQ(to_string(sums[DeltaKind::correction]), GetParam().correction);
  EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
  EXPECT_EQ(driver.deltas().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Processors, KindTest,
                         ::testing::Values(KindCase{"sum", "7", "12", "19"}, KindCase{"count", "1", "2", "3"},
                                           KindCase{"max", "7", "3", "10"}, KindCase{"min", "7", "-5", "2"},
                                           KindCase{"last", "7", "3", "10"},
                                           KindCase{"unique", "1", "2", "3"}),
                         [](const auto& test) { return std::string(test.param.aggregation); });

}  // namespace
}  // namespace tidemark::processors::testing

// When a period is forgotten: rows, distinct values, and what is said to events of it.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

const EventTime kMarch = at("2026-03-01T00:00:00Z");
const EventTime kApril = at("2026-04-01T00:00:00Z");
constexpr std::chrono::minutes kKept = 38 * 24h;  // 35 days, two of grace and one more
const std::string kPurged = "dead_letter period_purged";

ArrivalTime arrival_at(EventTime time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time);
}
// The youngest event of March that may come at `arrival`: the retrier sends it again.
TestEvent of_march(const std::string& id, ArrivalTime arrival) {
  return {
      .event_id = id,
      .arrival = arrival,
      .event_time = kApril - 1h,
      .headers = {{"td-original-arrival", std::to_string(arrival_at(kApril).time_since_epoch().count())}}};
}
// Moves the clock and the watermark.
TestEvent tick(EventTime time) {
  return {.event_id = "t" + std::to_string(time.time_since_epoch().count()),
          .customer_id = "cus_9",
          .arrival = arrival_at(time)};
}

class PurgeTest : public ::testing::Test {
 protected:
  explicit PurgeTest(DriverSettings settings = {}) : driver_(std::move(settings)) {
    driver_.profile("cus_1");
    driver_.usage({.event_id = "a", .arrival = arrival_at(kApril - 2h)});
    driver_.come_to_rest();
  }
  void reach(EventTime time) {
    driver_.usage(tick(time));
    driver_.come_to_rest();
  }
  std::string judge(const std::string& id, EventTime arrival) {
    driver_.usage(of_march(id, arrival_at(arrival)));
    driver_.come_to_rest();
    return driver_.verdict(driver_.offset_count() - 1);
  }
  Driver driver_;
};

TEST_F(PurgeTest, TheFloorIsExact) {
  EXPECT_EQ(judge("b", kApril + kKept), "counted");
  EXPECT_EQ(judge("c", kApril + kKept + 1ms), kPurged);
}

TEST_F(PurgeTest, APurgedEventIsNotRemembered) {
  judge("b", kApril + kKept + 1ms);
  EXPECT_FALSE(driver_.letters().empty());
  EXPECT_EQ(judge("b", kApril + kKept + 1ms), kPurged) << "not a duplicate";
}

TEST_F(PurgeTest, RowsGoWithTheirIndex) {
  reach(kApril + kKept);
  EXPECT_EQ(driver_.windows().count_of('w'), 1u);
  reach(kApril + kKept + 2min);
  EXPECT_EQ(driver_.windows().count_of('w'), 0u);
  EXPECT_EQ(
      driver_.windows().count_of('e') + driver_.windows().count_of('q') + driver_.windows().count_of('d'),
      0u);
  EXPECT_TRUE(driver_.total("cus_1")->final) << "it was told that it is over";
}

TEST_F(PurgeTest, GoesOnAfterARestart) {
  reach(kApril + kKept);
  driver_.restart();
  reach(kApril + kKept + 2min);
  EXPECT_EQ(driver_.windows().count_of('w'), 0u);
}

// All that is wrong with the event itself is told before that.
TEST_F(PurgeTest, IsCheckedLast) {
  TestEvent ignored = of_march("b", arrival_at(kApril + kKept + 1ms));
  ignored.type = "page.view";
  TestEvent repeated = of_march("t", arrival_at(kApril + kKept + 1ms));
  TestEvent unknown = of_march("u", arrival_at(kApril + kKept + 1ms));
  unknown.customer_id = "cus_9";
  driver_.batch({of_march("t", arrival_at(kApril + kKept)), ignored, repeated, unknown});
  EXPECT_EQ(driver_.verdicts(),
            (std::vector<std::string>{"counted", "counted", "ignored", "duplicate", "parked"}));
}

TEST_F(PurgeTest, AVoidOfAPurgedEventIsTold) {
  TestEvent voiding = of_march("v", arrival_at(kApril + kKept + 1ms));
  driver_.usage(of_march("b", arrival_at(kApril + kKept)));
  voiding.voids = "b";
  driver_.usage(voiding);
  EXPECT_EQ(driver_.verdict(2), kPurged);
}

// Its delta was never told, so the row waits; it is told, and then it goes.
TEST(PurgeEmissionTest, NothingUntoldIsForgotten) {
  Driver driver({.delta = {.emit_every = 1h}});
  driver.profile("cus_1");
  driver.usage({.event_id = "a", .arrival = arrival_at(kApril - 3h)});
  driver.come_to_rest();
  driver.usage({.event_id = "b", .arrival = arrival_at(kApril - 2h)});
  driver.end_epoch();
  driver.usage(tick(kApril + kKept + 2min));
  for (int i = 0; i < 3; ++i) {
    driver.drain();
    driver.end_epoch();
  }
  EXPECT_EQ(driver.windows().count_of('w'), 1u);
  driver.advance_wall_clock(1h);
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "2");
  driver.usage(tick(kApril + kKept + 2h));
  driver.come_to_rest();
  EXPECT_EQ(driver.windows().count_of('w'), 0u);
}

TEST(PurgeUniqueTest, DistinctValuesGoWithTheirWindow) {
  Driver driver(
      {.meters = {{.name = "users", .event_types = {}, .aggregation = "unique", .value = "properties.u"}}});
  driver.profile("cus_1");
  constexpr int kUsers = 25'000;  // more than go in a slice
  std::vector<TestEvent> events;
  for (int i = 0; i < kUsers; ++i)
    events.push_back({.event_id = "e" + std::to_string(i),
                      .arrival = arrival_at(kApril - 2h),
                      .properties = R"({"u":)" + std::to_string(i) + "}"});
  driver.batch(events);
  driver.come_to_rest();
  ASSERT_EQ(driver.windows().count_of('u'), static_cast<std::size_t>(kUsers));
  for (const auto after : {kKept, kKept + 2min}) {
    driver.usage(tick(kApril + after));
    driver.come_to_rest();
  }
  EXPECT_EQ(driver.windows().count_of('u'), 0u);
  EXPECT_EQ(driver.windows().count_of('w'), 0u);
}

class KeepingTest : public PurgeTest {
 protected:
  static DriverSettings keeping() {
    DriverSettings settings;
    settings.meter.keep_after_end.reset();
    return settings;
  }
  KeepingTest() : PurgeTest(keeping()) {}
};

TEST_F(KeepingTest, PurgeNeverKeepsAll) {
  reach(kApril + 400 * 24h);
  EXPECT_EQ(judge("b", kApril + 400 * 24h), "counted");
  EXPECT_EQ(driver_.figure("cus_1", "volume", kMarch), "2");
  EXPECT_EQ(driver_.windows().count_of('q'), 0u) << "nothing is listed for a purge";
}

}  // namespace
}  // namespace tidemark::processors::testing

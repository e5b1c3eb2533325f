// When deltas and totals are told, and what stands in them.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

TEST(EmissionTest, ADeltaTellsAllThatCameSinceTheLast) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .late = "hold"}}});
  driver.profile("cus_1");
  driver.batch({{.event_id = "a", .value = "2", .event_time = kT0 - 1h},
                {.raw = "{"},
                {.event_id = "b", .value = "0.5", .event_time = kT0 - 3h}});
  driver.come_to_rest();
  ASSERT_EQ(driver.deltas().size(), 1u);
  const auto& delta = driver.deltas().front();
  EXPECT_EQ(delta.seq, 1);
  EXPECT_EQ(to_string(delta.previous_total), "0");
  EXPECT_EQ(to_string(delta.delta), "2.5");
  EXPECT_EQ(to_string(delta.total), "2.5");
  EXPECT_EQ(delta.event_count, 2);
  EXPECT_EQ(delta.first_event_time, EventTime(kT0 - 3h));
  EXPECT_EQ(delta.last_event_time, EventTime(kT0 - 1h));
  EXPECT_EQ(delta.late, "hold");
  EXPECT_EQ(delta.epoch, 1);
  ASSERT_EQ(delta.source.size(), 1u);
  EXPECT_EQ(delta.source.front().topic, "usage.events");
  EXPECT_EQ(delta.source.front().first_offset, 0);
  EXPECT_EQ(delta.source.front().last_offset, 2);
  ASSERT_EQ(driver.totals().size(), 1u);
  EXPECT_EQ(driver.totals().front().event_count, 2);
  EXPECT_EQ(driver.totals().front().revision, 1);
}

TEST(EmissionTest, EveryEpochWhereNoIntervalIsSet) {
  Driver driver({.delta = {.emit_every = 0ms}});
  driver.profile("cus_1");
  for (int i = 0; i < 3; ++i) {
    driver.usage({.event_id = "e" + std::to_string(i)});
    driver.end_epoch();
    EXPECT_EQ(driver.deltas().size(), static_cast<std::size_t>(i + 1));
  }
}

class IntervalTest : public ::testing::Test {
 protected:
  IntervalTest() {
    driver_.profile("cus_1");
    count_one();
    EXPECT_EQ(driver_.deltas().size(), 1u) << "the first is told at once";
  }
  void count_one() {
    driver_.usage({.event_id = "e" + std::to_string(driver_.offset_count())});
    driver_.end_epoch();
  }
  Driver driver_{{.delta = {.emit_every = 1s}}};
};

TEST_F(IntervalTest, ChangesWithinAnIntervalAreToldTogether) {
  count_one();
  driver_.advance_wall_clock(999ms);
  count_one();
  EXPECT_EQ(driver_.drain(), Backlog::none);
  EXPECT_EQ(driver_.deltas().size(), 1u);
  driver_.advance_wall_clock(1ms);
  EXPECT_EQ(driver_.drain(), Backlog::some) << "an epoch is asked for";
  driver_.end_epoch();
  ASSERT_EQ(driver_.deltas().size(), 2u);
  EXPECT_EQ(to_string(driver_.deltas().back().delta), "2");
  EXPECT_EQ(driver_.drain(), Backlog::none);
}

TEST_F(IntervalTest, WhatWasNotToldIsToldAfterARestart) {
  count_one();
  count_one();
  driver_.restart();
  driver_.come_to_rest();
  ASSERT_EQ(driver_.deltas().size(), 2u);
  EXPECT_EQ(driver_.deltas().back().seq, 2);
  EXPECT_EQ(to_string(driver_.deltas().back().previous_total), "1");
  EXPECT_EQ(to_string(driver_.deltas().back().delta), "2");
  EXPECT_EQ(driver_.windows().count_of('d'), 0u) << "no list is left behind";
}

// The wall clock is an operator's: set back, it must not hold back what is due until it has caught up.
TEST_F(IntervalTest, AClockThatIsSetBackDoesNotSilenceIt) {
  driver_.advance_wall_clock(-1h);
  count_one();
  driver_.advance_wall_clock(1s);
  driver_.come_to_rest();
  EXPECT_EQ(driver_.deltas().size(), 2u);
}

TEST(EmissionTest, MoreRowsThanOneEpochTakesAreToldOverSeveral) {
  Driver driver({.meters = {{.name = "volume", .event_types = {}}}});
  constexpr int kRows = 20'500;
  for (int i = 0; i < kRows; ++i) driver.profile("cus_" + std::to_string(i));
  std::vector<TestEvent> events;
  for (int i = 0; i < kRows; ++i)
    events.push_back({.event_id = "e", .customer_id = "cus_" + std::to_string(i)});
  driver.batch(events);
  driver.end_epoch();
  EXPECT_EQ(driver.deltas().size(), 20'000u);
  driver.restart();
  driver.come_to_rest();
  EXPECT_EQ(driver.deltas().size(), static_cast<std::size_t>(kRows));
  EXPECT_EQ(driver.windows().count_of('d'), 0u);
}

}  // namespace
}  // namespace tidemark::processors::testing

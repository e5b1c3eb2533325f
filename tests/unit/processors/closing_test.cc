// The watermark, what it closes, and what that makes of later events: kinds, final totals, revisions.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using schemas::DeltaKind;

const EventTime kMarch = at("2026-03-01T00:00:00Z");
const EventTime kApril = at("2026-04-01T00:00:00Z");
// An event of this time brings the watermark to the end of March + 48 h of grace, exactly.
const EventTime kCloses = kApril + 48h + 5min;
const ArrivalTime kLater{std::chrono::milliseconds{1'775'200'000'000}};  // 2026-04-03T07:06:40Z

std::map<DeltaKind, Quantity> by_kind(const Driver& driver, EventTime period_start) {
  std::map<DeltaKind, Quantity> sums;
  for (const auto& delta : driver.deltas()) {
    if (delta.period_start == period_start) sums[delta.kind] = *Quantity::add(sums[delta.kind], delta.delta);
  }
  return sums;
}

TEST(ClosingTest, AKindFlipsWithinABatchAtTheExactMoment) {
  const std::vector<TestEvent> events{
      {.event_id = "a", .arrival = kLater, .event_time = kCloses - 1ns},  // one nanosecond short
      {.event_id = "b", .value = "10", .arrival = kLater, .event_time = kApril - 1ns},
      {.event_id = "c", .arrival = kLater, .event_time = kCloses},
      {.event_id = "d", .value = "100", .arrival = kLater, .event_time = kApril - 1ns},
      {.event_id = "e",
       .value = "1000",
       .arrival = kLater,
       .event_time = kApril}};  // the next period is open
  for (const bool one_batch : {true, false}) {
    Driver driver;
    driver.profile("cus_1");
    if (one_batch) driver.batch(events);
    for (const TestEvent& event : events) {
      if (!one_batch) driver.usage(event);
    }
    driver.come_to_rest();
    const std::map<DeltaKind, Quantity> march{{DeltaKind::usage, Quantity::from_integer(10)},
                                              {DeltaKind::correction, Quantity::from_integer(100)}};
    const std::map<DeltaKind, Quantity> april{{DeltaKind::usage, Quantity::from_integer(1'002)}};
    EXPECT_EQ(by_kind(driver, kMarch), march) << (one_batch ? "one batch" : "one by one");
    EXPECT_EQ(by_kind(driver, kApril), april);
  }
}

// The record that closes a period by itself is judged by the watermark before it.
TEST(ClosingTest, ARecordIsJudgedByTheWatermarkBeforeIt) {
  Driver driver;
  driver.profile("cus_1");
  driver.batch({{.event_id = "a", .arrival = kLater, .event_time = kApril - 1ns}});
  driver.come_to_rest();
  EXPECT_EQ(by_kind(driver, kMarch).count(DeltaKind::correction), 0u);
}

struct WatermarkCase {
  const char* name;
  TestEvent event;
  EventTime expected;  // before it, the watermark is kT0 - 5 min
};

class WatermarkTest : public ::testing::TestWithParam<WatermarkCase> {};

TEST_P(WatermarkTest, IsMovedByAllButDeadLetters) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = 0}}});
  driver.profile("cus_1");
  driver.usage({.event_id = "first", .event_time = kT0 + 3min});
  ASSERT_EQ(driver.watermark(), EventTime(kT0 - 5min));
  driver.usage(GetParam().event);
  EXPECT_EQ(driver.watermark(), GetParam().expected);
}

TestEvent later(std::string event_id, std::string customer, std::string type, std::string value) {
  return {.event_id = std::move(event_id),
          .customer_id = std::move(customer),
          .type = std::move(type),
          .value = std::move(value),
          .arrival = kT0 + 1h};
}
TestEvent with_first_arrival(TestEvent event, ArrivalTime arrival) {
  event.headers = {{"td-original-arrival", std::to_string(arrival.time_since_epoch().count())}};
  return event;
}

INSTANTIATE_TEST_SUITE_P(
    Closing, WatermarkTest,
    ::testing::Values(
        WatermarkCase{"counted", later("e2", "cus_1", "api.request", "1"), kT0 + 55min},
        WatermarkCase{"ignored", later("e2", "cus_1", "page.view", "1"), kT0 + 55min},
        WatermarkCase{"parked", later("e2", "cus_9", "api.request", "1"), kT0 + 55min},
        WatermarkCase{
            "duplicate", {.event_id = "first", .arrival = kT0 + 2min, .event_time = kT0 + 3min}, kT0 - 3min},
        WatermarkCase{"conflict", later("first", "cus_1", "api.request", "1"), kT0 - 5min},
        WatermarkCase{"bad_quantity", later("e2", "cus_1", "api.request", "0.5"), kT0 - 5min},
        WatermarkCase{"not_json", {.arrival = kT0 + 1h, .raw = "{"}, kT0 - 5min},
        WatermarkCase{
            "too_old", {.event_id = "e2", .arrival = kT0 + 40 * 24h, .event_time = kT0 + 1h}, kT0 - 5min},
        WatermarkCase{"never_back", {.event_id = "e2", .event_time = kT0 - 24h}, kT0 - 5min},
        WatermarkCase{"ahead_of_its_arrival",
                      {.event_id = "e2", .arrival = kT0 + 1h, .event_time = kT0 + 1h + 4min},
                      kT0 + 55min},
        WatermarkCase{"sent_again", with_first_arrival(later("e2", "cus_1", "api.request", "1"), kT0 + 58min),
                      kT0 + 53min}),
    [](const auto& test) { return std::string(test.param.name); });

class FinalTest : public ::testing::Test {
 protected:
  FinalTest() {
    driver_.profile("cus_1");
    driver_.profile("cus_2");
    driver_.usage({.event_id = "a", .value = "7"});
    driver_.come_to_rest();
  }
  schemas::DecodedTotal march() const { return driver_.total("cus_1", "volume", kMarch).value(); }
  void close() {  // by another customer's event
    driver_.usage({.event_id = "w", .customer_id = "cus_2", .arrival = kLater, .event_time = kCloses});
    driver_.come_to_rest();
  }
  Driver driver_;
};

TEST_F(FinalTest, ATotalIsToldFinalOnceItsPeriodCloses) {
  EXPECT_FALSE(march().final);
  const auto before = march().revision;
  const std::size_t deltas_before = driver_.deltas().size();
  close();
  EXPECT_TRUE(march().final);
  EXPECT_EQ(march().revision, before + 1);
  EXPECT_EQ(to_string(march().total), "7");
  EXPECT_EQ(driver_.deltas().size(), deltas_before + 1) << "only the other customer's event makes a delta";
  const std::size_t totals_before = driver_.totals().size();
  driver_.come_to_rest();
  driver_.restart();
  driver_.come_to_rest();
  EXPECT_EQ(driver_.totals().size(), totals_before) << "it is told once";
}

TEST_F(FinalTest, ACorrectionKeepsFinalAndRaisesTheRevision) {
  close();
  for (const char* id : {"c1", "c2"}) {
    const auto before = march().revision;
    driver_.usage({.event_id = id, .value = "-2", .arrival = kLater, .event_time = kApril - 1h});
    driver_.come_to_rest();
    EXPECT_TRUE(march().final);
    EXPECT_EQ(march().revision, before + 1);
    EXPECT_EQ(driver_.deltas().back().kind, DeltaKind::correction);
    driver_.restart();
  }
  EXPECT_EQ(to_string(march().total), "3");
  EXPECT_EQ(march().event_count, 3);
}

TEST_F(FinalTest, ClosingIsToldAfterARestart) {
  driver_.usage({.event_id = "w", .customer_id = "cus_2", .arrival = kLater, .event_time = kCloses});
  driver_.end_epoch();
  driver_.restart();
  driver_.come_to_rest();
  EXPECT_TRUE(march().final);
  EXPECT_EQ(driver_.windows().count_of('e'), 1u)
      << "the April row of the other customer is all that is left open";
}

TEST_F(FinalTest, ARowBornAfterItsClosingIsFinalAtOnce) {
  close();
  driver_.usage({.event_id = "n", .customer_id = "cus_2", .arrival = kLater, .event_time = kMarch});
  driver_.come_to_rest();
  const auto born = driver_.total("cus_2", "volume", kMarch);
  ASSERT_TRUE(born);
  EXPECT_TRUE(born->final);
  EXPECT_EQ(born->revision, 1);
  EXPECT_EQ(driver_.windows().count_of('e'), 1u);
}

TEST_F(FinalTest, UsageAndCorrectionOfOneEpochMakeTwoDeltas) {
  driver_.batch({{.event_id = "u", .value = "10", .arrival = kLater, .event_time = kApril - 1h},
                 {.event_id = "w", .customer_id = "cus_2", .arrival = kLater, .event_time = kCloses},
                 {.event_id = "c", .value = "100", .arrival = kLater, .event_time = kApril - 1h}});
  driver_.come_to_rest();
  std::vector<schemas::DecodedDelta> mine;
  for (const auto& delta : driver_.deltas()) {
    if (delta.customer_id == "cus_1") mine.push_back(delta);
  }
  ASSERT_EQ(mine.size(), 3u);
  EXPECT_EQ(mine[1].kind, DeltaKind::usage);
  EXPECT_EQ(to_string(mine[1].previous_total), "7");
  EXPECT_EQ(to_string(mine[1].total), "17");
  EXPECT_EQ(mine[2].kind, DeltaKind::correction);
  EXPECT_EQ(to_string(mine[2].previous_total), "17");
  EXPECT_EQ(to_string(mine[2].total), "117");
  EXPECT_EQ(mine[2].seq, 3);
  EXPECT_EQ(mine[1].epoch, mine[2].epoch);
}

}  // namespace
}  // namespace tidemark::processors::testing

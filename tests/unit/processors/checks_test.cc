// Which complaint a record gets when it deserves several, and where exactly each limit lies.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"
#include "tidemark/partitioner.h"

namespace tidemark::processors::testing {
namespace {

constexpr std::int32_t kPartitions = 4;

// The first customer whose home is partition 0, or is not.
std::string customer_of(bool at_home, int skip = 0) {
  for (int i = 0;; ++i) {
    std::string name = "cus_" + std::to_string(i);
    if ((home_partition(name, kPartitions).value() == 0) == at_home && skip-- == 0) return name;
  }
}
const std::string kKnown = customer_of(true);
const std::string kUnknown = customer_of(true, 1);
const std::string kForeign = customer_of(false);

// A driver with one counted event "e1" and one parked "p1", both at kT0, and a meter of two decimals.
class ChecksTest : public ::testing::Test {
 protected:
  ChecksTest() {
    driver_.profile(kKnown);
    driver_.batch({{.customer_id = kKnown}, {.event_id = "p1", .customer_id = kUnknown}});
    EXPECT_EQ(driver_.verdicts(), (std::vector<std::string>{"counted", "parked"}));
  }
  std::string judge(const TestEvent& event) {
    driver_.usage(event);
    return driver_.verdict(2);
  }
  Driver driver_{{.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = 2}},
                  .partition_count = kPartitions}};
};

struct Case {
  const char* name;
  TestEvent event;
  const char* expected;
};

class OrderTest : public ChecksTest, public ::testing::WithParamInterface<Case> {};

TEST_P(OrderTest, FirstComplaintWins) {
  EXPECT_EQ(judge(GetParam().event), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Checks, OrderTest,
    ::testing::Values(
        Case{"syntax_before_arrival_behind", {.arrival = kT0 - 24h, .raw = "{"}, "dead_letter invalid_json"},
        Case{"decimals_of_any_value_before_age",
             {.customer_id = kKnown,
              .type = "page.view",
              .value = "0.0000000000001",
              .event_time = kT0 - 36 * 24h},
             "dead_letter value_too_precise"},
        Case{"home_before_arrival_invalid",
             {.customer_id = kForeign, .arrival = ArrivalTime(-1ms), .event_time = kT0},
             "dead_letter wrong_partition"},
        Case{"home_before_arrival_behind",
             {.customer_id = kForeign, .arrival = kT0 - 24h},
             "dead_letter wrong_partition"},
        Case{"arrival_invalid_before_behind",
             {.customer_id = kKnown, .arrival = ArrivalTime(-1ms), .event_time = kT0},
             "dead_letter arrival_invalid"},
        Case{"arrival_behind_before_future",
             {.customer_id = kKnown, .arrival = kT0 - 24h, .event_time = kT0},
             "dead_letter arrival_behind"},
        Case{"arrival_behind_before_too_old",
             {.customer_id = kKnown, .arrival = kT0 - 24h, .event_time = kT0 - 60 * 24h},
             "dead_letter arrival_behind"},
        Case{"future_before_repeat",
             {.customer_id = kKnown, .arrival = kT0 - 6min, .event_time = kT0},
             "dead_letter timestamp_in_future"},
        Case{"too_old_before_repeat",
             {.customer_id = kKnown, .arrival = kT0 + 35 * 24h + 1ms, .event_time = kT0},
             "dead_letter too_old"},
        Case{"conflict_before_quantity",
             {.customer_id = kKnown, .value = "0.001"},
             "dead_letter event_id_conflict"},
        Case{"conflict_before_no_meter",
             {.customer_id = kKnown, .type = "page.view"},
             "dead_letter event_id_conflict"},
        Case{"repeat_before_unknown_customer", {.event_id = "p1", .customer_id = kUnknown}, "duplicate"},
        Case{"conflict_before_unknown_customer",
             {.event_id = "p1", .customer_id = kUnknown, .value = "2"},
             "dead_letter event_id_conflict"},
        Case{"unknown_customer_before_no_meter",
             {.event_id = "e2", .customer_id = kUnknown, .type = "page.view"},
             "parked"},
        Case{"unknown_customer_before_quantity",
             {.event_id = "e2", .customer_id = kUnknown, .value = "0.001"},
             "parked"},
        Case{"no_meter_before_quantity",
             {.event_id = "e2", .customer_id = kKnown, .type = "page.view", .value = "0.001"},
             "ignored"},
        Case{"quantity_last",
             {.event_id = "e2", .customer_id = kKnown, .value = "0.001"},
             "dead_letter value_too_precise"}),
    [](const auto& test) { return std::string(test.param.name); });

class LimitTest : public ChecksTest, public ::testing::WithParamInterface<Case> {};

TEST_P(LimitTest, IsExact) {
  EXPECT_EQ(judge(GetParam().event), GetParam().expected);
}

TestEvent known(ArrivalTime arrival, EventTime event_time) {
  return {.event_id = "e2", .customer_id = kKnown, .arrival = arrival, .event_time = event_time};
}
TestEvent sent_again(ArrivalTime arrival, ArrivalTime original, EventTime event_time) {
  TestEvent event = known(arrival, event_time);
  event.headers = {{"td-original-arrival", std::to_string(original.time_since_epoch().count())}};
  return event;
}

INSTANTIATE_TEST_SUITE_P(
    Checks, LimitTest,
    ::testing::Values(
        Case{"age_at_the_limit", known(kT0, kT0 - 35 * 24h), "counted"},
        Case{"age_past_the_limit", known(kT0, kT0 - 35 * 24h - 1ns), "dead_letter too_old"},
        Case{"future_at_the_limit", known(kT0, kT0 + 5min), "counted"},
        Case{"future_past_the_limit", known(kT0, kT0 + 5min + 1ns), "dead_letter timestamp_in_future"},
        Case{"behind_at_the_limit", known(kT0 - 23h, kT0 - 23h), "counted"},
        Case{"behind_past_the_limit", known(kT0 - 23h - 1ms, kT0 - 24h), "dead_letter arrival_behind"},
        Case{"first_arrival_of_all", known(ArrivalTime(0ms), EventTime(0ns)), "dead_letter arrival_behind"},
        Case{"arrival_before_1970", known(ArrivalTime(-1ms), EventTime(0ns)), "dead_letter arrival_invalid"},
        Case{"arrival_at_2200", known(kArrivalMax, kArrivalMax), "counted"},
        Case{"arrival_past_2200", known(kArrivalMax + 1ms, kArrivalMax), "dead_letter arrival_invalid"},
        Case{"sent_again_may_be_behind", sent_again(kT0, kT0 - 30 * 24h, kT0 - 40 * 24h), "counted"},
        Case{"sent_again_is_judged_by_its_first_arrival", sent_again(kT0 + 50 * 24h, kT0, kT0), "counted"},
        Case{"sent_again_may_still_be_too_old", sent_again(kT0 + 50 * 24h, kT0, kT0 - 36 * 24h),
             "dead_letter too_old"},
        Case{"sent_again_may_still_be_in_future", sent_again(kT0 + 50 * 24h, kT0, kT0 + 6min),
             "dead_letter timestamp_in_future"},
        Case{"garbled_first_arrival_counts_as_none",
             {.event_id = "e2",
              .customer_id = kKnown,
              .arrival = kT0 - 24h,
              .headers = {{"td-original-arrival", "12x"}}},
             "dead_letter arrival_behind"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(ChecksTest, ADeadLetterKeepsItsBytesAndNamesItsCode) {
  judge({.raw = "{\"event_id\":\"x1\","});
  ASSERT_EQ(driver_.letters().size(), 1u);
  const Letter& letter = driver_.letters().front();
  EXPECT_EQ(letter.offset, Offset(2));
  EXPECT_EQ(letter.code, "invalid_json");
  EXPECT_EQ(letter.value, "{\"event_id\":\"x1\",");
}

TEST_F(ChecksTest, WhereIdsAreKeptForEverArrivalsMayRunBack) {
  DriverSettings settings{.horizon = std::nullopt};
  settings.decode.arrival_slack.reset();
  settings.meter.keep_after_end.reset();
  Driver driver(std::move(settings));
  driver.profile("cus_1");
  driver.batch({{.event_id = "a"},
                {.event_id = "b", .arrival = kT0 - 900 * 24h},
                {.event_id = "a", .arrival = kT0 + 5min}});
  EXPECT_EQ(driver.verdicts(),
            (std::vector<std::string>{"counted", "counted", "dead_letter event_id_conflict"}));
}

}  // namespace
}  // namespace tidemark::processors::testing

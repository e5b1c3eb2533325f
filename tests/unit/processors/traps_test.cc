// Mistakes that others made, each as the case that shows it (T5, T7, T8, T12, T13, T14 of the list of traps).
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

ArrivalTime arrival_at(EventTime time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time);
}
const EventTime kMarch = at("2026-03-01T00:00:00Z");
const EventTime kApril = at("2026-04-01T00:00:00Z");

// T5: a bound on lateness that cuts the start of the period off its counter.
TEST(TrapTest, T5OneUnitAnHourForAMonthIs744) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}},
                            {.name = "peak", .event_types = {"api.request"}, .aggregation = "max"}}});
  driver.profile("cus_1");
  for (EventTime time = kMarch; time < kApril; time += 1h) {
    const bool is_peak = time == kMarch + 3h;  // on the first day
    driver.usage({.event_id = "e" + std::to_string(driver.offset_count()),
                  .value = is_peak ? "5" : "1",
                  .arrival = arrival_at(time + 30min),
                  .event_time = time + 30min});
    driver.end_epoch();
    if (driver.offset_count() % 100 == 0) driver.restart();
  }
  driver.usage({.event_id = "w", .type = "x", .arrival = arrival_at(kApril + 72h)});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1", "volume", kMarch), "748");
  EXPECT_EQ(driver.total("cus_1", "volume", kMarch)->event_count, 744);
  EXPECT_EQ(driver.figure("cus_1", "peak", kMarch), "5");
  EXPECT_TRUE(driver.total("cus_1", "volume", kMarch)->final);
}

// T7: an identity made of the content merges what is distinct, or tells a retry from its first try.
TEST(TrapTest, T7AHundredEventsOfOneMillisecondAreAHundred) {
  Driver driver;
  driver.profile("cus_1");
  std::vector<TestEvent> events;
  for (int i = 0; i < 100; ++i) events.push_back({.event_id = "e" + std::to_string(i)});
  driver.batch(events);
  std::string packed;
  for (int i = 0; i < 100; ++i)
    packed.append(i == 0 ? "[" : ",").append(TestEvent{.event_id = "p" + std::to_string(i)}.json());
  driver.usage({.raw = packed + "]", .headers = {{"Idempotency-Key", "one for all"}}});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "200");
}

TEST(TrapTest, T7TheSameIdAMillisecondLaterIsOneAndACollision) {
  Driver driver;
  driver.profile("cus_1");
  driver.batch({{}, {.event_time = kT0 + 1ms}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (std::vector<std::string>{"counted", "dead_letter event_id_conflict"}));
  EXPECT_EQ(driver.figure("cus_1"), "1");
}

// T7: "a","bc" is not "ab","c".
TEST(TrapTest, T7TenantAndCustomerAreNotRunTogether) {
  Driver driver;
  driver.profile("bc", "UTC", "a");
  driver.profile("c", "UTC", "ab");
  driver.batch({{.tenant_id = "a", .customer_id = "bc"}, {.tenant_id = "ab", .customer_id = "c"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (std::vector<std::string>{"counted", "counted"}));
  EXPECT_EQ(driver.totals().size(), 2u);
}

// T8: a negative correction that is ignored, or lost below zero.
TEST(TrapTest, T8ANegativeCorrectionCountsAlsoBelowZero) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage({.event_id = "a", .value = "100"});
  driver.come_to_rest();
  driver.usage({.event_id = "b", .value = "-30"});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "70");
  driver.usage({.event_id = "c", .value = "-80"});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "-10");
  driver.usage({.event_id = "d", .value = "15"});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "5");
  EXPECT_EQ(to_string(driver.deltas()[2].delta), "-80");
}

// T12: periods of odd zones and anchors; an event at the exact end belongs to the next one only.
struct ZoneCase {
  const char* name;
  const char* zone;
  const char* anchor;  // "" for none
  const char* end;     // of a period, in UTC
};
class ZoneTrapTest : public ::testing::TestWithParam<ZoneCase> {};

TEST_P(ZoneTrapTest, T12AnEventAtTheEndBelongsToTheNextPeriodOnly) {
  const std::string anchor =
      GetParam().anchor[0] == '\0' ? "" : R"(,"anchor":")" + std::string(GetParam().anchor) + '"';
  const EventTime end = at(GetParam().end);
  Driver driver;
  driver.table_record(
      kCustomers, schemas::encode_customer_key("acme", "cus_1"),
      profile_json("cus_1", R"({"effective_from":"2020-01-01T00:00:00Z","mode":"test","time_zone":")" +
                                std::string(GetParam().zone) + R"(","interval":{"unit":"month","n":1})" +
                                anchor + "}"));
  driver.batch({{.event_id = "a", .value = "1", .arrival = arrival_at(end), .event_time = end - 1ns},
                {.event_id = "b", .value = "10", .arrival = arrival_at(end), .event_time = end}});
  driver.come_to_rest();
  ASSERT_EQ(driver.totals().size(), 2u);
  EXPECT_EQ(driver.totals()[0].period_end, end);
  EXPECT_EQ(driver.totals()[1].period_start, end) << "no gap, no overlap";
  EXPECT_EQ(to_string(driver.totals()[0].total), "1");
  EXPECT_EQ(to_string(driver.totals()[1].total), "10");
}

INSTANTIATE_TEST_SUITE_P(
    Processors, ZoneTrapTest,
    ::testing::Values(ZoneCase{"utc_plus_14", "Pacific/Kiritimati", "", "2026-03-31T10:00:00Z"},
                      ZoneCase{"utc_minus_11", "Pacific/Pago_Pago", "", "2026-04-01T11:00:00Z"},
                      ZoneCase{"budapest_in_winter", "Europe/Budapest", "", "2026-02-28T23:00:00Z"},
                      ZoneCase{"budapest_in_summer", "Europe/Budapest", "", "2026-03-31T22:00:00Z"},
                      ZoneCase{"new_york_in_winter", "America/New_York", "", "2026-03-01T05:00:00Z"},
                      ZoneCase{"new_york_in_summer", "America/New_York", "", "2026-04-01T04:00:00Z"},
                      ZoneCase{"lord_howe_in_summer", "Australia/Lord_Howe", "", "2026-03-31T13:00:00Z"},
                      ZoneCase{"lord_howe_in_winter", "Australia/Lord_Howe", "", "2026-04-30T13:30:00Z"},
                      ZoneCase{"the_31st_in_february", "UTC", "2026-01-31", "2026-02-28T00:00:00Z"},
                      ZoneCase{"the_31st_again_in_march", "UTC", "2026-01-31", "2026-03-31T00:00:00Z"},
                      ZoneCase{"the_29th_of_february", "UTC", "2024-02-29", "2026-02-28T00:00:00Z"},
                      ZoneCase{"an_hour_that_is_skipped", "Europe/Budapest", "2026-01-29T02:30:00",
                               "2026-03-29T01:00:00Z"}),
    [](const auto& test) { return std::string(test.param.name); });

// T13: figures of figures, and customers that subtract each other's.
TEST(TrapTest, T13EachCustomerHasAMaximumOfItsOwn) {
  Driver driver({.meters = {{.name = "volume", .event_types = {}, .aggregation = "max"}}});
  for (const char* customer : {"cus_1", "cus_2"}) driver.profile(customer);
  driver.batch({{.event_id = "a", .value = "100"},
                {.event_id = "b", .customer_id = "cus_2", .value = "60"},
                {.event_id = "c", .value = "80"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "100");
  EXPECT_EQ(driver.figure("cus_2"), "60");
  Quantity told;
  for (const auto& delta : driver.deltas()) told = *Quantity::add(told, delta.delta);
  EXPECT_EQ(to_string(told), "160");
}

class DailyTrapTest : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(DailyTrapTest, T13AMonthIsNotTheSumOfItsDays) {
  const auto& [aggregation, expected] = GetParam();
  Driver driver({.meters = {{.name = "volume",
                             .event_types = {},
                             .aggregation = aggregation,
                             .value = std::string(aggregation) == "count" ? "" : "properties.v"}}});
  driver.profile("cus_1");
  const int values[] = {5, 9, 2, 9, 4, 2};  // one a day
  for (int day = 0; day < 6; ++day) {
    driver.usage({.event_id = "e" + std::to_string(day),
                  .arrival = kT0 + day * 24h,
                  .properties = R"({"v":)" + std::to_string(values[day]) + "}"});
    driver.come_to_rest();
    driver.restart();
  }
  EXPECT_EQ(driver.figure("cus_1"), expected);
  Quantity told;
  for (const auto& delta : driver.deltas()) told = *Quantity::add(told, delta.delta);
  EXPECT_EQ(to_string(told), expected);
}
INSTANTIATE_TEST_SUITE_P(Processors, DailyTrapTest,
                         ::testing::Values(std::pair{"sum", "31"}, std::pair{"count", "6"},
                                           std::pair{"max", "9"}, std::pair{"min", "2"},
                                           std::pair{"last", "2"}, std::pair{"unique", "4"}),
                         [](const auto& test) { return std::string(test.param.first); });

// T14: usage before its customer, and a meter that changes there and back.
TEST(TrapTest, T14UsageBeforeItsCustomerCountsOnce) {
  Driver driver;
  driver.batch({{.event_id = "a", .value = "5"}, {.event_id = "a", .value = "5"}});
  driver.profile("cus_1");
  driver.batch({{.event_id = "a", .value = "5"}});
  driver.profile("cus_1");
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (std::vector<std::string>{"parked, counted", "duplicate", "duplicate"}));
  EXPECT_EQ(driver.figure("cus_1"), "5");
}

TEST(TrapTest, T14UsageWhoseCustomerNeverComesIsADeadLetterWithAReason) {
  Driver driver;
  driver.batch({TestEvent{}, {.arrival = kT0 + 35 * 24h + 1ms, .raw = "{"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), "dead_letter unknown_customer");
  EXPECT_FALSE(driver.letters().back().message.empty());
}

TEST(TrapTest, T14AMeterThatGoesThereAndBackBillsNothingTwice) {
  Driver driver({.meters = {{.name = "volume",
                             .event_types = {"api.request"},
                             .versions = {{.effective_from = "2026-01-01T00:00:00Z"},
                                          {.effective_from = "2026-03-10T00:00:00Z", .aggregation = "count"},
                                          {.effective_from = "2026-03-20T00:00:00Z"}}}}});
  driver.profile("cus_1");
  for (int day = 0; day < 4; ++day)
    driver.usage({.event_id = "e" + std::to_string(day), .value = "5", .arrival = kT0 + day * 5 * 24h});
  driver.come_to_rest();
  EXPECT_EQ(driver.totals().size(), 1u);
  EXPECT_EQ(driver.figure("cus_1", "volume", kMarch), "20")
      << "the version of its start rules the whole period";
}

}  // namespace
}  // namespace tidemark::processors::testing

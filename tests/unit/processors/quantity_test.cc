// Amounts at their limits: the running sum, the meter's scale, and changes wider than a Quantity.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Verdicts = std::vector<std::string>;

const std::string kMax = "170141183460469231731687303.715884105727";  // (2^127 - 1) / 10^12
const std::string kMin = "-170141183460469231731687303.715884105727";
const std::string kLeast = "0.000000000001";
const std::string kMinusLeast = "-0.000000000001";
const std::string kOverflow = "dead_letter value_overflow";

struct Case {
  const char* name;
  std::vector<std::string> values;
  Verdicts expected;
  const char* total;
};

class RunningSumTest : public ::testing::TestWithParam<Case> {
 protected:
  static std::vector<TestEvent> events() {
    std::vector<TestEvent> all;
    for (const std::string& value : GetParam().values)
      all.push_back({.event_id = "e" + std::to_string(all.size()), .value = value});
    return all;
  }
};

TEST_P(RunningSumTest, TheEventThatWouldPassTheLimitIsTheDeadLetter) {
  Driver driver;
  driver.profile("cus_1");
  driver.batch(events());
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), GetParam().expected);
  EXPECT_EQ(to_string(driver.total("cus_1").value().total), GetParam().total);
}

TEST_P(RunningSumTest, WhateverWasToldInBetween) {
  Driver driver;
  driver.profile("cus_1");
  for (const TestEvent& event : events()) {
    driver.usage(event);
    driver.come_to_rest();
    driver.restart();
  }
  EXPECT_EQ(driver.verdicts(), GetParam().expected);
  EXPECT_EQ(to_string(driver.total("cus_1").value().total), GetParam().total);
}

INSTANTIATE_TEST_SUITE_P(Quantity, RunningSumTest,
                         ::testing::Values(Case{"at_the_top",
                                                {kMax, kLeast, kMinusLeast, kLeast, kLeast},
                                                {"counted", kOverflow, "counted", "counted", kOverflow},
                                                "170141183460469231731687303.715884105727"},
                                           Case{"at_the_bottom",
                                                {kMin, kMinusLeast, kLeast, kMinusLeast, kMinusLeast},
                                                {"counted", kOverflow, "counted", "counted", kOverflow},
                                                "-170141183460469231731687303.715884105727"},
                                           Case{"from_end_to_end",
                                                {kMin, kMax, kMax, kMax},
                                                {"counted", "counted", "counted", kOverflow},
                                                "170141183460469231731687303.715884105727"},
                                           Case{"to_nothing", {kMax, kMin}, {"counted", "counted"}, "0"}),
                         [](const auto& test) { return std::string(test.param.name); });

// All meters or none: the first of two meters would have taken it.
TEST(AllMetersOrNoneTest, NothingIsBookedWhenTheSecondMeterOverflows) {
  Driver driver({.meters = {{.name = "first", .event_types = {"api.request"}},
                            {.name = "second", .event_types = {"api.request", "data"}}}});
  driver.profile("cus_1");
  driver.batch({{.event_id = "fill", .type = "data", .value = kMax}, {.event_id = "bad", .value = kLeast}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (Verdicts{"counted", kOverflow}));
  EXPECT_FALSE(driver.total("cus_1", "first")) << "no total";
  EXPECT_EQ(driver.windows().count_of('w'), 1u) << "no row";
  EXPECT_EQ(driver.windows().count_of('e'), 1u) << "no end to wait for";
  EXPECT_EQ(driver.deltas().size(), 1u);
  EXPECT_EQ(to_string(driver.total("cus_1", "second").value().total),
            "170141183460469231731687303.715884105727");

  driver.usage({.event_id = "bad", .value = kMinusLeast});  // its id was not remembered
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(2), "counted");
  EXPECT_EQ(to_string(driver.total("cus_1", "first").value().total), "-0.000000000001");
}

TEST(AllMetersOrNoneTest, NothingIsBookedWhenTheSecondMeterIsCoarser) {
  Driver driver({.meters = {{.name = "fine", .event_types = {"api.request"}},
                            {.name = "coarse", .event_types = {"api.request"}, .scale = 0}}});
  driver.profile("cus_1");
  driver.batch({{.value = "0.5"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), "dead_letter value_too_precise");
  EXPECT_TRUE(driver.totals().empty());
  EXPECT_EQ(driver.windows().count_of('w'), 0u);
}

// docs/adr/0009: a change between totals of opposite sign can be wider than a Quantity.
class WideChangeTest : public ::testing::TestWithParam<bool> {};

TEST_P(WideChangeTest, IsToldInTwoChainedDeltas) {
  Driver driver({.delta = {.emit_every = 1h}});
  driver.profile("cus_1");
  driver.usage({.event_id = "a", .value = kMin});
  driver.come_to_rest();
  ASSERT_EQ(driver.deltas().size(), 1u);
  driver.batch({{.event_id = "b", .value = kMax}, {.event_id = "c", .value = kMax}});
  driver.end_epoch();
  if (GetParam()) driver.restart();
  ASSERT_EQ(driver.deltas().size(), 1u) << "not due yet";
  driver.advance_wall_clock(1h);
  driver.come_to_rest();
  ASSERT_EQ(driver.deltas().size(), 3u);
  const auto& first = driver.deltas()[1];
  const auto& second = driver.deltas()[2];
  EXPECT_EQ(first.seq, 2);
  EXPECT_EQ(first.previous_total, driver.deltas()[0].total);
  EXPECT_EQ(to_string(first.total), "0");
  EXPECT_EQ(second.seq, 3);
  EXPECT_EQ(to_string(second.previous_total), "0");
  EXPECT_EQ(to_string(second.total), "170141183460469231731687303.715884105727");
  EXPECT_EQ(first.event_count + second.event_count, 2);
  EXPECT_EQ(driver.totals().size(), 2u) << "the total is told once";
}

INSTANTIATE_TEST_SUITE_P(Quantity, WideChangeTest, ::testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "after_a_restart" : "in_one_life");
});

// One step wider than a Quantity in absolute terms, although it fits into 128 bits.
TEST(AmountTest, AChangeOfMinusTwoToThe127IsReadable) {
  Driver driver({.delta = {.emit_every = 1h}});
  driver.profile("cus_1");
  driver.usage({.event_id = "a", .value = kMax});
  driver.come_to_rest();
  driver.batch({{.event_id = "b", .value = kMin}, {.event_id = "c", .value = kMinusLeast}});
  driver.advance_wall_clock(1h);
  driver.come_to_rest();  // the driver reads everything that is sent
  ASSERT_FALSE(driver.deltas().empty());
  EXPECT_EQ(to_string(driver.deltas().back().total), "-0.000000000001");
}

struct ScaleCase {
  const char* name;
  int scale;
  const char* value;
  const char* expected;
};

class ScaleTest : public ::testing::TestWithParam<ScaleCase> {};

TEST_P(ScaleTest, BoundsTheDecimalsThatCount) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = GetParam().scale}}});
  driver.profile("cus_1");
  driver.usage({.value = GetParam().value});
  EXPECT_EQ(driver.verdict(0), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Quantity, ScaleTest,
    ::testing::Values(ScaleCase{"as_fine_as_the_scale", 2, "0.01", "counted"},
                      ScaleCase{"finer", 2, "0.001", "dead_letter value_too_precise"},
                      ScaleCase{"finer_below_zero", 2, "-0.001", "dead_letter value_too_precise"},
                      ScaleCase{"trailing_zeros_are_free", 2, "0.0100", "counted"},
                      ScaleCase{"whole_of_scale_0", 0, "-5", "counted"},
                      ScaleCase{"half_of_scale_0", 0, "0.5", "dead_letter value_too_precise"},
                      ScaleCase{"nothing_of_scale_0", 0, "0.000", "counted"},
                      ScaleCase{"twelve_of_scale_12", 12, "0.000000000001", "counted"},
                      ScaleCase{"largest_of_scale_0", 0, "170141183460469231731687303", "counted"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CountTest, TakesNoNoticeOfTheValue) {
  Driver driver({.meters = {{.name = "volume", .event_types = {}, .aggregation = "count", .scale = 0}}});
  driver.profile("cus_1");
  driver.batch({{.event_id = "a", .value = kMin},
                {.event_id = "b", .value = kLeast},
                {.event_id = "c", .type = "whatever", .value = "0"}});
  driver.come_to_rest();
  EXPECT_EQ(to_string(driver.total("cus_1").value().total), "3");
}

}  // namespace
}  // namespace tidemark::processors::testing

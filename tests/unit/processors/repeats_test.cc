// Repeats, near and far. Each case is fed as one batch and record by record: the cuts change nothing.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Verdicts = std::vector<std::string>;

struct Case {
  const char* name;
  std::vector<TestEvent> events;
  Verdicts expected;
  const char* total;  // of cus_1; nullptr: none
};

class RepeatsTest : public ::testing::TestWithParam<Case> {
 protected:
  void expect_outcome(Driver& driver) {
    driver.come_to_rest();
    EXPECT_EQ(driver.verdicts(), GetParam().expected);
    EXPECT_TRUE(driver.each_judged_once());
    const auto total = driver.total("cus_1");
    EXPECT_EQ(total ? to_string(total->total) : "none",
              GetParam().total == nullptr ? "none" : GetParam().total);
  }
  static Driver make_driver() {
    return Driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = 2}}});
  }
};

TEST_P(RepeatsTest, InOneBatch) {
  Driver driver = make_driver();
  driver.profile("cus_1");
  driver.batch(GetParam().events);
  expect_outcome(driver);
}

TEST_P(RepeatsTest, RecordByRecord) {
  Driver driver = make_driver();
  driver.profile("cus_1");
  for (const TestEvent& event : GetParam().events) driver.usage(event);
  expect_outcome(driver);
}

TEST_P(RepeatsTest, RestartedAfterEachRecord) {
  Driver driver = make_driver();
  driver.profile("cus_1");
  for (const TestEvent& event : GetParam().events) {
    driver.usage(event);
    driver.end_epoch();
    driver.restart();
  }
  expect_outcome(driver);
}

const std::string kConflict = "dead_letter event_id_conflict";
const std::string kTooPrecise = "dead_letter value_too_precise";
constexpr auto kHorizon = 36 * 24h;
constexpr auto kParkedSpan = 35 * 24h;

INSTANTIATE_TEST_SUITE_P(
    Processors, RepeatsTest,
    ::testing::Values(
        Case{"a_counted_one",
             {{.value = "2"}, {.value = "2"}, {.value = "2"}},
             {"counted", "duplicate", "duplicate"},
             "2"},
        Case{"the_same_content_in_other_words",
             {{.value = "2.50"}, {.value = "2.5"}},
             {"counted", "duplicate"},
             "2.5"},
        Case{"another_value",
             {{.value = "2"}, {.value = "3"}, {.value = "2"}},
             {"counted", kConflict, "duplicate"},
             "2"},
        Case{"another_instant", {{}, {.event_time = kT0 - 1ns}}, {"counted", kConflict}, "1"},
        Case{"another_type", {{}, {.type = "page.view"}}, {"counted", kConflict}, "1"},
        Case{"a_dead_letter_then_mended",
             {{.value = "0.001"}, {.value = "0.01"}},
             {kTooPrecise, "counted"},
             "0.01"},
        Case{"mended_then_repeated_and_contradicted",
             {{.value = "0.001"}, {.value = "0.01"}, {.value = "0.01"}, {.value = "0.001"}},
             {kTooPrecise, "counted", "duplicate", kConflict},
             "0.01"},
        Case{"dead_letters_never_make_a_repeat",
             {{.value = "0.001"}, {.value = "0.001"}},
             {kTooPrecise, kTooPrecise},
             nullptr},
        Case{"a_conflict_is_not_remembered",
             {{.value = "2"}, {.value = "3"}, {.value = "3"}},
             {"counted", kConflict, kConflict},
             "2"},
        Case{"an_ignored_one",
             {{.type = "page.view"}, {.type = "page.view"}, {}},
             {"ignored", "duplicate", kConflict},
             nullptr},
        Case{"a_parked_one",
             {{.customer_id = "cus_9"}, {.customer_id = "cus_9"}},
             {"parked", "duplicate"},
             nullptr},
        Case{"another_tenant_or_customer_is_another_id",
             {{}, {.tenant_id = "beta"}, {.customer_id = "cus_9"}},
             {"counted", "parked", "parked"},
             "1"},
        Case{"at_the_horizon", {{}, {.value = "2", .arrival = kT0 + kHorizon}}, {"counted", kConflict}, "1"},
        Case{"past_the_horizon_of_the_record_itself",
             {{.event_time = kT0},
              {.value = "2", .arrival = kT0 + kHorizon + 1ms, .event_time = kT0 + 24h + 1ms}},
             {"counted", "counted"},
             "3"},
        Case{"past_the_horizon_by_another_record",
             {{},
              {.event_id = "e2", .arrival = kT0 + kHorizon + 1ms, .event_time = kT0 + 20 * 24h},
              {.value = "2", .arrival = kT0 + kHorizon, .event_time = kT0 + 20 * 24h}},
             {"counted", "counted", "counted"},
             "4"},
        Case{"a_dead_letter_moves_the_clock_too",
             {{},
              {.arrival = kT0 + kHorizon + 1ms, .raw = "{"},
              {.value = "2", .arrival = kT0 + kHorizon, .event_time = kT0 + 20 * 24h}},
             {"counted", "dead_letter invalid_json", "counted"},
             "3"},
        Case{"parked_at_its_span",
             {{.customer_id = "cus_9", .event_time = kT0 + 1min},
              {.customer_id = "cus_9", .arrival = kT0 + kParkedSpan, .event_time = kT0 + 1min}},
             {"parked", "duplicate"},
             nullptr},
        Case{"parked_past_its_span",
             {{.customer_id = "cus_9", .event_time = kT0 + 1min},
              {.customer_id = "cus_9", .arrival = kT0 + kParkedSpan + 1ms, .event_time = kT0 + 1min}},
             {"dead_letter unknown_customer", "parked"},
             nullptr}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::processors::testing

// Distinct values of a property: which are the same, and how many there may be.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Verdicts = std::vector<std::string>;

TestEvent with_value(const std::string& id, const std::string& json, ArrivalTime arrival = kT0) {
  return {.event_id = id, .arrival = arrival, .properties = R"({"user":)" + json + "}"};
}

DriverSettings unique_users(int distinct_max = 0) {
  return {.meters = {{.name = "users",
                      .event_types = {"api.request"},
                      .aggregation = "unique",
                      .value = "properties.user",
                      .distinct_max = distinct_max}}};
}

struct Case {
  const char* name;
  std::vector<std::string> values;  // JSON
  const char* total;
};

class UniqueTest : public ::testing::TestWithParam<Case> {
 protected:
  static void feed(Driver& driver, bool one_by_one) {
    std::vector<TestEvent> events;
    for (const std::string& value : GetParam().values)
      events.push_back(with_value("e" + std::to_string(events.size()), value));
    if (!one_by_one) driver.batch(events);
    for (const TestEvent& event : events) {
      if (!one_by_one) break;
      driver.usage(event);
      driver.come_to_rest();
      driver.restart();
    }
    driver.come_to_rest();
    EXPECT_EQ(driver.verdicts(), Verdicts(events.size(), "counted"));
    EXPECT_EQ(driver.figure("cus_1", "users"), GetParam().total);
    EXPECT_EQ(driver.windows().count_of('u'), std::stoul(GetParam().total));
  }
};

TEST_P(UniqueTest, InOneBatch) {
  Driver driver(unique_users());
  driver.profile("cus_1");
  feed(driver, false);
}
TEST_P(UniqueTest, RestartedAfterEachEvent) {
  Driver driver(unique_users());
  driver.profile("cus_1");
  feed(driver, true);
}

INSTANTIATE_TEST_SUITE_P(
    Processors, UniqueTest,
    ::testing::Values(Case{"the_same_text", {R"("ann")", R"("ann")"}, "1"},
                      Case{"the_same_text_escaped", {R"("ann")", R"("\u0061nn")"}, "1"},
                      Case{"other_texts", {R"("ann")", R"("Ann")", R"("ann ")", R"("")"}, "4"},
                      Case{"a_text_is_no_number", {R"("5")", "5"}, "2"},
                      Case{"a_number_by_its_value", {"5", "5.0", "50e-1"}, "1"},
                      Case{"nothing_has_no_sign", {"0", "-0", "0.0"}, "1"},
                      Case{"a_text_is_no_boolean", {R"("true")", "true", "false"}, "3"},
                      Case{"a_boolean_is_no_number", {"true", "1", "false", "0"}, "4"},
                      Case{"large_integers_are_exact", {"9007199254740993", "9007199254740992"}, "2"}),
    [](const auto& test) { return std::string(test.param.name); });

struct FaultCase {
  const char* name;
  const char* properties;
  const char* expected;
};
class UniqueFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(UniqueFaultTest, IsADeadLetter) {
  Driver driver(unique_users());
  driver.profile("cus_1");
  driver.usage({.properties = GetParam().properties});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), GetParam().expected);
  EXPECT_TRUE(driver.totals().empty());
  EXPECT_TRUE(driver.ids().ids.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Processors, UniqueFaultTest,
    ::testing::Values(FaultCase{"no_properties", "", "dead_letter value_missing"},
                      FaultCase{"another_property", R"({"users":1})", "dead_letter value_missing"},
                      FaultCase{"null", R"({"user":null})", "dead_letter field_wrong_type"},
                      FaultCase{"a_list", R"({"user":["ann"]})", "dead_letter field_wrong_type"},
                      FaultCase{"an_object", R"({"user":{"id":1}})", "dead_letter field_wrong_type"}),
    [](const auto& test) { return std::string(test.param.name); });

const std::string kLimit = "dead_letter unique_limit";

TEST(UniqueLimitTest, KnownValuesStillCount) {
  for (const bool one_batch : {true, false}) {
    Driver driver(unique_users(2));
    driver.profile("cus_1");
    const std::vector<TestEvent> events{with_value("a", "1"), with_value("b", "2"), with_value("c", "3"),
                                        with_value("d", "1"), with_value("e", "3")};
    if (one_batch) driver.batch(events);
    for (const TestEvent& event : events) {
      if (one_batch) break;
      driver.usage(event);
      driver.end_epoch();
      driver.restart();
    }
    driver.come_to_rest();
    EXPECT_EQ(driver.verdicts(), (Verdicts{"counted", "counted", kLimit, "counted", kLimit}));
    EXPECT_EQ(driver.figure("cus_1", "users"), "2");
    EXPECT_EQ(driver.total("cus_1", "users")->event_count, 3);
    EXPECT_EQ(driver.windows().count_of('u'), 2u);
  }
}

TEST(UniqueLimitTest, IsOfEachPeriodCustomerAndGroup) {
  DriverSettings settings = unique_users(1);
  settings.meters[0].group_by = {"properties.plan"};
  Driver driver(std::move(settings));
  for (const char* customer : {"cus_1", "cus_2"}) driver.profile(customer);
  const auto grouped = [](const std::string& id, const char* user, const char* plan) {
    return TestEvent{.event_id = id,
                     .properties = std::string(R"({"user":)") + user + R"(,"plan":")" + plan + "\"}"};
  };
  TestEvent other_customer = grouped("c", "2", "free");
  other_customer.customer_id = "cus_2";
  TestEvent next_period = grouped("d", "2", "free");
  next_period.arrival = kT0 + 30 * 24h;
  driver.batch({grouped("a", "1", "free"), grouped("b", "2", "paid"), other_customer, next_period,
                grouped("e", "2", "free")});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(4), "dead_letter arrival_behind");
  driver.usage([&] {
    TestEvent again = grouped("f", "3", "free");
    again.arrival = kT0 + 30 * 24h;
    return again;
  }());
  EXPECT_EQ(driver.verdicts(),
            (Verdicts{"counted", "counted", "counted", "counted", "dead_letter arrival_behind", kLimit}));
}

// The id of the dead letter is free: with a higher limit, it counts.
TEST(UniqueLimitTest, RaisedItTakesWhatWasRefused) {
  Driver driver(unique_users(1));
  driver.profile("cus_1");
  driver.batch({with_value("a", "1"), with_value("b", "2")});
  driver.end_epoch();
  EXPECT_EQ(driver.verdict(1), kLimit);
  driver.restart_with(unique_users(2).meters);
  driver.usage(with_value("b", "2"));
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(2), "counted");
  EXPECT_EQ(driver.figure("cus_1", "users"), "2");
  EXPECT_TRUE(driver.notices().empty()) << "a limit decides what is refused, not what is counted";
}

// All meters or none: the value is not remembered where another meter refuses the event.
TEST(UniqueLimitTest, AValueOfARefusedEventIsNotKept) {
  DriverSettings settings = unique_users();
  settings.meters.push_back({.name = "coarse", .event_types = {"api.request"}, .scale = 0});
  Driver driver(std::move(settings));
  driver.profile("cus_1");
  TestEvent refused = with_value("a", "1");
  refused.value = "0.5";
  driver.batch({refused, with_value("b", "1")});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (Verdicts{"dead_letter value_too_precise", "counted"}));
  EXPECT_EQ(driver.figure("cus_1", "users"), "1") << "counted as a new value, not as a known one";
}

}  // namespace
}  // namespace tidemark::processors::testing

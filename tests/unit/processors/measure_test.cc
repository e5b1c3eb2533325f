// What an event is to a meter: whether it wants it, in which group, with which value; and which fault is
// told.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

struct Case {
  const char* name;
  TestMeter meter;
  std::string properties;
  const char* expected;
  std::string value = "1";
};

class MeasureTest : public ::testing::TestWithParam<Case> {
 protected:
  static std::string judge(Driver& driver) {
    driver.profile("cus_1");
    driver.usage({.value = GetParam().value, .properties = GetParam().properties});
    driver.come_to_rest();
    return driver.verdict(0);
  }
};

TEST_P(MeasureTest, OneMeter) {
  Driver driver({.meters = {GetParam().meter}});
  EXPECT_EQ(judge(driver), GetParam().expected);
  EXPECT_EQ(driver.totals().empty(), driver.verdict(0) != "counted");
}

// A second meter wants every event: it counts unless there is a fault, and then nothing does.
TEST_P(MeasureTest, BesideAMeterThatWantsAll) {
  Driver driver({.meters = {{.name = "all", .event_types = {}, .aggregation = "count"}, GetParam().meter}});
  const std::string verdict = judge(driver);
  EXPECT_EQ(verdict, GetParam().expected == std::string("ignored") ? "counted" : GetParam().expected);
  EXPECT_EQ(driver.figure("cus_1", "all"), verdict == "counted" ? "1" : "none");
}

TestMeter where(TestConditions conditions) {
  return {.name = "volume", .event_types = {"api.request"}, .where = std::move(conditions)};
}
TestMeter grouped(std::vector<std::string> paths) {
  return {.name = "volume", .event_types = {"api.request"}, .group_by = std::move(paths)};
}
TestMeter valued(int scale = 12) {
  return {.name = "volume", .event_types = {"api.request"}, .scale = scale, .value = "properties.v"};
}
const TestConditions kEu{{"properties.region", {R"("eu")"}}};

INSTANTIATE_TEST_SUITE_P(
    Where, MeasureTest,
    ::testing::Values(
        Case{"holds", where(kEu), R"({"region":"eu"})", "counted"},
        Case{"another_value", where(kEu), R"({"region":"us"})", "ignored"},
        Case{"missing", where(kEu), R"({"zone":"eu"})", "ignored"},
        Case{"no_properties_at_all", where(kEu), "", "ignored"},
        Case{"null", where(kEu), R"({"region":null})", "ignored"},
        Case{"an_object", where(kEu), R"({"region":{"eu":1}})", "ignored"},
        Case{"a_list_that_holds_it", where(kEu), R"({"region":["eu"]})", "ignored"},
        Case{"deeper", where({{"properties.a.b", {"5"}}}), R"({"a":{"b":5}})", "counted"},
        Case{"not_so_deep", where({{"properties.a.b", {"5"}}}), R"({"a":5})", "ignored"},
        Case{"a_name_with_a_dot", where({{R"(properties["a.b"])", {"5"}}}), R"({"a.b":5,"a":{"b":6}})",
             "counted"},
        Case{"a_text_is_no_number", where({{"properties.n", {"5"}}}), R"({"n":"5"})", "ignored"},
        Case{"a_number_is_no_text", where({{"properties.n", {R"("5")"}}}), R"({"n":5})", "ignored"},
        Case{"a_number_by_its_value", where({{"properties.n", {"5"}}}), R"({"n":5.00})", "counted"},
        Case{"a_boolean", where({{"properties.b", {"true"}}}), R"({"b":true})", "counted"},
        Case{"a_boolean_is_no_text", where({{"properties.b", {"true"}}}), R"({"b":"true"})", "ignored"},
        Case{"any_of", where({{"properties.r", {R"("eu")", "5", "false"}}}), R"({"r":false})", "counted"},
        Case{"none_of", where({{"properties.r", {R"("eu")", "5", "false"}}}), R"({"r":true})", "ignored"},
        Case{"all_must_hold", where({{"properties.a", {"1"}}, {"properties.b", {"2"}}}), R"({"a":1,"b":3})",
             "ignored"},
        Case{"all_hold", where({{"properties.a", {"1"}}, {"properties.b", {"2"}}}), R"({"b":2,"a":1})",
             "counted"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    GroupBy, MeasureTest,
    ::testing::Values(
        Case{"a_text", grouped({"properties.g"}), R"({"g":"x"})", "counted"},
        Case{"an_empty_text", grouped({"properties.g"}), R"({"g":""})", "counted"},
        Case{"missing", grouped({"properties.g"}), R"({"h":"x"})", "dead_letter field_missing"},
        Case{"no_properties_at_all", grouped({"properties.g"}), "", "dead_letter field_missing"},
        Case{"the_second_missing", grouped({"properties.g", "properties.h"}), R"({"g":"x"})",
             "dead_letter field_missing"},
        Case{"null", grouped({"properties.g"}), R"({"g":null})", "dead_letter field_wrong_type"},
        Case{"a_decimal", grouped({"properties.g"}), R"({"g":1.5})", "dead_letter field_wrong_type"},
        Case{"an_object", grouped({"properties.g"}), R"({"g":{}})", "dead_letter field_wrong_type"},
        Case{"a_list", grouped({"properties.g"}), R"({"g":[1]})", "dead_letter field_wrong_type"},
        Case{"the_first_fault_of_two", grouped({"properties.g", "properties.h"}), R"({"g":[1]})",
             "dead_letter field_wrong_type"},
        Case{"as_long_as_it_may_be", grouped({"properties.g"}), R"({"g":")" + std::string(504, 'x') + "\"}",
             "counted"},
        Case{"too_long", grouped({"properties.g"}), R"({"g":")" + std::string(505, 'x') + "\"}",
             "dead_letter group_too_long"},
        Case{"long_by_what_is_escaped", grouped({"properties.g"}),
             R"({"g":")" + std::string(503, 'x') + R"(\""})", "dead_letter group_too_long"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Value, MeasureTest,
    ::testing::Values(
        Case{"an_integer", valued(), R"({"v":5})", "counted"},
        Case{"a_text", valued(), R"({"v":"-0.5"})", "counted"},
        Case{"missing", valued(), R"({"w":5})", "dead_letter value_missing"},
        Case{"no_properties_at_all", valued(), "", "dead_letter value_missing"},
        Case{"null", valued(), R"({"v":null})", "dead_letter field_wrong_type"},
        Case{"a_boolean", valued(), R"({"v":true})", "dead_letter field_wrong_type"},
        Case{"an_object", valued(), R"({"v":{"n":1}})", "dead_letter field_wrong_type"},
        Case{"a_float", valued(), R"({"v":0.5})", "dead_letter value_is_float"},
        Case{"no_number", valued(), R"({"v":"12abc"})", "dead_letter value_not_a_number"},
        Case{"an_empty_text", valued(), R"({"v":""})", "dead_letter value_not_a_number"},
        Case{"thirteen_decimals", valued(), R"({"v":"0.0000000000001"})", "dead_letter value_too_precise"},
        Case{"too_large", valued(), R"({"v":"170141183460469231731687304"})", "dead_letter value_overflow"},
        Case{"as_fine_as_the_scale", valued(1), R"({"v":"0.5"})", "counted"},
        Case{"finer_than_the_scale", valued(1), R"({"v":"0.05"})", "dead_letter value_too_precise"},
        Case{"scale_is_of_the_path", valued(0), R"({"v":5})", "counted", "0.5"}),
    [](const auto& test) { return std::string(test.param.name); });

TestMeter everything() {
  TestMeter meter = valued(0);
  meter.where = kEu;
  meter.group_by = {"properties.g"};
  return meter;
}
INSTANTIATE_TEST_SUITE_P(
    Order, MeasureTest,
    ::testing::Values(Case{"where_before_group", everything(), R"({"region":"us","v":1})", "ignored"},
                      Case{"where_before_value", everything(), R"({"region":"us","g":"x"})", "ignored"},
                      Case{"group_before_value", everything(), R"({"region":"eu","v":"x"})",
                           "dead_letter field_missing"},
                      Case{"quantity_before_scale", everything(), R"({"region":"eu","g":1,"v":"x"})",
                           "dead_letter value_not_a_number"},
                      Case{"scale_last", everything(), R"({"region":"eu","g":1,"v":"0.5"})",
                           "dead_letter value_too_precise"}),
    [](const auto& test) { return std::string(test.param.name); });

// The order of meters is that of the topology.
TEST(MeasureOrderTest, TheFirstMetersFaultIsTold) {
  TestMeter first = grouped({"properties.g"});
  TestMeter second = valued();
  first.name = "first";
  for (const bool swapped : {false, true}) {
    Driver driver({.meters = swapped ? std::vector{second, first} : std::vector{first, second}});
    driver.profile("cus_1");
    driver.usage({.properties = "{}"});
    EXPECT_EQ(driver.verdict(0), swapped ? "dead_letter value_missing" : "dead_letter field_missing");
    ASSERT_EQ(driver.letters().size(), 1u);
    EXPECT_NE(driver.letters()[0].message.find(swapped ? "meter volume" : "meter first"), std::string::npos)
        << driver.letters()[0].message;
  }
}

// A fault of content is told before the sum that would leave its range.
TEST(MeasureOrderTest, AllContentBeforeAnyOverflow) {
  TestMeter second = valued();
  second.name = "second";
  Driver driver({.meters = {{.name = "first", .event_types = {}}, second}});
  driver.profile("cus_1");
  constexpr const char* kMost = "170141183460469231731687303.715884105727";
  driver.batch({{.event_id = "fill", .type = "data", .value = kMost}, {.event_id = "bad", .value = kMost}});
  EXPECT_EQ(driver.verdicts(), (std::vector<std::string>{"counted", "dead_letter value_missing"}));
}

struct GroupCase {
  const char* name;
  const char* properties;
  const char* group;
};
class GroupTest : public ::testing::TestWithParam<GroupCase> {};

TEST_P(GroupTest, KeepsTheTypesOfItsValues) {
  Driver driver({.meters = {grouped({"properties.a", "properties.x.b"})}});
  driver.profile("cus_1");
  driver.usage({.properties = GetParam().properties});
  driver.come_to_rest();
  ASSERT_EQ(driver.totals().size(), 1u);
  EXPECT_EQ(driver.totals()[0].group, GetParam().group);
  ASSERT_EQ(driver.deltas().size(), 1u);
  EXPECT_EQ(driver.deltas()[0].group, GetParam().group);
}
INSTANTIATE_TEST_SUITE_P(
    GroupBy, GroupTest,
    ::testing::Values(GroupCase{"texts", R"({"x":{"b":"2"},"a":"1"})", R"({"a":"1","b":"2"})"},
                      GroupCase{"integers", R"({"x":{"b":20000000000000000000},"a":-1})",
                                R"({"a":-1,"b":20000000000000000000})"},
                      GroupCase{"booleans", R"({"x":{"b":false},"a":true})", R"({"a":true,"b":false})"},
                      GroupCase{"minus_nothing", R"({"x":{"b":"-0"},"a":-0})", R"({"a":0,"b":"-0"})"},
                      GroupCase{"escapes_in_one_way", R"({"x":{"b":"\u0041\u00e9\/"},"a":"\""})",
                                "{\"a\":\"\\\"\",\"b\":\"A\xc3\xa9/\"}"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(GroupTest, EachHasFiguresOfItsOwn) {
  Driver driver({.meters = {grouped({"properties.g"})}});
  driver.profile("cus_1");
  driver.batch({{.event_id = "a", .value = "1", .properties = R"({"g":"5"})"},
                {.event_id = "b", .value = "10", .properties = R"({"g":5})"},
                {.event_id = "c", .value = "100", .properties = R"({"g":"5"})"},
                {.event_id = "d", .value = "1000", .properties = R"({"g":true})"}});
  driver.come_to_rest();
  const auto figure_of = [&](const char* group) {
    return driver.figure("cus_1", "volume", std::nullopt, group);
  };
  EXPECT_EQ(figure_of(R"({"g":"5"})"), "101");
  EXPECT_EQ(figure_of(R"({"g":5})"), "10");
  EXPECT_EQ(figure_of(R"({"g":true})"), "1000");
  EXPECT_EQ(driver.totals().size(), 3u);
}

// One window of another group, told and stored apart, even where a cache holds the one used last.
TEST(GroupTest, SurvivesARestart) {
  Driver driver({.meters = {grouped({"properties.g"})}});
  driver.profile("cus_1");
  for (const char* group : {"1", "2", "1", "2"}) {
    driver.usage({.event_id = "e" + std::to_string(driver.offset_count()),
                  .properties = std::string(R"({"g":)") + group + "}"});
    driver.come_to_rest();
    driver.restart();
  }
  EXPECT_EQ(driver.figure("cus_1", "volume", std::nullopt, R"({"g":1})"), "2");
  EXPECT_EQ(driver.figure("cus_1", "volume", std::nullopt, R"({"g":2})"), "2");
  EXPECT_EQ(driver.deltas().size(), 4u);
}

}  // namespace
}  // namespace tidemark::processors::testing

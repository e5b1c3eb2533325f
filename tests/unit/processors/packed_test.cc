// Records that hold several events: each is judged like a record of its own.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Stories = std::vector<std::string>;

TestEvent packed(const std::vector<TestEvent>& elements, ArrivalTime arrival = kT0) {
  std::string raw = "[";
  for (const TestEvent& element : elements) raw.append(raw.size() > 1 ? "," : "").append(element.json());
  return {.arrival = arrival, .raw = raw + "]"};
}
Stories stories_of(const Driver& driver, std::int64_t offset, std::size_t count) {
  Stories stories;
  for (std::uint16_t element = 0; element < count; ++element)
    stories.push_back(driver.story(offset, element));
  return stories;
}

struct Case {
  const char* name;
  std::vector<TestEvent> elements;
  Stories expected;
  const char* total;
};
class PackedTest : public ::testing::TestWithParam<Case> {};

TEST_P(PackedTest, EachElementHasAVerdict) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage(packed(GetParam().elements));
  driver.come_to_rest();
  EXPECT_EQ(stories_of(driver, 0, GetParam().expected.size()), GetParam().expected);
  EXPECT_EQ(driver.story(0, static_cast<std::uint16_t>(GetParam().expected.size())), "");
  EXPECT_TRUE(driver.each_judged_once());
  EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
}

TEST_P(PackedTest, LikeRecordsOfTheirOwn) {
  Driver driver;
  driver.profile("cus_1");
  driver.batch(GetParam().elements);
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), GetParam().expected);
  EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
}

TEST_P(PackedTest, ReleasedInOrderAfterParking) {
  Driver driver;
  driver.usage(packed(GetParam().elements));
  driver.come_to_rest();
  driver.restart();
  driver.profile("cus_1");
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
  EXPECT_TRUE(driver.parked().rows.empty());
  EXPECT_TRUE(driver.each_judged_once());
}

const TestEvent kFive{.event_id = "a", .value = "5"};
const TestEvent kTwo{.event_id = "b", .value = "2"};
constexpr const char* kMax = "170141183460469231731687303.715884105727";
INSTANTIATE_TEST_SUITE_P(
    Processors, PackedTest,
    ::testing::Values(
        Case{"one", {kFive}, {"counted"}, "5"}, Case{"two", {kFive, kTwo}, {"counted", "counted"}, "7"},
        Case{"a_bad_one_between",
             {kFive, {.raw = R"({"event_id":"x"})"}, kTwo},
             {"counted", "dead_letter field_missing", "counted"},
             "7"},
        Case{"one_that_is_no_object", {kFive, {.raw = "5"}}, {"counted", "dead_letter not_an_object"}, "5"},
        Case{"one_twice", {kFive, kFive}, {"counted", "duplicate"}, "5"},
        Case{"one_id_with_two_contents",
             {kFive, {.event_id = "a", .value = "6"}},
             {"counted", "dead_letter event_id_conflict"},
             "5"},
        Case{"one_that_no_meter_wants",
             {{.event_id = "p", .type = "page.view"}, kTwo},
             {"ignored", "counted"},
             "2"},
        Case{"a_void_beside_its_event",
             {kFive, void_of(kFive), kTwo},
             {"counted, voided", "void", "counted"},
             "2"},
        Case{"a_void_before_its_event", {void_of(kFive), kFive}, {"void", "counted, voided"}, "0"},
        Case{"the_one_that_would_pass_the_limit",
             {{.event_id = "m", .value = kMax},
              kTwo,
              {.event_id = "n", .value = "-2"},
              {.event_id = "o", .value = "2"}},
             {"counted", "dead_letter value_overflow", "counted", "counted"},
             kMax}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(PackedRecordTest, ElementsOfSeveralCustomersAreParkedApart) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage(
      packed({{.event_id = "a", .customer_id = "cus_8"}, kFive, {.event_id = "a", .customer_id = "cus_9"}}));
  driver.profile("cus_9");
  driver.come_to_rest();
  EXPECT_EQ(stories_of(driver, 0, 3), (Stories{"parked", "counted", "parked, counted"}));
}

TEST(PackedRecordTest, ParkedElementsAreReleasedInTheirOrder) {
  Driver driver;
  // In another order another one would pass the limit. Numbers of two digits, so that texts would sort
  // otherwise.
  std::vector<TestEvent> elements;
  for (int i = 0; i < 300; ++i)
    elements.push_back({.event_id = "e" + std::to_string(i),
                        .value = i == 0       ? kMax
                                 : i % 2 == 1 ? "1"
                                              : "-1"});
  driver.usage(packed(elements));
  driver.profile("cus_1");
  driver.come_to_rest();
  EXPECT_EQ(driver.story(0, 0), "parked, counted");
  EXPECT_EQ(driver.story(0, 1), "parked, dead_letter value_overflow");
  EXPECT_EQ(driver.story(0, 2), "parked, counted");
  EXPECT_EQ(driver.story(0, 3), "parked, counted") << "the one before made room for it";
  EXPECT_EQ(driver.story(0, 299), "parked, counted");
}

TEST(PackedRecordTest, ADeadLetterHoldsTheBytesOfItsElement) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = 0}}});
  driver.profile("cus_1");
  const TestEvent fine{.event_id = "b", .value = "0.5"};
  driver.usage(packed({kFive, fine}));
  ASSERT_EQ(driver.letters().size(), 1u);
  EXPECT_EQ(driver.letters()[0].value, fine.json());
  EXPECT_EQ(driver.letters()[0].offset, Offset(0));
}

TEST(PackedRecordTest, ADeadLetterOfAReleaseHoldsItsElementToo) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = 0}}});
  const TestEvent fine{.event_id = "b", .value = "0.5"};
  driver.usage(packed({kFive, fine}));
  driver.end_epoch();
  driver.restart();
  driver.profile("cus_1");
  driver.come_to_rest();
  ASSERT_EQ(driver.letters().size(), 1u);
  EXPECT_EQ(driver.letters()[0].value, fine.json());
  EXPECT_EQ(stories_of(driver, 0, 2), (Stories{"parked, counted", "parked, dead_letter value_too_precise"}));
}

TEST(PackedRecordTest, AnEmptyOneIsADeadLetter) {
  Driver driver;
  driver.usage({.raw = "[]"});
  EXPECT_EQ(driver.verdict(0), "dead_letter empty_batch");
  EXPECT_EQ(driver.watermark(), kEventTimeMin);
}

// Each moves the watermark, and the next one is judged by it.
TEST(PackedRecordTest, TheWatermarkMovesWithinTheRecord) {
  Driver driver;
  driver.profile("cus_1");
  const ArrivalTime later = kT0 + 30 * 24h;
  driver.usage(packed({{.event_id = "a", .value = "1", .arrival = kT0},
                       {.event_id = "b", .value = "10", .arrival = later},
                       {.event_id = "c", .value = "100", .arrival = kT0}},
                      later));
  driver.come_to_rest();
  std::map<schemas::DeltaKind, std::string> march;
  for (const auto& delta : driver.deltas()) {
    if (delta.period_start == at("2026-03-01T00:00:00Z")) march[delta.kind] = to_string(delta.delta);
  }
  EXPECT_EQ(march, (std::map<schemas::DeltaKind, std::string>{{schemas::DeltaKind::usage, "1"},
                                                              {schemas::DeltaKind::correction, "100"}}));
}

TEST(PackedRecordTest, ARepeatOfAnElementAloneIsADuplicate) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage(packed({kFive, kTwo}));
  driver.end_epoch();
  driver.restart();
  driver.batch({kTwo, packed({kTwo, kFive})});
  EXPECT_EQ(driver.verdict(1), "duplicate");
  EXPECT_EQ(stories_of(driver, 2, 2), (Stories{"duplicate", "duplicate"}));
}

}  // namespace
}  // namespace tidemark::processors::testing

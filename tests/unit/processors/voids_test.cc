// Voids of events that came before them. Each case is fed as one batch, record by record, and with a restart
// after each record.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Stories = std::vector<std::string>;

TestEvent with_id(TestEvent event, const std::string& id) {
  event.event_id = id;
  return event;
}

const TestEvent kFive{.event_id = "e5", .value = "5"};
const TestEvent kTwo{.event_id = "e2", .value = "2"};
const TestEvent kView{.event_id = "p1", .type = "page.view"};           // no meter wants it
const TestEvent kPeak{.event_id = "m1", .type = "load", .value = "7"};  // a max meter
const TestEvent kBoth{.event_id = "b1", .type = "both"};                // a sum and a unique meter
const std::string kMismatch = "dead_letter void_mismatch";
const std::string kUnsupported = "dead_letter void_unsupported";

std::vector<TestMeter> meters() {
  return {{.name = "volume", .event_types = {"api.request", "both"}, .scale = 2},
          {.name = "peak", .event_types = {"load"}, .aggregation = "max"},
          {.name = "kinds", .event_types = {"both"}, .aggregation = "unique", .value = "properties.k"}};
}

TestEvent changed(TestEvent event, const std::function<void(TestEvent&)>& change) {
  change(event);
  return event;
}

struct Case {
  const char* name;
  std::vector<TestEvent> events;
  Stories expected;
  const char* total;  // of volume
};

class VoidsTest : public ::testing::TestWithParam<Case> {
 protected:
  static void expect_outcome(Driver& driver) {
    driver.come_to_rest();
    EXPECT_EQ(driver.stories(), GetParam().expected);
    EXPECT_TRUE(driver.each_judged_once());
    EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
    EXPECT_TRUE(driver.parked().rows.empty());
  }
};

TEST_P(VoidsTest, InOneBatch) {
  Driver driver({.meters = meters()});
  driver.profile("cus_1");
  driver.batch(GetParam().events);
  expect_outcome(driver);
}

TEST_P(VoidsTest, RecordByRecord) {
  Driver driver({.meters = meters()});
  driver.profile("cus_1");
  for (const TestEvent& event : GetParam().events) driver.usage(event);
  expect_outcome(driver);
}

TEST_P(VoidsTest, RestartedAfterEachRecord) {
  Driver driver({.meters = meters()});
  driver.profile("cus_1");
  for (const TestEvent& event : GetParam().events) {
    driver.usage(event);
    driver.come_to_rest();
    driver.restart();
  }
  expect_outcome(driver);
}

INSTANTIATE_TEST_SUITE_P(
    Processors, VoidsTest,
    ::testing::Values(
        Case{"takes_its_event_back",
             {kFive, kTwo, void_of(kFive)},
             {"counted, voided", "counted", "void"},
             "2"},
        Case{
            "of_the_only_event_leaves_a_row_of_0", {kFive, void_of(kFive)}, {"counted, voided", "void"}, "0"},
        Case{"sent_again",
             {kFive, void_of(kFive), void_of(kFive)},
             {"counted, voided", "void", "duplicate"},
             "0"},
        Case{"a_second_void",
             {kFive, void_of(kFive), void_of(kFive, "v2")},
             {"counted, voided", "void", "duplicate"},
             "0"},
        // The id of a duplicate is not remembered.
        Case{"the_id_of_a_second_void_is_free",
             {kFive, void_of(kFive), void_of(kFive, "v2"), with_id(kTwo, "v2")},
             {"counted, voided", "void", "duplicate", "counted"},
             "2"},
        Case{"the_event_sent_again_is_a_duplicate",
             {kFive, void_of(kFive), kFive},
             {"counted, voided", "void", "duplicate"},
             "0"},
        Case{"of_a_negative_value",
             {kFive, with_id(changed(kTwo, [](TestEvent& e) { e.value = "-2"; }), "n"),
              void_of(changed(kTwo, [](TestEvent& e) { e.event_id = "n", e.value = "-2"; }))},
             {"counted", "counted, voided", "void"},
             "5"},
        Case{"another_value",
             {kFive, changed(void_of(kFive), [](TestEvent& e) { e.value = "4"; })},
             {"counted", kMismatch},
             "5"},
        Case{"the_same_value_in_other_words",
             {kFive, changed(void_of(kFive), [](TestEvent& e) { e.value = "5.00"; })},
             {"counted, voided", "void"},
             "0"},
        Case{"another_time",
             {kFive, changed(void_of(kFive), [](TestEvent& e) { e.event_time = kT0 - 1ns; })},
             {"counted", kMismatch},
             "5"},
        Case{"another_type",
             {kFive, changed(void_of(kFive), [](TestEvent& e) { e.type = "page.view"; })},
             {"counted", kMismatch},
             "5"},
        Case{"other_properties",
             {kFive, changed(void_of(kFive), [](TestEvent& e) { e.properties = R"({"a":1})"; })},
             {"counted", kMismatch},
             "5"},
        Case{"a_mismatch_is_not_remembered",
             {kFive, changed(void_of(kFive), [](TestEvent& e) { e.value = "4"; }), void_of(kFive)},
             {"counted, voided", kMismatch, "void"},
             "0"},
        Case{"of_a_void",
             {kFive, void_of(kFive), void_of(void_of(kFive), "v2")},
             {"counted, voided", "void", kMismatch},
             "0"},
        Case{"of_an_event_that_no_meter_wants_moves_nothing",
             {kFive, kView, void_of(kView)},
             {"counted", "ignored", "void"},
             "5"},
        Case{"of_an_ignored_event_twice",
             {kFive, kView, void_of(kView), void_of(kView, "v2")},
             {"counted", "ignored", "void", "duplicate"},
             "5"},
        Case{"unsupported", {kFive, kPeak, void_of(kPeak)}, {"counted", "counted", kUnsupported}, "5"},
        Case{"unsupported_is_not_remembered",
             {kFive, kPeak, void_of(kPeak), with_id(kTwo, "v1")},
             {"counted", "counted", kUnsupported, "counted"},
             "7"},
        Case{"unsupported_in_one_of_two_meters",
             {kFive, changed(kBoth, [](TestEvent& e) { e.properties = R"({"k":1})"; }),
              changed(void_of(kBoth), [](TestEvent& e) { e.properties = R"({"k":1})"; })},
             {"counted", "counted", kUnsupported},
             "6"},
        // Own content first, then mismatch, then unsupported, then a second void.
        Case{"its_own_fault_before_all",
             {kFive, changed(void_of(kFive), [](TestEvent& e) { e.value = "4.001"; })},
             {"counted", "dead_letter value_too_precise"},
             "5"},
        Case{"a_mismatch_before_unsupported",
             {kFive, kPeak, changed(void_of(kPeak), [](TestEvent& e) { e.value = "8"; })},
             {"counted", "counted", kMismatch},
             "5"},
        Case{"a_conflict_before_all",
             {kFive, kTwo, changed(void_of(kFive, "e2"), [](TestEvent& e) { e.value = "4"; })},
             {"counted", "counted", "dead_letter event_id_conflict"},
             "7"},
        // Its own identity covers what it voids.
        Case{"of_another_event_under_the_same_id",
             {kFive, with_id(kFive, "twin"), void_of(kFive), void_of(with_id(kFive, "twin"))},
             {"counted, voided", "counted", "void", "dead_letter event_id_conflict"},
             "5"},
        Case{"after_a_dead_letter_that_was_mended",
             {changed(kFive, [](TestEvent& e) { e.value = "5.001"; }), kFive, void_of(kFive)},
             {"dead_letter value_too_precise", "counted, voided", "void"},
             "0"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(VoidTest, OfItselfIsAMismatch) {
  Driver driver({.meters = meters()});
  driver.profile("cus_1");
  driver.usage({.event_id = "v", .voids = "v"});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), kMismatch);
}

TEST(VoidTest, OfAnotherCustomersEventWaits) {
  Driver driver({.meters = meters()});
  driver.profile("cus_1");
  driver.profile("cus_2");
  TestEvent other = void_of(kFive);
  other.customer_id = "cus_2";
  driver.batch({kFive, other});
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"counted", "void"}));
  EXPECT_EQ(driver.figure("cus_1"), "5");
  EXPECT_EQ(driver.parked().count_of('v'), 1u);
}

TEST(VoidTest, IsTakenOutOfTheGroupOfItsEvent) {
  Driver driver({.meters = {{.name = "volume", .event_types = {}, .group_by = {"properties.g"}}}});
  driver.profile("cus_1");
  TestEvent event = kFive;
  event.properties = R"({"g":"a"})";
  driver.batch({event, changed(with_id(event, "other"), [](TestEvent& e) { e.properties = R"({"g":"b"})"; }),
                void_of(event)});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1", "volume", std::nullopt, R"({"g":"a"})"), "0");
  EXPECT_EQ(driver.figure("cus_1", "volume", std::nullopt, R"({"g":"b"})"), "5");
}

// After the close of the period, what is taken back is a correction like what is added.
TEST(VoidTest, AfterTheCloseIsACorrection) {
  Driver driver({.meters = meters()});
  driver.profile("cus_1");
  TestEvent voiding = void_of(kFive);
  voiding.arrival = kT0 + 30 * 24h;
  voiding.event_time = kT0;
  driver.batch({kFive, {.event_id = "w", .customer_id = "cus_9", .arrival = kT0 + 30 * 24h}, voiding});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(2), "void");
  ASSERT_EQ(driver.deltas().size(), 2u);
  EXPECT_EQ(driver.deltas()[1].kind, schemas::DeltaKind::correction);
  EXPECT_EQ(to_string(driver.deltas()[1].delta), "-5");
  EXPECT_EQ(driver.deltas()[1].event_count, -1);
  EXPECT_EQ(driver.total("cus_1")->event_count, 0);
  EXPECT_TRUE(driver.total("cus_1")->final);
}

// The difference between what was counted and what was voided is what the total says.
TEST(VoidTest, CountAndMovesAreCounted) {
  Driver driver({.meters = {{.name = "calls", .event_types = {}, .aggregation = "count"}}});
  driver.profile("cus_1");
  driver.batch({kFive, kTwo, void_of(kTwo), void_of(kFive, "v2"), with_id(kFive, "e6")});
  driver.come_to_rest();
  EXPECT_EQ(driver.total("cus_1", "calls")->event_count, 1);
  EXPECT_EQ(driver.figure("cus_1", "calls"), "1");
  EXPECT_EQ(driver.counter("tidemark_verdicts_total", {{"verdict", "void"}}), 2u);
  EXPECT_EQ(driver.counter("tidemark_verdicts_moved_total", {{"from", "counted"}, {"to", "voided"}}), 2u);
}

// The meter was added after the event was counted: the void takes back what the event gave, and no more.
TEST(VoidMeterTest, TakesNothingFromAMeterThatWasAddedSince) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}}}});
  driver.profile("cus_1");
  driver.usage(kFive);
  driver.end_epoch();
  driver.restart_with({{.name = "volume", .event_types = {"api.request"}},
                       {.name = "new", .event_types = {}},
                       {.name = "top", .event_types = {}, .aggregation = "max"}});
  driver.batch({kTwo, void_of(kFive)});
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"counted, voided", "counted", "void"}));
  EXPECT_EQ(driver.figure("cus_1"), "2");
}

// Its event was ignored when it came, and would be counted now.
TEST(VoidMeterTest, OfAnEventThatWasIgnoredMovesNothing) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}}}});
  driver.profile("cus_1");
  driver.usage(kView);
  driver.end_epoch();
  driver.restart_with(
      {{.name = "volume", .event_types = {"api.request"}}, {.name = "views", .event_types = {"page.view"}}});
  driver.usage(void_of(kView));
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"ignored", "void"}));
  EXPECT_EQ(driver.figure("cus_1", "views"), "none");
}

// The event is counted with the driver's meters, and what comes then is judged with others.
void count_and_restart(Driver& driver, const TestEvent& event, const std::vector<TestMeter>& meters) {
  driver.profile("cus_1");
  driver.usage(event);
  driver.come_to_rest();
  driver.restart_with(meters);
}

// From all its meters or from none: else one that comes back would keep it for ever.
TEST(VoidMeterTest, OfAnEventOfARemovedMeterIsRefusedUntilTheMeterIsBack) {
  const TestMeter volume{.name = "volume", .event_types = {"api.request"}};
  for (const char* aggregation : {"count", "max"}) {
    const TestMeter removed{.name = "removed", .event_types = {"api.request"}, .aggregation = aggregation};
    Driver driver({.meters = {volume, removed}});
    count_and_restart(driver, kFive, {volume});
    driver.usage(void_of(kFive));
    driver.come_to_rest();
    EXPECT_EQ(driver.story(1), "dead_letter void_meter_removed");
    EXPECT_EQ(driver.figure("cus_1"), "5");
    driver.restart_with({volume, removed});
    driver.usage(void_of(kFive));
    driver.come_to_rest();
    const bool is_count = aggregation == std::string("count");
    EXPECT_EQ(driver.story(2), is_count ? "void" : kUnsupported);
    EXPECT_EQ(driver.figure("cus_1"), is_count ? "0" : "5");
    EXPECT_EQ(driver.figure("cus_1", "removed"), is_count ? "0" : "5");
  }
}

TEST(VoidMeterTest, ARemovedMeterOfOtherEventsIsNotAsked) {
  const TestMeter volume{.name = "volume", .event_types = {"api.request"}};
  Driver driver({.meters = {volume, {.name = "removed", .event_types = {"data"}}}});
  count_and_restart(driver, kFive, {volume});
  driver.usage(void_of(kFive));
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"counted, voided", "void"}));
}

// Limits say what may be counted from now on, not what may be taken back.
TEST(VoidMeterTest, UnderAScaleThatWasLoweredSince) {
  TestMeter volume{.name = "volume", .event_types = {"api.request"}, .scale = 3};
  Driver driver({.meters = {volume}});
  const TestEvent precise = valued(kFive, "1.125");
  volume.scale = 2;
  count_and_restart(driver, precise, {volume});
  driver.usage(void_of(precise));
  driver.usage({.event_id = "late", .value = "1.125"});
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"counted, voided", "void", "dead_letter value_too_precise"}));
  EXPECT_EQ(driver.figure("cus_1"), "0");
}

}  // namespace
}  // namespace tidemark::processors::testing

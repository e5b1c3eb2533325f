// Voids that come before the event that they name: they wait, also parked ones, and for parked events.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Stories = std::vector<std::string>;
constexpr auto kSpan = 35 * 24h;

const TestEvent kFive{.event_id = "e5", .value = "5"};
const TestEvent kView{.event_id = "p1", .type = "page.view"};
const TestEvent kPeak{.event_id = "m1", .type = "load", .value = "7"};
const std::string kMismatch = "dead_letter void_mismatch";
const std::string kUnsupported = "dead_letter void_unsupported";

DriverSettings settings() {
  return {.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = 2},
                     {.name = "peak", .event_types = {"load"}, .aggregation = "max"}}};
}

struct Case {
  const char* name;
  std::vector<TestEvent> events;
  Stories expected;
  const char* total;
  std::size_t waiting = 0;
};

class WaitingTest : public ::testing::TestWithParam<Case> {
 protected:
  static void expect_outcome(Driver& driver) {
    driver.come_to_rest();
    EXPECT_EQ(driver.stories(), GetParam().expected);
    EXPECT_TRUE(driver.each_judged_once());
    EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
    EXPECT_EQ(driver.parked().count_of('v'), GetParam().waiting);
    EXPECT_EQ(driver.parked().count_of('x'), GetParam().waiting);
  }
};

TEST_P(WaitingTest, InOneBatch) {
  Driver driver(settings());
  driver.profile("cus_1");
  driver.batch(GetParam().events);
  expect_outcome(driver);
}

TEST_P(WaitingTest, RestartedAfterEachRecord) {
  Driver driver(settings());
  driver.profile("cus_1");
  for (const TestEvent& event : GetParam().events) {
    driver.usage(event);
    driver.come_to_rest();
    driver.restart();
  }
  expect_outcome(driver);
}

INSTANTIATE_TEST_SUITE_P(
    Processors, WaitingTest,
    ::testing::Values(
        Case{"cancels_its_event_on_arrival", {void_of(kFive), kFive}, {"void", "counted, voided"}, "0"},
        Case{"without_its_event", {void_of(kFive)}, {"void"}, "none", 1},
        Case{"sent_again",
             {void_of(kFive), void_of(kFive), kFive},
             {"void", "duplicate", "counted, voided"},
             "0"},
        Case{"a_second_one_of_the_same_content",
             {void_of(kFive), void_of(kFive, "v2"), kFive},
             {"void", "duplicate", "counted, voided"},
             "0"},
        Case{"a_second_one_of_other_content_waits_too",
             {void_of(kFive), valued(void_of(kFive, "v2"), "4"), kFive},
             {"void", "void, " + kMismatch, "counted, voided"},
             "0"},
        Case{"a_wrong_one_before_the_right_one",
             {valued(void_of(kFive), "4"), void_of(kFive, "v2"), kFive},
             {"void, " + kMismatch, "void", "counted, voided"},
             "0"},
        Case{"of_other_content_than_its_event",
             {valued(void_of(kFive), "4"), kFive},
             {"void, " + kMismatch, "counted"},
             "5"},
        Case{"a_mismatch_is_forgotten",
             {valued(void_of(kFive), "4"), kFive, void_of(kFive)},
             {"void, " + kMismatch, "counted, voided", "void"},
             "0"},
        Case{"the_id_of_a_mismatch_is_free",
             {valued(void_of(kFive), "4"), kFive, {.event_id = "v1", .value = "2"}},
             {"void, " + kMismatch, "counted", "counted"},
             "7"},
        Case{"an_event_that_is_sent_again_and_again",
             {void_of(kFive), kFive, kFive, void_of(kFive, "v2")},
             {"void", "counted, voided", "duplicate", "duplicate"},
             "0"},
        Case{"a_dead_letter_leaves_it_waiting",
             {void_of(kFive), valued(kFive, "5.001"), kFive},
             {"void", "dead_letter value_too_precise", "counted, voided"},
             "0"},
        Case{"of_an_event_that_no_meter_wants", {void_of(kView), kView}, {"void", "ignored"}, "none"},
        Case{"unsupported_by_its_own_content", {void_of(kPeak), kPeak}, {kUnsupported, "counted"}, "none"},
        Case{"of_an_event_of_another_type_that_is_unsupported",
             {void_of({.event_id = "m1"}), kPeak},
             {"void, " + kMismatch, "counted"},
             "none"},
        Case{"of_a_void_that_comes",
             {void_of(void_of(kFive), "v2"), kFive, void_of(kFive)},
             {"void, " + kMismatch, "counted, voided", "void"},
             "0"}),
    [](const auto& test) { return std::string(test.param.name); });

class ParkedVoidTest : public ::testing::TestWithParam<bool> {
 protected:
  // Fed without a profile, which comes then.
  std::vector<std::string> stories_of(const std::vector<TestEvent>& events) {
    driver_.batch(events);
    driver_.come_to_rest();
    if (GetParam()) driver_.restart();
    driver_.profile("cus_1");
    driver_.come_to_rest();
    EXPECT_TRUE(driver_.each_judged_once());
    return driver_.stories();
  }
  Driver driver_{settings()};
};

TEST_P(ParkedVoidTest, BehindItsParkedEvent) {
  EXPECT_EQ(stories_of({kFive, void_of(kFive)}), (Stories{"parked, counted, voided", "parked, void"}));
  EXPECT_EQ(driver_.figure("cus_1"), "0");
  EXPECT_TRUE(driver_.parked().rows.empty());
}

TEST_P(ParkedVoidTest, BeforeItsParkedEvent) {
  EXPECT_EQ(stories_of({void_of(kFive), kFive}), (Stories{"parked, void", "parked, counted, voided"}));
  EXPECT_EQ(driver_.figure("cus_1"), "0");
  EXPECT_TRUE(driver_.parked().rows.empty());
}

TEST_P(ParkedVoidTest, TwoOfThem) {
  EXPECT_EQ(stories_of({kFive, void_of(kFive), void_of(kFive, "v2")}),
            (Stories{"parked, counted, voided", "parked, void", "parked, duplicate"}));
  EXPECT_EQ(driver_.figure("cus_1"), "0");
  driver_.usage({.event_id = "v2", .value = "2"});
  EXPECT_EQ(driver_.verdict(3), "counted") << "the id of a duplicate is free";
}

TEST_P(ParkedVoidTest, OfOtherContent) {
  EXPECT_EQ(stories_of({kFive, valued(void_of(kFive), "4")}),
            (Stories{"parked, counted", "parked, " + kMismatch}));
  EXPECT_EQ(driver_.figure("cus_1"), "5");
}

TEST_P(ParkedVoidTest, WithoutItsEventGoesOnWaiting) {
  EXPECT_EQ(stories_of({void_of(kFive)}), (Stories{"parked, void"}));
  EXPECT_EQ(driver_.parked().count_of('v'), 1u);
  driver_.usage(kFive);
  driver_.come_to_rest();
  EXPECT_EQ(driver_.stories(), (Stories{"parked, void", "counted, voided"}));
}

TEST_P(ParkedVoidTest, OfAnEventThatWasCountedBeforeTheTombstone) {
  driver_.profile("cus_1");
  driver_.usage(kFive);
  driver_.tombstone("cus_1");
  driver_.usage(void_of(kFive));
  EXPECT_EQ(driver_.verdict(1), "parked");
  driver_.come_to_rest();
  if (GetParam()) driver_.restart();
  driver_.profile("cus_1");
  driver_.come_to_rest();
  EXPECT_EQ(driver_.stories(), (Stories{"counted, voided", "parked, void"}));
  EXPECT_EQ(driver_.figure("cus_1"), "0");
}

// It waits; its event is parked, which counts as not yet seen.
TEST_P(ParkedVoidTest, ThatWaitedBeforeItsEventWasParked) {
  driver_.profile("cus_1");
  driver_.usage(void_of(kFive));
  driver_.tombstone("cus_1");
  EXPECT_EQ(stories_of({kFive}), (Stories{"void", "parked, counted, voided"}));
  EXPECT_EQ(driver_.figure("cus_1"), "0");
  EXPECT_TRUE(driver_.parked().rows.empty());
}

INSTANTIATE_TEST_SUITE_P(Processors, ParkedVoidTest, ::testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "after_a_restart" : "in_one_life");
});

struct ExpiryCase {
  const char* name;
  std::chrono::milliseconds after;
  const char* void_story;   // when the clock stands there
  const char* event_story;  // of the event that comes then
  const char* total;
};
class WaitingExpiryTest : public ::testing::TestWithParam<ExpiryCase> {
 protected:
  static TestEvent tick(std::chrono::milliseconds after) { return {.arrival = kT0 + after, .raw = "{"}; }
  // Young enough to be taken after 35 days and a millisecond.
  static TestEvent event(ArrivalTime arrival) {
    return {.event_id = "e5", .value = "5", .arrival = arrival, .event_time = kT0 + 1min};
  }
};

TEST_P(WaitingExpiryTest, IsStrict) {
  for (const bool restarted : {false, true}) {
    Driver driver(settings());
    driver.profile("cus_1");
    driver.usage(void_of(event(kT0)));
    driver.end_epoch();
    if (restarted) driver.restart();
    driver.usage(tick(GetParam().after));
    driver.come_to_rest();
    EXPECT_EQ(driver.story(0), GetParam().void_story);
    driver.usage(event(kT0 + GetParam().after));
    driver.come_to_rest();
    EXPECT_EQ(driver.story(2), GetParam().event_story);
    EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
    EXPECT_TRUE(driver.parked().rows.empty());
  }
}

// The record that moves the clock past the span is the event itself.
TEST_P(WaitingExpiryTest, ComesBeforeTheEventThatMovedTheClock) {
  Driver driver(settings());
  driver.profile("cus_1");
  driver.batch({void_of(event(kT0)), event(kT0 + GetParam().after)});
  driver.come_to_rest();
  EXPECT_EQ(driver.story(0), GetParam().after > kSpan ? "void, dead_letter void_target_unknown" : "void");
  EXPECT_EQ(driver.story(1), GetParam().event_story);
  EXPECT_EQ(driver.figure("cus_1"), GetParam().total);
  EXPECT_TRUE(driver.parked().rows.empty());
}

INSTANTIATE_TEST_SUITE_P(Processors, WaitingExpiryTest,
                         ::testing::Values(ExpiryCase{"at_once", 0ms, "void", "counted, voided", "0"},
                                           ExpiryCase{"at_35_days", kSpan, "void", "counted, voided", "0"},
                                           ExpiryCase{"past_35_days", kSpan + 1ms,
                                                      "void, dead_letter void_target_unknown", "counted",
                                                      "5"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(WaitingExpiryTest, AnExpiredVoidIsForgottenAndKeepsItsBytes) {
  Driver driver(settings());
  driver.profile("cus_1");
  const TestEvent waiting = void_of({.event_id = "e5", .value = "5", .event_time = kT0 + 1min});
  driver.batch({waiting, {.arrival = kT0 + kSpan + 1ms, .raw = "{"}});
  driver.come_to_rest();
  ASSERT_EQ(driver.letters().size(), 2u);
  EXPECT_EQ(driver.letters()[1].code, "void_target_unknown");
  EXPECT_EQ(driver.letters()[1].value, waiting.json());
  TestEvent again = waiting;
  again.arrival = kT0 + kSpan + 1ms;
  driver.usage(again);
  EXPECT_EQ(driver.verdict(2), "void") << "sent again, it waits anew";
  EXPECT_EQ(driver.counter("tidemark_verdicts_moved_total", {{"from", "void"}, {"to", "dead_letter"}}), 1u);
}

// Two wait for the same event; the younger one is still there when the older one is gone.
TEST(WaitingExpiryTest, EachWaitsItsOwnTime) {
  Driver driver(settings());
  driver.profile("cus_1");
  const auto event = [](ArrivalTime arrival) {
    return TestEvent{.event_id = "e5", .value = "5", .arrival = arrival, .event_time = kT0 + 1min};
  };
  driver.batch({valued(void_of(event(kT0)), "4"),
                void_of(event(kT0 + 24h), "v2"),
                {.arrival = kT0 + kSpan + 1ms, .raw = "{"}});
  driver.come_to_rest();
  driver.restart();
  driver.usage(event(kT0 + kSpan + 1ms));
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"void, dead_letter void_target_unknown", "void",
                                       "dead_letter invalid_json", "counted, voided"}));
  EXPECT_EQ(driver.figure("cus_1"), "0");
}

// Parked first, it waited by the clock of its parking.
TEST(WaitingExpiryTest, AReleasedVoidWaitsSinceItWasParked) {
  Driver driver(settings());
  const TestEvent waiting = void_of({.event_id = "e5", .value = "5", .event_time = kT0 + 1min});
  driver.batch({waiting, {.arrival = kT0 + 20 * 24h, .raw = "{"}});
  driver.profile("cus_1");
  driver.come_to_rest();
  ASSERT_EQ(driver.story(0), "parked, void");
  driver.usage({.arrival = kT0 + kSpan, .raw = "{"});
  driver.come_to_rest();
  EXPECT_EQ(driver.story(0), "parked, void");
  driver.usage({.arrival = kT0 + kSpan + 1ms, .raw = "{"});
  driver.come_to_rest();
  EXPECT_EQ(driver.story(0), "parked, void, dead_letter void_target_unknown");
  EXPECT_TRUE(driver.ids().ids.count({}) == 0);
}

// Waiting voids take back only from the meters that count their event.
TEST(WaitingMeterTest, AMeterThatWasAddedMeanwhileCountsAndIsTakenBack) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}}}});
  driver.profile("cus_1");
  driver.usage(void_of(kFive));
  driver.end_epoch();
  driver.restart_with({{.name = "volume", .event_types = {"api.request"}},
                       {.name = "calls", .event_types = {"api.request"}, .aggregation = "count"}});
  driver.usage(kFive);
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"void", "counted, voided"}));
  EXPECT_EQ(driver.figure("cus_1"), "0");
  EXPECT_EQ(driver.figure("cus_1", "calls"), "0");
}

TEST(WaitingMeterTest, AMeterThatTakesNothingBackAddedMeanwhileRefusesTheVoid) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}}}});
  driver.profile("cus_1");
  driver.usage(void_of(kFive));
  driver.end_epoch();
  driver.restart_with({{.name = "volume", .event_types = {"api.request"}},
                       {.name = "top", .event_types = {"api.request"}, .aggregation = "max"}});
  driver.usage(kFive);
  driver.come_to_rest();
  EXPECT_EQ(driver.stories(), (Stories{"void, " + kUnsupported, "counted"}));
  EXPECT_EQ(driver.figure("cus_1"), "5");
  EXPECT_EQ(driver.figure("cus_1", "top"), "5");
}

}  // namespace
}  // namespace tidemark::processors::testing

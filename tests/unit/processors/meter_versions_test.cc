// Meters that change: which version rules an event, and what a task that has counted says to other meters.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Verdicts = std::vector<std::string>;

const EventTime kMarch = at("2026-03-01T00:00:00Z");
const EventTime kApril = at("2026-04-01T00:00:00Z");
const EventTime kMay = at("2026-05-01T00:00:00Z");

ArrivalTime arrival_at(EventTime time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time);
}

struct VersionsDriver : Driver {
  explicit VersionsDriver(std::vector<TestVersion> versions)
      : Driver({.meters = meter(std::move(versions))}) {
    profile("cus_1");
  }
  static std::vector<TestMeter> meter(std::vector<TestVersion> versions) {
    return {{.name = "volume", .event_types = {"api.request"}, .versions = std::move(versions)}};
  }
  // Of value 5. Its verdict.
  std::string event(EventTime time, const std::string& type = "api.request",
                    std::optional<EventTime> arrives = std::nullopt) {
    usage({.event_id = "e" + std::to_string(offset_count()),
           .type = type,
           .value = "5",
           .arrival = arrival_at(arrives.value_or(time)),
           .event_time = time});
    return verdict(offset_count() - 1);
  }
  std::string volume(EventTime period) {
    come_to_rest();
    return figure("cus_1", "volume", period);
  }
  void stop(std::vector<TestVersion> versions) {
    come_to_rest();
    failure = failure_of([&] { restart_with(meter(std::move(versions))); });
  }
  std::string failure;
};

TEST(MeterVersionTest, TheOneInEffectAtTheStartRulesThePeriod) {
  VersionsDriver driver({{.effective_from = "2026-03-01T00:00:00Z"},
                         {.effective_from = "2026-04-01T00:00:00Z", .aggregation = "count"},
                         {.effective_from = "2026-04-15T00:00:00Z", .aggregation = "max"}});
  driver.event(kMarch + 1h);
  driver.event(kApril);
  driver.event(kApril + 20 * 24h);  // in a period that began before the third version
  driver.event(kMay);
  EXPECT_EQ(driver.volume(kMarch), "5");
  EXPECT_EQ(driver.volume(kApril), "2");
  EXPECT_EQ(driver.volume(kMay), "5");
  EXPECT_TRUE(driver.notices().empty());
}

TEST(MeterVersionTest, TheFirstRulesThePeriodItBeginsInFromItsDateOn) {
  VersionsDriver driver({{.effective_from = "2026-03-10T00:00:00Z"}});
  EXPECT_EQ(driver.event(at("2026-03-09T23:59:59.999999999Z")), "ignored");
  EXPECT_EQ(driver.event(at("2026-03-10T00:00:00Z")), "counted");
  EXPECT_EQ(driver.event(kApril), "counted");
  EXPECT_EQ(driver.volume(kMarch), "5");
}

TEST(MeterVersionTest, ATypeOfOneVersionIsNotWantedByAnother) {
  VersionsDriver driver({{.effective_from = "2026-01-01T00:00:00Z"},
                         {.effective_from = "2026-04-01T00:00:00Z", .event_types = {"api.batch"}}});
  EXPECT_EQ(driver.event(kMarch, "api.batch"), "ignored");
  EXPECT_EQ(driver.event(kMarch, "api.request"), "counted");
  EXPECT_EQ(driver.event(kApril, "api.batch"), "counted");
  EXPECT_EQ(driver.event(kApril, "api.request"), "ignored");
}

TEST(MeterVersionTest, EachHasConditionsGroupsAndScaleOfItsOwn) {
  VersionsDriver driver({{.effective_from = "2026-01-01T00:00:00Z", .where = {{"properties.r", {R"("eu")"}}}},
                         {.effective_from = "2026-04-01T00:00:00Z", .group_by = {"properties.g"}}});
  EXPECT_EQ(driver.event(kMarch), "ignored");
  EXPECT_EQ(driver.event(kApril), "dead_letter field_missing");
}

// Each period is billed once, under one version; a late event too.
TEST(MeterVersionTest, ThereAndBackAgain) {
  VersionsDriver driver({{.effective_from = "2026-01-01T00:00:00Z"},
                         {.effective_from = "2026-04-01T00:00:00Z", .aggregation = "count"},
                         {.effective_from = "2026-05-01T00:00:00Z", .aggregation = "sum"}});
  driver.event(kMarch + 29 * 24h);
  driver.event(kApril);
  driver.event(kMarch + 30 * 24h, "api.request", kApril + 24h);
  driver.event(kMay);
  driver.event(kApril + 24h, "api.request", kMay);
  EXPECT_EQ(driver.volume(kMarch), "10");
  EXPECT_EQ(driver.volume(kApril), "2");
  EXPECT_EQ(driver.volume(kMay), "5");
}

// The versions' numbers stand in what is told.
TEST(MeterVersionTest, AVoidIsOfTheVersionOfItsEvent) {
  VersionsDriver driver({{.effective_from = "2026-01-01T00:00:00Z"},
                         {.effective_from = "2026-04-01T00:00:00Z", .aggregation = "max"}});
  driver.event(kApril - 1h);
  driver.usage({.event_id = "v",
                .value = "5",
                .arrival = arrival_at(kApril + 24h),
                .event_time = kApril - 1h,
                .voids = "e0"});
  EXPECT_EQ(driver.verdict(1), "void");
  EXPECT_EQ(driver.volume(kMarch), "0");
}

const TestVersion kFirst{.effective_from = "2026-01-01T00:00:00Z"};
const TestVersion kCount{.effective_from = "2026-04-01T00:00:00Z", .aggregation = "count"};

// A task that has counted up to noon of 10 March, and then gets other meters.
class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() { driver_.event(kT0); }
  VersionsDriver driver_{{kFirst}};
};

TEST_F(HistoryTest, AVersionAheadRulesFromItsDateOn) {
  driver_.stop({kFirst, kCount});
  EXPECT_EQ(driver_.failure, "");
  driver_.event(kMarch + 20 * 24h);
  driver_.event(kApril);
  EXPECT_EQ(driver_.volume(kMarch), "10");
  EXPECT_EQ(driver_.volume(kApril), "1");
  EXPECT_TRUE(driver_.notices().empty());
}

TEST_F(HistoryTest, AVersionAheadMayStillChange) {
  driver_.stop({kFirst, kCount});
  driver_.stop({kFirst, {.effective_from = "2026-04-01T00:00:00Z", .aggregation = "max"}});
  EXPECT_EQ(driver_.failure, "");
  driver_.stop({kFirst});
  EXPECT_EQ(driver_.failure, "");
  driver_.event(kApril);
  EXPECT_EQ(driver_.volume(kApril), "5");
}

TEST_F(HistoryTest, AVersionThatComesAfterItsDateBeginsBehindAllThatCounted) {
  driver_.stop({kFirst, {.effective_from = "2026-03-01T00:00:00Z", .aggregation = "count"}});
  EXPECT_EQ(driver_.failure, "");
  driver_.event(kT0 + 24h);
  driver_.event(kApril);
  EXPECT_EQ(driver_.volume(kMarch), "10") << "the period it came in is ruled as it began";
  EXPECT_EQ(driver_.volume(kApril), "1");
  ASSERT_EQ(driver_.notices().size(), 1u);
  EXPECT_EQ(driver_.notices()[0].code, "meter_version_delayed");
  EXPECT_NE(driver_.notices()[0].message.find("version 2 of meter volume"), std::string::npos);
}

TEST_F(HistoryTest, TheDelayIsToldOnceAndHolds) {
  const TestVersion late{.effective_from = "2026-03-01T00:00:00Z", .aggregation = "count"};
  driver_.stop({kFirst, late});
  driver_.event(kT0 + 24h);
  for (int i = 0; i < 2; ++i) {
    driver_.stop({kFirst, late});
    EXPECT_EQ(driver_.failure, "");
    driver_.event(kT0 + 48h);
  }
  EXPECT_EQ(driver_.volume(kMarch), "20");
  EXPECT_EQ(driver_.notices().size(), 1u);
}

struct ChangeCase {
  const char* name;
  std::vector<TestVersion> versions;
};
class ChangedMeterTest : public HistoryTest, public ::testing::WithParamInterface<ChangeCase> {};

TEST_P(ChangedMeterTest, EndsTheTaskBecauseItHasCounted) {
  driver_.stop(GetParam().versions);
  EXPECT_EQ(driver_.failure.substr(0, driver_.failure.find(':')), "meter_changed") << driver_.failure;
  EXPECT_NE(driver_.failure.find("meter volume"), std::string::npos) << driver_.failure;
}
INSTANTIATE_TEST_SUITE_P(
    Processors, ChangedMeterTest,
    ::testing::Values(
        ChangeCase{"aggregation", {{.effective_from = "2026-01-01T00:00:00Z", .aggregation = "count"}}},
        ChangeCase{"event_types", {{.effective_from = "2026-01-01T00:00:00Z", .event_types = {"x"}}}},
        ChangeCase{"value", {{.effective_from = "2026-01-01T00:00:00Z", .value = "properties.v"}}},
        ChangeCase{"where", {{.effective_from = "2026-01-01T00:00:00Z", .where = {{"properties.r", {"1"}}}}}},
        ChangeCase{"group_by", {{.effective_from = "2026-01-01T00:00:00Z", .group_by = {"properties.r"}}}},
        ChangeCase{"a_version_before_it",
                   {{.effective_from = "2025-01-01T00:00:00Z", .aggregation = "count"}, kFirst}},
        ChangeCase{"gone", {kCount}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(HistoryTest, ScaleAndTheOrderOfTypesAreNotWhatIsCounted) {
  driver_.stop({{.effective_from = "2026-01-01T00:00:00Z", .scale = "3"}});
  EXPECT_EQ(driver_.failure, "");
}

TEST_F(HistoryTest, AMeterThatHasNotCountedMayChange) {
  VersionsDriver driver({kFirst});
  driver.stop({{.effective_from = "2026-01-01T00:00:00Z", .aggregation = "count"}});
  EXPECT_EQ(driver.failure, "");
  driver.event(kT0);
  EXPECT_EQ(driver.volume(kMarch), "1");
}

TEST(MeterHistoryTest, ADateForTheFirstVersionMayComeAndGo) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage(TestEvent{});
  for (const bool dated : {true, false}) {
    driver.come_to_rest();
    TestMeter meter{.name = "volume", .event_types = {"api.request", "data"}};
    if (dated) meter.versions = {{.effective_from = "2026-01-01T00:00:00Z"}};
    EXPECT_EQ(driver.failure_of([&] { driver.restart_with({meter}); }), "");
  }
}

TEST(MeterHistoryTest, ANewMeterBeginsWithTheNextEvent) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage({.event_id = "a"});
  driver.come_to_rest();
  driver.restart_with({{.name = "volume", .event_types = {"api.request", "data"}},
                       {.name = "calls", .event_types = {}, .aggregation = "count"}});
  driver.batch({{.event_id = "b"}, {.event_id = "a"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (Verdicts{"counted", "counted", "duplicate"}));
  EXPECT_EQ(driver.figure("cus_1", "calls"), "1");
}

// Its first figures hold only what came since.
TEST(MeterHistoryTest, AMeterThatIsNewToATaskThatHasCountedIsTold) {
  const TestMeter volume{.name = "volume", .event_types = {"api.request"}};
  const TestMeter late{
      .name = "late", .event_types = {}, .versions = {{.effective_from = "2020-01-01T00:00:00Z"}}};
  const TestMeter ahead{
      .name = "ahead", .event_types = {}, .versions = {{.effective_from = "2030-01-01T00:00:00Z"}}};
  Driver driver({.meters = {volume}});
  driver.profile("cus_1");
  driver.usage({.event_id = "a"});
  driver.come_to_rest();
  EXPECT_TRUE(driver.notices().empty()) << "a task that has not counted has nothing to tell";
  driver.restart_with({volume, late, ahead});
  driver.usage({.event_id = "b"});
  driver.come_to_rest();
  ASSERT_EQ(driver.notices().size(), 1U);
  EXPECT_EQ(driver.notices()[0].code, "meter_added");
  EXPECT_NE(driver.notices()[0].message.find("meter late is new"), std::string::npos)
      << driver.notices()[0].message;
  driver.restart_with({volume, late, ahead});
  driver.usage({.event_id = "c"});
  driver.come_to_rest();
  EXPECT_EQ(driver.notices().size(), 1U) << "once";
}

TEST(MeterHistoryTest, ARemovedMeterComesBackAsItWas) {
  const TestMeter volume{.name = "volume", .event_types = {"api.request"}};
  const TestMeter other{.name = "other", .event_types = {"x"}};
  Driver driver({.meters = {volume}});
  driver.profile("cus_1");
  driver.usage({.event_id = "a"});
  driver.come_to_rest();
  driver.restart_with({other});
  driver.usage({.event_id = "b"});
  EXPECT_EQ(driver.verdict(1), "ignored");
  driver.come_to_rest();
  TestMeter changed = volume;
  changed.aggregation = "max";
  EXPECT_EQ(driver.failure_of([&] { driver.restart_with({changed}); }).substr(0, 13), "meter_changed");
  driver.restart_with({volume});
  driver.usage({.event_id = "c"});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "2");
  ASSERT_EQ(driver.notices().size(), 2U) << "what came meanwhile is missing, and that is told";
  EXPECT_EQ(driver.notices()[0].code, "meter_added");
  EXPECT_EQ(driver.notices()[1].code, "meter_returned");
}

}  // namespace
}  // namespace tidemark::processors::testing

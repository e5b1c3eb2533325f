// Input and changes that nobody means well: each once gave a wrong figure, or stopped a task.
#include <gtest/gtest.h>

#include "tests/unit/processors/gauges.h"

namespace tidemark::processors::testing {
namespace {

TEST(HostileTest, TheRightVoidIsFoundAmongAnyNumberOfWrongOnes) {
  const TestEvent original{.event_id = "x", .value = "7"};
  Driver driver;
  driver.profile("cus_1");
  std::vector<TestEvent> events;
  for (int i = 0; i < 1'200; ++i) events.push_back(valued(void_of(original, "w" + std::to_string(i)), "8"));
  for (std::size_t i = 1; i < events.size(); ++i) events[i].value = std::to_string(100 + i);  // no two alike
  events.push_back(void_of(original, "right"));
  events.push_back(original);
  driver.batch(events);
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "0");
  EXPECT_EQ(driver.story(driver.offset_count() - 1), "counted, voided");
}

// More than are told at once: the others are told when their time is up, and why they really failed.
TEST(HostileTest, EveryWrongVoidIsToldThatItsEventCame) {
  const TestEvent original{.event_id = "x", .value = "7"};
  Driver driver;
  driver.profile("cus_1");
  std::vector<TestEvent> events;
  for (int i = 0; i < 1'200; ++i)
    events.push_back(valued(void_of(original, "w" + std::to_string(i)), std::to_string(100 + i)));
  events.push_back(original);
  driver.batch(events);
  driver.come_to_rest();
  EXPECT_EQ(driver.letters().size(), 1'000U);
  driver.usage({.event_id = "later", .arrival = kT0 + 36 * 24h});
  driver.come_to_rest();
  ASSERT_EQ(driver.letters().size(), 1'200U);
  for (const Letter& letter : driver.letters()) EXPECT_EQ(letter.code, "void_mismatch");
}

TEST(HostileTest, AHeldGaugeGoesOnWithWhatCameBehindItsLastPeriod) {
  GaugeDriver driver(gauge("max"));
  driver.profile("cus_1");
  driver.run(driver.sample(at("2026-01-10T00:00:00Z"), "5"));
  driver.run(driver.sample(at("2026-02-01T00:02:00Z"), "7"));  // before the watermark is in February
  driver.tombstone("cus_1");
  for (const char* time : {"2026-02-20T00:00:00Z", "2026-04-01T00:00:00Z", "2026-05-10T00:00:00Z"})
    driver.run(driver.tick(at(time)));
  driver.profile("cus_1");
  driver.come_to_rest();
  EXPECT_EQ(driver.seats(at("2026-02-01T00:00:00Z")), "7") << "it was told before, and was not born again";
  EXPECT_EQ(driver.seats(at("2026-05-01T00:00:00Z")), "7");
}

TEST(HostileTest, AVoidAsksOnlyTheMetersThatItsEventFed) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage({.event_id = "old", .value = "3"});
  driver.come_to_rest();
  driver.restart_with({{.name = "volume", .event_types = {"api.request", "data"}},
                       {.name = "by_model", .event_types = {"api.request"}, .group_by = {"properties.model"}},
                       {.name = "peak", .event_types = {"api.request"}, .aggregation = "max"}});
  driver.usage(void_of({.event_id = "old", .value = "3"}, "v1"));
  driver.usage(void_of({.event_id = "old", .value = "3"}, "v2"));
  driver.come_to_rest();
  EXPECT_EQ(driver.story(1), "void");
  EXPECT_EQ(driver.story(2), "duplicate");
  EXPECT_EQ(driver.figure("cus_1"), "0");
}

TEST(HostileTest, AVersionThatCameLateSurvivesALostEpoch) {
  const TestMeter one{.name = "volume", .event_types = {"api.request"}};
  TestMeter two = one;
  two.versions = {{.effective_from = "2020-01-01T00:00:00Z"},
                  {.effective_from = "2026-03-01T00:00:00Z", .aggregation = "max"}};
  Driver driver({.meters = {one}});
  driver.profile("cus_1");
  driver.usage({.event_id = "a", .value = "3"});
  driver.come_to_rest();
  driver.restart_with({two});
  driver.usage({.event_id = "b", .value = "4", .arrival = kT0 + 1h});
  driver.come_to_rest();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(driver.failure_of([&] { driver.reopen(); }), "");
  driver.usage({.event_id = "c", .value = "5", .arrival = kT0 + 2h});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "12") << "March began under the first version";
}

TEST(HostileTest, TheOrderOfConditionsIsNoChange) {
  const TestConditions eu_paid{{"properties.region", {"\"eu\""}}, {"properties.paid", {"true"}}};
  const TestConditions paid_eu{eu_paid[1], eu_paid[0]};
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .where = eu_paid}}});
  driver.profile("cus_1");
  driver.usage({.event_id = "a", .properties = R"({"region":"eu","paid":true})"});
  driver.come_to_rest();
  driver.restart_with({{.name = "volume", .event_types = {"api.request"}, .where = paid_eu}});
  EXPECT_EQ(driver.failure_of(
                [&] { driver.usage({.event_id = "b", .properties = R"({"region":"eu","paid":true})"}); }),
            "");
  EXPECT_TRUE(driver.notices().empty());
}

TEST(HostileTest, AFloorThatWasPurgedToStaysWhateverTheSettings) {
  DriverSettings settings;
  settings.meter.keep_after_end = 38 * 24h;
  Driver driver(settings);
  driver.profile("cus_1");
  driver.usage({.event_id = "a"});
  for (const auto after : {70 * 24h, 70 * 24h + 2h}) {  // told first, then purged
    driver.usage({.event_id = std::to_string(after.count()), .customer_id = "cus_9", .arrival = kT0 + after});
    driver.come_to_rest();
  }
  ASSERT_EQ(driver.windows().count_of('w'), 0U) << "March is purged";
  driver.keep_for_ever();
  driver.restart();
  driver.usage({.event_id = "again",
                .arrival = kT0 + 71 * 24h,
                .event_time = kT0,
                .headers = {{"td-original-arrival", std::to_string(kT0.time_since_epoch().count())}}});
  EXPECT_EQ(driver.verdict(3), "dead_letter period_purged");
}

struct SizeCase {
  const char* name;
  std::size_t elements;
  std::size_t header_bytes;
  const char* verdict;
};
class PackedSizeTest : public ::testing::TestWithParam<SizeCase> {};

TEST_P(PackedSizeTest, IsBounded) {
  const auto& [name, elements, header_bytes, verdict] = GetParam();
  std::string raw = "[";
  for (std::size_t i = 0; i < elements; ++i) raw += i == 0 ? "1" : ",1";
  Driver driver;
  driver.profile("cus_1");
  driver.usage({.raw = raw + "]", .headers = {{"h", std::string(header_bytes, 'x')}}});
  EXPECT_EQ(driver.verdict(0), verdict);
  EXPECT_LE(driver.letters().size(), elements);
}

INSTANTIATE_TEST_SUITE_P(
    Packed, PackedSizeTest,
    ::testing::Values(SizeCase{"as_many_as_may_be", 1'000, 10, "dead_letter not_an_object"},
                      SizeCase{"one_more", 1'001, 10, "dead_letter record_too_large"},
                      SizeCase{"headers_that_each_would_repeat", 2, 5'000, "dead_letter record_too_large"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(HostileTest, AnElementOfABatchCanBeSentAgain) {
  const std::string event =
      R"({"specversion":"1.0","id":"a","source":"s","type":"api.request","subject":"cus_1","tenantid":"acme","time":"2026-03-10T12:00:00Z","data":{"value":)";
  const std::vector<std::pair<std::string, std::string>> batch{
      {"content-type", "application/cloudevents-batch+json"}};
  Driver driver;
  driver.profile("cus_1");
  driver.usage({.raw = "[" + event + "\"x\"}}]", .headers = batch});
  ASSERT_EQ(driver.letters().size(), 1U);
  EXPECT_EQ(driver.letters()[0].value, event + "\"x\"}}");
  driver.usage({.raw = event + "\"2\"}}", .headers = batch});
  driver.come_to_rest();
  EXPECT_EQ(driver.figure("cus_1"), "2");
}

}  // namespace
}  // namespace tidemark::processors::testing

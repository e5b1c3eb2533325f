// Chains of gauges: long gaps, customers and meters that go and come back, limits, and that cuts change
// nothing.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/processors/gauges.h"

namespace tidemark::processors::testing {
namespace {

const EventTime kMarch = at("2026-03-01T00:00:00Z");
const EventTime kApril = at("2026-04-01T00:00:00Z");
const EventTime kMay = at("2026-05-01T00:00:00Z");
const EventTime kJune = at("2026-06-01T00:00:00Z");
const EventTime kSeptember = at("2026-09-01T00:00:00Z");
constexpr const char* kMax = "170141183460469231731687303.715884105727";
const std::string kKey = R"({"tenant_id":"acme","customer_id":"cus_1"})";

std::string version(const std::string& unit) {
  return R"({"effective_from":"2020-01-01T00:00:00Z","mode":"test","time_zone":"UTC","interval":{"unit":")" +
         unit + R"(","n":1}})";
}

TEST(GaugeGapTest, HourlyPeriodsOfMonthsOpenOneByOne) {
  for (const bool one_batch : {true, false}) {
    GaugeDriver driver(gauge("last"));
    driver.table_record(kCustomers, kKey, profile_json("cus_1", version("hour")));
    const TestEvent first = driver.sample(kMarch, "3");
    const TestEvent later = driver.tick(kMay);
    const TestEvent last = driver.sample(kMay, "4");
    if (one_batch) driver.batch({first, later, last});
    for (const TestEvent& event : {first, later, last}) {
      if (!one_batch) driver.usage(event);
    }
    driver.come_to_rest();
    const auto hours = static_cast<std::size_t>((kMay - kMarch) / 1h) + 1;
    EXPECT_EQ(driver.deltas().size(), hours);
    EXPECT_EQ(driver.seats(kMay - 1h), "3");
    EXPECT_EQ(driver.seats(kMay), "4");
  }
}

TEST(GaugeGapTest, OfMorePeriodsThanASliceIsGoneOnWithAfterARestart) {
  GaugeDriver driver(gauge("last"));
  driver.table_record(kCustomers, kKey, profile_json("cus_1", version("hour")));
  constexpr int kHours = 300 * 24;
  driver.batch({driver.sample(kMarch, "3"), driver.tick(kMarch + kHours * 1h)});
  EXPECT_EQ(driver.drain(), Backlog::blocking);
  driver.end_epoch();
  driver.restart();
  driver.come_to_rest();
  EXPECT_EQ(driver.deltas().size(), static_cast<std::size_t>(kHours) + 1);
  EXPECT_EQ(driver.seats(kMarch + kHours * 1h), "3");
}

class TombstoneGaugeTest : public ::testing::Test {
 protected:
  TombstoneGaugeTest() {
    driver_.profile("cus_1");
    driver_.run(driver_.sample(kMarch + 24h, "3"));
    driver_.tombstone("cus_1");
  }
  GaugeDriver driver_{gauge("last")};
};

TEST_F(TombstoneGaugeTest, StopsTheOpenings) {
  driver_.run(driver_.tick(kMay));
  EXPECT_EQ(driver_.seats(kApril), "none");
  EXPECT_EQ(driver_.seats(kMarch), "3") << "what was counted stays";
}

TEST_F(TombstoneGaugeTest, ANewProfileGoesOnWhereTheyStopped) {
  driver_.run(driver_.tick(kMay));
  driver_.restart();
  driver_.profile("cus_1");
  driver_.come_to_rest();
  EXPECT_EQ(driver_.seats(kApril), "3");
  EXPECT_EQ(driver_.seats(kMay), "3");
  driver_.run(driver_.tick(kJune));
  EXPECT_EQ(driver_.seats(kJune), "3");
}

TEST_F(TombstoneGaugeTest, ANewProfileBeforeTheNextOpeningChangesNothing) {
  driver_.run(driver_.tick(kApril - 1ns));
  driver_.profile("cus_1");
  driver_.run(driver_.tick(kApril));
  EXPECT_EQ(driver_.seats(kApril), "3");
}

// What was parked meanwhile comes into periods that are open by then.
TEST_F(TombstoneGaugeTest, ParkedSamplesComeAfterTheOpenings) {
  driver_.run(driver_.tick(kApril));
  driver_.run(driver_.sample(kApril + 24h, "5"));
  driver_.run(driver_.tick(kMay));
  EXPECT_EQ(driver_.verdict(driver_.offset_count() - 2), "parked");
  driver_.profile("cus_1");
  driver_.come_to_rest();
  EXPECT_EQ(driver_.seats(kApril), "5");
  EXPECT_EQ(driver_.seats(kMay), "5");
}

// The customer comes back when the period it stopped in is purged: what the seats were is not forgotten.
TEST_F(TombstoneGaugeTest, TheClosingValueOutlivesThePurgeOfItsPeriod) {
  driver_.run(driver_.tick(kSeptember));
  driver_.restart();
  driver_.profile("cus_1");
  driver_.come_to_rest();
  EXPECT_EQ(driver_.seats(kSeptember), "3");
}

TEST(RemovedGaugeTest, OpensNothingAndGoesOnWhenItIsBack) {
  GaugeDriver driver(gauge("last"));
  driver.profile("cus_1");
  driver.run(driver.sample(kMarch + 24h, "3"));
  const std::vector<TestMeter> with = gauge("last").meters;
  driver.restart_with({{.name = "other", .event_types = {"x"}}});
  driver.run(driver.tick(kMay));
  EXPECT_EQ(driver.seats(kApril), "none");
  driver.restart_with(with);
  driver.run(driver.tick(kMay + 1h));
  EXPECT_EQ(driver.seats(kApril), "3");
  EXPECT_EQ(driver.seats(kMay), "3");
}

TEST(GaugeLimitTest, AnOpeningThatDoesNotFitIsLeftOutAndTold) {
  GaugeDriver driver(gauge("sum"));
  driver.profile("cus_1");
  driver.run(driver.sample(kApril - 1h, kMax));
  driver.run(driver.sample(kApril + 1min, "1", kApril));
  driver.run(driver.tick(kApril));
  EXPECT_EQ(driver.seats(kApril), "1");
  ASSERT_EQ(driver.notices().size(), 1u);
  EXPECT_EQ(driver.notices()[0].code, "opening_overflow");
  driver.run(driver.tick(kMay));
  EXPECT_EQ(driver.seats(kMay), "1");
}

// A late event whose own period takes it, but not one that follows: nothing is booked at all.
TEST(GaugeLimitTest, ALateChangeThatDoesNotFitIsADeadLetter) {
  GaugeDriver driver(gauge("sum"));
  driver.profile("cus_1");
  driver.run(driver.sample(kApril - 1h, "1"));
  driver.run(driver.tick(kApril));
  driver.run(driver.sample(kApril + 1h, "170141183460469231731687302.715884105727"));
  ASSERT_EQ(driver.seats(kApril), kMax);
  driver.run(driver.sample(kApril - 2h, "0.000000000001", kApril + 1h));
  EXPECT_EQ(driver.verdict(driver.offset_count() - 1), "dead_letter value_overflow");
  EXPECT_EQ(driver.seats(kMarch), "1");
  EXPECT_EQ(driver.seats(kApril), kMax);
}

TEST(GaugeGroupTest, GroupsAreChainsOfTheirOwn) {
  DriverSettings settings = gauge("last");
  settings.meters[0].group_by = {"properties.disk"};
  GaugeDriver driver(std::move(settings));
  driver.profile("cus_1");
  for (const auto& [disk, size] : {std::pair{"a", "10"}, {"b", "20"}}) {
    TestEvent event = driver.sample(kMarch + 24h, size);
    event.properties = std::string(R"({"disk":")") + disk + "\"}";
    driver.run(event);
  }
  driver.run(driver.tick(kApril));
  EXPECT_EQ(driver.figure("cus_1", "seats", kApril, R"({"disk":"a"})"), "10");
  EXPECT_EQ(driver.figure("cus_1", "seats", kApril, R"({"disk":"b"})"), "20");
}

// Random samples, also late ones and ones ahead, of random gauges: the cuts change no figure and no kind.
TEST(GaugeCutsTest, OneBatchIsAsGoodAsMany) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const char* const aggregations[] = {"max", "min", "last", "sum", "count"};
    const auto run = [&](std::size_t batch_max, bool restarts) {
      std::mt19937 random(seed);
      GaugeDriver driver(gauge(aggregations[seed % 5]));
      driver.table_record(kCustomers, kKey, profile_json("cus_1", version("day")));
      std::vector<TestEvent> events;
      EventTime arrives = kMarch;
      for (int i = 0; i < 60; ++i) {
        arrives += std::chrono::hours(random() % 40);
        const EventTime time = random() % 3 == 0 ? arrives - std::chrono::hours(random() % 800)
                                                 : arrives + std::chrono::minutes(random() % 6);
        events.push_back(driver.sample(time, std::to_string(random() % 9), arrives));
      }
      for (std::size_t at = 0; at < events.size(); at += batch_max) {
        const auto begin = events.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end =
            events.begin() + static_cast<std::ptrdiff_t>(std::min(at + batch_max, events.size()));
        driver.batch({begin, end});
        if (!restarts) continue;
        driver.end_epoch();
        driver.restart();
      }
      driver.come_to_rest();
      std::map<std::pair<EventTime, schemas::DeltaKind>, Quantity> outcome;
      for (const auto& delta : driver.deltas()) {
        Quantity& sum = outcome[{delta.period_start, delta.kind}];
        sum = *Quantity::add(sum, delta.delta);
      }
      std::erase_if(outcome, [](const auto& entry) { return entry.second == Quantity(); });
      return std::pair(outcome, driver.verdicts());
    };
    const auto one_by_one = run(1, false);
    EXPECT_EQ(run(60, false), one_by_one) << seed;
    EXPECT_EQ(run(7, true), one_by_one) << seed;
  }
}

}  // namespace
}  // namespace tidemark::processors::testing

// Gauges: how a period opens, what its opening counts as, and what follows from a change that comes late.
#include <gtest/gtest.h>

#include "tests/unit/processors/gauges.h"

namespace tidemark::processors::testing {
namespace {

using schemas::DeltaKind;

const EventTime kJanuary = at("2026-01-01T00:00:00Z");
const EventTime kFebruary = at("2026-02-01T00:00:00Z");
const EventTime kMarch = at("2026-03-01T00:00:00Z");
const EventTime kApril = at("2026-04-01T00:00:00Z");
const EventTime kMay = at("2026-05-01T00:00:00Z");
const EventTime kJune = at("2026-06-01T00:00:00Z");

struct Case {
  const char* aggregation;
  const char* march;     // of 5, then 3
  const char* opening;   // what April opens with
  const char* with_own;  // April, after a sample of 4 there
  const char* may;       // and what May opens with
};

class CarryOverTest : public ::testing::TestWithParam<Case> {
 protected:
  CarryOverTest() : driver_(gauge(GetParam().aggregation)) {
    driver_.profile("cus_1");
    driver_.run(driver_.sample(kMarch + 24h, "5"));
    driver_.run(driver_.sample(kMarch + 48h, "3"));
    EXPECT_EQ(driver_.seats(kMarch), GetParam().march);
  }
  GaugeDriver driver_;
};

TEST_P(CarryOverTest, APeriodOpensWhenTheWatermarkReachesItsStart) {
  driver_.run(driver_.tick(kApril - 1ns));
  EXPECT_EQ(driver_.seats(kApril), "none");
  const std::size_t deltas_before = driver_.deltas().size();
  driver_.run(driver_.tick(kApril));
  EXPECT_EQ(driver_.seats(kApril), GetParam().opening);
  ASSERT_EQ(driver_.deltas().size(), deltas_before + 1);
  const auto& opening = driver_.deltas().back();
  EXPECT_EQ(opening.kind, DeltaKind::usage);
  EXPECT_EQ(opening.event_count, 0);
  EXPECT_EQ(opening.first_event_time, kApril);
  EXPECT_EQ(opening.last_event_time, kApril);
  EXPECT_EQ(opening.period_end, kMay);
  EXPECT_TRUE(opening.source.empty()) << "no record says it";
}

TEST_P(CarryOverTest, TheOpeningCountsAsASample) {
  driver_.run(driver_.tick(kApril));
  driver_.run(driver_.sample(kApril + 24h, "4"));
  EXPECT_EQ(driver_.seats(kApril), GetParam().with_own);
  EXPECT_EQ(driver_.total("cus_1", "seats", kApril)->event_count, 1);
  driver_.run(driver_.tick(kMay));
  EXPECT_EQ(driver_.seats(kMay), GetParam().may);
}

// The event comes before the watermark has reached its period.
TEST_P(CarryOverTest, ASampleBeforeTheOpeningIsTheSame) {
  driver_.run(driver_.sample(kApril + 1min, "4", kApril));
  EXPECT_LT(driver_.watermark(), kApril);
  driver_.run(driver_.tick(kApril));
  EXPECT_EQ(driver_.seats(kApril), GetParam().with_own);
  driver_.run(driver_.tick(kMay));
  EXPECT_EQ(driver_.seats(kMay), GetParam().may);
}

TEST_P(CarryOverTest, OpeningsOfManyPeriodsAtOnce) {
  driver_.run(driver_.tick(kJune + 24h));
  for (const EventTime period : {kApril, kMay, kJune}) EXPECT_EQ(driver_.seats(period), GetParam().opening);
}

TEST_P(CarryOverTest, AnEventThatComesFirstOpensItsPeriods) {
  driver_.batch({driver_.tick(kMay), driver_.sample(kMay + 24h, "4")});
  driver_.come_to_rest();
  EXPECT_EQ(driver_.seats(kApril), GetParam().opening);
  EXPECT_EQ(driver_.seats(kMay), GetParam().with_own);
}

TEST_P(CarryOverTest, GoesOnAfterARestart) {
  driver_.restart();
  driver_.run(driver_.tick(kApril));
  driver_.restart();
  EXPECT_EQ(driver_.seats(kApril), GetParam().opening);
  driver_.run(driver_.tick(kMay));
  EXPECT_EQ(driver_.seats(kMay), GetParam().opening);
}

INSTANTIATE_TEST_SUITE_P(Processors, CarryOverTest,
                         ::testing::Values(Case{"max", "5", "3", "4", "4"}, Case{"min", "3", "3", "3", "4"},
                                           Case{"last", "3", "3", "4", "4"},
                                           Case{"sum", "8", "8", "12", "12"},
                                           Case{"count", "2", "2", "3", "3"}),
                         [](const auto& test) { return std::string(test.param.aggregation); });

class LateChangeTest : public ::testing::Test {
 protected:
  // Three seats from 30 March on; the watermark stands in June, so that March and April are closed.
  explicit LateChangeTest(const char* aggregation = "last") : driver_(gauge(aggregation)) {
    driver_.profile("cus_1");
    driver_.run(driver_.sample(kApril - 26h, "3"));
  }
  // The kinds of deltas since the last call, by the start of their period.
  std::map<EventTime, std::vector<DeltaKind>> new_kinds() {
    std::map<EventTime, std::vector<DeltaKind>> kinds;
    for (; told_ < driver_.deltas().size(); ++told_)
      kinds[driver_.deltas()[told_].period_start].push_back(driver_.deltas()[told_].kind);
    return kinds;
  }
  GaugeDriver driver_;
  std::size_t told_ = 0;
};
using Kinds = std::map<EventTime, std::vector<DeltaKind>>;

TEST_F(LateChangeTest, MovesWhatFollows) {
  driver_.run(driver_.tick(kMay + 24h));
  new_kinds();
  driver_.run(driver_.sample(kApril - 1h, "7", kMay + 25h));
  for (const EventTime period : {kMarch, kApril, kMay}) EXPECT_EQ(driver_.seats(period), "7");
  EXPECT_EQ(
      new_kinds(),
      (Kinds{{kMarch, {DeltaKind::correction}}, {kApril, {DeltaKind::usage}}, {kMay, {DeltaKind::usage}}}))
      << "April is over, but within its grace";
  EXPECT_EQ(driver_.total("cus_1", "seats", kApril)->event_count, 0);
  EXPECT_EQ(driver_.deltas().back().source.size(), 1u) << "the late event is why";
}

TEST_F(LateChangeTest, CorrectsFollowersThatAreClosed) {
  driver_.run(driver_.tick(kMay + 3 * 24h));
  new_kinds();
  driver_.run(driver_.sample(kApril - 1h, "7", kMay + 3 * 24h));
  EXPECT_EQ(new_kinds(), (Kinds{{kMarch, {DeltaKind::correction}},
                                {kApril, {DeltaKind::correction}},
                                {kMay, {DeltaKind::usage}}}));
}

TEST_F(LateChangeTest, EndsWhereASampleOfItsOwnStands) {
  driver_.run(driver_.sample(kApril + 24h, "5"));
  driver_.run(driver_.tick(kMay + 3 * 24h));
  new_kinds();
  driver_.run(driver_.sample(kApril - 1h, "7", kMay + 3 * 24h));
  EXPECT_EQ(driver_.seats(kMarch), "7");
  EXPECT_EQ(driver_.seats(kApril), "5");
  EXPECT_EQ(driver_.seats(kMay), "5");
  EXPECT_EQ(new_kinds().count(kMay), 0u) << "nothing to tell there";
}

TEST_F(LateChangeTest, ThatIsNotTheLastSampleMovesNothing) {
  driver_.run(driver_.tick(kMay));
  new_kinds();
  driver_.run(driver_.sample(kApril - 30h, "7", kMay));
  EXPECT_EQ(driver_.seats(kMarch), "3");
  EXPECT_EQ(new_kinds(), (Kinds{{kMarch, {DeltaKind::correction}}})) << "an event more, and the same figure";
}

TEST_F(LateChangeTest, BackAndForthIsToldEachTime) {
  driver_.run(driver_.tick(kMay));
  driver_.run(driver_.sample(kApril - 1h, "7", kMay));
  driver_.run(driver_.sample(kApril - 30min, "3", kMay));
  EXPECT_EQ(driver_.seats(kApril), "3");
  EXPECT_EQ(driver_.seats(kMay), "3");
}

class LateMaxTest : public LateChangeTest {
 protected:
  LateMaxTest() : LateChangeTest("max") {}
};

// The figure of April follows by its opening, its closing value does not.
TEST_F(LateMaxTest, RaisesTheNextPeriodOnly) {
  driver_.run(driver_.sample(kApril + 24h, "2"));
  driver_.run(driver_.tick(kMay));
  ASSERT_EQ(driver_.seats(kApril), "3");
  driver_.run(driver_.sample(kApril - 1h, "7", kMay));
  EXPECT_EQ(driver_.seats(kApril), "7");
  EXPECT_EQ(driver_.seats(kMay), "2");
}

class LateSumTest : public LateChangeTest {
 protected:
  LateSumTest() : LateChangeTest("sum") {}
};

TEST_F(LateSumTest, MovesAllThatFollows) {
  driver_.run(driver_.sample(kApril + 24h, "10"));
  driver_.run(driver_.tick(kMay + 24h));
  driver_.run(driver_.sample(kApril - 1h, "0.5", kMay + 24h));
  EXPECT_EQ(driver_.seats(kMarch), "3.5");
  EXPECT_EQ(driver_.seats(kApril), "13.5");
  EXPECT_EQ(driver_.seats(kMay), "13.5");
}

TEST_F(LateSumTest, AVoidMovesAllThatFollows) {
  const TestEvent taken_back = driver_.sample(kApril - 2h, "0.5");
  driver_.run(taken_back);
  driver_.run(driver_.tick(kMay + 24h));
  ASSERT_EQ(driver_.seats(kMay), "3.5");
  TestEvent voiding = taken_back;
  voiding.event_id = "v1";
  voiding.voids = taken_back.event_id;
  voiding.arrival = arrival_at(kMay + 24h);
  driver_.run(voiding);
  EXPECT_EQ(driver_.verdict(driver_.offset_count() - 1), "void");
  for (const EventTime period : {kMarch, kApril, kMay}) EXPECT_EQ(driver_.seats(period), "3");
}

// An event before the first period that is known: what lies between opens, and the first opens late.
TEST_F(LateChangeTest, BeforeTheFirstPeriodOfAllOpensWhatLiesBetween) {
  GaugeDriver driver(gauge("last"));
  driver.profile("cus_1");
  driver.run(driver.sample(kMarch + 24h, "3"));
  ASSERT_EQ(driver.seats(kFebruary), "none");
  driver.run(driver.sample(kJanuary + 28 * 24h, "7", kMarch + 24h));
  EXPECT_EQ(driver.seats(kJanuary), "7");
  EXPECT_EQ(driver.seats(kFebruary), "7");
  EXPECT_EQ(driver.seats(kMarch), "3");
  driver.run(driver.tick(kApril));
  EXPECT_EQ(driver.seats(kApril), "3");
}

TEST_F(LateChangeTest, BeforeTheFirstPeriodReachesAllThatFollowWithoutSamples) {
  GaugeDriver driver(gauge("max"));
  driver.profile("cus_1");
  driver.run(driver.sample(kMarch + 24h, "3"));
  driver.run(driver.sample(kFebruary + 24h, "7", kMarch + 24h));
  EXPECT_EQ(driver.seats(kMarch), "7") << "it opened with 7";
  driver.run(driver.tick(kApril));
  EXPECT_EQ(driver.seats(kApril), "3") << "it closed with 3";
}

// The first event of all is ahead of the watermark, the second one before it.
TEST_F(LateChangeTest, AChainThatBeginsAheadOfTheWatermark) {
  GaugeDriver driver(gauge("last"));
  driver.profile("cus_1");
  driver.run(driver.sample(kApril + 1min, "4", kApril));
  ASSERT_LT(driver.watermark(), kApril);
  driver.run(driver.sample(kApril - 1h, "6", kApril));
  EXPECT_EQ(driver.seats(kApril), "4");
  driver.run(driver.tick(kApril));
  EXPECT_EQ(driver.seats(kApril), "4");
  driver.run(driver.tick(kMay));
  EXPECT_EQ(driver.seats(kMay), "4");
}

}  // namespace
}  // namespace tidemark::processors::testing

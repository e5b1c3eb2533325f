// Events of customers without a profile: kept, released in offset order when it comes, dead letters when it
// does not.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using Verdicts = std::vector<std::string>;
constexpr auto kSpan = 35 * 24h;
constexpr const char* kMax = "170141183460469231731687303.715884105727";

std::vector<TestEvent> many_parked(int count) {
  std::vector<TestEvent> events;
  for (int i = 0; i < count; ++i)
    events.push_back({.event_id = "p" + std::to_string(i), .customer_id = "cus_9"});
  return events;
}

TEST(ParkingTest, IsReleasedInOffsetOrder) {
  Driver driver;
  // In any other order another one of the three would pass the limit.
  driver.batch({{.event_id = "a", .customer_id = "cus_9", .value = kMax},
                {.event_id = "b", .customer_id = "cus_9", .value = "1"},
                {.event_id = "c", .customer_id = "cus_9", .value = "-1"},
                {.event_id = "d", .customer_id = "cus_9", .value = "1"}});
  EXPECT_EQ(driver.verdicts(), Verdicts(4, "parked"));
  driver.profile("cus_9");
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (Verdicts{"counted", "dead_letter value_overflow", "counted", "counted"}));
  EXPECT_TRUE(driver.parked().rows.empty());
  EXPECT_TRUE(driver.each_judged_once());
}

TEST(ParkingTest, ADeadLetterOfTheReleaseKeepsItsBytesAndIsForgotten) {
  Driver driver({.meters = {{.name = "volume", .event_types = {"api.request"}, .scale = 0}}});
  const TestEvent bad{.customer_id = "cus_9", .value = "0.5"};
  driver.usage(bad);
  driver.profile("cus_9");
  driver.batch({{.customer_id = "cus_9", .value = "5"}});
  EXPECT_EQ(driver.verdicts(), (Verdicts{"dead_letter value_too_precise", "counted"}));
  ASSERT_EQ(driver.letters().size(), 1u);
  EXPECT_EQ(driver.letters().front().value, bad.json());
}

TEST(ParkingTest, TheKindIsDecidedAtTheRelease) {
  Driver driver;
  driver.profile("cus_1");
  driver.batch({{.event_id = "p1", .customer_id = "cus_9"},
                {.event_id = "w", .arrival = kT0 + 30 * 24h},  // closes March for all
                {.event_id = "p2", .customer_id = "cus_9", .arrival = kT0 + 30 * 24h}});
  driver.profile("cus_9");
  driver.come_to_rest();
  ASSERT_EQ(driver.verdict(0), "counted");
  for (const auto& delta : driver.deltas()) {
    if (delta.customer_id != "cus_9") continue;
    const bool march = delta.period_start == at("2026-03-01T00:00:00Z");
    EXPECT_EQ(delta.kind, march ? schemas::DeltaKind::correction : schemas::DeltaKind::usage);
  }
  const auto march = driver.total("cus_9", "volume", at("2026-03-01T00:00:00Z"));
  ASSERT_TRUE(march);
  EXPECT_TRUE(march->final);
}

TEST(ParkingTest, RecordsBehindAReleaseAreJudgedAfterIt) {
  Driver driver;
  auto parked = many_parked(2'500);  // more than one slice
  driver.batch(parked);
  driver.profile("cus_9");
  EXPECT_EQ(driver.drain(), Backlog::blocking);
  driver.batch({parked[2'400], {.event_id = "fresh", .customer_id = "cus_9"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(2'500), "duplicate");
  EXPECT_EQ(driver.verdict(2'501), "counted");
  EXPECT_EQ(to_string(driver.total("cus_9")->total), "2501");
}

TEST(ParkingTest, ARestartGoesOnWithTheRelease) {
  Driver driver;
  driver.batch(many_parked(2'500));
  driver.profile("cus_9");
  for (int i = 0; i < 3; ++i) {
    driver.drain();
    driver.end_epoch();
    driver.restart();
  }
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), Verdicts(2'500, "counted"));
  EXPECT_TRUE(driver.each_judged_once());
  EXPECT_EQ(to_string(driver.total("cus_9")->total), "2500");
  EXPECT_TRUE(driver.parked().rows.empty());
}

TEST(ParkingTest, ASliceThatEndsWithTheLastRowIsFinished) {
  Driver driver;
  driver.batch(many_parked(1'000));
  driver.profile("cus_9");
  driver.come_to_rest();
  EXPECT_TRUE(driver.parked().rows.empty());
  EXPECT_EQ(driver.drain(), Backlog::none);
}

struct ExpiryCase {
  const char* name;
  std::chrono::milliseconds after;
  const char* expected;           // when the clock stands there
  const char* with_profile_then;  // when a profile comes at that moment
};

class ExpiryTest : public ::testing::TestWithParam<ExpiryCase> {
 protected:
  // The clock is moved by a record that nothing else is done with.
  static TestEvent tick(std::chrono::milliseconds after) { return {.arrival = kT0 + after, .raw = "{"}; }
};

TEST_P(ExpiryTest, IsStrict) {
  Driver driver;
  driver.batch({{.customer_id = "cus_9"}, tick(GetParam().after)});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), GetParam().expected);
  EXPECT_TRUE(driver.each_judged_once());
}

TEST_P(ExpiryTest, HoldsForAProfileThatComesInTheSameMoment) {
  Driver driver;
  driver.batch({{.customer_id = "cus_9"}, tick(GetParam().after)});
  driver.profile("cus_9");
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), GetParam().with_profile_then);
  EXPECT_TRUE(driver.parked().rows.empty());
}

TEST_P(ExpiryTest, HoldsAfterARestart) {
  Driver driver;
  driver.usage({.customer_id = "cus_9"});
  driver.end_epoch();
  driver.restart();
  driver.usage(tick(GetParam().after));
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Parking, ExpiryTest,
                         ::testing::Values(ExpiryCase{"at_once", 0ms, "parked", "counted"},
                                           ExpiryCase{"at_35_days", kSpan, "parked", "counted"},
                                           ExpiryCase{"past_35_days", kSpan + 1ms,
                                                      "dead_letter unknown_customer",
                                                      "dead_letter unknown_customer"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ParkingTest, AnExpiredIdIsForgotten) {
  Driver driver;
  const TestEvent event{.customer_id = "cus_9", .event_time = kT0 + 1min};
  driver.batch({event, {.arrival = kT0 + kSpan + 1ms, .raw = "{"}});
  driver.come_to_rest();
  ASSERT_EQ(driver.verdict(0), "dead_letter unknown_customer");
  EXPECT_TRUE(driver.ids().ids.empty());
  driver.profile("cus_9");
  TestEvent again = event;
  again.arrival = kT0 + kSpan + 1ms;
  driver.usage(again);
  EXPECT_EQ(driver.verdict(2), "counted");
}

// The clock passes the span and the id comes again, all in one batch: the new event owns the id from then on.
TEST(ParkingTest, ExpiryOfTheOldDoesNotForgetTheNew) {
  Driver driver;
  const TestEvent first{.customer_id = "cus_9", .event_time = kT0 + 1min};
  TestEvent again = first;
  again.arrival = kT0 + kSpan + 1ms;
  driver.batch({first, again});
  driver.profile("cus_9");
  driver.usage(again);
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (Verdicts{"dead_letter unknown_customer", "counted", "duplicate"}));
  EXPECT_EQ(to_string(driver.total("cus_9")->total), "1");
}

TEST(ParkingTest, OneCustomersReleaseLeavesTheOthersParked) {
  Driver driver;
  driver.batch({{.customer_id = "cus_9"},
                {.customer_id = "cus_90"},
                {.tenant_id = "beta", .customer_id = "cus_9"},
                {.customer_id = "cus"}});
  driver.profile("cus_9");
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (Verdicts{"counted", "parked", "parked", "parked"}));
}

// Whose a parked event is was settled when it was parked.
TEST(ParkingTest, AnotherDefaultTenantMovesNoParkedEvent) {
  const auto settings = [](const char* default_tenant) {
    DriverSettings out;
    out.decode.format.default_tenant = default_tenant;
    out.meter.format.default_tenant = default_tenant;
    return out;
  };
  Driver before(settings("acme"));
  before.usage({.raw = R"({"event_id":"a","customer_id":"cus_9","type":"data","value":"1",)"
                       R"("timestamp":"2026-03-10T12:00:00Z"})"});
  ASSERT_EQ(before.verdict(0), "parked");
  before.end_epoch();
  Driver after(settings("beta"));
  after.parked().rows = before.parked().rows;
  after.windows().rows = before.windows().rows;
  after.ids().ids = before.ids().ids;
  after.restart();
  after.profile("cus_9", "UTC", "beta");
  after.come_to_rest();
  EXPECT_FALSE(after.total("cus_9").has_value());
  after.profile("cus_9", "UTC", "acme");
  after.come_to_rest();
  ASSERT_TRUE(after.total("cus_9").has_value());
  EXPECT_EQ(after.total("cus_9")->tenant_id, "acme");
}

}  // namespace
}  // namespace tidemark::processors::testing

// Profiles of several versions, and profiles that change: from which edge on a grid rules, and what is told.
#include <gtest/gtest.h>

#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

const std::string kKey = R"({"tenant_id":"acme","customer_id":"cus_1"})";
const EventTime kMarch = at("2026-03-01T00:00:00Z");

std::string version(const std::string& effective_from, const std::string& unit,
                    const std::string& zone = "UTC", const std::string& more = "") {
  return R"({"effective_from":")" + effective_from + R"(","mode":"test","time_zone":")" + zone +
         R"(","interval":{"unit":")" + unit + R"(","n":1})" + more + "}";
}
const std::string kMonthly = version("2020-01-01T00:00:00Z", "month");

struct ProfilesDriver : Driver {
  void read(const std::string& versions) { table_record(kCustomers, kKey, profile_json("cus_1", versions)); }
  // Counts one event. The period it came into, "2026-03-01 2026-04-01" in UTC.
  std::string period_at(const char* time) {
    const EventTime event_time = at(time);
    usage({.event_id = "e" + std::to_string(offset_count()),
           .arrival = std::chrono::ceil<std::chrono::milliseconds>(std::max(event_time, latest)),
           .event_time = event_time});
    latest = std::max(latest, event_time);
    come_to_rest();
    if (verdict(offset_count() - 1) != "counted") return verdict(offset_count() - 1);
    const auto& delta = deltas().back();
    return format_rfc3339(delta.period_start).substr(0, 16) + " " +
           format_rfc3339(delta.period_end).substr(0, 16);
  }
  EventTime latest = kMarch;
};

TEST(ProfileVersionsTest, AVersionTakesEffectAtTheFirstEdgeAtOrAfterItsDate) {
  ProfilesDriver driver;
  driver.read(kMonthly + "," + version("2026-03-15T00:00:00Z", "day"));
  EXPECT_EQ(driver.period_at("2026-03-14T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
  EXPECT_EQ(driver.period_at("2026-03-31T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
  EXPECT_EQ(driver.period_at("2026-04-01T00:00:00Z"), "2026-04-01T00:00 2026-04-02T00:00");
}

TEST(ProfileVersionsTest, OnAnEdgeItTakesEffectThere) {
  ProfilesDriver driver;
  driver.read(kMonthly + "," + version("2026-03-01T00:00:00Z", "day"));
  EXPECT_EQ(driver.period_at("2026-03-14T00:00:00Z"), "2026-03-14T00:00 2026-03-15T00:00");
}

TEST(ProfileVersionsTest, UpToTheFirstEdgeOfTheNewGridRunsAStub) {
  ProfilesDriver driver;
  driver.read(kMonthly + "," + version("2026-03-15T00:00:00Z", "month", "UTC", R"(,"anchor":"2026-01-10")"));
  EXPECT_EQ(driver.period_at("2026-03-31T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
  EXPECT_EQ(driver.period_at("2026-04-05T00:00:00Z"), "2026-04-01T00:00 2026-04-10T00:00");
  EXPECT_EQ(driver.period_at("2026-04-10T00:00:00Z"), "2026-04-10T00:00 2026-05-10T00:00");
  EXPECT_TRUE(driver.notices().empty());
}

TEST(ProfileVersionsTest, AZoneThatChangesLeavesNoGap) {
  ProfilesDriver driver;
  driver.read(kMonthly + "," + version("2026-03-15T00:00:00Z", "month", "America/New_York"));
  EXPECT_EQ(driver.period_at("2026-04-01T02:00:00Z"), "2026-04-01T00:00 2026-04-01T04:00");
  EXPECT_EQ(driver.period_at("2026-04-01T04:00:00Z"), "2026-04-01T04:00 2026-05-01T04:00");
}

TEST(ProfileChangeTest, AheadOfAllThatWasCountedIsNotLate) {
  ProfilesDriver driver;
  driver.read(kMonthly);
  EXPECT_EQ(driver.period_at("2026-03-14T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
  driver.read(kMonthly + "," + version("2026-04-01T00:00:00Z", "day"));
  EXPECT_TRUE(driver.notices().empty());
  EXPECT_EQ(driver.period_at("2026-03-31T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
  EXPECT_EQ(driver.period_at("2026-04-01T00:00:00Z"), "2026-04-01T00:00 2026-04-02T00:00");
}

struct LateCase {
  const char* name;
  std::string versions;
};
class LateProfileTest : public ::testing::TestWithParam<LateCase> {};

// Wanted from before what was counted: from the first edge of the old grid behind that on, and it is told.
TEST_P(LateProfileTest, TakesEffectBehindWhatWasCountedAndIsTold) {
  for (const bool restarted : {false, true}) {
    ProfilesDriver driver;
    driver.read(kMonthly);
    driver.period_at("2026-03-14T00:00:00Z");
    if (restarted) driver.restart();
    driver.read(GetParam().versions);
    ASSERT_EQ(driver.notices().size(), 1u);
    EXPECT_EQ(driver.notices()[0].code, "profile_late");
    EXPECT_NE(driver.notices()[0].message.find("cus_1"), std::string::npos);
    EXPECT_NE(driver.notices()[0].message.find("2026-04-01T00:00:00Z"), std::string::npos);
    if (restarted) {
      driver.end_epoch();
      driver.restart();
    }
    EXPECT_EQ(driver.period_at("2026-03-31T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
    EXPECT_EQ(driver.period_at("2026-04-01T00:00:00Z"), "2026-04-01T00:00 2026-04-02T00:00");
  }
}
INSTANTIATE_TEST_SUITE_P(Profiles, LateProfileTest,
                         ::testing::Values(LateCase{"a_version_that_began_before",
                                                    kMonthly + "," + version("2026-03-01T00:00:00Z", "day")},
                                           LateCase{"another_first_version",
                                                    version("2020-01-01T00:00:00Z", "day")},
                                           LateCase{"a_version_on_the_day_before",
                                                    kMonthly + "," + version("2026-02-28T00:00:00Z", "day")}),
                         [](const auto& test) { return std::string(test.param.name); });

// The watermark alone, without anything counted, locks what it has reached.
TEST(ProfileChangeTest, BehindTheWatermarkIsLateToo) {
  ProfilesDriver driver;
  driver.read(kMonthly);
  driver.usage({.event_id = "other", .customer_id = "cus_9", .arrival = kT0});
  driver.read(version("2020-01-01T00:00:00Z", "day"));
  ASSERT_EQ(driver.notices().size(), 1u);
  EXPECT_EQ(driver.period_at("2026-03-20T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
  EXPECT_EQ(driver.period_at("2026-04-01T00:00:00Z"), "2026-04-01T00:00 2026-04-02T00:00");
}

TEST(ProfileChangeTest, WithoutAnEarlierProfileNothingIsLate) {
  ProfilesDriver driver;
  driver.usage({.event_id = "parked", .arrival = kT0});
  driver.read(kMonthly + "," + version("2026-03-01T00:00:00Z", "day"));
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), "counted");
  EXPECT_EQ(format_rfc3339(driver.total("cus_1")->period_start), "2026-03-10T00:00:00Z");
  EXPECT_TRUE(driver.notices().empty());
}

TEST(ProfileChangeTest, TheSameAgainChangesNothing) {
  ProfilesDriver driver;
  driver.read(kMonthly);
  driver.period_at("2026-03-14T00:00:00Z");
  driver.read(version("2020-01-01T00:00:00Z", "day"));
  ASSERT_EQ(driver.notices().size(), 1u);
  driver.come_to_rest();
  const auto rows = driver.windows().rows;
  for (int i = 0; i < 3; ++i) {
    driver.read(version("2020-01-01T00:00:00Z", "day"));
    driver.come_to_rest();
    driver.restart();
  }
  EXPECT_EQ(driver.notices().size(), 1u);
  EXPECT_EQ(driver.windows().rows, rows);
  EXPECT_EQ(driver.period_at("2026-03-20T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
}

TEST(ProfileChangeTest, ToAnotherStripeCustomerMovesNoPeriod) {
  ProfilesDriver driver;
  driver.read(kMonthly);
  driver.period_at("2026-03-14T00:00:00Z");
  driver.read(version("2020-01-01T00:00:00Z", "month", "UTC", R"(,"stripe_customer_id":"cus_S9")"));
  EXPECT_TRUE(driver.notices().empty());
  EXPECT_EQ(driver.period_at("2026-03-20T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
}

// A removed version that had ruled: the wanted grid comes back behind what was counted.
TEST(ProfileChangeTest, ARemovedOldVersionIsLate) {
  ProfilesDriver driver;
  driver.read(kMonthly + "," + version("2026-03-01T00:00:00Z", "day"));
  EXPECT_EQ(driver.period_at("2026-03-14T00:00:00Z"), "2026-03-14T00:00 2026-03-15T00:00");
  driver.read(kMonthly);
  ASSERT_EQ(driver.notices().size(), 1u);
  EXPECT_EQ(driver.period_at("2026-03-14T12:00:00Z"), "2026-03-14T00:00 2026-03-15T00:00");
  EXPECT_EQ(driver.period_at("2026-03-15T00:00:00Z"), "2026-03-15T00:00 2026-04-01T00:00");
}

TEST(ProfileChangeTest, AfterATombstoneANewProfileIsAChange) {
  ProfilesDriver driver;
  driver.read(kMonthly);
  driver.period_at("2026-03-14T00:00:00Z");
  driver.tombstone("cus_1");
  EXPECT_EQ(driver.period_at("2026-03-15T00:00:00Z"), "parked");
  driver.restart();
  driver.read(version("2020-01-01T00:00:00Z", "day"));
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(1), "counted");
  ASSERT_EQ(driver.notices().size(), 1u);
  EXPECT_EQ(driver.notices()[0].code, "profile_late");
  EXPECT_EQ(driver.figure("cus_1", "volume", kMarch), "2") << "into the period that was there";
  EXPECT_EQ(driver.period_at("2026-04-02T00:00:00Z"), "2026-04-02T00:00 2026-04-03T00:00");
}

TEST(ProfileChangeTest, AfterATombstoneTheSameProfileIsNoChange) {
  ProfilesDriver driver;
  driver.read(kMonthly);
  driver.period_at("2026-03-14T00:00:00Z");
  driver.tombstone("cus_1");
  driver.read(kMonthly);
  EXPECT_TRUE(driver.notices().empty());
  EXPECT_EQ(driver.period_at("2026-03-15T00:00:00Z"), "2026-03-01T00:00 2026-04-01T00:00");
}

TEST(ProfileTenantTest, TwoTenantsMayNameACustomerAlike) {
  Driver driver;
  driver.profile("cus_1", "UTC", "acme");
  driver.profile("cus_1", "Europe/Budapest", "beta");
  driver.batch({{.event_id = "a", .tenant_id = "acme", .value = "1"},
                {.event_id = "a", .tenant_id = "beta", .value = "10"},
                {.event_id = "a", .tenant_id = "gamma", .value = "100"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (std::vector<std::string>{"counted", "counted", "parked"}));
  std::map<std::string, std::pair<std::string, std::string>> totals;
  for (const auto& total : driver.totals())
    totals[total.tenant_id] = {to_string(total.total), format_rfc3339(total.period_start)};
  EXPECT_EQ(totals.at("acme"), std::pair(std::string("1"), std::string("2026-03-01T00:00:00Z")));
  EXPECT_EQ(totals.at("beta"), std::pair(std::string("10"), std::string("2026-02-28T23:00:00Z")));
  driver.table_record(kCustomers, schemas::encode_customer_key("beta", "cus_1"), std::nullopt);
  driver.batch({{.event_id = "b", .tenant_id = "acme"}, {.event_id = "b", .tenant_id = "beta"}});
  EXPECT_EQ(driver.verdict(3), "counted");
  EXPECT_EQ(driver.verdict(4), "parked");
}

}  // namespace
}  // namespace tidemark::processors::testing

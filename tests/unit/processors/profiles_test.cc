// What a customer's profile may say, and what it does to usage.
#include <gtest/gtest.h>

#include "billing/period.h"
#include "tests/unit/processors/driver.h"
#include "tidemark/partitioner.h"

namespace tidemark::processors::testing {
namespace {

const std::string kKey = R"({"tenant_id":"acme","customer_id":"cus_1"})";

std::string profile_json(const std::string& versions, const std::string& customer_id = "cus_1") {
  return R"({"tenant_id":"acme","customer_id":")" + customer_id + R"(","versions":[)" + versions + "]}";
}
std::string version(const std::string& rest) {
  return R"({"effective_from":"2020-01-01T00:00:00Z","mode":"test",)" + rest + "}";
}
const std::string kMonthly = R"("time_zone":"UTC","interval":{"unit":"month","n":1})";

struct Refusal {
  const char* name;
  std::string key;
  std::string value;
  const char* code;
};

class RefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, LeavesTheCustomerUnknown) {
  Driver driver;
  driver.table_record(kCustomers, GetParam().key, GetParam().value);
  ASSERT_EQ(driver.letters().size(), 1u);
  EXPECT_EQ(driver.letters().front().code, GetParam().code);
  EXPECT_EQ(driver.letters().front().source, kCustomers);
  EXPECT_EQ(driver.letters().front().value, GetParam().value);
  driver.usage(TestEvent{});
  EXPECT_EQ(driver.verdict(0), "parked");
}

TEST_P(RefusalTest, LeavesTheProfileBeforeItInEffect) {
  Driver driver;
  driver.profile("cus_1");
  driver.table_record(kCustomers, GetParam().key, GetParam().value);
  EXPECT_EQ(driver.letters().size(), 1u);
  driver.usage(TestEvent{});
  EXPECT_EQ(driver.verdict(0), "counted");
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, RefusalTest,
    ::testing::Values(
        Refusal{"not_json", kKey, "{", "profile_invalid"},
        Refusal{"key_not_json", "cus_1", profile_json(version(kMonthly)), "profile_invalid"},
        Refusal{"key_of_another", kKey, profile_json(version(kMonthly), "cus_2"), "profile_invalid"},
        Refusal{"no_versions", kKey, profile_json(""), "profile_invalid"},
        Refusal{"no_such_zone", kKey,
                profile_json(version(R"("time_zone":"Mars/Olympus","interval":{"unit":"month","n":1})")),
                "profile_invalid"},
        Refusal{"versions_out_of_order", kKey,
                profile_json(version(kMonthly) +
                             R"(,{"effective_from":"2019-01-01T00:00:00Z","mode":"test",)" + kMonthly + "}"),
                "profile_invalid"},
        Refusal{"an_anchor_that_is_no_date", kKey,
                profile_json(version(kMonthly + R"(,"anchor":"31 January")")), "profile_invalid"}),
    [](const auto& test) { return std::string(test.param.name); });

struct Change {
  const char* name;
  std::string version_rest;
  const char* start;  // of the period that holds kT0 by then
  const char* end;
};

class ChangeTest : public ::testing::TestWithParam<Change> {
 protected:
  static void expect_period(const Driver& driver) {
    const auto total = driver.total("cus_1");
    ASSERT_TRUE(total);
    EXPECT_EQ(format_rfc3339(total->period_start), GetParam().start);
    EXPECT_EQ(format_rfc3339(total->period_end), GetParam().end);
    EXPECT_TRUE(driver.letters().empty());
    EXPECT_TRUE(driver.notices().empty()) << driver.notices().front().message;
  }
};

TEST_P(ChangeTest, BeforeAnyUsageRulesFromItsDateOn) {
  Driver driver;
  driver.profile("cus_1");
  driver.table_record(kCustomers, kKey, profile_json(version(GetParam().version_rest)));
  driver.usage(TestEvent{});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), "counted");
  expect_period(driver);
}

TEST_P(ChangeTest, AfterATombstoneIsTheSameChange) {
  Driver driver;
  driver.profile("cus_1");
  driver.tombstone("cus_1");
  driver.end_epoch();
  driver.restart();
  driver.usage(TestEvent{});
  EXPECT_EQ(driver.verdict(0), "parked");
  driver.table_record(kCustomers, kKey, profile_json(version(GetParam().version_rest)));
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(0), "counted");
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, ChangeTest,
    ::testing::Values(Change{"the_same_again", kMonthly, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"},
                      Change{"another_stripe_customer", kMonthly + R"(,"stripe_customer_id":"cus_S9")",
                             "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"},
                      Change{"another_zone",
                             R"("time_zone":"Europe/Budapest","interval":{"unit":"month","n":1})",
                             "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"},
                      Change{"another_unit", R"("time_zone":"UTC","interval":{"unit":"day","n":1})",
                             "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"},
                      Change{"an_anchor", kMonthly + R"(,"anchor":"2026-01-31")", "2026-02-28T00:00:00Z",
                             "2026-03-31T00:00:00Z"},
                      Change{"another_count", R"("time_zone":"UTC","interval":{"unit":"month","n":2})",
                             "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"}),
    [](const auto& test) { return std::string(test.param.name); });

struct OldHostCase {
  const char* name;
  std::function<void(Driver&)> act;
};
class OldHostTest : public ::testing::TestWithParam<OldHostCase> {};

// The state comes from a machine whose time-zone data know more: the fault is this machine's.
TEST_P(OldHostTest, EndsWithACodeThatNamesZoneAndData) {
  Driver driver;
  driver.profile("cus_1");
  driver.end_epoch();
  for (auto& [key, value] : driver.windows().rows) {
    for (auto at = value.find("UTC"); at != std::string::npos; at = value.find("UTC"))
      value.replace(at, 3, "XYZ");
  }
  driver.restart();
  const std::string failure = driver.failure_of([&driver] { GetParam().act(driver); });
  EXPECT_EQ(failure.substr(0, failure.find(':')), "time_zone_unknown_here") << failure;
  EXPECT_NE(failure.find("'XYZ'"), std::string::npos) << failure;
  EXPECT_NE(failure.find("version " + billing::tzdb_version()), std::string::npos) << failure;
  EXPECT_TRUE(driver.letters().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, OldHostTest,
    ::testing::Values(OldHostCase{"usage_of_the_customer", [](Driver& driver) { driver.usage(TestEvent{}); }},
                      OldHostCase{"another_profile", [](Driver& driver) { driver.profile("cus_1"); }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TombstoneTest, ParksUsageUntilTheCustomerComesBack) {
  Driver driver;
  driver.profile("cus_1");
  driver.usage({.event_id = "a"});
  driver.tombstone("cus_1");
  driver.batch({{.event_id = "b"}, {.event_id = "a"}});
  driver.come_to_rest();
  EXPECT_EQ(driver.verdicts(), (std::vector<std::string>{"counted", "parked", "duplicate"}));
  EXPECT_EQ(to_string(driver.total("cus_1").value().total), "1") << "what was counted stays";
  driver.profile("cus_1");
  driver.come_to_rest();
  EXPECT_EQ(driver.verdict(1), "counted");
  EXPECT_EQ(to_string(driver.total("cus_1").value().total), "2");
}

TEST(TombstoneTest, OfAnUnknownCustomerIsNothing) {
  Driver driver;
  driver.tombstone("cus_1");
  driver.usage(TestEvent{});
  EXPECT_EQ(driver.verdict(0), "parked");
  EXPECT_TRUE(driver.letters().empty());
}

TEST(TablesTest, AProfileBelongsToItsHome) {
  std::string foreign = "cus_0";
  for (int i = 0; home_partition(foreign, 4).value() == 0; ++i) foreign = "cus_" + std::to_string(i);
  Driver driver({.partition_count = 4});
  driver.profile(foreign);
  ASSERT_EQ(driver.letters().size(), 1u);
  EXPECT_EQ(driver.letters().front().code, "wrong_partition");
}

TEST(TablesTest, CommandsAreRefused) {
  Driver driver;
  driver.table_record(kCommands, kKey, R"({"command":"rebase"})");
  ASSERT_EQ(driver.letters().size(), 1u);
  EXPECT_EQ(driver.letters().front().code, "command_unsupported");
}

TEST(TablesTest, ProfilesMoveNoClock) {
  Driver driver;
  driver.profile("cus_1");
  EXPECT_EQ(driver.watermark(), kEventTimeMin);
  EXPECT_EQ(driver.stream_time(), kArrivalMin);
}

TEST(TablesTest, PeriodsFollowTheCustomersZone) {
  Driver driver;
  driver.profile("cus_1", "Europe/Budapest");
  driver.profile("cus_2", "America/New_York");
  const ArrivalTime arrival = std::chrono::floor<std::chrono::milliseconds>(at("2026-04-01T03:00:00Z"));
  driver.batch({{.event_id = "a", .customer_id = "cus_1", .arrival = arrival},
                {.event_id = "b", .customer_id = "cus_2", .arrival = arrival}});
  driver.come_to_rest();
  EXPECT_EQ(format_rfc3339(driver.total("cus_1").value().period_start), "2026-03-31T22:00:00Z");
  EXPECT_EQ(format_rfc3339(driver.total("cus_2").value().period_start), "2026-03-01T05:00:00Z");
}

}  // namespace
}  // namespace tidemark::processors::testing

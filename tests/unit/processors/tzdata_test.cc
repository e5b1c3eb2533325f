// A state whose periods were found with other time-zone data than this machine's: what exists stays as it is.
#include <gtest/gtest.h>

#include "processors/profile_row.h"
#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

const EventTime kMarch = at("2026-03-01T00:00:00Z");
const EventTime kApril = at("2026-04-01T00:00:00Z");
// As if the old data had ended March an hour later.
const billing::Period kOther{kMarch, kApril + 1h};

// A state with a window of a period that this machine's data would not make, found with data of 2019.
class OtherDataTest : public ::testing::Test {
 protected:
  OtherDataTest() {
    Driver before;
    for (const char* customer : {"cus_1", "cus_2"}) {
      before.profile(customer);
      before.usage({.event_id = "a", .customer_id = customer, .value = "5"});
      before.come_to_rest();  // an index of its own
    }
    driver_.ids().ids = before.ids().ids;
    for (auto& [key, value] : before.windows().rows) put(key, value);
    driver_.restart();
  }
  // The window of the first customer moves to the other period, wherever its key stands; windows are told
  // anew.
  void put(std::string key, std::string value) {
    const std::string before = encode_window_key({"acme", "cus_1", "volume", ""}, {kMarch, kApril});
    const std::string after = encode_window_key({"acme", "cus_1", "volume", ""}, kOther);
    if (key.front() == 'c') value = with_data_of_2019(value);
    if (key.front() == 'w') value = untold(value);
    if (key == before) key = after;
    if (const auto at = value.find(before); key.front() == 'e' && at != std::string::npos) {
      value.replace(at, before.size(), after);
      std::string end = "e";
      append_time(end, kOther.end);
      key.replace(0, end.size(), end);
    }
    driver_.windows().put(key, value);
  }
  static std::string untold(const std::string& bytes) {
    WindowRow row;
    EXPECT_TRUE(decode_window_row(bytes, row));
    row.seq = 0;
    row.revision = 0;
    row.pending[0].push_back(
        PendingDelta::of(row.total, {.events = 1, .event_time = kT0, .place = std::nullopt}));
    std::string out;
    append_window_row(out, row);
    return out;
  }
  static std::string with_data_of_2019(const std::string& bytes) {
    auto row = decode_profile_row(bytes, "acme");
    EXPECT_TRUE(row);
    row->tzdata = "2019a";
    ++row->zones;  // other rules of the zone
    return encode_profile_row(*row);
  }
  Driver driver_;
};

TEST_F(OtherDataTest, APeriodThatExistsStaysAndTheNextBeginsBehindIt) {
  driver_.batch(
      {{.event_id = "in_it", .value = "10", .arrival = kT0 + 22 * 24h, .event_time = kApril + 30min},
       {.event_id = "behind_it", .value = "100", .arrival = kT0 + 22 * 24h, .event_time = kApril + 1h}});
  driver_.come_to_rest();
  EXPECT_EQ(driver_.figure("cus_1", "volume", kMarch), "15");
  const auto april = driver_.total("cus_1", "volume", kApril + 1h);
  ASSERT_TRUE(april) << "April is what is left of it";
  EXPECT_EQ(to_string(april->total), "100");
  EXPECT_EQ(april->period_end, at("2026-05-01T00:00:00Z"));
}

TEST_F(OtherDataTest, IsToldOnceWithHowManyCustomers) {
  driver_.usage({.event_id = "c", .value = "10"});
  driver_.come_to_rest();
  ASSERT_EQ(driver_.notices().size(), 1u);
  EXPECT_EQ(driver_.notices()[0].code, "time_zone_rules_changed");
  EXPECT_EQ(driver_.notices()[0].message.substr(0, 12), "1 customers ") << driver_.notices()[0].message;
  EXPECT_NE(driver_.notices()[0].message.find(billing::tzdb_version()), std::string::npos);
  driver_.restart();
  driver_.usage({.event_id = "e"});
  driver_.come_to_rest();
  EXPECT_EQ(driver_.notices().size(), 1u);
}

TEST_F(OtherDataTest, HoldsAfterARestart) {
  driver_.usage({.event_id = "c", .value = "10"});
  driver_.come_to_rest();
  driver_.restart();
  driver_.usage({.event_id = "d", .value = "100", .arrival = kT0 + 22 * 24h, .event_time = kApril + 30min});
  driver_.come_to_rest();
  EXPECT_EQ(driver_.figure("cus_1", "volume", kMarch), "115");
}

// The window is told as closed at its own end, not at the end that the new data would have given it.
TEST_F(OtherDataTest, ClosesAtItsOwnEnd) {
  driver_.usage({.event_id = "w",
                 .customer_id = "cus_9",
                 .arrival = kT0 + 30 * 24h,
                 .event_time = kApril + 48h + 5min});
  driver_.come_to_rest();
  EXPECT_FALSE(driver_.total("cus_1"));
  driver_.usage({.event_id = "x",
                 .customer_id = "cus_9",
                 .arrival = kT0 + 30 * 24h,
                 .event_time = kApril + 49h + 5min});
  driver_.come_to_rest();
  EXPECT_TRUE(driver_.total("cus_1")->final);
}

// A change of the profile is compared with what is in effect, frozen periods included.
TEST_F(OtherDataTest, AChangeOfTheProfileKeepsItToo) {
  driver_.profile("cus_1", "Europe/Budapest");
  driver_.usage({.event_id = "c", .value = "10", .arrival = kT0 + 22 * 24h, .event_time = kApril + 30min});
  driver_.come_to_rest();
  EXPECT_EQ(driver_.figure("cus_1", "volume", kMarch), "15");
}

}  // namespace
}  // namespace tidemark::processors::testing

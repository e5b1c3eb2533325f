// Events found in another partition than their customer's: what is sent home and how it is judged there.
#include <gtest/gtest.h>

#include "processors/rekey.h"
#include "tests/unit/processors/driver.h"
#include "tidemark/partitioner.h"

namespace tidemark::processors::testing {
namespace {

constexpr std::int32_t kPartitions = 4;
const std::string kCustomer = "cus_1";

PartitionId home() {
  return home_partition(kCustomer, kPartitions);
}
PartitionId elsewhere() {
  return PartitionId((home().value() + 1) % kPartitions);
}

DriverSettings settings(PartitionId partition) {
  DriverSettings settings{.partition_count = kPartitions, .partition = partition};
  settings.decode.rekeyed_source = "rekeyed";
  return settings;
}

// The task that finds an event, and the one that it belongs to. The dedup clock at home is kT0.
class RekeyTest : public ::testing::Test {
 protected:
  RekeyTest() {
    home_.profile(kCustomer);
    home_.usage({.event_id = "own"});
    EXPECT_EQ(home_.verdict(0), "counted");
  }
  SentHome find(const TestEvent& event) {
    found_.usage(event);
    EXPECT_EQ(found_.verdict(found_.offset_count() - 1), "rerouted");
    return found_.sent_home().back();
  }
  // Its verdict at home, where the rekey topic took it an hour after it had arrived.
  std::string bring(const TestEvent& event) {
    home_.bring_home(find(event), event.arrival + 1h);
    return home_.verdict(brought_++, 0, kRekeyed);
  }
  Driver found_{settings(elsewhere())};
  Driver home_{settings(home())};
  std::int64_t brought_ = 0;
};

TEST_F(RekeyTest, BytesKeyAndHeadersGoHomeWithArrivalAndPlaceBehindThem) {
  TestEvent event{.headers = {{"trace", "7"}, {"td-rekeyed-arrival", "a producer's"}}};
  event.key = std::nullopt;
  found_.usage({.event_id = "first"});
  const SentHome sent = find(event);
  EXPECT_EQ(sent.home, home());
  EXPECT_EQ(sent.key, std::nullopt);
  EXPECT_EQ(sent.value, event.json());
  const std::string place = "usage.events/" + std::to_string(elsewhere().value()) + "/1/0";
  EXPECT_EQ(sent.headers, (std::vector<std::pair<std::string, std::string>>{
                              {"trace", "7"},
                              {"td-rekeyed-arrival", "a producer's"},
                              {"td-rekeyed-from", place},
                              {"td-rekeyed-arrival", std::to_string(kT0.time_since_epoch().count())}}));
  EXPECT_EQ(found_.letters().size(), 0u);
}

TEST_F(RekeyTest, AnEmptyKeyIsNoMissingOne) {
  TestEvent event;
  event.key = "";
  EXPECT_EQ(find(event).key, "");
}

TEST_F(RekeyTest, MovesTheClockWhereItIsFoundAndNoWatermark) {
  find({.arrival = kT0 + 1h});
  EXPECT_EQ(found_.stream_time(), kT0 + 1h);
  EXPECT_EQ(found_.watermark(), kEventTimeMin);
}

TEST_F(RekeyTest, MovesNeitherClockNorWatermarkAtHome) {
  const EventTime watermark = home_.watermark();
  EXPECT_EQ(bring({.event_id = "far", .arrival = kT0 + 30 * 24h}), "counted");
  EXPECT_EQ(home_.stream_time(), kT0);
  EXPECT_EQ(home_.watermark(), watermark);
  home_.usage({.event_id = "own 2", .arrival = kT0 + 1min});
  EXPECT_EQ(home_.verdict(1), "counted") << "what home has of its own is not late";
}

struct JudgedCase {
  const char* name;
  TestEvent event;
  const char* expected;
};
class JudgedAtHomeTest : public RekeyTest, public ::testing::WithParamInterface<JudgedCase> {};
TEST_P(JudgedAtHomeTest, ByTheArrivalThatItHadWhereItWasFound) {
  EXPECT_EQ(bring(GetParam().event), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Rekey, JudgedAtHomeTest,
    ::testing::Values(
        JudgedCase{"counted", {}, "counted"},
        JudgedCase{"repeat_of_one_of_its_own", {.event_id = "own"}, "duplicate"},
        JudgedCase{"other_content", {.event_id = "own", .value = "2"}, "dead_letter event_id_conflict"},
        JudgedCase{"in_the_future_by_a_millisecond",
                   {.event_time = kT0 + 5min + 1ms},
                   "dead_letter timestamp_in_future"},
        JudgedCase{"as_far_ahead_as_allowed", {.event_time = kT0 + 5min}, "counted"},
        JudgedCase{"as_old_as_allowed", {.event_time = kT0 - 35 * 24h}, "counted"},
        JudgedCase{"too_old_by_a_millisecond", {.event_time = kT0 - 35 * 24h - 1ms}, "dead_letter too_old"},
        JudgedCase{"as_far_behind_the_clock_as_allowed", {.arrival = kT0 - 23h}, "counted"},
        JudgedCase{"behind_the_clock", {.arrival = kT0 - 23h - 1ms}, "dead_letter arrival_behind"},
        JudgedCase{
            "sent_again_is_exempt",
            {.arrival = kT0 - 24h,
             .event_time = kT0 - 30h,
             .headers = {{"td-original-arrival", std::to_string((kT0 - 30h).time_since_epoch().count())}}},
            "counted"},
        JudgedCase{
            "no_arrival", {.arrival = ArrivalTime(-1ms), .event_time = kT0}, "dead_letter arrival_invalid"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RekeyTest, ABrokenRecordStaysWhereItIsFound) {
  found_.usage({.raw = "{"});
  EXPECT_EQ(found_.verdict(0), "dead_letter invalid_json");
  EXPECT_TRUE(found_.sent_home().empty());
}

TEST_F(RekeyTest, ElementsOfARecordTravelAlone) {
  const auto element = [](const std::string& id, const std::string& customer) {
    return TestEvent{.event_id = id, .customer_id = customer}.json();
  };
  std::string local;
  for (int i = 0; local.empty(); ++i) {
    const std::string name = "c" + std::to_string(i);
    if (home_partition(name, kPartitions) == elsewhere()) local = name;
  }
  found_.profile(local);
  const std::string forms[] = {
      "[" + element("a", kCustomer) + "," + element("b", local) + "," + element("c", kCustomer) + "]",
      element("d", kCustomer) + "\n" + element("e", local) + "\n" + element("f", kCustomer)};
  for (const bool as_lines : {false, true}) {
    TestEvent record{.raw = forms[as_lines ? 1 : 0]};
    if (as_lines) record.headers = {{"content-type", "application/x-ndjson"}};
    found_.usage(record);
    const std::int64_t offset = as_lines ? 1 : 0;
    EXPECT_EQ(found_.verdict(offset, 0), "rerouted");
    EXPECT_EQ(found_.verdict(offset, 1), "counted");
    EXPECT_EQ(found_.verdict(offset, 2), "rerouted");
  }
  ASSERT_EQ(found_.sent_home().size(), 4u);
  const std::string place = "usage.events/" + std::to_string(elsewhere().value());
  for (const char* where : {"/0/0", "/0/2", "/1/0", "/1/2"}) {
    const SentHome& sent = found_.sent_home()[static_cast<std::size_t>(brought_)];
    EXPECT_EQ(sent.headers[sent.headers.size() - 2].second, place + where);
    home_.bring_home(sent, kT0 + 1h);
    EXPECT_EQ(home_.verdict(brought_++, 0, kRekeyed), "counted");
  }
}

TEST_F(RekeyTest, ALimitThatARecordKeptIsKeptWithWhatIsAddedToIt) {
  TestEvent event{.headers = {{"h", std::string(64 * 1024 - 4, 'x')}}};  // with the key, 64 KiB around it
  for (int i = 0; i < 255; ++i) event.headers.push_back({"", ""});
  EXPECT_EQ(bring(event), "counted");
}

TEST_F(RekeyTest, NothingIsSentHomeTwice) {
  SentHome sent = find({});
  Driver other(settings(PartitionId((home().value() + 2) % kPartitions)));
  other.bring_home(sent, kT0);
  EXPECT_EQ(other.verdict(0, 0, kRekeyed), "dead_letter wrong_partition");
  EXPECT_TRUE(other.sent_home().empty());
}

TEST_F(RekeyTest, AStrangersRecordInTheRekeyTopicIsADeadLetter) {
  for (const auto& headers : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {},
           {{"td-rekeyed-from", "x"}},
           {{"td-rekeyed-from", "x"}, {"td-rekeyed-arrival", "soon"}},
           {{"td-original-arrival", "1"}}}) {
    home_.bring_home({home(), "k", TestEvent{}.json(), headers}, kT0);
    EXPECT_EQ(home_.verdict(brought_++, 0, kRekeyed), "dead_letter not_rekeyed");
  }
}

TEST_F(RekeyTest, WhatAProducerWritesIsBelievedNowhere) {
  home_.usage({.event_id = "e2",
               .arrival = kT0 - 24h,
               .headers = {{"td-rekeyed-from", "x"},
                           {"td-rekeyed-arrival", std::to_string(kT0.time_since_epoch().count())}}});
  EXPECT_EQ(home_.verdict(1), "dead_letter arrival_behind");
}

TEST_F(RekeyTest, WithoutARekeyTopicItIsADeadLetter) {
  DriverSettings without = settings(elsewhere());
  without.decode.rekeyed_source.reset();
  Driver driver(without);
  driver.usage({});
  EXPECT_EQ(driver.verdict(0), "dead_letter wrong_partition");
}

// However far home lags behind: an id is known for as long as its repeat is accepted.
struct RepeatCase {
  const char* name;
  std::chrono::milliseconds first_arrival;  // after home's clock
  bool first_is_brought;
  std::chrono::milliseconds clock;  // of home's own records, when the repeat comes
  std::chrono::milliseconds repeat_arrival;
  bool repeat_is_brought;
};
class RepeatTest : public RekeyTest, public ::testing::WithParamInterface<RepeatCase> {};
TEST_P(RepeatTest, NeverCountsTwice) {
  const RepeatCase& given = GetParam();
  // The latest event that its first record may tell of: its repeats are accepted longest.
  TestEvent event{.arrival = kT0 + given.first_arrival,
                  .event_time = EventTime(kT0 + given.first_arrival + 5min)};
  if (given.first_is_brought) {
    EXPECT_EQ(bring(event), "counted");
  } else {
    home_.usage(event);
  }
  home_.usage({.event_id = "clock", .arrival = kT0 + given.clock});
  event.arrival = kT0 + given.repeat_arrival;
  std::string verdict;
  if (given.repeat_is_brought) {
    verdict = bring(event);
  } else {
    home_.usage(event);
    verdict = home_.verdict(home_.offset_count() - 1);
  }
  EXPECT_EQ(verdict, "duplicate");
  home_.come_to_rest();
  EXPECT_EQ(home_.total(kCustomer, "volume", std::nullopt)->voided, 0);
}
INSTANTIATE_TEST_SUITE_P(
    Rekey, RepeatTest,
    ::testing::Values(
        // first seen long before home's own records get there
        RepeatCase{"brought_ahead_of_the_clock", 20 * 24h, true, 20 * 24h + 35 * 24h, 55 * 24h + 5min, false},
        RepeatCase{"both_ahead_of_the_clock", 10 * 24h, true, 0h, 45 * 24h + 5min, true},
        // the repeat is as late as it may be, and home's clock as far ahead of it as it may be
        RepeatCase{"brought_behind_the_clock", 0h, false, 35 * 24h + 5min + 23h, 35 * 24h + 5min, true},
        RepeatCase{"brought_and_brought_again", 0h, true, 35 * 24h + 5min + 23h, 35 * 24h + 5min, true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RekeyTest, IsParkedAndReleasedWithItsOwnArrival) {
  Driver home(settings(tidemark::processors::testing::home()));
  const SentHome sent = find({.event_id = "p", .arrival = kT0 + 10 * 24h});
  home.bring_home(sent, kT0 + 11 * 24h);
  EXPECT_EQ(home.verdict(0, 0, kRekeyed), "parked");
  // 35 days by home's clock from its own arrival on, not from where the clock stood.
  home.usage({.event_id = "o", .arrival = kT0 + 45 * 24h});
  home.drain();
  EXPECT_EQ(home.verdict(0, 0, kRekeyed), "parked");
  home.profile(kCustomer);
  home.come_to_rest();
  EXPECT_EQ(home.story(0, 0, kRekeyed), "parked, counted");
}

TEST_F(RekeyTest, ParkedExpiresWithItsIdAtOnce) {
  Driver home(settings(tidemark::processors::testing::home()));
  home.bring_home(find({.event_id = "p", .arrival = kT0}), kT0 + 1h);
  home.usage({.event_id = "o", .arrival = kT0 + 35 * 24h + 1ms});
  home.drain();
  EXPECT_EQ(home.story(0, 0, kRekeyed), "parked, dead_letter unknown_customer");
  EXPECT_EQ(home.letters().back().source, kRekeyed);
}

// Between the clock and what was brought home events have counted: no other meter may rule there.
TEST_F(RekeyTest, AMeterThatIsNewKnowsWhatWasBroughtHome) {
  EXPECT_EQ(bring({.event_id = "far", .arrival = kT0 + 60 * 24h}), "counted");
  home_.come_to_rest();
  home_.restart_with({{.name = "volume", .event_types = {"api.request", "data"}},
                      {.name = "calls", .event_types = {"api.request"}}});
  home_.profile("cus_2");
  home_.come_to_rest();
  ASSERT_EQ(home_.notices().size(), 1u);
  EXPECT_EQ(home_.notices().front().code, "meter_added");
  EXPECT_NE(home_.notices().front().message.find("2026-05-09"), std::string::npos)
      << home_.notices().front().message;
}

}  // namespace
}  // namespace tidemark::processors::testing

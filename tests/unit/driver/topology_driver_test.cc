// The driver with the real processors: what goes in by name comes out as a broker's readers would see it.
#include "runtime/driver/topology_driver.h"

#include <gtest/gtest.h>

#include "connectors/dead_letter/encoder.h"
#include "processors/remembered.h"
#include "schemas/customer_profile/codec.h"
#include "schemas/usage_total/codec.h"
#include "tests/sim/parts.h"

namespace tidemark::runtime {
namespace {

using namespace std::chrono_literals;
using processors::Verdict;

constexpr ArrivalTime kT0{std::chrono::milliseconds{1'773'144'000'000}};  // 2026-03-10T12:00:00Z

class TopologyDriverTest : public ::testing::Test {
 protected:
  TopologyDriverTest() {
    auto loaded = load_topology(TIDEMARK_SOURCE_DIR "/topology.yaml", sim_test::catalog());
    TM_ASSERT(loaded.has_value() && loaded->findings.empty());
    auto made = TopologyDriver::make(loaded->topology, sim_test::catalog(), {.dead_letter_encoder = [] {
                                       return std::make_unique<connectors::HeaderEncoder>();
                                     }});
    TM_ASSERT(made.has_value());
    driver_ = *std::move(made);
  }

  void event(const std::string& id, ArrivalTime arrival = kT0, const std::string& value = "1",
             const std::string& voids = "") {
    const std::string json = "{\"event_id\":\"" + id +
                             "\",\"customer_id\":\"cus_1\",\"type\":\"compute.job\",\"timestamp\":\"" +
                             format_rfc3339(arrival) + "\",\"value\":\"" + value + "\"" +
                             (voids.empty() ? "" : ",\"voids\":\"" + voids + "\"") + "}";
    EXPECT_TRUE(driver_->pipe("events", {.key = "cus_1", .value = json, .arrival = arrival}));
  }
  void profile() {
    const std::string key = schemas::encode_customer_key("acme", "cus_1");
    const std::string json =
        R"({"tenant_id":"acme","customer_id":"cus_1","versions":[{"effective_from":"2020-01-01T00:00:00Z",)"
        R"("time_zone":"UTC","interval":{"unit":"month","n":1},"mode":"test"}]})";
    EXPECT_TRUE(driver_->pipe("customers", {.key = key, .value = json, .arrival = kT0}));
  }
  // The second version comes when its date is past.
  void late_profile() {
    const std::string key = schemas::encode_customer_key("acme", "cus_1");
    const std::string json =
        R"({"tenant_id":"acme","customer_id":"cus_1","versions":[{"effective_from":"2020-01-01T00:00:00Z",)"
        R"("time_zone":"UTC","interval":{"unit":"month","n":1},"mode":"test"},)"
        R"({"effective_from":"2026-03-01T00:00:00Z","time_zone":"UTC","interval":{"unit":"day","n":1},)"
        R"("mode":"test"}]})";
    EXPECT_TRUE(driver_->pipe("customers", {.key = key, .value = json, .arrival = kT0}));
  }
  void rest() {
    const Status done = driver_->run_to_rest();
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
  }
  // "3 counted", "3 -> counted" for a move.
  std::vector<std::string> verdicts() {
    std::vector<std::string> lines;
    for (const WrittenVerdict& each : driver_->take_verdicts()) {
      EXPECT_EQ(each.place.source, driver_->source("events"));
      lines.push_back(std::to_string(each.place.offset.value()) + (each.moved ? " -> " : " ") +
                      std::string(name_of(processors::verdict_of(each.verdict))));
      if (each.place.element > 0)
        lines.back().insert(lines.back().find(' '), "." + std::to_string(each.place.element));
      const bool has_code = processors::verdict_of(each.verdict) == Verdict::dead_letter;
      EXPECT_EQ(each.code != 0, has_code) << lines.back();
    }
    return lines;
  }
  std::vector<schemas::DecodedTotal> totals() {
    std::vector<schemas::DecodedTotal> decoded;
    for (const SentRecord& record : driver_->take_sent("totals")) {
      auto total = schemas::decode_usage_total(record.value.value_or(""));
      EXPECT_TRUE(total);
      if (total) decoded.push_back(*std::move(total));
    }
    return decoded;
  }

  std::unique_ptr<TopologyDriver> driver_;
};

using Lines = std::vector<std::string>;

TEST_F(TopologyDriverTest, TellsANoticeWithTheRecordOfTheTableThatItIsAbout) {
  profile();
  event("e1");
  profile();
  late_profile();
  profile();
  EXPECT_TRUE(driver_->take_notices().empty());  // not committed yet
  rest();
  const auto notices = driver_->take_notices();
  ASSERT_FALSE(notices.empty());
  EXPECT_EQ(notices[0].code, "profile_late");
  EXPECT_EQ(notices[0].record, (RecordPlace{driver_->source("customers"), Offset(2)}));
  EXPECT_TRUE(driver_->take_notices().empty());
}

TEST_F(TopologyDriverTest, NothingIsSeenBeforeTheEpochEnds) {
  profile();
  event("e1");
  EXPECT_EQ(verdicts(), Lines{});
  EXPECT_EQ(driver_->epoch(), EpochNumber(0));
  EXPECT_EQ(driver_->counter("tidemark_consumed_records_total"), 0u);
  ASSERT_TRUE(driver_->end_epoch());
  EXPECT_EQ(verdicts(), Lines{"0 counted"});
  EXPECT_EQ(driver_->epoch(), EpochNumber(1));
  EXPECT_EQ(driver_->counter("tidemark_consumed_records_total"), 2u);
  EXPECT_EQ(driver_->counter("tidemark_consumed_records_total", {{"topic", "usage.events"}}), 1u);
  EXPECT_EQ(driver_->stream_time(), kT0);
  EXPECT_EQ(driver_->watermark(), EventTime(kT0) - 5min);
  EXPECT_EQ(verdicts(), Lines{}) << "taken once";
}

TEST_F(TopologyDriverTest, RecordsAreProcessedInTheOrderPiped) {
  event("before");
  profile();
  event("after");
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 parked", "0 -> counted", "1 counted"}));
  ASSERT_EQ(totals().back().event_count, 2);
}

TEST_F(TopologyDriverTest, AVoidAfterItsEventMovesIt) {
  profile();
  event("e1", kT0, "2");
  event("v1", kT0, "2", "e1");
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 counted", "1 void", "0 -> voided"}));
  EXPECT_EQ(to_string(totals().back().total), "0");
}

TEST_F(TopologyDriverTest, AVoidBeforeItsEventMovesIt) {
  profile();
  event("v1", kT0, "2", "e1");
  event("e1", kT0, "2");
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 void", "1 counted", "1 -> voided"}));
}

TEST_F(TopologyDriverTest, AParkedEventThatAVoidWaitsForIsParked) {
  event("v1", kT0, "2", "e1");
  event("e1", kT0, "2");
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 parked", "1 parked"}));
  profile();
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 -> void", "1 -> counted", "1 -> voided"}));
}

TEST_F(TopologyDriverTest, ElementsAreToldApart) {
  profile();
  const auto element = [](const char* id, const char* value) {
    return std::string(R"({"event_id":")") + id + R"(","customer_id":"cus_1","type":"compute.job",)" +
           R"("timestamp":"2026-03-10T12:00:00Z","value":")" + value + R"("})";
  };
  const std::string packed =
      "[" + element("a", "1") + "," + element("b", "x") + "," + element("c", "2") + "]";
  ASSERT_TRUE(driver_->pipe("events", {.key = "cus_1", .value = packed, .arrival = kT0}));
  event("d");
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 counted", "0.1 dead_letter", "0.2 counted", "1 counted"}));
}

TEST_F(TopologyDriverTest, DeadLettersKeepBytesAndSayWhy) {
  const HeaderView header{"trace", "abc"};
  ASSERT_TRUE(driver_->pipe("events", {.key = "k", .value = "{", .headers = {&header, 1}, .arrival = kT0}));
  ASSERT_TRUE(driver_->pipe("events", {.key = "k", .value = std::nullopt, .arrival = kT0}));
  rest();
  const auto letters = driver_->take_dead_letters();
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].key, "k");
  EXPECT_EQ(letters[0].value, "{");
  EXPECT_EQ(letters[0].header("trace"), "abc");
  EXPECT_EQ(letters[0].header("td-error-code"), "invalid_json");
  EXPECT_EQ(letters[1].value, std::nullopt);
  EXPECT_EQ(letters[1].header("td-error-code"), "null_value");
  EXPECT_EQ(letters[1].header("none"), "");
  EXPECT_EQ(driver_->counter("tidemark_dead_letters_total", {{"code", "invalid_json"}}), 1u);
}

TEST_F(TopologyDriverTest, WatermarkMovedByHandClosesThePeriod) {
  profile();
  event("e1");
  rest();
  EXPECT_FALSE(totals().back().final);
  const auto edge = EventTime(std::chrono::sys_days(std::chrono::April / 1 / 2026)) + 48h;
  ASSERT_TRUE(driver_->advance_watermark(edge - 1ns));
  rest();
  EXPECT_TRUE(totals().empty());
  ASSERT_TRUE(driver_->advance_watermark(edge));
  rest();
  const auto closed = totals();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_TRUE(closed[0].final);
  EXPECT_EQ(driver_->watermark(), edge);
  ASSERT_TRUE(driver_->advance_watermark(edge - 1h));
  ASSERT_TRUE(driver_->end_epoch());
  EXPECT_EQ(driver_->watermark(), edge) << "never back";
}

TEST_F(TopologyDriverTest, RestartKeepsWhatWasCommittedAndForgetsTheRest) {
  profile();
  event("e1", kT0, "2");
  ASSERT_TRUE(driver_->end_epoch());
  event("lost");
  ASSERT_TRUE(driver_->restart());
  event("e1", kT0, "2");
  event("e2", kT0, "3");
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 counted", "1 duplicate", "2 counted"}));
  EXPECT_EQ(to_string(totals().back().total), "5");
}

TEST_F(TopologyDriverTest, AnAbortedEpochIsForgottenAndItsRecordsComeAgain) {
  profile();
  event("e1", kT0, "2");
  ASSERT_TRUE(driver_->end_epoch());
  const auto rows = driver_->rows("windows");
  ASSERT_TRUE(rows);
  ASSERT_FALSE(rows->empty());
  event("e2", kT0, "3");
  ASSERT_TRUE(driver_->abort_epoch());
  EXPECT_EQ(*driver_->rows("windows"), *rows);
  EXPECT_EQ(driver_->epoch(), EpochNumber(1));
  event("e2", kT0, "3");
  rest();
  EXPECT_EQ(verdicts(), (Lines{"0 counted", "1 counted"}));
  EXPECT_EQ(to_string(totals().back().total), "5");
  EXPECT_NE(*driver_->rows("windows"), *rows);
}

TEST_F(TopologyDriverTest, EpochCutsChangeNoFigure) {
  profile();
  for (int i = 0; i < 5'000; ++i) {
    const int n = i % 3'000;
    event("e" + std::to_string(n), kT0 + std::chrono::seconds(n), std::to_string(n % 7));
    if (i % 701 == 0) {
      ASSERT_TRUE(driver_->end_epoch());
    }
    if (i == 4'000) {
      ASSERT_TRUE(driver_->end_epoch());
      ASSERT_TRUE(driver_->restart());
    }
  }
  rest();
  const auto said = verdicts();
  ASSERT_EQ(said.size(), 5'000u);
  EXPECT_EQ(said[2'999], "2999 counted");
  EXPECT_EQ(said[3'000], "3000 duplicate");
  const auto total = totals().back();
  EXPECT_EQ(total.event_count, 3'000);
  EXPECT_EQ(to_string(total.total), "8994") << "428 weeks of 21, and 0 + 1 + 2 + 3";
}

}  // namespace
}  // namespace tidemark::runtime

// The decision as a table, then the whole topology in memory: what goes in by name comes out by name.
#include <gtest/gtest.h>

#include <functional>

#include "processors.h"
#include "tidemark/simulation.h"
#include "tidemark/test_driver.h"

namespace card_alerts {
namespace {

using namespace std::chrono_literals;
using tidemark::ArrivalTime;
using tidemark::EventTime;
using tidemark::SentRecord;
using tidemark::TestDriver;

constexpr ArrivalTime kT0{std::chrono::milliseconds{1'773'144'000'000}};  // 2026-03-10T12:00:00Z

// Before each case: 600 cents 9 minutes before kT0, 400 cents at kT0. Window 10 minutes, limit 1,000.
struct JudgeCase {
  const char* name;
  const char* payment_id;
  std::chrono::nanoseconds after;
  std::int64_t cents;
  Outcome outcome;
  std::int64_t sum_cents;
};
class JudgeTest : public ::testing::TestWithParam<JudgeCase> {};

TEST_P(JudgeTest, Outcome) {
  const auto& [name, payment_id, after, cents, outcome, sum_cents] = GetParam();
  CardRow row;
  judge(row, {.card = "c", .payment_id = "p-1", .at = kT0 - 9min, .cents = 600}, 10min, 1'000);
  judge(row, {.card = "c", .payment_id = "p-2", .at = kT0, .cents = 400}, 10min, 1'000);
  const Payment payment{.card = "c", .payment_id = payment_id, .at = kT0 + after, .cents = cents};
  const Judgement judgement = judge(row, payment, 10min, 1'000);
  EXPECT_EQ(judgement.outcome, outcome);
  EXPECT_EQ(judgement.sum_cents, sum_cents);
}
INSTANTIATE_TEST_SUITE_P(Velocity, JudgeTest,
                         ::testing::Values(
                             //         name                      id     after        cents  outcome sum
                             JudgeCase{"exactly_the_limit", "p-3", 0min, 0, Outcome::added, 1'000},
                             JudgeCase{"one_cent_above", "p-3", 0min, 1, Outcome::alert, 1'001},
                             JudgeCase{"last_instant_together", "p-3", 1min - 1ns, 1, Outcome::alert, 1'001},
                             JudgeCase{"first_leaves_the_window", "p-3", 1min, 1, Outcome::added, 401},
                             JudgeCase{"late_within_the_window", "p-3", 1ns - 10min, 1, Outcome::alert,
                                       1'001},
                             JudgeCase{"late_by_the_window", "p-3", -10min, 1, Outcome::too_late, 0},
                             JudgeCase{"a_repeat", "p-1", 5min, 900, Outcome::repeated, 0}),
                         [](const auto& test) { return std::string(test.param.name); });

class CardAlertsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = TestDriver::open(CARD_ALERTS_TOPOLOGY, processors());
    ASSERT_TRUE(opened) << opened.error().message;
    driver_ = *std::move(opened);
  }
  void pay(const std::string& card, const std::string& id, std::chrono::minutes after, std::int64_t cents) {
    const ArrivalTime at = kT0 + after;
    pipe("payments", card,
         R"({"payment_id":")" + id + R"(","at":")" + tidemark::format_rfc3339(at) + R"(","cents":)" +
             std::to_string(cents) + "}",
         at);
  }
  void pipe(std::string_view source, std::string_view key, std::string_view value, ArrivalTime at = kT0) {
    EXPECT_TRUE(driver_->pipe(source, {.key = key, .value = value, .arrival = at}));
  }
  std::vector<std::string> alerts() {
    std::vector<std::string> values;
    for (const SentRecord& sent : driver_->take_sent("alerts")) values.push_back(sent.value.value_or(""));
    return values;
  }
  std::vector<std::string> dead_letter_codes() {
    std::vector<std::string> codes;
    for (const SentRecord& letter : driver_->take_dead_letters())
      codes.emplace_back(letter.header("td-error-code"));
    return codes;
  }

  std::unique_ptr<TestDriver> driver_;
};
using Lines = std::vector<std::string>;

TEST_F(CardAlertsTest, TellsOncePerCrossingOfTheLimit) {
  pay("card-1", "p-1", 0min, 60'000);
  pay("card-2", "p-2", 1min, 60'000);  // another card, another sum
  pay("card-1", "p-3", 2min, 60'000);  // above
  pay("card-1", "p-4", 3min, 1);       // still above: told already
  pay("card-1", "p-5", 30min, 1);      // below again
  pay("card-1", "p-6", 31min, 100'000);
  ASSERT_TRUE(driver_->run_to_rest());
  EXPECT_EQ(
      alerts(),
      (Lines{R"({"at":"2026-03-10T12:02:00Z","card":"card-1","limit_cents":100000,"sum_cents":120000})",
             R"({"at":"2026-03-10T12:31:00Z","card":"card-1","limit_cents":100000,"sum_cents":100001})"}));
  EXPECT_EQ(driver_->watermark(), kT0 + 31min);
}

TEST_F(CardAlertsTest, ACardMayHaveALimitOfItsOwn) {
  pipe("limits", "card-1", R"({"limit_cents":500})");
  pay("card-1", "p-1", 0min, 501);
  EXPECT_TRUE(driver_->pipe("limits", {.key = "card-1", .value = std::nullopt, .arrival = kT0}));
  pay("card-1", "p-2", 20min, 501);  // the tombstone took the limit away
  ASSERT_TRUE(driver_->run_to_rest());
  EXPECT_EQ(alerts().size(), 1u);
  EXPECT_TRUE(driver_->rows("card_limits")->empty());
}

TEST_F(CardAlertsTest, WhatCannotBeProcessedIsKept) {
  pipe("payments", "card-1", "{");
  pipe("payments", "card-1", R"({"payment_id":"p-1","at":"2026-03-10T12:00:00Z","cents":1.5})");
  pipe("payments", "card-1", R"({"payment_id":"p-1","at":"2026-03-10T12:05:00.001Z","cents":1})");
  pipe("payments", "card-1", R"({"payment_id":"p-2","at":"2026-03-10T12:05:00Z","cents":1})");
  pipe("payments", "card-1", R"({"payment_id":"p-3","at":"2026-03-10T11:55:00Z","cents":1})");
  pipe("limits", "card-1", R"({"limit_cents":-1})");
  ASSERT_TRUE(driver_->run_to_rest());
  EXPECT_EQ(dead_letter_codes(), (Lines{"payment_invalid", "payment_invalid", "payment_in_future",
                                        "payment_too_late", "limit_invalid"}));
  EXPECT_EQ(driver_->rows("cards")->size(), 1u);
}

// A hundred and fifty payments of seven cards, some of them sent again, in pieces; what happens after a piece
// must not change anything.
using Interrupt = std::function<void(TestDriver& driver, const std::function<void()>& pipe_again)>;
struct Interruption {
  const char* name;
  Interrupt interrupt;
};
class InterruptionTest : public CardAlertsTest, public ::testing::WithParamInterface<Interruption> {
 protected:
  std::pair<Lines, std::vector<std::pair<std::string, std::string>>> run(const Interrupt& interrupt) {
    SetUp();
    for (int piece = 0; piece < 20; ++piece) {
      const auto pipe_piece = [&] {
        for (int i = piece * 10; i < piece * 10 + 10; ++i) {
          pay("card-" + std::to_string(i % 150 % 7), "p-" + std::to_string(i % 150),
              std::chrono::minutes(i % 150 / 9), 7'000 * (i % 11));
        }
      };
      pipe_piece();
      interrupt(*driver_, pipe_piece);
    }
    EXPECT_TRUE(driver_->run_to_rest());
    return {alerts(), *driver_->rows("cards")};
  }
};

TEST_P(InterruptionTest, ChangesNothing) {
  const auto undisturbed = run([](TestDriver&, const auto&) {});
  ASSERT_GT(undisturbed.first.size(), 5u);
  EXPECT_EQ(run(GetParam().interrupt), undisturbed);
}
INSTANTIATE_TEST_SUITE_P(CardAlerts, InterruptionTest,
                         ::testing::Values(Interruption{"an_epoch_ends",
                                                        [](TestDriver& driver, const auto&) {
                                                          EXPECT_TRUE(driver.end_epoch());
                                                        }},
                                           Interruption{"a_transaction_fails",
                                                        [](TestDriver& driver, const auto& pipe_again) {
                                                          EXPECT_TRUE(driver.abort_epoch());
                                                          pipe_again();
                                                          EXPECT_TRUE(driver.end_epoch());
                                                        }},
                                           Interruption{"the_process_dies",
                                                        [](TestDriver& driver, const auto& pipe_again) {
                                                          EXPECT_TRUE(driver.restart());
                                                          pipe_again();
                                                          EXPECT_TRUE(driver.end_epoch());
                                                        }}),
                         [](const auto& test) { return std::string(test.param.name); });

// Two processes on a simulated Kafka, which crash, lose replies and disks, and take over from each other.
TEST(CardAlertsSimulation, FaultsChangeNothing) {
  std::vector<tidemark::SimulatedRecord> records{
      {.source = "limits", .key = "card-1", .value = R"({"limit_cents":20000})", .arrival = kT0}};
  for (int i = 0; i < 300; ++i) {
    const ArrivalTime at = kT0 + std::chrono::seconds(i * 20);
    const std::string cents = i % 50 == 7 ? "\"many\"" : std::to_string(3'000 * (i % 11));
    records.push_back({.source = "payments",
                       .key = "card-" + std::to_string(i % 5),
                       .value = R"({"payment_id":"p-)" + std::to_string(i) + R"(","at":")" +
                                tidemark::format_rfc3339(at) + R"(","cents":)" + cents + "}",
                       .arrival = at});
  }
  const auto calm = tidemark::simulate(CARD_ALERTS_TOPOLOGY, processors(), records, {.faults = false});
  ASSERT_TRUE(calm) << calm.error().message;
  ASSERT_GT(calm->sent.at("alerts").size(), 5u);
  ASSERT_EQ(calm->dead_letters.size(), 6u);
  std::size_t failures = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto run = tidemark::simulate(CARD_ALERTS_TOPOLOGY, processors(), records, {.seed = seed});
    ASSERT_TRUE(run) << "seed " << seed << ": " << run.error().code << ": " << run.error().message;
    EXPECT_EQ(run->sent, calm->sent) << "seed " << seed;
    EXPECT_EQ(run->dead_letters.size(), calm->dead_letters.size()) << "seed " << seed;
    failures += run->failures.size();
  }
  EXPECT_GT(failures, 30u) << "the faults are to be worth a test";
}

}  // namespace
}  // namespace card_alerts

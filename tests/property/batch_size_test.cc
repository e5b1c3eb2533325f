// The same records in the same order give the same verdicts, totals and kinds, however they are cut into
// batches, wherever epochs end and a new life begins, and however little of the state is kept in memory.
#include <gtest/gtest.h>

#include <map>

#include "tests/sim/usage_input.h"
#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

using runtime::sim::Random;
using sim_test::TotalKey;
using sim_test::UsageInput;

constexpr std::size_t kEvents = 5'000;

struct Cuts {
  std::size_t batch_min = 1;
  std::size_t batch_max = 1;
  std::uint32_t epoch_every = 1;    // one batch in so many ends its epoch
  std::uint32_t restart_every = 0;  // one epoch in so many is followed by a restart; 0: none
  std::size_t cache_bytes = std::size_t{16} << 20;
};

struct Final {
  Quantity total;
  std::int64_t event_count = 0;
  bool is_final = false;
  std::map<schemas::DeltaKind, Quantity> by_kind;
  bool operator==(const Final&) const = default;
};

struct Outcome {
  std::vector<std::string> verdicts;
  std::map<TotalKey, Final> totals;
  std::size_t letters = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome collect(const Driver& driver) {
  Outcome outcome{.verdicts = driver.verdicts(), .totals = {}, .letters = driver.letters().size()};
  for (const auto& total : driver.totals()) {
    Final& last =
        outcome
            .totals[{total.tenant_id, total.customer_id, total.meter, total.period_start, total.period_end}];
    last.total = total.total;
    last.event_count = total.event_count;
    last.is_final = total.final;
  }
  for (const auto& delta : driver.deltas()) {
    Final& last =
        outcome
            .totals[{delta.tenant_id, delta.customer_id, delta.meter, delta.period_start, delta.period_end}];
    Quantity& sum = last.by_kind[delta.kind];
    sum = *Quantity::add(sum, delta.delta);
  }
  return outcome;
}

void expect_chained(const Driver& driver) {
  std::map<TotalKey, std::pair<std::int64_t, Quantity>> chains;
  for (const auto& delta : driver.deltas()) {
    auto& [seq, total] =
        chains[{delta.tenant_id, delta.customer_id, delta.meter, delta.period_start, delta.period_end}];
    ASSERT_EQ(delta.seq, seq + 1);
    ASSERT_EQ(delta.previous_total, total);
    seq = delta.seq;
    total = delta.total;
  }
}

TestEvent to_test_event(const sim_test::InputEvent& event) {
  return {.customer_id = event.customer_id, .arrival = event.arrival, .raw = event.json()};
}

// Profiles stand where the input says, so a batch ends before each.
Outcome run(const UsageInput& input, const Cuts& cuts, std::uint64_t seed, MeterConfig meter = {}) {
  DriverSettings settings{
      .meters = {{.name = "api_calls", .event_types = {"api.request"}, .aggregation = "count"},
                 {.name = "volume", .event_types = {"api.request", "data"}}},
      .cache_bytes = cuts.cache_bytes,
      .meter = std::move(meter)};
  Driver driver(std::move(settings));
  Random random(seed);
  std::multimap<std::size_t, const sim_test::InputProfile*> profiles;
  for (const auto& profile : input.profiles) profiles.emplace(profile.before_event, &profile);
  auto next_profile = profiles.begin();
  for (std::size_t at = 0; at < input.events.size();) {
    for (; next_profile != profiles.end() && next_profile->first <= at; ++next_profile) {
      driver.profile(next_profile->second->customer_id, next_profile->second->time_zone,
                     next_profile->second->tenant_id);
    }
    std::size_t end = std::min(input.events.size(),
                               at + cuts.batch_min + random.uniform(cuts.batch_max - cuts.batch_min + 1));
    if (next_profile != profiles.end()) end = std::min(end, next_profile->first);
    std::vector<TestEvent> batch;
    for (; at < end; ++at) batch.push_back(to_test_event(input.events[at]));
    driver.batch(batch);
    if (!random.chance(1, cuts.epoch_every)) continue;
    driver.end_epoch();
    if (cuts.restart_every != 0 && random.chance(1, cuts.restart_every)) driver.restart();
  }
  driver.come_to_rest();
  EXPECT_TRUE(driver.each_judged_once());
  expect_chained(driver);
  return collect(driver);
}

// What differs, in words: the outcomes themselves are pages long.
std::string difference(const Outcome& a, const Outcome& b) {
  for (std::size_t i = 0; i < a.verdicts.size(); ++i) {
    if (a.verdicts[i] != b.verdicts[i])
      return "offset " + std::to_string(i) + ": " + a.verdicts[i] + " or " + b.verdicts[i];
  }
  if (a.letters != b.letters)
    return "dead letters: " + std::to_string(a.letters) + " or " + std::to_string(b.letters);
  if (a.totals.size() != b.totals.size())
    return "totals: " + std::to_string(a.totals.size()) + " or " + std::to_string(b.totals.size());
  for (const auto& [key, total] : a.totals) {
    const auto other = b.totals.find(key);
    if (other != b.totals.end() && other->second == total) continue;
    return "total of " + std::get<1>(key) + " " + std::get<2>(key) + " " + format_rfc3339(std::get<3>(key));
  }
  return {};
}

// The input is worth the trouble: there is some of everything in it.
TEST(BatchSizeInputTest, HoldsAllVerdictsAndBothKinds) {
  Random random(1);
  const UsageInput input = sim_test::make_usage_input(random, kEvents);
  const Outcome outcome = run(input, {.batch_min = 100, .batch_max = 100}, 1);
  std::map<std::string, int> verdicts;
  for (const std::string& verdict : outcome.verdicts) ++verdicts[verdict];
  for (const char* verdict :
       {"counted", "duplicate", "ignored", "parked", "dead_letter event_id_conflict", "dead_letter too_old",
        "dead_letter timestamp_in_future", "dead_letter invalid_json", "dead_letter unknown_customer"}) {
    EXPECT_GT(verdicts[verdict], 0) << verdict;
  }
  std::map<schemas::DeltaKind, int> kinds;
  for (const auto& [key, total] : outcome.totals) {
    for (const auto& [kind, sum] : total.by_kind) ++kinds[kind];
  }
  EXPECT_EQ(kinds.size(), 2u);
}

struct CutsCase {
  const char* name;
  Cuts cuts;
};

class BatchSizeTest : public ::testing::TestWithParam<CutsCase> {};

TEST_P(BatchSizeTest, ChangesNothing) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Random random(seed);
    const UsageInput input = sim_test::make_usage_input(random, kEvents);
    const Outcome one_by_one = run(input, {}, seed);
    const Outcome outcome = run(input, GetParam().cuts, seed);
    EXPECT_EQ(difference(one_by_one, outcome), "") << "seed " << seed;
  }
}

constexpr std::size_t kTinyCache = 3'000;  // a handful of rows

INSTANTIATE_TEST_SUITE_P(
    Property, BatchSizeTest,
    ::testing::Values(CutsCase{"twos", {.batch_min = 2, .batch_max = 2}},
                      CutsCase{"threes", {.batch_min = 3, .batch_max = 3, .epoch_every = 2}},
                      CutsCase{"sevens_in_long_epochs", {.batch_min = 7, .batch_max = 7, .epoch_every = 50}},
                      CutsCase{"up_to_64", {.batch_min = 1, .batch_max = 64, .epoch_every = 3}},
                      CutsCase{"thousands", {.batch_min = 1'000, .batch_max = 1'000}},
                      CutsCase{"all_at_once", {.batch_min = kEvents, .batch_max = kEvents}},
                      CutsCase{"with_restarts",
                               {.batch_min = 1, .batch_max = 200, .epoch_every = 2, .restart_every = 3}},
                      CutsCase{"with_a_tiny_cache",
                               {.batch_min = 1,
                                .batch_max = 200,
                                .epoch_every = 2,
                                .restart_every = 10,
                                .cache_bytes = kTinyCache}}),
    [](const auto& test) { return std::string(test.param.name); });

// The same, against the truth computed by brute force, which purges nothing.
TEST(BatchSizeTruthTest, TotalsAndVerdictsAreTrue) {
  MeterConfig keeping_all;
  keeping_all.keep_after_end.reset();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const UsageInput input = sim_test::make_usage_input(random, 700);
    const sim_test::Truth truth = sim_test::compute_truth(input, 1);
    const Outcome outcome =
        run(input, {.batch_min = 1, .batch_max = 100, .epoch_every = 2}, seed, keeping_all);
    std::map<std::string, std::uint64_t> verdicts;
    for (const std::string& verdict : outcome.verdicts) ++verdicts[verdict.substr(0, verdict.find(' '))];
    EXPECT_EQ(verdicts, truth.final_verdicts) << "seed " << seed;
    EXPECT_EQ(outcome.totals.size(), truth.totals.size());
    for (const auto& [key, total] : truth.totals) {
      const auto found = outcome.totals.find(key);
      ASSERT_NE(found, outcome.totals.end());
      EXPECT_EQ(found->second.total, total.total) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tidemark::processors::testing

// Everything that can be counted, mixed: however it is cut into batches of 1 to 5000 records, wherever epochs
// end and new lives begin, and however little is kept in memory, each event has the same story and each
// figure the same value and kinds.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/property/mixed_input.h"

namespace tidemark::processors::testing {
namespace {

constexpr std::size_t kRecords = 7'600;  // two thirds of them in a row, without a profile in between
constexpr std::uint64_t kSeeds = 2;

struct Cuts {
  std::size_t batch_max = 1;
  bool any_size = false;            // from 1 to batch_max
  std::uint32_t epoch_every = 1;    // one batch in so many ends its epoch
  std::uint32_t restart_every = 0;  // one epoch in so many is followed by a restart; 0: none
  std::size_t cache_bytes = std::size_t{16} << 20;
};

using Outcome = std::map<std::string, std::string>;  // what is compared, each with a name

Outcome outcome_of(Driver& driver) {
  Outcome outcome;
  for (const auto& [place, said] : driver.ids().said) {
    outcome["event " + std::to_string(place.offset.value()) + "." + std::to_string(place.element)] =
        driver.story(place.offset.value(), place.element);
  }
  const auto name_of_row = [](const auto& row) {
    return "total " + row.customer_id + " " + row.meter + row.group + " " + format_rfc3339(row.period_start) +
           " " + format_rfc3339(row.period_end);
  };
  for (const auto& total : driver.totals())
    outcome[name_of_row(total)] =
        to_string(total.total) + " of " + std::to_string(total.event_count) + (total.final ? " final" : "");
  std::map<std::string, Quantity> by_kind;
  for (const auto& delta : driver.deltas()) {
    Quantity& sum =
        by_kind[name_of_row(delta) + (delta.kind == schemas::DeltaKind::usage ? " usage" : " correction")];
    sum = *Quantity::add(sum, delta.delta);
  }
  for (const auto& [name, sum] : by_kind) {
    if (sum != Quantity()) outcome[name] = to_string(sum);
  }
  outcome["letters"] = std::to_string(driver.letters().size());
  outcome["parked"] = std::to_string(driver.parked().rows.size());
  return outcome;
}

Outcome run(const std::vector<MixedStep>& steps, const Cuts& cuts, std::uint64_t seed) {
  Driver driver({.meters = mixed_meters(), .cache_bytes = cuts.cache_bytes});
  std::mt19937_64 random(seed);
  std::vector<TestEvent> batch;
  const auto next_size = [&] { return cuts.any_size ? 1 + random() % cuts.batch_max : cuts.batch_max; };
  std::size_t size = next_size();
  const auto take = [&] {
    if (batch.empty()) return;
    driver.batch(batch);
    batch.clear();
    size = next_size();
    if (random() % cuts.epoch_every != 0) return;
    driver.end_epoch();
    if (cuts.restart_every != 0 && random() % cuts.restart_every == 0) driver.restart();
  };
  for (const MixedStep& step : steps) {
    if (step.event) {
      batch.push_back(*step.event);
      if (batch.size() >= size) take();
      continue;
    }
    take();
    driver.table_record(kCustomers, schemas::encode_customer_key("acme", step.customer_id),
                        step.profile.empty() ? std::nullopt : std::optional(step.profile));
  }
  take();
  driver.come_to_rest();
  EXPECT_TRUE(driver.each_judged_once());
  return outcome_of(driver);
}

// The first few things that differ: the outcomes themselves are pages long.
std::string difference(const Outcome& a, const Outcome& b) {
  std::string text;
  int left = 5;
  const auto tell = [&](const std::string& name, const std::string& in_a, const std::string& in_b) {
    if (left-- > 0) text += name + ": " + in_a + " or " + in_b + "\n";
  };
  for (const auto& [name, value] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second != value)
      tell(name, value, other == b.end() ? "nothing" : other->second);
  }
  for (const auto& [name, value] : b) {
    if (!a.contains(name)) tell(name, "nothing", value);
  }
  return text;
}

// The input is worth the trouble: there is some of everything in it.
TEST(MixedInputTest, HoldsEveryStory) {
  std::map<std::string, int> words;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const auto& [name, story] : run(make_mixed_input(seed, kRecords), {.batch_max = 100}, seed)) {
      if (name.starts_with("event")) ++words[story];
      if (name.ends_with(" correction")) ++words["a correction"];
      if (name.starts_with("total") && story.ends_with("final")) ++words["a final total"];
    }
  }
  for (const char* story : {"counted",
                            "counted, voided",
                            "ignored",
                            "duplicate",
                            "void",
                            "parked",
                            "parked, counted",
                            "parked, counted, voided",
                            "parked, void",
                            "parked, duplicate",
                            "parked, ignored",
                            "void, dead_letter void_mismatch",
                            "void, dead_letter void_target_unknown",
                            "parked, dead_letter unknown_customer",
                            "parked, dead_letter void_mismatch",
                            "dead_letter void_unsupported",
                            "dead_letter void_mismatch",
                            "dead_letter event_id_conflict",
                            "dead_letter value_too_precise",
                            "dead_letter value_not_a_number",
                            "dead_letter unique_limit",
                            "dead_letter too_old",
                            "dead_letter timestamp_in_future",
                            "dead_letter field_missing",
                            "dead_letter invalid_json",
                            "a correction",
                            "a final total"}) {
    EXPECT_GT(words[story], 0) << story;
  }
}

struct CutsCase {
  const char* name;
  Cuts cuts;
};
class MixedBatchesTest : public ::testing::TestWithParam<CutsCase> {};

TEST_P(MixedBatchesTest, ChangeNothing) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto steps = make_mixed_input(seed, kRecords);
    EXPECT_EQ(difference(run(steps, {}, seed), run(steps, GetParam().cuts, seed)), "") << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Property, MixedBatchesTest,
    ::testing::Values(CutsCase{"twos", {.batch_max = 2}},
                      CutsCase{"sevens_in_long_epochs", {.batch_max = 7, .epoch_every = 50}},
                      CutsCase{"up_to_64", {.batch_max = 64, .any_size = true, .epoch_every = 3}},
                      CutsCase{"thousands", {.batch_max = 1'000}},
                      CutsCase{"all_that_stand_together", {.batch_max = 5'000}},
                      CutsCase{"any_size_at_all", {.batch_max = 5'000, .any_size = true}},
                      CutsCase{"with_restarts",
                               {.batch_max = 200, .any_size = true, .epoch_every = 2, .restart_every = 3}},
                      CutsCase{"with_a_tiny_cache",
                               {.batch_max = 200,
                                .any_size = true,
                                .epoch_every = 2,
                                .restart_every = 10,
                                .cache_bytes = 3'000}}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::processors::testing

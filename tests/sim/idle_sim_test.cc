#include <gtest/gtest.h>

#include "tests/sim/idle_run.h"
#include "tests/sim/metering_run.h"
#include "tests/sim/planted_bug.h"

namespace tidemark::sim_test {
namespace {

TEST(IdleSim, OneSeed) {
  const IdleOptions options{.seed = from_environment("TIDEMARK_SIM_SEED", 1), .faults = random_faults()};
  const IdleOutcome outcome = run_idle(options);
  EXPECT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
}

TEST(IdleSim, WithoutFaultsKindsAreThoseOfAStreamInOrder) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const IdleOptions options{.seed = seed, .event_count = 200, .faults = {}};
    const IdleOutcome outcome = run_idle(options);
    EXPECT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
  }
}

TEST(IdleSim, TheSameSeedIsTheSameRun) {
  const IdleOptions options{.seed = 11, .faults = random_faults()};
  EXPECT_EQ(run_idle(options).trace_hash, run_idle(options).trace_hash);
}

TEST(IdleSim, CrashesAtEveryPointLeaveTheKinds) {
  std::map<std::string, std::uint64_t> met;
  const std::uint64_t seeds = from_environment("TIDEMARK_SIM_SEEDS", 500) / 5;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const IdleOptions options{.seed = seed, .faults = random_faults()};
    const IdleOutcome outcome = run_idle(options);
    ASSERT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
    for (const auto& [name, count] : outcome.met) met[name] += count;
  }
  for (const char* name :
       {"idle.steps", "foreign.committed", "foreign.aborted", "foreign.held_for_a_period", "kind.usage",
        "kind.either", "kind.correction", "log_ends.lost", "P4.commit.before", "P4.commit.reply_lost",
        "P4.commit.unknown_applied", "group.expired_lost"}) {
    EXPECT_GT(met[name], 0U) << "no run met " << name;
  }
}

struct PlantedIdleBug {
  const char* name;
  bool PlantedBugs::*bug;
};
class PlantedIdleBugTest : public testing::TestWithParam<PlantedIdleBug> {};

TEST_P(PlantedIdleBugTest, IsCaught) {
  const auto holds = [](std::uint64_t seed) {
    return run_idle({.seed = seed, .faults = random_faults()}).complaints.empty();
  };
  EXPECT_TRUE(is_caught(GetParam().bug, 100, holds)) << "100 seeds did not catch " << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, PlantedIdleBugTest,
    testing::Values(PlantedIdleBug{"idle_by_stable_offset", &PlantedBugs::idle_by_stable_offset},
                    PlantedIdleBug{"idle_by_own_clock", &PlantedBugs::idle_by_own_clock}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::sim_test

// Usage in wrong partitions, through crashes and rebalances: brought home exactly once.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/metering_run.h"
#include "tests/sim/one_machine.h"
#include "tests/sim/planted_bug.h"
#include "tests/sim/rekey_run.h"

namespace tidemark::sim_test {
namespace {

std::string describe(std::uint64_t seed, const RekeyOutcome& outcome) {
  std::string text = "seed " + std::to_string(seed) + ":";
  for (std::size_t i = 0; i < outcome.complaints.size() && i < 12; ++i)
    text += "\n  " + outcome.complaints[i];
  return text;
}

TEST(RekeySim, OneSeed) {
  const std::uint64_t seed = from_environment("TIDEMARK_SIM_SEED", 1);
  const RekeyOutcome outcome = run_rekey({.seed = seed, .faults = random_faults()});
  EXPECT_TRUE(outcome.complaints.empty()) << describe(seed, outcome);
}

TEST(RekeySim, WithoutFaultsAllComeHome) {
  const RekeyOutcome outcome = run_rekey({.seed = 5, .event_count = 600});
  EXPECT_TRUE(outcome.complaints.empty()) << describe(5, outcome);
}

TEST(RekeySim, CrashesAtEveryPointBringEachHomeOnce) {
  std::map<std::string, std::uint64_t> met;
  const std::uint64_t seeds = from_environment("TIDEMARK_SIM_REKEY_SEEDS", 150);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const RekeyOutcome outcome = run_rekey({.seed = seed, .faults = random_faults()});
    ASSERT_TRUE(outcome.complaints.empty()) << describe(seed, outcome);
    for (const auto& [what, count] : outcome.met) met[what] += count;
  }
  for (const char* what :
       {"found rerouted", "found counted", "found duplicate", "found dead_letter", "home counted",
        "home duplicate", "home dead_letter", "home ignored", "keys missing", "rekey.deleted",
        "P1.produce.after", "P3.send_offsets.after", "P4.commit.before", "P4.commit.in_flight",
        "P4.commit.reply_lost", "P4.commit.aborted", "group.expired_lost", "fence.before"})
    EXPECT_GT(met[what], 0U) << "no run met " << what;
}

std::int32_t home_of_cus_1() {
  return home_partition("cus_1", topology().partitions).value();
}

// One event of cus_1, in the partition behind its home.
void append_foreign(OneMachine& cluster, const std::string& event_id) {
  const ArrivalTime now = cluster.world.clock.wall();
  const InputEvent event{.event_id = event_id,
                         .tenant_id = "acme",
                         .customer_id = "cus_1",
                         .type = "data",
                         .event_time = EventTime(now),
                         .value_milli = 1'000,
                         .arrival = now};
  cluster.world.cluster.append("usage.events", (home_of_cus_1() + 1) % topology().partitions, std::nullopt,
                               event.json(), now);
}

// Behind the last record stands the marker of its transaction: it is read past, and that is committed.
TEST(RekeyRecoveryTest, RecordsAndMarkersThatAreDeletedWereRead) {
  OneMachine cluster;
  cluster.append_profile("cus_1");
  append_foreign(cluster, "e1");
  cluster.machine.start();
  ASSERT_EQ(cluster.run_until_rest(), "");
  cluster.world.clock.advance(std::chrono::hours(2));
  ASSERT_EQ(cluster.run_until_rest(), "");
  auto& world = cluster.world.cluster;
  const auto& log = world.log("sim-rekey", home_of_cus_1());
  ASSERT_EQ(world.committed_records("sim-rekey", home_of_cus_1()).size(), 1U);
  ASSERT_GT(log.high_watermark().value(), 1) << "there is no marker";
  world.delete_records("sim-rekey", home_of_cus_1(), log.high_watermark());
  cluster.machine.crash();
  cluster.machine.start();
  EXPECT_EQ(cluster.run_until_rest(), "");
  append_foreign(cluster, "e2");
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_EQ(world.committed_records("usage.totals", home_of_cus_1()).size(), 2U);
}

// All tasks write to each partition of the rekey topic: what is open there need not be the last owner's.
TEST(RekeyRecoveryTest, ANewOwnerFencesNobodyForTheRekeyTopic) {
  OneMachine cluster;
  cluster.append_profile("cus_1");
  append_foreign(cluster, "e1");
  cluster.machine.start();
  ASSERT_EQ(cluster.run_until_rest(), "");
  ASSERT_TRUE(cluster.machine.stop());
  auto& world = cluster.world.cluster;
  const auto other = world.init_producer("of a task that lives", std::chrono::hours(24));
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition) {
    ASSERT_TRUE(world.produce(other, {*world.find_topic("sim-rekey"), partition},
                              {.key = "k", .value = "v", .timestamp = {}, .headers = {}}));
  }
  cluster.world.clock.advance(std::chrono::seconds(7));  // the session of the one that stopped is over
  Machine heir(cluster.world, "b", "");
  heir.start();
  const auto runs = [&heir] {
    const auto tasks = heir.thread().status().tasks;
    return tasks.size() == static_cast<std::size_t>(topology().partitions) &&
           std::ranges::all_of(tasks, [](const auto& task) { return task.state == "running"; });
  };
  for (int step = 0; step < 2'000 && !runs(); ++step) {
    cluster.world.clock.advance(std::chrono::milliseconds(5));
    ASSERT_TRUE(heir.thread().step());
  }
  EXPECT_TRUE(runs());
  EXPECT_FALSE(heir.has_logged("open_transaction"));
}

struct PlantedBug {
  const char* name;
  bool PlantedBugs::*bug;
};
class PlantedRekeyBugTest : public ::testing::TestWithParam<PlantedBug> {};

TEST_P(PlantedRekeyBugTest, IsCaught) {
  const auto holds = [](std::uint64_t seed) {
    return run_rekey({.seed = seed, .faults = random_faults()}).complaints.empty();
  };
  EXPECT_TRUE(is_caught(GetParam().bug, 50, holds)) << "50 seeds did not catch " << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, PlantedRekeyBugTest,
    ::testing::Values(PlantedBug{"rekeyed_moves_watermark", &PlantedBugs::rekeyed_moves_watermark},
                      PlantedBug{"rekeyed_moves_clock", &PlantedBugs::rekeyed_moves_clock},
                      PlantedBug{"rekeyed_outside_epoch", &PlantedBugs::rekeyed_outside_epoch},
                      PlantedBug{"rekeyed_by_kafka_time", &PlantedBugs::rekeyed_by_kafka_time}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::sim_test

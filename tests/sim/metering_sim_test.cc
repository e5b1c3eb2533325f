#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tests/sim/metering_run.h"
#include "tests/sim/planted_bug.h"
#include "tests/sim/usage_input.h"

namespace tidemark::sim_test {
namespace {

using runtime::sim::FaultPlan;

// TIDEMARK_SIM_SEED replays one seed, with TIDEMARK_SIM_LOG the engine says what it does.
TEST(MeteringSim, OneSeed) {
  const RunOptions options{
      .seed = from_environment("TIDEMARK_SIM_SEED", 1), .faults = random_faults(), .rocksdb_dir = {}};
  const RunOutcome outcome = run_metering(options);
  EXPECT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
}

TEST(MeteringSim, WithoutFaultsEqualsTheTruth) {
  const RunOptions options{
      .seed = 7, .event_count = 600, .faults = {}, .lose_disks = false, .rocksdb_dir = {}};
  const RunOutcome outcome = run_metering(options);
  EXPECT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
  EXPECT_GT(outcome.totals, 20U);
}

// A random input has to hold what it is there for.
TEST(MeteringSim, TheInputHoldsEveryMeterAndVerdict) {
  runtime::sim::Random random(3);
  const UsageInput input = make_usage_input(random, 2'000, InputKind::all);
  const Truth truth = compute_truth(input, 4);
  std::map<std::string, std::int64_t> totals;
  for (const auto& [key, total] : truth.totals) ++totals[std::get<2>(key)];
  for (const char* meter : {"api_calls", "volume", R"(peak{"region":"eu"})", R"(peak{"region":"us"})",
                            "least", R"(latest{"region":"eu"})", R"(seats{"region":"eu"})", "users"})
    EXPECT_GT(totals[meter], 10) << meter;
  for (const char* verdict : {"counted", "voided", "duplicate", "dead_letter", "ignored", "parked", "void"})
    EXPECT_TRUE(truth.final_verdicts.contains(verdict)) << verdict;
  EXPECT_TRUE(std::ranges::any_of(input.profiles,
                                  [](const InputProfile& profile) { return !profile.later_zone.empty(); }));
  EXPECT_TRUE(std::ranges::any_of(truth.totals, [](const auto& each) {
    return each.second.event_count == 0;
  })) << "a gauge that carries its value over a period without events";
  EXPECT_TRUE(
      std::ranges::any_of(truth.counted, [](const CountedEvent& event) { return event.element > 1; }));
}

TEST(MeteringSim, TheSameSeedIsTheSameRun) {
  const RunOptions options{.seed = 11, .faults = random_faults(), .rocksdb_dir = {}};
  EXPECT_EQ(run_metering(options).trace_hash, run_metering(options).trace_hash);
}

TEST(MeteringSim, CrashesAtEveryPointLeaveTheTruth) {
  std::map<std::string, std::uint64_t> fired;
  const std::uint64_t seeds = from_environment("TIDEMARK_SIM_SEEDS", 500);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const RunOptions options{.seed = seed, .faults = random_faults(), .rocksdb_dir = {}};
    const RunOutcome outcome = run_metering(options);
    ASSERT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
    for (const auto& [site, count] : outcome.fired) fired[site] += count;
  }
  // A random test has to meet what it is there for.
  for (const char* site : {"P0.poll.before",
                           "P0.poll.after",
                           "P0.poll.retry",
                           "P0.multi_get.before",
                           "P1.produce.before",
                           "P1.produce.after",
                           "P1.produce.retry",
                           "P1.produce.lost",
                           "P2.flush.before",
                           "P2.flush.after",
                           "P2.flush.retry",
                           "P3.send_offsets.before",
                           "P3.send_offsets.after",
                           "P3.send_offsets.retry",
                           "P4.commit.before",
                           "P4.commit.reply_lost",
                           "P4.commit.in_flight",
                           "P4.commit.aborted",
                           "P4.commit.suspect",
                           "P4.commit.suspect_repeated",
                           "P4.commit.unknown_applied",
                           "P4.commit.unknown_lost",
                           "P4.commit.unknown_delayed",
                           "P5.write.before",
                           "P5.write.during",
                           "P5.write.after",
                           "P6.flush.before",
                           "P6.flush.after",
                           "P6.ingest.before",
                           "P6.ingest.during",
                           "P6.ingest.after",
                           "store.open.before",
                           "store.open.corrupt",
                           "store.verify.corrupt",
                           "P0.multi_get.corrupt",
                           "P6.ingest.disk_full",
                           "store.space.short",
                           "store.scan.before",
                           "store.erase_range.before",
                           "store.erase_range.after",
                           "init.before",
                           "init.after",
                           "init.retry",
                           "abort.before",
                           "abort.after",
                           "abort.unknown_applied",
                           "abort.unknown_lost",
                           "abort.unknown_delayed",
                           "abort.repeated",
                           "P3.send_offsets.repeated",
                           "fence.before",
                           "fence.after",
                           "fence.retry",
                           "committed.before",
                           "committed.retry",
                           "restore.offsets.before",
                           "restore.offsets.retry",
                           "restore.poll.before",
                           "restore.poll.after",
                           "restore.poll.retry",
                           "client.open.before",
                           "client.open.retry",
                           "cluster.marker_lag",
                           "group.expired_lost",
                           "P0.poll.before.stall",
                           "P0.poll.after.stall",
                           "P1.produce.before.stall",
                           "P1.produce.after.stall",
                           "P2.flush.before.stall",
                           "P2.flush.after.stall",
                           "P3.send_offsets.before.stall",
                           "P3.send_offsets.after.stall",
                           "P4.commit.before.stall",
                           "P4.commit.reply_lost.stall",
                           "restore.poll.before.stall",
                           "restore.poll.after.stall",
                           "init.before.stall",
                           "init.after.stall",
                           "process.leaves",
                           "days.passed"}) {
    EXPECT_GT(fired[site], 0U) << "no run met " << site;
  }
  EXPECT_GT(fired["store.set_aside"], fired["store.open.corrupt"]) << "no store was rebuilt for its age";
}

TEST(MeteringSim, AThousandLateRequestsLeaveTheTruth) {
  std::map<std::string, std::uint64_t> fired;
  std::uint64_t late = 0;
  for (std::uint64_t seed = 1; late < 1'000; ++seed) {
    const RunOptions options{.seed = seed,
                             .faults = late_requests(),
                             .late_operations_max = seed % 2 == 0 ? 20 : kVeryLate,
                             .rocksdb_dir = {}};
    const RunOutcome outcome = run_metering(options);
    ASSERT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
    for (const char* site : kLateSites) {
      if (!outcome.fired.contains(site)) continue;
      fired[site] += outcome.fired.at(site);
      late += outcome.fired.at(site);
    }
  }
  for (const char* site : kLateSites) EXPECT_GT(fired[site], 20U) << site;
}

TEST(MeteringSim, RealRocksDbLeavesTheTruth) {
  const std::filesystem::path base =
      std::filesystem::temp_directory_path() / ("tidemark-sim-" + std::to_string(::getpid()));
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RunOptions options{
        .seed = seed, .faults = random_faults(), .rocksdb_dir = (base / std::to_string(seed)).string()};
    const RunOutcome outcome = run_metering(options);
    EXPECT_TRUE(outcome.complaints.empty()) << describe(options, outcome);
    std::filesystem::remove_all(base);
  }
}

struct PlantedBug {
  const char* name;
  bool PlantedBugs::*bug;
  FaultPlan (*faults)() = random_faults;
  std::uint64_t late_operations_max = 20;
};

class PlantedBugTest : public ::testing::TestWithParam<PlantedBug> {};

TEST_P(PlantedBugTest, IsCaught) {
  const auto holds = [](std::uint64_t seed) {
    return run_metering({.seed = seed,
                         .faults = GetParam().faults(),
                         .late_operations_max = GetParam().late_operations_max,
                         .rocksdb_dir = {}})
        .complaints.empty();
  };
  EXPECT_TRUE(is_caught(GetParam().bug, 500, holds)) << "500 seeds did not catch " << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, PlantedBugTest,
    ::testing::Values(PlantedBug{"offset_plus_zero", &PlantedBugs::offset_plus_zero},
                      PlantedBug{"overlay_skipped_on_read", &PlantedBugs::overlay_skipped_on_read},
                      PlantedBug{"position_outside_batch", &PlantedBugs::position_outside_batch},
                      PlantedBug{"in_batch_dedup_removed", &PlantedBugs::in_batch_dedup_removed},
                      PlantedBug{"chain_seq_not_restored", &PlantedBugs::chain_seq_not_restored},
                      PlantedBug{"producer_kept_after_abort", &PlantedBugs::producer_kept_after_abort,
                                 late_requests, kVeryLate},
                      PlantedBug{"producer_kept_when_suspect", &PlantedBugs::producer_kept_when_suspect,
                                 late_requests, kVeryLate}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::sim_test

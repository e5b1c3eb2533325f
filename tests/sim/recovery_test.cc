// What the engine has to get right in the middle of trouble, one trouble at a time.
#include <algorithm>

#include "schemas/usage_total/codec.h"
#include "tests/sim/checks.h"
#include "tests/sim/one_machine.h"

namespace tidemark::sim_test {
namespace {

using runtime::sim::Crash;
using std::chrono::hours;
using std::chrono::milliseconds;

// More than one bounded slice of a release: while it lasts, the records behind it are held.
constexpr int kParked = 6'500;

std::string last_total(const OneMachine& cluster, const std::string& customer) {
  std::string total;
  for (const auto& committed : cluster.world.cluster.committed_records(
           "usage.totals", home_partition(customer, topology().partitions).value())) {
    const auto decoded = schemas::decode_usage_total(committed.record.value.value_or(""));
    if (decoded && decoded->customer_id == customer) total = to_string(decoded->total);
  }
  return total;
}

void append_twenty(OneMachine& cluster, const std::string& prefix) {
  for (int i = 0; i < 20; ++i) cluster.append_usage("cus_1", prefix + std::to_string(i));
}

// Starts the machine on twenty events of a known customer, and lets it count them.
void count_twenty(OneMachine& cluster) {
  cluster.append_profile("cus_1");
  append_twenty(cluster, "a");
  cluster.machine.start();
  ASSERT_EQ(cluster.run_until_rest(), "");
}

// Parks usage of a customer, then brings the profile and as much usage again.
void begin_release(OneMachine& cluster, const std::string& customer) {
  for (int i = 0; i < kParked; ++i) cluster.append_usage(customer, "p" + std::to_string(i));
  cluster.machine.start();
  ASSERT_EQ(cluster.run_until_rest(), "");
  for (int i = 0; i < kParked; ++i) cluster.append_usage(customer, "q" + std::to_string(i));
  cluster.append_profile(customer);
}

class SeedTest : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Recovery, SeedTest, testing::Range<std::uint64_t>(1, 6));

// The records in hand point into a batch that the next poll takes away: they are dropped with the epoch.
TEST_P(SeedTest, ARetryWithRecordsInHandDropsThem) {
  OneMachine cluster(GetParam());
  begin_release(cluster, "cus_1");
  cluster.world.faults.plan().sites["P4.commit.suspect"] = {1, 1};  // a new producer before each epoch
  cluster.world.faults.plan().sites["init.retry"] = {3, 4};
  cluster.world.faults.enable(true);
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_TRUE(cluster.machine.has_logged("epoch dropped: unreachable"));
  EXPECT_EQ(last_total(cluster, "cus_1"), std::to_string(2 * kParked));
}

// A rewind drops what is left of a table, and with it that the table's end was told: streams have to wait.
TEST_P(SeedTest, ATableWhoseRestARewindDroppedIsReadToItsEnd) {
  OneMachine cluster(GetParam());
  const auto home = home_partition("cus_1", topology().partitions);
  std::string neighbour;
  for (int i = 2; neighbour.empty() || home_partition(neighbour, topology().partitions) != home; ++i)
    neighbour = "cus_" + std::to_string(i);
  for (int i = 0; i < kParked; ++i) cluster.append_usage("cus_1", "p" + std::to_string(i));
  cluster.machine.start();
  ASSERT_EQ(cluster.run_until_rest(), "");
  ASSERT_TRUE(cluster.machine.stop());
  cluster.append_profile("cus_1");
  cluster.append_profile(neighbour);
  for (int i = 0; i < kParked; ++i) cluster.append_usage(neighbour, "n" + std::to_string(i));
  cluster.machine.start();
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_EQ(last_total(cluster, "cus_1"), std::to_string(kParked));
  EXPECT_EQ(last_total(cluster, neighbour), std::to_string(kParked));
  EXPECT_EQ(cluster.machine.metrics().value("tidemark_verdicts_total{topic=usage.events,partition=" +
                                            std::to_string(home.value()) + ",verdict=parked}"),
            static_cast<std::uint64_t>(kParked))
      << "usage of a customer whose profile was there";
}

// Retention is at work while a restore reads, whatever it has come to: it asks again where the topic begins.
class MovingStartTest : public testing::TestWithParam<const char*> {};

TEST_P(MovingStartTest, DuringARestore) {
  for (int at = 1; at <= 40; ++at) {
    OneMachine cluster;
    for (int run = 0; run < 3; ++run) cluster.count_events();
    cluster.world.clock.advance(hours(21));  // counts are not checked that far back
    cluster.machine.lose_disk();
    auto& sim = cluster.world.cluster;
    cluster.machine.start();
    int step = 0;
    const auto move_starts = [&] {
      if (++step != at) return;
      for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
        sim.delete_records(GetParam(), partition, sim.committed_records(GetParam(), partition).back().offset);
    };
    EXPECT_EQ(cluster.run_until_rest(move_starts), "") << "moved after step " << at;
    EXPECT_GE(step, at);
  }
}
INSTANTIATE_TEST_SUITE_P(Recovery, MovingStartTest,
                         testing::Values("sim-metering-epochs", "sim-event_ids-changelog"),
                         [](const auto& test) {
                           return test.param == std::string("sim-metering-epochs") ? "OfEpochs" : "OfIds";
                         });

// A member that the group gave up drops what it holds without a commit, and joins again.
TEST(LostPartitionsTest, AreTakenUpAgainWhereTheyWereCommitted) {
  OneMachine cluster;
  ASSERT_NO_FATAL_FAILURE(count_twenty(cluster));
  append_twenty(cluster, "b");
  cluster.world.clock.advance(std::chrono::seconds(7));  // the session is over
  cluster.world.faults.plan().sites["group.expired_lost"] = {1, 1};
  cluster.world.faults.enable(true);
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_TRUE(cluster.machine.has_logged("lost its partitions"));
  EXPECT_EQ(last_total(cluster, "cus_1"), "40");
}

struct Rebuild {
  const char* name;
  std::function<void(OneMachine&)> spoil;
};
class RebuildTest : public testing::TestWithParam<Rebuild> {};

// The machine's disk cannot be gone on with; the changelogs, compacted meanwhile, have all of it.
TEST_P(RebuildTest, LeavesTheTotals) {
  OneMachine cluster;
  ASSERT_NO_FATAL_FAILURE(count_twenty(cluster));
  append_twenty(cluster, "b");
  ASSERT_EQ(cluster.run_until_rest(), "");
  GetParam().spoil(cluster);
  const std::size_t set_aside = cluster.machine.disk().quarantined_count();
  cluster.machine.start();
  append_twenty(cluster, "b");  // repeats: the ids are there too
  append_twenty(cluster, "c");
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_EQ(last_total(cluster, "cus_1"), "60");
  EXPECT_GT(cluster.machine.disk().quarantined_count(), set_aside);
}

struct Damage {
  const char* name;
  const char* site;
};
class DamageTest : public testing::TestWithParam<Damage> {};

// The database goes bad under the running engine: it is set aside and rebuilt, and nothing is counted twice.
TEST_P(DamageTest, UnderTheRunningEngineIsRebuilt) {
  OneMachine cluster;
  ASSERT_NO_FATAL_FAILURE(count_twenty(cluster));
  ASSERT_TRUE(cluster.machine.stop());  // what was in memory is to be read from the disk
  cluster.machine.start();
  append_twenty(cluster, "b");
  ASSERT_EQ(cluster.run_until_rest(), "");
  cluster.world.faults.plan().script.push_back({GetParam().site, 1, ""});
  cluster.world.faults.enable(true);
  append_twenty(cluster, "a");
  for (int step = 0; step < 1'000 && cluster.machine.disk().quarantined_count() == 0; ++step) {
    cluster.world.clock.advance(milliseconds(5));
    ASSERT_TRUE(cluster.machine.thread().step());
  }
  cluster.world.faults.enable(false);
  append_twenty(cluster, "a");
  append_twenty(cluster, "c");
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_EQ(last_total(cluster, "cus_1"), "60");
  EXPECT_TRUE(cluster.machine.has_logged("was set aside, it is restored from its changelog"));
  EXPECT_GT(cluster.machine.disk().quarantined_count(), 0U);
}
INSTANTIATE_TEST_SUITE_P(Recovery, DamageTest,
                         testing::Values(Damage{"FoundByARead", "P0.multi_get.corrupt"},
                                         Damage{"FoundByVerification", "store.verify.corrupt"}),
                         [](const auto& test) { return std::string(test.param.name); });

// What damages it again and again is not the store: the task stops and says so, instead of a loop.
TEST(RepeatedDamageTest, StopsTheTask) {
  OneMachine cluster;
  ASSERT_NO_FATAL_FAILURE(count_twenty(cluster));
  cluster.world.faults.plan().sites["store.verify.corrupt"] = {1, 1};
  cluster.world.faults.enable(true);
  EXPECT_EQ(cluster.run_until_rest(), "state_corrupt");
  EXPECT_TRUE(cluster.machine.has_logged("look at disk and memory of the machine"));
}

// Whoever filled the disk: work waits, membership goes on, and so does the counting when there is room.
TEST(FullDiskTest, IsWaitedFor) {
  OneMachine cluster;
  ASSERT_NO_FATAL_FAILURE(count_twenty(cluster));
  cluster.machine.disk().free_bytes = 999;
  cluster.world.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(cluster.machine.thread().step());
  append_twenty(cluster, "b");
  for (int step = 0; step < 4'000; ++step) {
    cluster.world.clock.advance(milliseconds(5));
    ASSERT_TRUE(cluster.machine.thread().step());
  }
  EXPECT_TRUE(cluster.machine.has_logged("waits: state_disk_full"));
  EXPECT_EQ(last_total(cluster, "cus_1"), "20");
  cluster.machine.disk().free_bytes = 1'249;  // not much more: it would have to stop again
  EXPECT_NE(cluster.run_until_rest(), "");
  EXPECT_EQ(last_total(cluster, "cus_1"), "20");
  cluster.machine.disk().free_bytes = 1'250;
  append_twenty(cluster, "a");
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_TRUE(cluster.machine.has_logged("goes on after state_disk_full"));
  EXPECT_EQ(last_total(cluster, "cus_1"), "40");
  ASSERT_TRUE(cluster.machine.stop());
}

// A write that finds no room after all, and a stop in the middle of it.
TEST(FullDiskTest, AtAWriteLeavesTheTotals) {
  OneMachine cluster;
  ASSERT_NO_FATAL_FAILURE(count_twenty(cluster));
  cluster.world.faults.plan().sites["P6.ingest.disk_full"] = {1, 1};
  cluster.world.faults.enable(true);
  append_twenty(cluster, "b");
  for (int step = 0; step < 2'000 && !cluster.machine.has_logged("epoch dropped: state_disk_full"); ++step) {
    cluster.world.clock.advance(milliseconds(5));
    ASSERT_TRUE(cluster.machine.thread().step());
  }
  EXPECT_TRUE(cluster.machine.stop());
  cluster.world.faults.enable(false);
  cluster.machine.start();
  append_twenty(cluster, "a");
  append_twenty(cluster, "b");
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_EQ(last_total(cluster, "cus_1"), "40");
}

void compact_changelogs(OneMachine& cluster) {
  for (const char* store : {"windows", "parked"})
    cluster.world.cluster.compact(topology().changelog_topic(store), true);
}

INSTANTIATE_TEST_SUITE_P(
    Recovery, RebuildTest,
    testing::Values(Rebuild{"AfterADayOfCompaction",
                            [](OneMachine& cluster) {
                              cluster.machine.crash();  // what was not flushed is gone: an older epoch
                              compact_changelogs(cluster);
                              cluster.world.clock.advance(hours(21));
                            }},
                    Rebuild{"OfADamagedDisk",
                            [](OneMachine& cluster) {
                              ASSERT_TRUE(cluster.machine.stop());
                              cluster.world.faults.plan().sites["store.open.corrupt"] = {1, 2};
                              cluster.world.faults.enable(true);
                            }}),
    [](const auto& test) { return std::string(test.param.name); });

// A restore that is broken off leaves a state of some epoch between. Replaying it has not made it younger:
// the tombstones behind it were written when that epoch was, and compaction may take them a day later.
TEST(BrokenOffRestoreTest, IsAsOldAsTheEpochItCameTo) {
  int broken_off = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    OneMachine cluster(seed);
    for (int i = 0; i < 60; ++i) cluster.append_usage("cus_1", "p" + std::to_string(i));  // parked
    cluster.machine.start();
    ASSERT_EQ(cluster.run_until_rest(), "");
    ASSERT_TRUE(cluster.machine.stop());
    Machine other(cluster.world, "b", "");
    other.start();
    cluster.append_profile("cus_1");  // the parked rows get their tombstones
    for (int step = 0; step < 4'000; ++step) {
      if (step % 40 == 0 && step < 2'000) cluster.append_usage("cus_1", "q" + std::to_string(step));
      cluster.world.clock.advance(milliseconds(5));
      ASSERT_TRUE(other.thread().step());
    }
    ASSERT_TRUE(other.stop());
    cluster.world.clock.advance(hours(19));
    cluster.world.faults.plan().script = {{.site = "P6.ingest.after", .visit = seed % 4 + 1, .process = "a"}};
    cluster.world.faults.enable(true);
    cluster.machine.start();
    try {
      ASSERT_EQ(cluster.run_until_rest(), "");
    } catch (const Crash&) {
      ++broken_off;
    }
    cluster.world.faults.enable(false);
    cluster.machine.crash();
    cluster.world.clock.advance(hours(19));
    compact_changelogs(cluster);
    cluster.machine.start();
    EXPECT_EQ(cluster.run_until_rest(), "");
    EXPECT_TRUE(cluster.machine.stop());
    Complaints complaints;
    check_state(cluster.world.cluster, cluster.machine, topology(), complaints);
    EXPECT_EQ(complaints, Complaints{}) << "seed " << seed;
    EXPECT_EQ(last_total(cluster, "cus_1"), "110");
  }
  EXPECT_GT(broken_off, 5);
}

// An owner that dies early leaves a transaction open in the outputs alone. Nobody of us waits for it, but
// every reader of totals and deltas does.
TEST(DeadOwnerTest, WhatHeLeftOpenInTheOutputsAloneIsEnded) {
  int met = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    OneMachine cluster(seed, hours(24));  // the broker does not end it by itself
    cluster.append_profile("cus_1");
    cluster.append_usage("cus_1", "a");
    cluster.machine.start();
    ASSERT_EQ(cluster.run_until_rest(), "");
    const std::int32_t home = home_partition("cus_1", topology().partitions).value();
    const auto is_open = [&](const std::string& topic) {
      const auto& log = cluster.world.cluster.log(topic, home);
      return log.last_stable() < log.high_watermark();
    };
    cluster.append_usage("cus_1", "b");
    cluster.world.faults.plan().sites["P1.produce.after"] = {3, 4};
    cluster.world.faults.enable(true);
    EXPECT_THROW(cluster.run_until_rest(), Crash);
    cluster.machine.crash();
    cluster.world.faults.enable(false);
    const bool is_met = (is_open("usage.totals") || is_open("usage.deltas")) &&
                        !is_open("sim-windows-changelog") && !is_open("sim-event_ids-changelog");
    met += is_met ? 1 : 0;
    Machine heir(cluster.world, "b", "");
    heir.start();
    for (int step = 0; step < 3'000; ++step) {
      cluster.world.clock.advance(milliseconds(5));
      ASSERT_TRUE(heir.thread().step());
    }
    const auto tasks = heir.thread().status().tasks;
    ASSERT_EQ(tasks.size(), static_cast<std::size_t>(topology().partitions));
    for (const auto& task : tasks) EXPECT_EQ(task.state, "running");
    EXPECT_FALSE(is_open("usage.totals") || is_open("usage.deltas"));
    EXPECT_EQ(last_total(cluster, "cus_1"), "2");
  }
  EXPECT_GT(met, 2);
}

}  // namespace
}  // namespace tidemark::sim_test

// What a group of processes has to get right that one alone never meets.
#include <algorithm>
#include <set>

#include "tests/sim/one_machine.h"

namespace tidemark::sim_test {
namespace {

using std::chrono::milliseconds;

std::string customer_at(std::int32_t partition) {
  for (int i = 0;; ++i) {
    std::string customer = "cus_" + std::to_string(i);
    if (home_partition(customer, topology().partitions).value() == partition) return customer;
  }
}

// One event for each partition.
void append_round(OneMachine& cluster, int number) {
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
    cluster.append_usage(customer_at(partition), "r" + std::to_string(number));
}

Offset committed(const OneMachine& cluster, std::int32_t partition) {
  return cluster.world.cluster.committed_offset(topology().application, "usage.events", partition)
      ->next_offset;
}

// One task is restored after the other, here at a crawl. Those that are restored read, commit and go on;
// those that are not read nothing.
TEST(RestoreTest, OfOneTaskLeavesTheOthersAtWork) {
  OneMachine cluster;
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
    cluster.append_profile(customer_at(partition));
  ASSERT_NO_FATAL_FAILURE(cluster.count_events());
  cluster.machine.lose_disk();
  cluster.world.faults.plan().sites["restore.poll.retry"] = {3, 4};
  cluster.world.faults.enable(true);
  std::map<std::int32_t, Offset> at_start;
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
    at_start[partition] = committed(cluster, partition);
  cluster.machine.start();
  std::set<Offset> committed_meanwhile;  // of the first, while the last was not yet restored
  const std::int32_t last = topology().partitions - 1;
  for (int step = 0; step < 20'000; ++step) {
    if (step % 20 == 0) append_round(cluster, step);
    cluster.world.clock.advance(milliseconds(5));
    ASSERT_TRUE(cluster.machine.thread().step());
    const auto tasks = cluster.machine.thread().status().tasks;
    for (const auto& task : tasks) {
      const std::int32_t partition = task.partition.value();
      if (task.state == "restoring") {
        ASSERT_EQ(committed(cluster, partition), at_start[partition]);
      }
    }
    if (tasks.empty()) continue;
    if (tasks.back().state == "running") break;
    if (tasks.front().state == "running") committed_meanwhile.insert(committed(cluster, 0));
  }
  cluster.world.faults.enable(false);
  EXPECT_GT(committed_meanwhile.size(), 20U);
  EXPECT_EQ(cluster.run_until_rest(), "");
  EXPECT_GT(committed(cluster, last), at_start[last]);
}

// A process stands still in the middle of its restore, at one step after the other; another one takes over
// and commits. What the first has read by then no longer fits, and that is no tear.
TEST(OvertakenTest, ARestoreThatStoodStillIsNoTornEpoch) {
  std::uint64_t overtaken = 0;
  for (std::uint64_t visit = 1; visit <= 60; ++visit) {
    OneMachine cluster;
    for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
      cluster.append_profile(customer_at(partition));
    ASSERT_NO_FATAL_FAILURE(cluster.count_events());
    cluster.machine.lose_disk();
    Machine other(cluster.world, "b", "");
    const auto take_over = [&](const std::string&) {
      other.start();
      for (int step = 0; step < 2'000; ++step) {
        if (step % 100 == 0) append_round(cluster, step);
        cluster.world.clock.advance(milliseconds(10));
        ASSERT_TRUE(other.thread().step());
      }
    };
    cluster.world.faults.when_stalled(take_over);
    for (const char* site : {"restore.poll.before.stall", "restore.offsets.before.stall"})
      cluster.world.faults.plan().script.push_back({.site = site, .visit = visit, .process = "a"});
    cluster.world.faults.enable(true);
    cluster.machine.start();
    for (int step = 0; step < 4'000; ++step) {
      cluster.world.clock.advance(milliseconds(5));
      const Status stepped = cluster.machine.thread().step();
      ASSERT_TRUE(stepped) << "stood still at visit " << visit << ": " << stepped.error().message;
      if (other.running()) {
        ASSERT_TRUE(other.thread().step());
      }
    }
    EXPECT_FALSE(cluster.machine.has_logged("torn_epoch")) << "stood still at visit " << visit;
    overtaken += cluster.machine.has_logged("overtaken") ? 1 : 0;
    cluster.world.faults.when_stalled({});
  }
  EXPECT_GT(overtaken, 0U) << "no restore was overtaken";
}

// The group deals out each topic by itself. With other numbers of partitions, the usage of a task may go to
// one member and its customers to another: neither may take it, and who is given a partition too many ends.
struct Grown {
  const char* name;
  const char* topic;
};
class GrownTopicTest : public testing::TestWithParam<Grown> {};

TEST_P(GrownTopicTest, EndsTheThreadsAndWritesNothing) {
  OneMachine cluster;
  ASSERT_NO_FATAL_FAILURE(cluster.count_events());
  const std::size_t written = cluster.written();
  cluster.world.cluster.add_partitions(GetParam().topic, 2 * topology().partitions);
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
    cluster.append_profile(customer_at(partition));
  append_round(cluster, 1);
  Machine other(cluster.world, "b", "");
  std::vector<Machine*> machines{&cluster.machine, &other};
  for (Machine* machine : machines) machine->start();
  std::set<std::string> codes;
  for (int step = 0; step < 20'000 && !machines.empty(); ++step) {
    cluster.world.clock.advance(milliseconds(5));
    std::erase_if(machines, [&](Machine* machine) {
      const Status stepped = machine->thread().step();
      if (stepped) return false;
      codes.insert(stepped.error().code);
      EXPECT_NE(stepped.error().message.find(GetParam().topic), std::string::npos) << stepped.error().message;
      machine->crash();
      return true;
    });
    std::set<std::int32_t> owned;
    for (Machine* machine : machines) {
      for (const auto& task : machine->thread().status().tasks)
        EXPECT_TRUE(owned.insert(task.partition.value()).second)
            << "two own partition " << task.partition.value();
    }
  }
  EXPECT_TRUE(machines.empty());
  EXPECT_EQ(codes, std::set<std::string>{"partition_count_changed"});
  EXPECT_EQ(cluster.written(), written);
}
INSTANTIATE_TEST_SUITE_P(Groups, GrownTopicTest,
                         testing::Values(Grown{"Events", "usage.events"},
                                         Grown{"Customers", "usage.customers"},
                                         Grown{"Commands", "usage.commands"}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::sim_test

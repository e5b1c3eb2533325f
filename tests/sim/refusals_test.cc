// What a restored task must never do is jump: whatever was lost or changed behind its back stops it with a
// code, and nothing is written.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "runtime/epoch_record.h"
#include "tests/sim/machine.h"
#include "tests/sim/usage_input.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {
namespace {

using runtime::OffsetMetadata;
using runtime::sim::PartitionRef;
using runtime::sim::World;
using std::chrono::milliseconds;

constexpr int kStepsMax = 20'000;

class Cluster {
 public:
  World world{1, {}, {.transaction_timeout = milliseconds(10'000), .session_timeout = milliseconds(6'000)}};
  Machine machine{world, "a", ""};

  Cluster() {
    create_topics(world);
    world.faults.enable(false);
  }
  // Counts some events and stops; every partition has committed a few epochs then.
  void count_events() {
    const UsageInput input = make_usage_input(world.random, 80);
    for (const InputEvent& event : input.events) {
      world.cluster.append("usage.events", home_partition(event.customer_id, topology().partitions).value(),
                           event.customer_id, event.json(), event.arrival);
    }
    machine.start();
    ASSERT_EQ(run_until_rest(), "");
    ASSERT_TRUE(machine.stop());
  }
  // The code of the error that ended the thread or stopped a task; empty: everything was processed.
  std::string run_until_rest() {
    for (int step = 0, rest = 0; step < kStepsMax && rest < 60; ++step) {
      world.clock.advance(milliseconds(5));
      if (const Status stepped = machine.thread().step(); !stepped) return stepped.error().code;
      bool at_end = true;
      const auto tasks = machine.thread().status().tasks;
      for (const auto& task : tasks) at_end = at_end && task.at_end;
      rest = at_end && tasks.size() == static_cast<std::size_t>(topology().partitions) ? rest + 1 : 0;
      if (step + 1 == kStepsMax) return tasks.empty() ? "no tasks" : "state " + tasks.front().state;
    }
    return "";
  }
  // Every committed offset of the group, with what was written along.
  void change_offsets(const std::function<void(OffsetMetadata&, Offset&)>& change) {
    for (auto& [partition, stored] : world.cluster.group(topology().application).offsets) {
      auto metadata = runtime::decode_offset_metadata(stored.metadata);
      ASSERT_TRUE(metadata);
      change(*metadata, stored.next_offset);
      stored.metadata = runtime::encode_offset_metadata(*metadata);
    }
  }
  std::size_t written() const {
    std::size_t entries = 0;
    for (const char* topic : {"usage.totals", "usage.deltas", "usage.dlq"}) {
      for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
        entries += world.cluster.log(topic, partition).entries().size();
    }
    return entries;
  }
};

// Another epoch of every partition, as another version of the topology would have recorded it.
void rename_first_source(Cluster& cluster) {
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition) {
    auto& log = const_cast<runtime::sim::PartitionLog&>(
        cluster.world.cluster.log(topology().epochs_topic("metering"), partition));
    const auto last = std::find_if(log.entries().rbegin(), log.entries().rend(),
                                   [](const auto& entry) { return !entry.control; });
    auto record = runtime::decode_epoch_record(*last->record.value);
    ASSERT_TRUE(record);
    record->epoch = record->epoch.next();
    record->inputs.front().source = "other";
    record->stores.clear();
    auto renamed = last->record;
    renamed.value = runtime::encode_epoch_record(*record);
    log.append(renamed);
  }
  cluster.change_offsets([](OffsetMetadata& metadata, Offset&) { metadata.epoch = metadata.epoch.next(); });
}

struct Refusal {
  const char* name;
  const char* code;
  std::function<void(Cluster&)> tamper;
};

const Refusal kRefusals[] = {
    {"AChangedPartitionCount", "partition_count_changed",
     [](Cluster& cluster) {
       cluster.change_offsets([](OffsetMetadata& metadata, Offset&) { metadata.partition_count = 32; });
     }},
    {"OffsetsOfAnotherTool", "offset_metadata",
     [](Cluster& cluster) {
       for (auto& [partition, stored] : cluster.world.cluster.group(topology().application).offsets)
         stored.metadata.clear();
     }},
    {"OffsetsThatAreGone", "offset_lost",
     [](Cluster& cluster) { cluster.world.cluster.group(topology().application).offsets.clear(); }},
    {"OffsetsThatAreGoneWithTheDisk", "offset_lost",
     [](Cluster& cluster) {
       cluster.world.cluster.group(topology().application).offsets.clear();
       cluster.machine.lose_disk();
     }},
    {"AnEpochThatWasNeverRecorded", "torn_epoch",
     [](Cluster& cluster) {
       cluster.change_offsets(
           [](OffsetMetadata& metadata, Offset&) { metadata.epoch = metadata.epoch.next(); });
     }},
    {"OffsetsSetForward", "torn_epoch",
     [](Cluster& cluster) {
       cluster.change_offsets([](OffsetMetadata&, Offset& next) { next = next.next(); });
     }},
    {"SourcesInAnotherOrder", "sources_changed", rename_first_source},
    {"AnOlderCluster", "state_ahead",
     [](Cluster& cluster) {
       cluster.change_offsets([](OffsetMetadata& metadata, Offset&) {
         metadata.epoch = EpochNumber(metadata.epoch.value() - 1);
       });
     }},
};

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, StopsWithItsCodeAndWritesNothing) {
  Cluster cluster;
  cluster.count_events();
  const std::size_t written = cluster.written();
  ASSERT_GT(written, 0U);
  GetParam().tamper(cluster);
  cluster.machine.start();
  EXPECT_EQ(cluster.run_until_rest(), GetParam().code);
  EXPECT_EQ(cluster.written(), written);
}

INSTANTIATE_TEST_SUITE_P(Simulation, RefusalTest, testing::ValuesIn(kRefusals),
                         [](const auto& test) { return std::string(test.param.name); });

// A partition whose unread records were deleted: the task that had to read them stops, the others go on.
TEST(DeletedRecordsTest, RecordsDeletedUnreadStopTheirTaskAlone) {
  Cluster cluster;
  cluster.count_events();
  auto& log = const_cast<runtime::sim::PartitionLog&>(cluster.world.cluster.log("usage.events", 0));
  for (int i = 0; i < 5; ++i)
    cluster.world.cluster.append("usage.events", 0, "cus_1", "{}", cluster.world.clock.wall());
  log.delete_before(log.high_watermark());
  cluster.world.cluster.append("usage.events", 0, "cus_1", "{}", cluster.world.clock.wall());
  cluster.machine.start();
  for (int step = 0; step < 2'000; ++step) {
    cluster.world.clock.advance(milliseconds(5));
    ASSERT_TRUE(cluster.machine.thread().step());
  }
  int stopped = 0;
  for (const auto& task : cluster.machine.thread().status().tasks) {
    if (task.state == "offset_lost")
      ++stopped;
    else
      EXPECT_EQ(task.state, "running");
  }
  EXPECT_EQ(stopped, 1);
}

// A broker that forgot the marker it owed leaves a transaction that nobody ends by himself.
TEST(HangingTransactionTest, IsNamedAndWaitedFor) {
  Cluster cluster;
  cluster.count_events();
  constexpr std::int64_t kNobody = 999;
  auto& log = const_cast<runtime::sim::PartitionLog&>(
      cluster.world.cluster.log(topology().epochs_topic("metering"), 1));
  log.append({}, kNobody, 0);
  cluster.machine.start();
  EXPECT_EQ(cluster.run_until_rest(), "state running") << "the others work";
  EXPECT_TRUE(cluster.machine.has_logged("hanging_transaction"));
  EXPECT_TRUE(cluster.machine.has_logged("find-hanging"));
  log.end_transaction(kNobody, 0, false, cluster.world.clock.wall());
  EXPECT_EQ(cluster.run_until_rest(), "");
}

// The epochs topic forgets after a hundred days; what a quiet partition committed must stay in it.
TEST(QuietPartitionTest, RenewsItsEpochRecord) {
  Cluster cluster;
  cluster.count_events();
  cluster.machine.start();
  ASSERT_EQ(cluster.run_until_rest(), "");
  const auto epochs = [&] {
    return cluster.world.cluster.log(topology().epochs_topic("metering"), 2).high_watermark();
  };
  const Offset before = epochs();
  cluster.world.clock.advance(std::chrono::hours(24 * 29));
  ASSERT_EQ(cluster.run_until_rest(), "");
  EXPECT_EQ(epochs(), before);
  cluster.world.clock.advance(std::chrono::hours(24 * 2));
  ASSERT_EQ(cluster.run_until_rest(), "");
  EXPECT_GT(epochs(), before);
}

}  // namespace
}  // namespace tidemark::sim_test

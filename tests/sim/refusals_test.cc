// What a restored task must never do is jump: whatever was lost or changed behind its back stops it with a
// code, and nothing is written.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/sim/one_machine.h"

namespace tidemark::sim_test {
namespace {

using runtime::EpochRecord;
using runtime::OffsetMetadata;
using std::chrono::milliseconds;

// One more epoch of every partition that wrote nothing, recorded as `change` says.
void add_epoch(OneMachine& cluster, const std::function<void(EpochRecord&)>& change) {
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition) {
    auto& log = const_cast<runtime::sim::PartitionLog&>(
        cluster.world.cluster.log(topology().epochs_topic("metering"), partition));
    const auto last = std::find_if(log.entries().rbegin(), log.entries().rend(),
                                   [](const auto& entry) { return !entry.control; });
    auto record = runtime::decode_epoch_record(*last->record.value);
    ASSERT_TRUE(record);
    record->epoch = record->epoch.next();
    record->stores.clear();
    for (auto& input : record->inputs) input.from = input.to;
    change(*record);
    auto changed = last->record;
    changed.value = runtime::encode_epoch_record(*record);
    log.append(changed);
  }
  cluster.change_offsets([](OffsetMetadata& metadata, Offset&) { metadata.epoch = metadata.epoch.next(); });
}

// The whole changelog of every partition but the last record.
void cut_changelog(OneMachine& cluster, const char* store) {
  const std::string topic = topology().changelog_topic(store);
  for (std::int32_t partition = 0; partition < topology().partitions; ++partition) {
    const Offset end = cluster.world.cluster.log(topic, partition).high_watermark();
    cluster.world.cluster.delete_records(topic, partition, Offset(end.value() - 1));
  }
}

struct Refusal {
  const char* name;
  const char* code;
  std::function<void(OneMachine&)> tamper;
};

const Refusal kRefusals[] = {
    {"AChangedPartitionCount", "partition_count_changed",
     [](OneMachine& cluster) {
       cluster.change_offsets([](OffsetMetadata& metadata, Offset&) { metadata.partition_count = 32; });
     }},
    {"OffsetsOfAnotherTool", "offset_metadata",
     [](OneMachine& cluster) {
       for (auto& [partition, stored] : cluster.world.cluster.group(topology().application).offsets)
         stored.metadata.clear();
     }},
    {"OffsetsThatAreGone", "offset_lost",
     [](OneMachine& cluster) { cluster.world.cluster.group(topology().application).offsets.clear(); }},
    {"OffsetsThatAreGoneWithTheDisk", "offset_lost",
     [](OneMachine& cluster) {
       cluster.world.cluster.group(topology().application).offsets.clear();
       cluster.machine.lose_disk();
     }},
    {"AnEpochThatWasNeverRecorded", "torn_epoch",
     [](OneMachine& cluster) {
       cluster.change_offsets(
           [](OffsetMetadata& metadata, Offset&) { metadata.epoch = metadata.epoch.next(); });
     }},
    {"OffsetsSetForward", "torn_epoch",
     [](OneMachine& cluster) {
       cluster.change_offsets([](OffsetMetadata&, Offset& next) { next = next.next(); });
     }},
    {"SourcesInAnotherOrder", "sources_changed",
     [](OneMachine& cluster) {
       add_epoch(cluster, [](EpochRecord& record) { record.inputs.front().source = "other"; });
     }},
    {"AnEpochThatSkippedRecords", "torn_epoch",
     [](OneMachine& cluster) {
       add_epoch(cluster, [](EpochRecord& record) {
         record.inputs.front().from = record.inputs.front().from.next();
         record.inputs.front().to = record.inputs.front().from;
       });
       for (auto& [partition, stored] : cluster.world.cluster.group(topology().application).offsets) {
         if (partition.topic == cluster.world.cluster.find_topic("usage.events"))
           stored.next_offset = stored.next_offset.next();
       }
     }},
    {"AnEpochThatReadRecordsAgain", "torn_epoch",
     [](OneMachine& cluster) {
       add_epoch(cluster, [](EpochRecord& record) {
         record.inputs.front().from = Offset(record.inputs.front().from.value() - 1);
       });
     }},
    {"AChangelogWithoutItsBeginning", "changelog_truncated",
     [](OneMachine& cluster) {
       cut_changelog(cluster, "parked");
       cluster.machine.lose_disk();
     }},
    {"AnOldDiskAndAChangelogWithoutItsBeginning", "changelog_truncated",
     [](OneMachine& cluster) {
       cut_changelog(cluster, "parked");
       cluster.world.clock.advance(std::chrono::hours(21));
       add_epoch(cluster, [](EpochRecord&) {});
     }},
    // Counts are not checked any more, and the disk does not know better.
    {"AChangelogMadeAnewAndALostDisk", "changelog_truncated",
     [](OneMachine& cluster) {
       for (std::int32_t partition = 0; partition < topology().partitions; ++partition) {
         const_cast<runtime::sim::PartitionLog&>(
             cluster.world.cluster.log(topology().changelog_topic("windows"), partition)) = {};
       }
       cluster.world.clock.advance(std::chrono::hours(21));
       cluster.machine.lose_disk();
     }},
    {"AnOlderCluster", "state_ahead",
     [](OneMachine& cluster) {
       cluster.change_offsets([](OffsetMetadata& metadata, Offset&) {
         metadata.epoch = EpochNumber(metadata.epoch.value() - 1);
       });
     }},
};

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, StopsWithItsCodeAndWritesNothing) {
  OneMachine cluster;
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

struct Leave {
  const char* name;
  std::function<void(OneMachine&)> change;
};

const Leave kLeaves[] = {
    {"CompactionBeforeARebuild",
     [](OneMachine& cluster) {
       for (const char* store : {"windows", "parked"})
         cluster.world.cluster.compact(topology().changelog_topic(store), true);
       cluster.world.clock.advance(std::chrono::hours(21));
       cluster.machine.lose_disk();
     }},
    // Only ids that have expired go with retention.
    {"RetentionOfIds",
     [](OneMachine& cluster) {
       cut_changelog(cluster, "event_ids");
       cluster.world.clock.advance(std::chrono::hours(21));
       cluster.machine.lose_disk();
     }},
    {"AChangelogWithoutItsBeginningThatTheDiskStillHolds",
     [](OneMachine& cluster) { cut_changelog(cluster, "parked"); }},
};

class LeaveTest : public testing::TestWithParam<Leave> {};

TEST_P(LeaveTest, IsNoLoss) {
  OneMachine cluster;
  cluster.count_events();
  GetParam().change(cluster);
  cluster.machine.start();
  EXPECT_EQ(cluster.run_until_rest(), "");
}

INSTANTIATE_TEST_SUITE_P(Simulation, LeaveTest, testing::ValuesIn(kLeaves),
                         [](const auto& test) { return std::string(test.param.name); });

// A partition whose unread records were deleted: the task that had to read them stops, the others go on.
TEST(DeletedRecordsTest, RecordsDeletedUnreadStopTheirTaskAlone) {
  OneMachine cluster;
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
  OneMachine cluster;
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
  OneMachine cluster;
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

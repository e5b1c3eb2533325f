#include "tests/unit/sim/rig.h"

namespace tidemark::runtime::sim {
namespace {

using Values = std::vector<std::string>;

class TransactionTest : public ::testing::Test {
 protected:
  // A consumer that holds all of "in" and has been told so.
  std::unique_ptr<GroupConsumer> working_consumer(const std::string& instance_id) {
    auto consumer = rig_.machine.new_consumer(instance_id);
    auto batch = consumer->new_batch();
    EXPECT_TRUE(consumer->poll(*batch, 1, kTimeout)->assigned.has_value());
    EXPECT_TRUE(consumer->assign({}));
    return consumer;
  }
  static OffsetToCommit offset(std::int64_t next, const std::string& metadata = "") {
    return {partition(kIn, 0), Offset(next), metadata};
  }
  Result<std::vector<CommittedOffset>> committed(GroupConsumer& consumer, bool stable) {
    return consumer.committed(std::vector{partition(kIn, 0)}, stable, kTimeout);
  }

  Rig rig_;
  World& world_ = rig_.world;
  std::unique_ptr<TransactionalProducer> producer_ = rig_.machine.new_producer("app-0");
};

TEST_F(TransactionTest, CommittedIsVisibleAfterTheCommitOnly) {
  send_open(*producer_, {"1", "2"});
  EXPECT_EQ(visible(world_), Values{});
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(world_), (Values{"1", "2"}));
  EXPECT_EQ(world_.cluster.log("out", 0).high_watermark(), Offset(3));  // the marker has an offset
}

TEST_F(TransactionTest, AbortedIsNeverVisible) {
  send_open(*producer_, {"1"});
  EXPECT_TRUE(producer_->abort(kTimeout));
  send_open(*producer_, {"2"});
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(world_), Values{"2"});
}

TEST_F(TransactionTest, FlushTellsTheLastOffsetOfEachPartition) {
  ASSERT_TRUE(producer_->begin());
  ASSERT_TRUE(send(*producer_, "1", 0));
  ASSERT_TRUE(send(*producer_, "2", 0));
  ASSERT_TRUE(send(*producer_, "3", 2));
  const auto last = producer_->flush(kTimeout);
  ASSERT_TRUE(last);
  ASSERT_EQ(last->size(), 2u);
  EXPECT_EQ((*last)[0].last_offset, Offset(1));
  EXPECT_EQ((*last)[1].partition, partition(kOut, 2));
  EXPECT_EQ((*last)[1].last_offset, Offset(0));
}

TEST_F(TransactionTest, InitAbortsAndFencesTheProducerBefore) {
  send_open(*producer_, {"1"});
  auto newer = rig_.machine.new_producer("app-0");
  EXPECT_EQ(world_.cluster.log("out", 0).last_stable(), Offset(2));
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::unknown);
  EXPECT_EQ(code_of(producer_->begin()), "fenced");
  EXPECT_EQ(code_of(producer_->abort(kTimeout)), "fenced");
  send_open(*newer, {"2"});
  EXPECT_EQ(newer->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(world_), Values{"2"});
}

TEST_F(TransactionTest, FenceFreesTheLastStableOffset) {
  send_open(*producer_, {"1"});
  EXPECT_EQ(world_.cluster.log("out", 0).last_stable(), Offset(0));
  EXPECT_TRUE(rig_.machine.clients.fence("app-0"));
  EXPECT_EQ(world_.cluster.log("out", 0).last_stable(), Offset(2));
  EXPECT_EQ(code_of(producer_->flush(kTimeout)), "ok");  // nothing is sent, so nothing is learnt
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::unknown);
}

TEST_F(TransactionTest, OtherTransactionalIdsAreNotFenced) {
  auto other = rig_.machine.new_producer("app-1");
  send_open(*producer_, {"1"});
  send_open(*other, {"2"});
  EXPECT_EQ(other->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(world_), Values{});  // behind the open one
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(world_), (Values{"1", "2"}));
}

TEST_F(TransactionTest, TheClusterAbortsAnExpiredTransactionAndFencesItsOwner) {
  send_open(*producer_, {"1"});
  world_.clock.advance(10s);
  world_.cluster.tick();
  EXPECT_TRUE(world_.cluster.has_open_transaction("app-0"));
  world_.clock.advance(1ms);
  world_.cluster.tick();
  EXPECT_FALSE(world_.cluster.has_open_transaction("app-0"));
  EXPECT_EQ(world_.cluster.log("out", 0).last_stable(), Offset(2));
  ASSERT_TRUE(send(*producer_, "2") || true);
  EXPECT_EQ(code_of(producer_->flush(kTimeout)), "fenced");
  EXPECT_EQ(visible(world_), Values{});
}

TEST_F(TransactionTest, OffsetsArePendingUntilTheCommit) {
  auto consumer = working_consumer("0");
  ASSERT_TRUE(producer_->begin());
  ASSERT_TRUE(producer_->send_offsets(std::vector{offset(5, "first")}, *consumer, kTimeout));
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  ASSERT_TRUE(producer_->begin());
  ASSERT_TRUE(producer_->send_offsets(std::vector{offset(9, "second")}, *consumer, kTimeout));

  const auto waiting = committed(*consumer, true);
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().disposition, Disposition::retry);
  EXPECT_EQ(waiting.error().code, "unstable_offset");
  const auto outrun = committed(*consumer, false);
  EXPECT_EQ(outrun->front().next_offset, Offset(5));

  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  const auto settled = committed(*consumer, true);
  EXPECT_EQ(settled->front().next_offset, Offset(9));
  EXPECT_EQ(settled->front().metadata, "second");
}

TEST_F(TransactionTest, AbortedOffsetsAreForgotten) {
  auto consumer = working_consumer("0");
  ASSERT_TRUE(producer_->begin());
  ASSERT_TRUE(producer_->send_offsets(std::vector{offset(5)}, *consumer, kTimeout));
  ASSERT_TRUE(producer_->abort(kTimeout));
  EXPECT_EQ(committed(*consumer, true)->front().next_offset, std::nullopt);
}

TEST_F(TransactionTest, AStableFetchOutlastsADeadOwnersTransaction) {
  auto consumer = working_consumer("0");
  ASSERT_TRUE(producer_->begin());
  ASSERT_TRUE(producer_->send_offsets(std::vector{offset(5)}, *consumer, kTimeout));
  const auto waited = consumer->committed(std::vector{partition(kIn, 0)}, true, 11s);
  ASSERT_TRUE(waited);
  EXPECT_EQ(waited->front().next_offset, std::nullopt);
}

TEST_F(TransactionTest, MarkersMayReachPartitionsLate) {
  world_.faults.plan().sites["cluster.marker_lag"] = {1, 1};
  auto consumer = working_consumer("0");
  ASSERT_TRUE(producer_->begin());
  ASSERT_TRUE(send(*producer_, "1"));
  ASSERT_TRUE(producer_->send_offsets(std::vector{offset(5)}, *consumer, kTimeout));
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(world_), Values{});
  EXPECT_FALSE(committed(*consumer, true));
  tick(world_, 20);
  EXPECT_EQ(visible(world_), Values{"1"});
  EXPECT_EQ(committed(*consumer, true)->front().next_offset, Offset(5));
}

TEST_F(TransactionTest, TheNextTransactionWaitsForTheMarkersOfTheLast) {
  world_.faults.plan().sites["cluster.marker_lag"] = {1, 1};
  send_open(*producer_, {"1"});
  EXPECT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  send_open(*producer_, {"2"});
  EXPECT_EQ(visible(world_), Values{"1"});
}

TEST_F(TransactionTest, RecordsTakeTheClustersTime) {
  world_.cluster.create_topic("stamped", 1);
  world_.clock.advance(5s);
  SimClients clients(world_, rig_.machine.process, {.group = "g", .topics = {"stamped"}});
  auto producer = std::move(*clients.producer("app-9"));
  ASSERT_TRUE(producer->init(kTimeout));
  ASSERT_TRUE(producer->begin());
  const OutputRecord tombstone{.key = "k", .value = {}, .has_value = false, .headers = {}};
  ASSERT_TRUE(producer->produce(partition(TopicId(0), 0), std::span(&tombstone, 1)));
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::committed);
  const auto records = world_.cluster.committed_records("stamped", 0);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].record.timestamp, SimClock::kStart + 5s);
  EXPECT_EQ(records[0].record.value, std::nullopt);
}

TEST_F(TransactionTest, CallsOutOfOrderAreRefused) {
  EXPECT_EQ(code_of(send(*producer_, "1")), "bad_call");
  EXPECT_EQ(code_of(producer_->flush(kTimeout)), "bad_call");
  EXPECT_EQ(code_of(producer_->init(kTimeout)), "bad_call");
  ASSERT_TRUE(producer_->begin());
  EXPECT_EQ(code_of(producer_->begin()), "bad_call");
  auto consumer = working_consumer("0");
  EXPECT_EQ(code_of(producer_->send_offsets({}, *consumer, kTimeout)), "bad_call");
  ASSERT_TRUE(producer_->send_offsets(std::vector{offset(1)}, *consumer, kTimeout));
  EXPECT_EQ(code_of(send(*producer_, "1")), "bad_call");
}

class ReaderTest : public TransactionTest {
 protected:
  ReaderTest() : reader_(std::move(*rig_.machine.clients.reader())), batch_(reader_->new_batch()) {}
  void read_from(std::int64_t offset) {
    ASSERT_TRUE(reader_->assign(std::vector<StartingOffset>{{partition(kOut, 0), Offset(offset)}}));
  }
  std::unique_ptr<LogReader> reader_;
  std::unique_ptr<RecordBatch> batch_;
};

TEST_F(ReaderTest, TellsTheEndOnceBehindMarkersAndAgainAfterProgress) {
  send_open(*producer_, {"1"});
  ASSERT_EQ(producer_->commit(kTimeout), CommitOutcome::committed);
  read_from(0);
  auto events = reader_->poll(*batch_, 1, kTimeout);
  ASSERT_EQ(batch_->records.size(), 1u);
  if (events->ends.empty()) events = reader_->poll(*batch_, 1, kTimeout);
  ASSERT_EQ(events->ends.size(), 1u);
  EXPECT_EQ(events->ends[0].next_offset, Offset(2));
  EXPECT_TRUE(reader_->poll(*batch_, 1, kTimeout)->ends.empty());
  world_.cluster.append("out", 0, "k", "2", SimClock::kStart);
  events = reader_->poll(*batch_, 1, kTimeout);
  ASSERT_EQ(events->ends.size(), 1u);
  EXPECT_EQ(events->ends[0].next_offset, Offset(3));
}

TEST_F(ReaderTest, StopsAtTheLastStableOffsetThoughTheEndIsFurther) {
  world_.cluster.append("out", 0, "k", "0", SimClock::kStart);
  send_open(*producer_, {"1"});
  const auto offsets = reader_->offsets(partition(kOut, 0));
  EXPECT_EQ(offsets->last_stable, Offset(1));
  EXPECT_EQ(offsets->high_watermark, Offset(2));
  read_from(0);
  ASSERT_TRUE(reader_->poll(*batch_, 10, kTimeout));
  EXPECT_EQ(batch_->records.size(), 1u);
  ASSERT_TRUE(reader_->poll(*batch_, 10, kTimeout));
  EXPECT_TRUE(batch_->records.empty());
}

TEST_F(ReaderTest, BelowTheLogStartIsOutOfRange) {
  for (int i = 0; i < 3; ++i) world_.cluster.append("out", 0, "k", "v", SimClock::kStart);
  world_.cluster.delete_records("out", 0, Offset(2));
  EXPECT_EQ(reader_->offsets(partition(kOut, 0))->log_start, Offset(2));
  for (const std::int64_t lost : {0, 1, 4}) {
    read_from(lost);
    EXPECT_EQ(reader_->poll(*batch_, 10, kTimeout)->out_of_range, std::vector{partition(kOut, 0)});
    EXPECT_TRUE(batch_->records.empty());
  }
  read_from(2);
  EXPECT_TRUE(reader_->poll(*batch_, 10, kTimeout)->out_of_range.empty());
  EXPECT_EQ(batch_->records.size(), 1u);
}

TEST_F(ReaderTest, RecordsCarryEverything) {
  world_.cluster.append("out", 0, "key", "value", SimClock::kStart + 7ms, {{"name", "text"}, {"other", ""}});
  world_.cluster.append("out", 0, std::nullopt, std::nullopt, SimClock::kStart);
  read_from(0);
  std::size_t seen = 0;
  while (seen < 2) {
    ASSERT_TRUE(reader_->poll(*batch_, 10, kTimeout));
    for (const auto& [topic, record] : batch_->records) {
      EXPECT_EQ(topic, kOut);
      EXPECT_EQ(record.offset, Offset(static_cast<std::int64_t>(seen)));
      EXPECT_EQ(record.has_key, seen == 0);
      EXPECT_EQ(record.has_value, seen == 0);
      EXPECT_EQ(record.headers.size(), seen == 0 ? 2u : 0u);
      if (seen == 0) {
        EXPECT_EQ(record.key, "key");
        EXPECT_EQ(record.value, "value");
        EXPECT_EQ(record.arrival, SimClock::kStart + 7ms);
        EXPECT_EQ(record.headers[0].value, "text");
      }
      ++seen;
    }
  }
}

TEST_F(ReaderTest, AnIdlePollLetsTimePass) {
  read_from(0);
  ASSERT_TRUE(reader_->poll(*batch_, 10, kTimeout));  // tells the end
  const auto before = world_.clock.monotonic();
  ASSERT_TRUE(reader_->poll(*batch_, 10, kTimeout));
  EXPECT_EQ(world_.clock.monotonic() - before, kTimeout);
}

TEST_F(ReaderTest, UnknownTopicsAreNamed) {
  EXPECT_EQ(code_of(reader_->offsets(partition(TopicId(7), 0))), "unknown_topic");
  EXPECT_EQ(code_of(reader_->offsets(partition(kOut, 4))), "unknown_topic");
  EXPECT_EQ(*rig_.machine.clients.partition_count(TopicId(7)), std::nullopt);
  EXPECT_EQ(*rig_.machine.clients.partition_count(kOut), 4);
}

}  // namespace
}  // namespace tidemark::runtime::sim

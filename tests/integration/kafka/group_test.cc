// The member of the group: assignments, committed offsets, and how it is told to go.
#include <map>

#include "fixture.h"

namespace tidemark::runtime {
namespace {

class GroupTest : public KafkaTest {
 protected:
  GroupTest() { partition_count_ = 4; }

  std::vector<TopicPartition> join(GroupConsumer& consumer) {
    std::vector<Seen> none;
    const PollEvents events =
        poll_until(consumer, none, [](const PollEvents& e) { return e.assigned.has_value(); });
    EXPECT_TRUE(none.empty()) << "records before assign()";
    return events.assigned.value_or(std::vector<TopicPartition>());
  }

  static std::vector<StartingOffset> from_zero(const std::vector<TopicPartition>& partitions) {
    std::vector<StartingOffset> starts;
    for (const TopicPartition& partition : partitions) starts.push_back({partition, Offset(0)});
    return starts;
  }

  void fill(std::int32_t records_per_partition) {
    const auto producer = ready_producer("filler");
    must(producer->begin());
    for (std::int32_t partition = 0; partition < partition_count_; ++partition) {
      std::vector<std::string> values;
      for (std::int32_t i = 0; i < records_per_partition; ++i) values.push_back(std::to_string(i));
      produce(*producer, on(kInput, partition), values);
    }
    must(producer->flush(kPatience));
    ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
  }
};

TEST_F(GroupTest, NothingFlowsBeforeAssignAndOnlyWhatWasAssignedAfter) {
  fill(10);
  const auto consumer = member("0");
  const auto assigned = join(*consumer);
  ASSERT_EQ(assigned.size(), 4U);
  const auto batch = consumer->new_batch();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    must(consumer->poll(*batch, 100, 5ms));
    ASSERT_TRUE(batch->records.empty());
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, 90ms) << "polling without an assignment must not spin";
  // A subset first, the rest later, as restores end.
  must(consumer->assign(std::vector{StartingOffset{assigned[0], Offset(4)}}));
  std::vector<Seen> seen;
  poll_until(*consumer, seen, [](const PollEvents& events) { return !events.ends.empty(); });
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_EQ(seen.front().offset, Offset(4));
  EXPECT_EQ(seen.front().partition, assigned[0]);

  seen.clear();
  must(consumer->assign(from_zero(assigned)));
  std::size_t ends = 0;
  poll_until(*consumer, seen, [&](const PollEvents& events) { return (ends += events.ends.size()) == 4; });
  EXPECT_EQ(seen.size(), 40U);
}

// The last end told stops before an open transaction, the log's does not; once it is over they meet, whether
// it was committed or aborted, markers included.
TEST_F(GroupTest, LogEndsReachOverAnOpenTransaction) {
  fill(3);  // 0 to 2, the marker is 3
  const auto consumer = member("0");
  must(consumer->assign(from_zero(join(*consumer))));
  std::map<TopicPartition, Offset> told;
  std::vector<Seen> seen;
  const auto log_end = [&](std::int32_t partition) {
    must(consumer->ask_log_ends(std::vector{on(kInput, partition)}));
    const auto start = std::chrono::steady_clock::now();
    const PollEvents events = poll_until(*consumer, seen, [&](const PollEvents& each) {
      for (const EndOfPartition& end : each.ends) told[end.partition] = end.next_offset;
      return each.log_ends.has_value();
    });
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
    return events.log_ends->size() == 1 ? std::optional(events.log_ends->front().high_watermark)
                                        : std::nullopt;
  };
  const auto meet = [&](std::int32_t partition) {
    for (int round = 0; round < 200; ++round) {
      const auto end = log_end(partition);
      if (end && told.contains(on(kInput, partition)) && told[on(kInput, partition)] == *end) return *end;
    }
    return Offset(-1);
  };
  EXPECT_EQ(meet(0), Offset(4));
  const auto producer = ready_producer("foreign");
  Offset expected(4);
  for (const bool commits : {true, false}) {
    must(producer->begin());
    produce(*producer, on(kInput, 0), {"held"});
    must(producer->flush(kPatience));
    EXPECT_EQ(log_end(0), expected.next());
    EXPECT_EQ(told[on(kInput, 0)], expected);
    if (commits) {
      EXPECT_NE(producer->commit(kPatience), CommitOutcome::unknown);
    } else {
      must(producer->abort(kPatience));
    }
    expected = expected.next().next();
    EXPECT_EQ(meet(0), expected);
  }
}

TEST_F(GroupTest, CommittedOffsetsAndMetadataComeBackAsSent) {
  const auto consumer = member("0");
  const auto assigned = join(*consumer);
  must(consumer->assign({}));
  const auto before = must(consumer->committed(assigned, true, kPatience));
  ASSERT_EQ(before.size(), 4U);
  EXPECT_EQ(before[0].next_offset, std::nullopt);

  const auto producer = ready_producer("p");
  const std::string text =
      "{\"watermark\":\"2026-11-20T10:15:00.123456789Z\",\"transactional_id\":\"app-0\",\"x\":\"é\"}";
  must(producer->begin());
  must(producer->send_offsets(std::vector{OffsetToCommit{on(kInput, 0), Offset(5), text},
                                          OffsetToCommit{on(kInput, 2), Offset(0), ""}},
                              *consumer, kPatience));
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
  const std::vector asked{on(kInput, 2), on(kInput, 1), on(kInput, 0)};
  for (const bool stable : {true, false}) {
    auto after = must(consumer->committed(asked, stable, kPatience));
    if (!stable) {
      wait_until("the marker is written", [&] {
        after = must(consumer->committed(asked, stable, kPatience));
        return after[2].next_offset.has_value();
      });
    }
    EXPECT_EQ(after[0].next_offset, Offset(0));
    EXPECT_EQ(after[1].next_offset, std::nullopt);
    EXPECT_EQ(after[2].next_offset, Offset(5));
    EXPECT_EQ(after[2].metadata, text);
  }
}

TEST_F(GroupTest, OffsetsOfAnOpenTransactionAreUnstable) {
  const auto consumer = member("0");
  join(*consumer);
  must(consumer->assign({}));
  const auto producer = ready_producer("p");
  const std::vector partition{on(kInput, 0)};
  must(producer->begin());
  must(producer->send_offsets(std::vector{OffsetToCommit{on(kInput, 0), Offset(5), "first"}}, *consumer,
                              kPatience));
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
  EXPECT_EQ(must(consumer->committed(partition, true, kPatience))[0].next_offset, Offset(5));

  must(producer->begin());
  must(producer->send_offsets(std::vector{OffsetToCommit{on(kInput, 0), Offset(9), "second"}}, *consumer,
                              kPatience));
  const auto held_back = consumer->committed(partition, true, 200ms);
  ASSERT_FALSE(held_back);
  EXPECT_EQ(held_back.error().disposition, Disposition::retry);
  EXPECT_EQ(held_back.error().code, "unstable_offset");
  const auto at_once = must(consumer->committed(partition, false, kPatience));
  EXPECT_EQ(at_once[0].next_offset, Offset(5));
  EXPECT_EQ(at_once[0].metadata, "first");
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
  const auto after = must(consumer->committed(partition, true, kPatience));
  EXPECT_EQ(after[0].next_offset, Offset(9));
  EXPECT_EQ(after[0].metadata, "second");
}

TEST_F(GroupTest, AbortedOffsetsAreForgotten) {
  const auto consumer = member("0");
  join(*consumer);
  must(consumer->assign({}));
  const auto producer = ready_producer("p");
  must(producer->begin());
  must(producer->send_offsets(std::vector{OffsetToCommit{on(kInput, 0), Offset(5), "x"}}, *consumer,
                              kPatience));
  must(producer->abort(kPatience));
  EXPECT_EQ(must(consumer->committed(std::vector{on(kInput, 0)}, true, kPatience))[0].next_offset,
            std::nullopt);
}

// One member reads on while another joins: per partition and assignment the offsets stay contiguous.
TEST_F(GroupTest, RebalanceToTwoMembersLosesAndRepeatsNothing) {
  constexpr std::int32_t kRecords = 3'000;
  fill(kRecords);
  const auto first = member("0");
  std::map<TopicPartition, std::int64_t> next;
  const auto take = [&](const std::vector<Seen>& seen) {
    for (const Seen& each : seen) {
      EXPECT_EQ(each.offset.value(), next[each.partition])
          << "partition " << each.partition.partition.value();
      next[each.partition] = each.offset.value() + 1;
    }
  };
  const auto start_at_next = [&](GroupConsumer& consumer, const std::vector<TopicPartition>& partitions) {
    std::vector<StartingOffset> starts;
    for (const TopicPartition& partition : partitions) starts.push_back({partition, Offset(next[partition])});
    must(consumer.assign(starts));
  };
  start_at_next(*first, join(*first));

  const auto second = member("1");
  const auto batch_first = first->new_batch();
  const auto batch_second = second->new_batch();
  std::size_t owned_first = 4;
  std::size_t owned_second = 0;
  const auto step = [&](GroupConsumer& consumer, RecordBatch& batch, std::size_t& owned) {
    const PollEvents events = must(consumer.poll(batch, 13, 5ms));
    std::vector<Seen> seen;
    keep(batch, seen);
    if (events.revoked || events.assigned) {
      EXPECT_TRUE(seen.empty());
    }
    take(seen);
    if (events.revoked) {
      EXPECT_FALSE(events.lost);
      must(consumer.acknowledge_revoke());
      owned = 0;
    }
    if (events.assigned) {
      start_at_next(consumer, *events.assigned);
      owned = events.assigned->size();
    }
  };
  const auto all_read = [&] {
    if (next.size() < 4) return false;
    for (const auto& [partition, offset] : next) {
      if (offset < kRecords) return false;
    }
    return true;
  };
  wait_until("both members have their share and everything is read", [&] {
    step(*first, *batch_first, owned_first);
    step(*second, *batch_second, owned_second);
    return owned_first == 2 && owned_second == 2 && all_read();
  });
  must(second->close());
  must(first->close());
}

TEST_F(GroupTest, TakenInstanceIdFencesTheElder) {
  const auto elder = member("0");
  join(*elder);
  must(elder->assign({}));
  const auto younger = member("0");
  join(*younger);
  must(younger->assign({}));
  const auto batch = elder->new_batch();
  std::optional<Error> error;
  wait_until("the elder is fenced", [&] {
    const auto polled = elder->poll(*batch, 10, 20ms);
    if (!polled) error = polled.error();
    must(younger->poll(*younger->new_batch(), 10, 0ms));
    return error.has_value();
  });
  EXPECT_EQ(error->disposition, Disposition::fatal);
  EXPECT_EQ(error->code, "fenced");
}

TEST_F(GroupTest, OffsetsOfAFencedMemberAreRefused) {
  const auto elder = member("0");
  join(*elder);
  must(elder->assign({}));
  const auto producer = ready_producer("p");
  const auto younger = member("0");
  join(*younger);
  must(younger->assign({}));
  must(producer->begin());
  const Status sent =
      producer->send_offsets(std::vector{OffsetToCommit{on(kInput, 0), Offset(1), ""}}, *elder, kPatience);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().disposition, Disposition::abort_txn);
  EXPECT_EQ(sent.error().code, "group_generation");
  must(producer->abort(kPatience));
  must(producer->begin());
  must(
      producer->send_offsets(std::vector{OffsetToCommit{on(kInput, 0), Offset(1), ""}}, *younger, kPatience));
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
}

TEST_F(GroupTest, StaticMemberThatDisappearedIsBackAtOnce) {
  auto consumer = member("0");
  const auto before = join(*consumer);
  must(consumer->assign(from_zero(before)));
  consumer.reset();  // no close: as a crash
  const auto start = std::chrono::steady_clock::now();
  const auto again = member("0");
  EXPECT_EQ(join(*again).size(), before.size());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);  // the session lasts 6 s
}

TEST_F(GroupTest, UnknownTopicIsAnError) {
  KafkaSettings missing = settings();
  missing.topics = {unique("missing")};
  KafkaClients clients(missing);
  EXPECT_EQ(must(clients.partition_count(TopicId(0))), std::nullopt);
  const auto consumer = must(clients.group_consumer("0"));
  must(consumer->subscribe(std::vector{TopicId(0)}));
  const auto batch = consumer->new_batch();
  std::optional<Error> error;
  wait_until("the subscription fails", [&] {
    const auto polled = consumer->poll(*batch, 10, 20ms);
    if (!polled) error = polled.error();
    return error.has_value();
  });
  EXPECT_EQ(error->code, "unknown_topic");
}

}  // namespace
}  // namespace tidemark::runtime

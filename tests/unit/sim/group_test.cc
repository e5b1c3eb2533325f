#include "tests/unit/sim/rig.h"

namespace tidemark::runtime::sim {
namespace {

std::vector<PartitionRef> range(std::int32_t topic, std::int32_t begin, std::int32_t end) {
  std::vector<PartitionRef> refs;
  for (; begin < end; ++begin) refs.push_back({topic, begin});
  return refs;
}

struct RangeCase {
  const char* name;
  std::vector<std::pair<std::int32_t, std::int32_t>> expected;  // [begin, end) per member
};
class RangeTest : public ::testing::TestWithParam<RangeCase> {};

TEST_P(RangeTest, CoPartitionedTopicsGoTogether) {
  const auto& expected = GetParam().expected;
  Group group(6s, 60s);
  const std::vector<SubscribedTopic> topics{{0, 4}, {2, 4}};
  for (std::size_t i = 0; i < expected.size(); ++i) group.join(std::to_string(i), topics, 0s);
  EXPECT_FALSE(group.rebalancing());  // nobody has worked yet, so nobody holds it up
  const auto assignments = group.assignments();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    auto wanted = range(0, expected[i].first, expected[i].second);
    for (const auto& ref : range(2, expected[i].first, expected[i].second)) wanted.push_back(ref);
    EXPECT_EQ(assignments.at(std::to_string(i)), wanted) << "member " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sim, RangeTest,
    ::testing::Values(RangeCase{"one_member", {{0, 4}}}, RangeCase{"two_members", {{0, 2}, {2, 4}}},
                      RangeCase{"three_members", {{0, 2}, {2, 3}, {3, 4}}},
                      RangeCase{"five_members", {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 4}}}),
    [](const auto& test) { return std::string(test.param.name); });

class MembershipTest : public ::testing::Test {
 protected:
  PollEvents poll(GroupConsumer& consumer) {
    auto batch = consumer.new_batch();
    auto events = consumer.poll(*batch, 10, 1ms);
    EXPECT_TRUE(events) << code_of(events);
    read_ = batch->records.size();
    return events ? *events : PollEvents{};
  }
  std::string poll_code(GroupConsumer& consumer) {
    auto batch = consumer.new_batch();
    return code_of(consumer.poll(*batch, 10, 1ms));
  }
  // Polls until assigned and answers; how many partitions it got.
  std::size_t settle(GroupConsumer& consumer) {
    const auto events = poll(consumer);
    EXPECT_TRUE(events.assigned.has_value());
    if (!events.assigned) return SIZE_MAX;
    std::vector<StartingOffset> from;
    for (const auto& given : *events.assigned) from.push_back({given, Offset(0)});
    EXPECT_TRUE(consumer.assign(from));
    return from.size();
  }
  Status send_offsets(TransactionalProducer& producer, GroupConsumer& consumer) {
    EXPECT_TRUE(producer.begin());
    return producer.send_offsets(std::vector<OffsetToCommit>{{partition(kIn, 0), Offset(1), ""}}, consumer,
                                 kTimeout);
  }

  Rig rig_;
  World& world_ = rig_.world;
  Machine& machine_ = rig_.machine;
  std::size_t read_ = 0;  // by the last poll
};

TEST_F(MembershipTest, AnEventIsAnsweredBeforeRecordsFlow) {
  for (std::int32_t i = 0; i < 4; ++i) world_.cluster.append("in", i, "k", "v", SimClock::kStart);
  auto consumer = machine_.new_consumer("0");
  const auto events = poll(*consumer);
  ASSERT_TRUE(events.assigned);
  EXPECT_EQ(events.assigned->size(), 4u);
  poll(*consumer);
  EXPECT_EQ(read_, 0u);
  ASSERT_TRUE(consumer->assign(std::vector<StartingOffset>{{partition(kIn, 2), Offset(0)}}));
  poll(*consumer);
  EXPECT_EQ(read_, 1u);  // of the one partition it asked for
}

TEST_F(MembershipTest, OnlyGivenPartitionsMayBeAssigned) {
  auto first = machine_.new_consumer("0");
  auto second = machine_.new_consumer("1");
  EXPECT_EQ(settle(*first), 2u);
  EXPECT_EQ(code_of(first->assign(std::vector<StartingOffset>{{partition(kIn, 3), Offset(0)}})), "bad_call");
}

TEST_F(MembershipTest, ANewMemberWaitsUntilTheOthersGaveUp) {
  auto first = machine_.new_consumer("0");
  EXPECT_EQ(settle(*first), 4u);
  auto second = machine_.new_consumer("1");
  EXPECT_FALSE(poll(*second).assigned);
  EXPECT_EQ(code_of(first->acknowledge_revoke()), "bad_call");
  EXPECT_TRUE(poll(*first).revoked);
  EXPECT_FALSE(poll(*first).revoked);  // told once
  EXPECT_FALSE(poll(*second).assigned);
  EXPECT_TRUE(first->acknowledge_revoke());
  EXPECT_EQ(settle(*first), 2u);
  EXPECT_EQ(settle(*second), 2u);
}

TEST_F(MembershipTest, AThirdMemberTakesFromBoth) {
  auto first = machine_.new_consumer("0");
  auto second = machine_.new_consumer("1");
  EXPECT_EQ(settle(*first), 2u);
  EXPECT_EQ(settle(*second), 2u);
  auto third = machine_.new_consumer("2");
  for (auto* consumer : {first.get(), second.get()}) {
    EXPECT_TRUE(poll(*consumer).revoked);
    EXPECT_TRUE(consumer->acknowledge_revoke());
  }
  EXPECT_EQ(settle(*first), 2u);
  EXPECT_EQ(settle(*second), 1u);
  EXPECT_EQ(settle(*third), 1u);
}

TEST_F(MembershipTest, AStaticMemberComesBackWithoutTroublingTheOthers) {
  auto first = machine_.new_consumer("0");
  auto second = machine_.new_consumer("1");
  settle(*first);
  settle(*second);
  const auto generation = world_.cluster.find_group("g")->generation();
  first.reset();
  world_.clock.advance(5s);
  poll(*second);
  auto again = machine_.new_consumer("0");
  EXPECT_EQ(settle(*again), 2u);
  EXPECT_FALSE(poll(*second).revoked);
  EXPECT_EQ(world_.cluster.find_group("g")->generation(), generation);
}

TEST_F(MembershipTest, ADeadMemberIsReplacedAfterItsSession) {
  auto first = machine_.new_consumer("0");
  auto second = machine_.new_consumer("1");
  settle(*first);
  settle(*second);
  first.reset();
  world_.clock.advance(4s);
  EXPECT_FALSE(poll(*second).revoked);
  world_.clock.advance(3s);
  EXPECT_TRUE(poll(*second).revoked);
  EXPECT_TRUE(second->acknowledge_revoke());
  EXPECT_EQ(settle(*second), 4u);
}

TEST_F(MembershipTest, AMemberWhoseInstanceWasTakenIsFenced) {
  auto older = machine_.new_consumer("0");
  settle(*older);
  auto newer = machine_.new_consumer("0");
  EXPECT_EQ(poll_code(*older), "fenced");
  EXPECT_EQ(code_of(older->assign({})), "fenced");
  EXPECT_EQ(settle(*newer), 4u);
  auto producer = machine_.new_producer("app-0");
  const Status sent = send_offsets(*producer, *older);
  EXPECT_EQ(code_of(sent), "group_generation");
  EXPECT_EQ(sent.error().disposition, Disposition::abort_txn);
}

TEST_F(MembershipTest, AnExpiredMemberIsFencedAndMayNotCommit) {
  auto consumer = machine_.new_consumer("0");
  settle(*consumer);
  auto producer = machine_.new_producer("app-0");
  EXPECT_TRUE(send_offsets(*producer, *consumer));
  EXPECT_TRUE(producer->abort(kTimeout));
  world_.clock.advance(7s);
  EXPECT_EQ(code_of(send_offsets(*producer, *consumer)), "group_generation");
  EXPECT_EQ(poll_code(*consumer), "fenced");
}

TEST_F(MembershipTest, AnExpiredMemberMayBeToldByLostAndComesBack) {
  world_.faults.plan().sites["group.expired_lost"] = {1, 1};
  auto consumer = machine_.new_consumer("0");
  settle(*consumer);
  world_.clock.advance(7s);
  const auto events = poll(*consumer);
  EXPECT_TRUE(events.revoked && events.lost);
  EXPECT_TRUE(consumer->acknowledge_revoke());
  EXPECT_EQ(settle(*consumer), 4u);
}

TEST_F(MembershipTest, OffsetsOfTheGenerationAtHandAreTakenDuringARebalanceButNotAfter) {
  auto first = machine_.new_consumer("0");
  settle(*first);
  auto second = machine_.new_consumer("1");
  EXPECT_TRUE(poll(*first).revoked);
  auto producer = machine_.new_producer("app-0");
  EXPECT_TRUE(send_offsets(*producer, *first));
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::committed);
  EXPECT_TRUE(first->acknowledge_revoke());
  EXPECT_EQ(code_of(send_offsets(*producer, *first)), "group_generation");
}

TEST_F(MembershipTest, WhoDoesNotGiveUpIsThrownOutAfterTheRebalanceTimeout) {
  auto first = machine_.new_consumer("0");
  settle(*first);
  auto second = machine_.new_consumer("1");
  EXPECT_TRUE(poll(*first).revoked);
  for (int i = 0; i < 14; ++i) {
    world_.clock.advance(4s);
    EXPECT_FALSE(poll(*second).assigned);
    poll(*first);
  }
  world_.clock.advance(5s);
  EXPECT_EQ(settle(*second), 4u);
  EXPECT_EQ(poll_code(*first), "fenced");
}

TEST_F(MembershipTest, ReassigningDropsWhatWasReached) {
  for (int i = 0; i < 3; ++i) world_.cluster.append("in", 0, "k", "v", SimClock::kStart);
  auto consumer = machine_.new_consumer("0");
  settle(*consumer);
  std::size_t total = 0;
  for (int i = 0; i < 10; ++i) {
    poll(*consumer);
    total += read_;
  }
  EXPECT_EQ(total, 3u);
  ASSERT_TRUE(consumer->assign(std::vector<StartingOffset>{{partition(kIn, 0), Offset(2)}}));
  poll(*consumer);
  EXPECT_EQ(read_, 1u);
}

}  // namespace
}  // namespace tidemark::runtime::sim

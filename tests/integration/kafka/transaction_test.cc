// What commits, aborts and fences do to what others can see.
#include <random>

#include "fixture.h"

namespace tidemark::runtime {
namespace {

class TransactionTest : public KafkaTest {};

TEST_F(TransactionTest, CommittedRecordsAreVisible) {
  const auto producer = ready_producer("p");
  must(producer->begin());
  produce(*producer, on(kOutput, 0), {"a", "b"});
  must(producer->flush(kPatience));
  const CommitOutcome outcome = producer->commit(kPatience);
  EXPECT_TRUE(outcome == CommitOutcome::committed || outcome == CommitOutcome::suspect);
  const auto from = reader();
  EXPECT_EQ(values_of(read_settled(*from, on(kOutput, 0)).seen), (std::vector<std::string>{"a", "b"}));
}

// Were it visible, the broker would be no proof of anything here: the mock cluster shows aborted records.
TEST_F(TransactionTest, AbortedRecordsAreInvisible) {
  const auto producer = ready_producer("p");
  must(producer->begin());
  produce(*producer, on(kOutput, 0), {"aborted"});
  must(producer->flush(kPatience));
  must(producer->abort(kPatience));
  commit(*producer, on(kOutput, 0), {"committed"});
  const auto from = reader();
  EXPECT_EQ(values_of(read_settled(*from, on(kOutput, 0)).seen), (std::vector<std::string>{"committed"}));
}

TEST_F(TransactionTest, AbortOfWhatWasNotFlushedLeavesNothing) {
  const auto producer = ready_producer("p");
  must(producer->begin());
  produce(*producer, on(kOutput, 0), std::vector<std::string>(5'000, "aborted"));
  must(producer->abort(kPatience));
  commit(*producer, on(kOutput, 0), {"committed"});
  const auto from = reader();
  EXPECT_EQ(values_of(read_settled(*from, on(kOutput, 0)).seen), (std::vector<std::string>{"committed"}));
}

TEST_F(TransactionTest, FlushTellsTheLastOffsetOfEachPartitionOfThisTransaction) {
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), {"a", "b"});  // 0, 1; the marker is 2
  must(producer->begin());
  produce(*producer, on(kOutput, 0), {"c", "d", "e"});
  produce(*producer, on(kInput, 1), {"f"});
  auto last = must(producer->flush(kPatience));
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].partition, on(kInput, 1));
  EXPECT_EQ(last[0].last_offset, Offset(0));
  EXPECT_EQ(last[1].partition, on(kOutput, 0));
  EXPECT_EQ(last[1].last_offset, Offset(5));
  must(producer->abort(kPatience));
  must(producer->begin());
  EXPECT_TRUE(must(producer->flush(kPatience)).empty());
  must(producer->abort(kPatience));
}

TEST_F(TransactionTest, FlushTellsWhenTheBrokerAppendedWhereItStamps) {
  must(must(admin_->create_topics(
      std::vector{KafkaTopicSpec{.name = unique("stamped"),
                                 .partition_count = 1,
                                 .replication_factor = 1,
                                 .config = {{"message.timestamp.type", "LogAppendTime"}}}},
      false))[0]);
  KafkaSettings with_stamped = settings();
  with_stamped.topics.push_back(unique("stamped"));
  KafkaClients clients(with_stamped);
  constexpr TopicId kStamped{2};
  wait_until("the topic is known", [&] { return must(clients.partition_count(kStamped)) == 1; });
  const auto producer = must(clients.producer(unique("p")));
  must(producer->init(kPatience));
  must(producer->begin());
  produce(*producer, on(kOutput, 0), {"a"});
  produce(*producer, on(kStamped, 0), {"b", "c"});
  const auto last = must(producer->flush(kPatience));
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].appended_at, std::nullopt);
  const auto from = must(clients.reader());
  const auto read = read_settled(*from, on(kStamped, 0));
  ASSERT_EQ(read.seen.size(), 2U);
  EXPECT_EQ(last[1].appended_at, read.seen[1].arrival);
}

TEST_F(TransactionTest, EmptyTransactionCommits) {
  const auto producer = ready_producer("p");
  must(producer->begin());
  EXPECT_EQ(producer->commit(kPatience), CommitOutcome::committed);
}

TEST_F(TransactionTest, UndisturbedCommitsStayWithTheSameProducer) {
  const auto producer = ready_producer("p");
  int suspects = 0;
  for (int i = 0; i < 20; ++i) {
    must(producer->begin());
    produce(*producer, on(kOutput, i % 2), {"x"});
    must(producer->flush(kPatience));
    const CommitOutcome outcome = producer->commit(kPatience);
    ASSERT_TRUE(outcome == CommitOutcome::committed || outcome == CommitOutcome::suspect);
    if (outcome == CommitOutcome::suspect) ++suspects;
  }
  EXPECT_LE(suspects, 2);  // a commit of over a second on a machine under load, not the rule
}

TEST_F(TransactionTest, LastStableOffsetWaitsForTheOpenTransaction) {
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), {"a"});  // 0; marker 1
  must(producer->begin());
  produce(*producer, on(kOutput, 0), {"b"});  // 2
  must(producer->flush(kPatience));
  const auto from = reader();
  wait_until("the marker is written",
             [&] { return must(from->offsets(on(kOutput, 0))).last_stable == Offset(2); });
  const PartitionOffsets offsets = must(from->offsets(on(kOutput, 0)));
  EXPECT_EQ(offsets.log_start, Offset(0));
  EXPECT_EQ(offsets.high_watermark, Offset(3));
  const ReadToEnd all = read(*from, on(kOutput, 0));
  EXPECT_EQ(values_of(all.seen), (std::vector<std::string>{"a"}));
  EXPECT_EQ(all.end, Offset(2));
  must(producer->abort(kPatience));
}

TEST_F(TransactionTest, FenceEndsTheTransactionOfADeadOwner) {
  auto dead = ready_producer("owner");
  must(dead->begin());
  produce(*dead, on(kOutput, 0), {"never finished"});
  must(dead->flush(kPatience));
  dead.reset();
  const auto from = reader();
  ASSERT_EQ(must(from->offsets(on(kOutput, 0))).last_stable, Offset(0));
  const auto start = std::chrono::steady_clock::now();
  must(clients_->fence(unique("owner")));
  wait_until("the last stable offset advances", [&] {
    const PartitionOffsets offsets = must(from->offsets(on(kOutput, 0)));
    return offsets.last_stable == offsets.high_watermark && offsets.high_watermark == Offset(2);
  });
  RecordProperty("fence_ms", static_cast<int>((std::chrono::steady_clock::now() - start) / 1ms));
  // Far below the transaction timeout, which would have ended it as well.
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_TRUE(read_settled(*from, on(kOutput, 0)).seen.empty());
}

TEST_F(TransactionTest, ZombieIsFencedByItsSuccessor) {
  const auto zombie = ready_producer("slot");
  must(zombie->begin());
  produce(*zombie, on(kOutput, 0), {"zombie"});
  must(zombie->flush(kPatience));
  const auto successor = ready_producer("slot");
  EXPECT_EQ(zombie->commit(kPatience), CommitOutcome::unknown);
  const Status again = zombie->begin();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().disposition, Disposition::fatal);
  EXPECT_EQ(again.error().code, "fenced");
  commit(*successor, on(kOutput, 0), {"successor"});
  const auto from = reader();
  EXPECT_EQ(values_of(read_settled(*from, on(kOutput, 0)).seen), (std::vector<std::string>{"successor"}));
}

TEST_F(TransactionTest, RecordTooLargeForTheTopicStopsInsteadOfLooping) {
  const auto producer = ready_producer("p");
  must(producer->begin());
  std::string huge(1'200'000, 'x');
  std::mt19937 random(1);  // so that it is too large as it is sent, compressed
  for (char& byte : huge) byte = static_cast<char>(random());
  const std::vector<OutputRecord> records{{.key = "key", .value = huge, .has_value = true, .headers = {}}};
  Status status = producer->produce(on(kOutput, 0), records);
  if (status) {  // the broker refuses it, by the limit of the topic
    const auto flushed = producer->flush(kPatience);
    ASSERT_FALSE(flushed);
    status = flushed.error();
  }
  EXPECT_EQ(status.error().code, "record_too_large");
  EXPECT_EQ(status.error().disposition, Disposition::fatal);
}

TEST_F(TransactionTest, ProducingToAPartitionThatDoesNotExistIsFatal) {
  const auto producer = ready_producer("p");
  must(producer->begin());
  const std::vector<OutputRecord> records{{.key = "key", .value = "v", .has_value = true, .headers = {}}};
  Status status = producer->produce(on(kOutput, 7), records);
  if (status) {
    const auto flushed = producer->flush(kPatience);
    ASSERT_FALSE(flushed);
    status = flushed.error();
  }
  EXPECT_EQ(status.error().code, "unknown_topic");
}

ArrivalTime now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// Far more than the queue holds: it is refused in the middle of a batch, again and again.
TEST_F(TransactionTest, RecordsKeepTheirOrderThroughAFullQueue) {
  KafkaSettings small = settings();
  small.producer_queue_bytes = 256 * 1024;
  KafkaClients clients(small);
  const auto producer = must(clients.producer("p"));
  must(producer->init(kPatience));
  const HeaderView header{"n", "v"};
  std::vector<std::string> values;
  for (int i = 0; i < 5'000; ++i) values.push_back(std::to_string(i) + std::string(500, 'x'));
  std::vector<OutputRecord> records;
  for (const std::string& value : values) {
    records.push_back({.key = "key", .value = value, .has_value = true, .headers = {}});
    if (records.size() % 700 == 0) records.back().headers = {&header, 1};
  }
  must(producer->begin());
  must(producer->produce(on(kOutput, 0), records));
  must(producer->flush(kPatience));
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
  const auto from = reader();
  EXPECT_EQ(values_of(read_settled(*from, on(kOutput, 0)).seen), values);
}

TEST_F(TransactionTest, BytesArriveAsTheyWereProduced) {
  const auto producer = ready_producer("p");
  const std::string binary("\0\xff\n", 3);
  const std::vector<HeaderView> headers{{"td-code", "x"}, {"td-empty", ""}, {"td-code", binary}};
  const std::vector<OutputRecord> records{
      {.key = "key", .value = binary, .has_value = true, .headers = headers},
      {.key = "empty value", .value = {}, .has_value = true, .headers = {}},
      {.key = "tombstone", .value = {}, .has_value = false, .headers = {}},
      {.key = "", .value = "empty key", .has_value = true, .headers = {}},
      {.key = {}, .value = "no key", .has_value = true, .headers = {}},
  };
  const ArrivalTime before = now();
  must(producer->begin());
  must(producer->produce(on(kOutput, 0), records));
  const ArrivalTime after = now();
  must(producer->flush(kPatience));
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
  const auto from = reader();
  const auto seen = read_settled(*from, on(kOutput, 0)).seen;
  ASSERT_EQ(seen.size(), 5U);
  for (const auto& record : seen) {
    EXPECT_GE(record.arrival, before);
    EXPECT_LE(record.arrival, after);
  }
  EXPECT_EQ(seen[0].value, binary);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"td-code", "x"}, {"td-empty", ""}, {"td-code", binary}};
  EXPECT_EQ(seen[0].headers, expected);
  EXPECT_EQ(seen[1].value, "");
  EXPECT_TRUE(seen[1].headers.empty());
  EXPECT_EQ(seen[2].value, std::nullopt);
  EXPECT_EQ(seen[3].key, "");
  EXPECT_EQ(seen[4].key, std::nullopt);
}

}  // namespace
}  // namespace tidemark::runtime

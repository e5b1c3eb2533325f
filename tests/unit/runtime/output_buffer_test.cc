// Copies of what an epoch wants to produce: they outlive their sources, keep their order, and tell missing
// from empty.
#include "runtime/output_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace tidemark::runtime {
namespace {

constexpr std::size_t kPieceBytes = 200'000;

TopicPartition at(int topic) {
  return {TopicId(topic), PartitionId(7)};
}

TEST(ArenaTest, KeepsBytesInPlaceWhileItGrows) {
  Arena arena;
  std::vector<std::string_view> kept;
  for (int i = 0; i < 100'000; ++i) kept.push_back(arena.keep("value " + std::to_string(i)));  // many chunks
  for (int i = 0; i < 100'000; ++i)
    ASSERT_EQ(kept[static_cast<std::size_t>(i)], "value " + std::to_string(i));
}

TEST(ArenaTest, TakesTextsLargerThanAChunk) {
  Arena arena;
  const std::string_view before = arena.keep("before");
  const std::string large(1 << 20, 'x');
  const std::string_view kept = arena.keep(large);
  const std::string_view after = arena.keep("after");
  EXPECT_EQ(before, "before");
  EXPECT_EQ(kept, large);
  EXPECT_EQ(after, "after");
  EXPECT_EQ(arena.bytes(), large.size() + 11);
}

TEST(ArenaTest, CountsFromNothingAfterClear) {
  Arena arena;
  const std::string large(1 << 20, 'x');
  arena.keep("a");
  arena.keep(large);
  arena.clear();
  EXPECT_EQ(arena.bytes(), 0u);
  std::vector<std::string_view> kept;
  for (int i = 0; i < 50'000; ++i) kept.push_back(arena.keep("again " + std::to_string(i)));
  for (int i = 0; i < 50'000; ++i) ASSERT_EQ(kept[static_cast<std::size_t>(i)], "again " + std::to_string(i));
}

TEST(ArenaTest, FillsAChunkToItsLastByte) {
  Arena arena;
  const std::string half(std::size_t{1} << 17, 'x');
  const std::string_view first = arena.keep(half);
  const std::string_view second = arena.keep(half);
  const std::string_view third = arena.keep("y");
  EXPECT_EQ(first.data() + half.size(), second.data());
  EXPECT_EQ(third, "y");
  EXPECT_EQ(second, half);
}

TEST(OutputBufferTest, CopiesOutliveTheirSources) {
  OutputBuffer buffer(kPieceBytes);
  {
    std::string key = "key";
    std::string value = "value";
    std::string name = "header";
    const HeaderView headers[] = {{name, value}, {name, ""}};
    buffer.add(at(2), {.key = key, .value = value, .has_value = true, .headers = headers});
    key = value = name = "gone";
  }
  const OutputRecord& record = buffer.records().at(at(2)).front();
  EXPECT_EQ(record.key, "key");
  EXPECT_EQ(record.value, "value");
  ASSERT_EQ(record.headers.size(), 2u);
  EXPECT_EQ(record.headers[0].name, "header");
  EXPECT_EQ(record.headers[0].value, "value");
  EXPECT_EQ(record.headers[1].value, "");
}

TEST(OutputBufferTest, HeadersStayInPlaceWhileItGrows) {
  OutputBuffer buffer(kPieceBytes);
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = std::to_string(i);
    const HeaderView header{"n", text};
    buffer.add(at(0), {.key = text, .value = text, .has_value = true, .headers = {&header, 1}});
  }
  const auto& records = buffer.records().at(at(0));
  ASSERT_EQ(records.size(), 10'000u);
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(records[i].key, std::to_string(i));  // in the order added
    ASSERT_EQ(records[i].headers.front().value, std::to_string(i));
  }
}

TEST(OutputBufferTest, TopicsAreApartAndInOrder) {
  OutputBuffer buffer(kPieceBytes);
  for (const int topic : {3, 1, 3})
    buffer.add(at(topic), {.key = "k", .value = "v", .has_value = true, .headers = {}});
  std::vector<TopicId> topics;
  for (const auto& [partition, records] : buffer.records()) topics.push_back(partition.topic);
  EXPECT_EQ(topics, (std::vector{TopicId(1), TopicId(3)}));
  EXPECT_EQ(buffer.records().at(at(3)).size(), 2u);
}

TEST(OutputBufferTest, TellsMissingFromEmpty) {
  OutputBuffer buffer(kPieceBytes);
  buffer.add(at(0), {.key = std::string_view(), .value = {}, .has_value = false, .headers = {}});
  buffer.add(at(0), {.key = std::string_view("", 0), .value = "", .has_value = true, .headers = {}});
  const auto& records = buffer.records().at(at(0));
  EXPECT_EQ(records[0].key.data(), nullptr);
  EXPECT_FALSE(records[0].has_value);
  EXPECT_NE(records[1].key.data(), nullptr);
  EXPECT_TRUE(records[1].has_value);
}

// Notes what it is given; fails at its `fails_at`-th call.
class NotingProducer final : public TransactionalProducer {
 public:
  struct Piece {
    TopicPartition partition;
    std::vector<std::string> values;
  };
  std::vector<Piece> pieces;
  std::size_t fails_at = 0;

  Status init(std::chrono::milliseconds) override { return {}; }
  Status begin() override { return {}; }
  Status produce(const TopicPartition& partition, std::span<const OutputRecord> records) override {
    Piece& piece = pieces.emplace_back(Piece{partition, {}});
    for (const OutputRecord& record : records) piece.values.emplace_back(record.value);
    if (pieces.size() == fails_at) return Error{Disposition::abort_txn, "refused", "by plan"};
    return {};
  }
  Result<std::vector<LastOffset>> flush(std::chrono::milliseconds) override {
    return std::vector<LastOffset>();
  }
  Status send_offsets(std::span<const OffsetToCommit>, GroupConsumer&, std::chrono::milliseconds) override {
    return {};
  }
  CommitOutcome commit(std::chrono::milliseconds) override { return CommitOutcome::committed; }
  Status abort(std::chrono::milliseconds) override { return {}; }
  const std::string& transactional_id() const override { return id_; }

 private:
  const std::string id_ = "t";
};

OutputRecord with_value(std::string_view value) {
  return {.key = "k", .value = value, .has_value = true, .headers = {}};
}

TEST(OutputBufferTest, KeepsEverythingUntilTheHandOver) {
  NotingProducer producer;
  OutputBuffer buffer(kPieceBytes);
  const std::string large(kPieceBytes, 'x');
  buffer.add(at(2), with_value("second topic"));
  buffer.add(at(1), with_value(large));
  EXPECT_EQ(producer.pieces.size(), 0u);
  buffer.begin_hand_over(producer);
  EXPECT_EQ(producer.pieces.size(), 0u);
  EXPECT_TRUE(buffer.hand_over());
  ASSERT_EQ(producer.pieces.size(), 2u);
  EXPECT_EQ(producer.pieces[0].partition, at(1));
  EXPECT_EQ(producer.pieces[1].values, std::vector<std::string>{"second topic"});
  EXPECT_TRUE(buffer.empty());
  EXPECT_TRUE(buffer.hand_over()) << "there is nothing left";
  EXPECT_EQ(producer.pieces.size(), 2u);
}

TEST(OutputBufferTest, HandsOverFullPiecesInTheOrderAdded) {
  NotingProducer producer;
  OutputBuffer buffer(kPieceBytes);
  buffer.begin_hand_over(producer);
  std::vector<std::string> added;
  for (int i = 0; i < 1'000; ++i) {
    added.push_back(std::to_string(i) + std::string(1'000, 'x'));
    buffer.add(at(0), with_value(added.back()));
    ASSERT_LT(buffer.bytes(), kPieceBytes);
  }
  EXPECT_GT(producer.pieces.size(), 3u);
  EXPECT_TRUE(buffer.hand_over());
  std::vector<std::string> handed_over;
  for (const auto& piece : producer.pieces)
    handed_over.insert(handed_over.end(), piece.values.begin(), piece.values.end());
  EXPECT_EQ(handed_over, added);
}

TEST(OutputBufferTest, GivesEachPartitionOfATopicItsOwnInTheOrderAdded) {
  NotingProducer producer;
  OutputBuffer buffer(kPieceBytes);
  for (const auto& [partition, value] : {std::pair(7, "a"), {2, "b"}, {7, "c"}, {5, "d"}, {2, "e"}})
    buffer.add({TopicId(1), PartitionId(partition)}, with_value(value));
  buffer.begin_hand_over(producer);
  EXPECT_TRUE(buffer.hand_over());
  std::map<TopicPartition, std::vector<std::string>> values;
  for (const auto& piece : producer.pieces) {
    EXPECT_FALSE(values.contains(piece.partition)) << "two pieces";
    values[piece.partition] = piece.values;
  }
  EXPECT_EQ(values.size(), 3u);
  EXPECT_EQ((values[{TopicId(1), PartitionId(7)}]), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ((values[{TopicId(1), PartitionId(2)}]), (std::vector<std::string>{"b", "e"}));
}

TEST(OutputBufferTest, TellsOfThePieceThatWasRefusedAndSendsNoneAfterIt) {
  NotingProducer producer;
  producer.fails_at = 2;
  OutputBuffer buffer(kPieceBytes);
  buffer.begin_hand_over(producer);
  const std::string large(kPieceBytes, 'x');
  for (int i = 0; i < 4; ++i) buffer.add(at(0), with_value(large));
  const Status status = buffer.hand_over();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "refused");
  EXPECT_EQ(producer.pieces.size(), 2u);
  buffer.clear();
  buffer.add(at(0), with_value(large));  // of the next epoch
  EXPECT_EQ(producer.pieces.size(), 2u);
  EXPECT_FALSE(buffer.empty());
}

TEST(OutputBufferTest, IsEmptyAfterClear) {
  OutputBuffer buffer(kPieceBytes);
  EXPECT_TRUE(buffer.empty());
  buffer.add(at(0), {.key = "key", .value = "value", .has_value = true, .headers = {}});
  EXPECT_FALSE(buffer.empty());
  EXPECT_EQ(buffer.bytes(), 8u);
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.bytes(), 0u);
  buffer.add(at(0), {.key = "again", .value = "", .has_value = true, .headers = {}});
  ASSERT_EQ(buffer.records().at(at(0)).size(), 1u);
  EXPECT_EQ(buffer.records().at(at(0)).front().key, "again");
}

}  // namespace
}  // namespace tidemark::runtime

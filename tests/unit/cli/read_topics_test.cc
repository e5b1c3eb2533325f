#include "cli/read_topics.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

namespace tidemark::cli {
namespace {

using runtime::EndOfPartition;
using runtime::PartitionOffsets;
using runtime::PollEvents;
using runtime::StartingOffset;
using runtime::TopicId;
using runtime::TopicPartition;

class FakeBatch final : public runtime::RecordBatch {
 public:
  void clear() override { records.clear(); }
};

// What one poll answers.
struct Answer {
  std::vector<std::pair<TopicPartition, std::int64_t>> records = {};
  std::vector<std::pair<TopicPartition, std::int64_t>> ends = {};
  bool retry = false;
  bool out_of_range = false;
};

class FakeReader final : public runtime::LogReader {
 public:
  std::unique_ptr<runtime::RecordBatch> new_batch() override { return std::make_unique<FakeBatch>(); }
  Result<PartitionOffsets> offsets(TopicPartition partition) override { return offsets_.at(partition); }
  Result<Offset> offset_at(TopicPartition, ArrivalTime) override { return Offset(0); }
  Status assign(std::span<const StartingOffset> partitions) override {
    assigned_.assign(partitions.begin(), partitions.end());
    return {};
  }
  Result<PollEvents> poll(runtime::RecordBatch& batch, std::size_t, std::chrono::milliseconds) override {
    batch.clear();
    PollEvents events;
    if (answers_.empty()) return events;
    const Answer answer = answers_.front();
    answers_.pop_front();
    if (answer.retry) return Error{Disposition::retry, "unreachable", "no broker"};
    for (const auto& [partition, offset] : answer.records) {
      batch.records.push_back({partition.topic,
                               {.source = {},
                                .partition = partition.partition,
                                .offset = Offset(offset),
                                .arrival = {},
                                .key = {},
                                .value = {},
                                .headers = {}}});
    }
    for (const auto& [partition, offset] : answer.ends) events.ends.push_back({partition, Offset(offset)});
    if (answer.out_of_range) events.out_of_range.push_back({TopicId(0), PartitionId(0)});
    return events;
  }

  std::map<TopicPartition, PartitionOffsets> offsets_;
  std::deque<Answer> answers_;
  std::vector<StartingOffset> assigned_;
};

constexpr TopicPartition kFirst{TopicId(0), PartitionId(0)};
constexpr TopicPartition kSecond{TopicId(0), PartitionId(1)};

class ReadTopicsTest : public ::testing::Test {
 protected:
  Status read(std::chrono::milliseconds patience = std::chrono::seconds{20}) {
    const std::vector<TopicPartition> partitions{kFirst, kSecond};
    return read_to_end(
        reader_, partitions,
        [this](const runtime::ConsumedRecord& record) { seen_.push_back(record.record.offset.value()); },
        patience);
  }
  void set(TopicPartition partition, std::int64_t log_start, std::int64_t last_stable) {
    reader_.offsets_[partition] = {Offset(log_start), Offset(last_stable), Offset(last_stable)};
  }
  FakeReader reader_;
  std::vector<std::int64_t> seen_;
};

TEST_F(ReadTopicsTest, EmptyPartitionsAreNotAsked) {
  set(kFirst, 0, 0);
  set(kSecond, 7, 7);
  EXPECT_TRUE(read());
  EXPECT_TRUE(reader_.assigned_.empty());
}

TEST_F(ReadTopicsTest, EndsWithTheLastRecordOfEachPartition) {
  set(kFirst, 5, 7);
  set(kSecond, 0, 1);
  reader_.answers_ = {{.records = {{kFirst, 5}, {kSecond, 0}}}, {.records = {{kFirst, 6}}}};
  EXPECT_TRUE(read());
  EXPECT_EQ(seen_, (std::vector<std::int64_t>{5, 0, 6}));
  ASSERT_EQ(reader_.assigned_.size(), 2U);
  EXPECT_EQ(reader_.assigned_[0].next_offset, Offset(5));
}

TEST_F(ReadTopicsTest, ATransactionMarkerAtTheEndIsPassedByTheEndOfPartition) {
  set(kFirst, 0, 3);
  set(kSecond, 0, 0);
  reader_.answers_ = {{.records = {{kFirst, 0}}}, {.ends = {{kFirst, 3}}}};
  EXPECT_TRUE(read());
  EXPECT_EQ(seen_, (std::vector<std::int64_t>{0}));
}

TEST_F(ReadTopicsTest, WhatCameAfterTheCallIsLeftOut) {
  set(kFirst, 0, 3);
  set(kSecond, 0, 0);
  reader_.answers_ = {{.records = {{kFirst, 0}, {kFirst, 1}, {kFirst, 3}, {kFirst, 4}}}};
  EXPECT_TRUE(read());
  EXPECT_EQ(seen_, (std::vector<std::int64_t>{0, 1}));
}

TEST_F(ReadTopicsTest, ARetryIsRetried) {
  set(kFirst, 0, 1);
  set(kSecond, 0, 0);
  reader_.answers_ = {{.retry = true}, {.records = {{kFirst, 0}}}};
  EXPECT_TRUE(read());
  EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(ReadTopicsTest, SilenceIsUnreachable) {
  set(kFirst, 0, 1);
  set(kSecond, 0, 0);
  const Status status = read(std::chrono::milliseconds{0});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "unreachable");
}

TEST_F(ReadTopicsTest, DeletedRecordsAreAnError) {
  set(kFirst, 0, 1);
  set(kSecond, 0, 0);
  reader_.answers_ = {{.out_of_range = true}};
  const Status status = read();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "offset_lost");
}

}  // namespace
}  // namespace tidemark::cli

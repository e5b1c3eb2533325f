#include <mutex>

#include "fixture.h"
#include "runtime/kafka/plain_producer.h"

namespace tidemark::runtime {
namespace {

class ReaderTest : public KafkaTest {};

TEST_F(ReaderTest, EndComesAfterTheMarker) {
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), {"a"});  // 0; marker 1
  commit(*producer, on(kOutput, 0), {"b"});  // 2; marker 3
  const auto from = reader();
  wait_until("the marker is written",
             [&] { return must(from->offsets(on(kOutput, 0))).last_stable == Offset(4); });
  const ReadToEnd all = read(*from, on(kOutput, 0));
  EXPECT_EQ(values_of(all.seen), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(all.end, Offset(4));
}

TEST_F(ReaderTest, EmptyPartitionEndsWhereItStarts) {
  const auto from = reader();
  EXPECT_EQ(read(*from, on(kOutput, 1)).end, Offset(0));
}

TEST_F(ReaderTest, EndIsToldAgainAfterEveryAssignment) {
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), {"a"});
  const auto from = reader();
  wait_until("the marker is written",
             [&] { return must(from->offsets(on(kOutput, 0))).last_stable == Offset(2); });
  for (int round = 0; round < 3; ++round) {
    const ReadToEnd all = read(*from, on(kOutput, 0), Offset(round));
    EXPECT_EQ(all.end, Offset(2));
    EXPECT_EQ(all.seen.size(), round == 0 ? 1U : 0U);
  }
}

TEST_F(ReaderTest, EndIsToldAgainWhenItMoved) {
  const auto producer = ready_producer("p");
  const auto from = reader();
  EXPECT_EQ(read(*from, on(kOutput, 0)).end, Offset(0));
  commit(*producer, on(kOutput, 0), {"a"});
  const auto batch = from->new_batch();
  std::vector<Seen> seen;
  Offset end(0);
  wait_until("the end moves", [&] {
    const PollEvents events = must(from->poll(*batch, 100, 20ms));
    keep(*batch, seen);
    if (!events.ends.empty()) end = events.ends.back().next_offset;
    return end == Offset(2);
  });
  EXPECT_EQ(values_of(seen), (std::vector<std::string>{"a"}));
}

TEST_F(ReaderTest, WhatWasFetchedBeforeAnAssignmentIsDropped) {
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), std::vector<std::string>(2'000, "x"));
  commit(*producer, on(kOutput, 1), std::vector<std::string>(2'000, "y"));
  const auto from = reader();
  const auto batch = from->new_batch();
  for (int round = 0; round < 20; ++round) {
    const Offset start(round * 50);
    must(from->assign(
        std::vector{StartingOffset{on(kOutput, 0), start}, StartingOffset{on(kOutput, 1), start}}));
    std::int64_t next[2] = {start.value(), start.value()};
    std::size_t count = 0;
    wait_until("records come", [&] {
      must(from->poll(*batch, 7, 20ms));
      for (const auto& [topic, record] : batch->records) {
        auto& expected = next[record.partition.value()];
        EXPECT_EQ(record.offset.value(), expected) << "round " << round;
        expected = record.offset.value() + 1;
        ++count;
      }
      return count > 20;
    });
  }
}

TEST_F(ReaderTest, OffsetThatIsGoneIsOutOfRange) {
  const auto from = reader();
  must(from->assign(std::vector{StartingOffset{on(kOutput, 0), Offset(77)}}));
  const auto batch = from->new_batch();
  std::vector<TopicPartition> gone;
  wait_until("the broker refuses the offset", [&] {
    gone = must(from->poll(*batch, 100, 20ms)).out_of_range;
    return !gone.empty();
  });
  EXPECT_EQ(gone, std::vector{on(kOutput, 0)});
}

TEST_F(ReaderTest, OffsetByTime) {
  const auto producer = must(KafkaPlainProducer::create(settings(), kOutput, 5ms, [](const Delivery&) {}));
  const OutputRecord one{.key = "k", .value = "v", .has_value = true, .headers = {}};
  for (const auto after : {0ms, 10ms, 20ms})
    must(producer->send({.record = one, .partition = PartitionId(0), .timestamp = kEmission + after}));
  must(producer->flush(kPatience));
  const auto from = reader();
  wait_until("the topic has its leaders",
             [&] { return from->offset_at(on(kOutput, 1), kEmission).has_value(); });
  EXPECT_EQ(must(from->offset_at(on(kOutput, 0), kEmission)), Offset(0));
  EXPECT_EQ(must(from->offset_at(on(kOutput, 0), kEmission + 1ms)), Offset(1));
  EXPECT_EQ(must(from->offset_at(on(kOutput, 0), kEmission + 20ms)), Offset(2));
  EXPECT_EQ(must(from->offset_at(on(kOutput, 1), kEmission)), Offset(0));
}

TEST_F(ReaderTest, OffsetByTimeSkipsTheMarkerOfAnEarlierTransaction) {
  const auto clock = [] {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  };
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), {"a"});  // 0; marker 1
  const auto from = reader();
  wait_until("the marker is written",
             [&] { return must(from->offsets(on(kOutput, 0))).last_stable == Offset(2); });
  const ArrivalTime marked = clock();
  wait_until("a millisecond is over", [&] { return clock() > marked; });
  const ArrivalTime between = clock();
  commit(*producer, on(kOutput, 0), {"b"});  // 2; marker 3
  EXPECT_EQ(must(from->offset_at(on(kOutput, 0), between)), Offset(2));
}

TEST_F(ReaderTest, OffsetByTimeAfterTheLastRecordIsTheHighWatermark) {
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), {"a", "b"});
  const auto from = reader();
  wait_until("the marker is written",
             [&] { return must(from->offsets(on(kOutput, 0))).last_stable == Offset(3); });
  EXPECT_EQ(must(from->offset_at(on(kOutput, 0), kEmission + 24h * 365 * 20)), Offset(3));
}

TEST_F(ReaderTest, BatchMayOutliveItsReader) {
  const auto producer = ready_producer("p");
  commit(*producer, on(kOutput, 0), {"a"});
  auto from = reader();
  must(from->assign(std::vector{StartingOffset{on(kOutput, 0), Offset(0)}}));
  const auto batch = from->new_batch();
  wait_until("a record comes", [&] {
    must(from->poll(*batch, 10, 20ms));
    return !batch->records.empty();
  });
  from.reset();
  EXPECT_TRUE(batch->records.empty());
}

TEST_F(ReaderTest, UnreachableBrokerIsATransientError) {
  KafkaSettings nowhere = settings();
  nowhere.properties["bootstrap.servers"] = "127.0.0.1:1";
  nowhere.request_timeout = 300ms;
  std::vector<std::string> log;
  std::mutex log_mutex;
  nowhere.log = [&](KafkaLogLevel, const std::string& text) {
    const std::lock_guard lock(log_mutex);
    log.push_back(text);
  };
  KafkaClients clients(nowhere);
  const auto from = must(clients.reader());
  const auto offsets = from->offsets(on(kOutput, 0));
  ASSERT_FALSE(offsets);
  EXPECT_EQ(offsets.error().disposition, Disposition::retry);
  EXPECT_EQ(offsets.error().code, "unreachable");
  const auto batch = from->new_batch();
  must(from->assign(std::vector{StartingOffset{on(kOutput, 0), Offset(0)}}));
  const auto away = [&] {
    const std::lock_guard lock(log_mutex);
    for (const std::string& line : log) {
      if (line.starts_with("Kafka is away")) return true;
    }
    return false;
  };
  wait_until("it is said that Kafka is away", [&] {
    EXPECT_TRUE(from->poll(*batch, 10, 20ms));
    return away();
  });
  EXPECT_FALSE(clients.last_trouble().empty());
}

}  // namespace
}  // namespace tidemark::runtime

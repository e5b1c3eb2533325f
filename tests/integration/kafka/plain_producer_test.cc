#include "runtime/kafka/plain_producer.h"

#include <map>

#include "fixture.h"

namespace tidemark::runtime {
namespace {

class PlainProducerTest : public KafkaTest {
 protected:
  PlainProducerTest() { partition_count_ = 8; }

  std::map<std::uint64_t, Delivery> deliveries_;
  KafkaPlainProducer::OnDelivery note_ = [this](const Delivery& delivery) {
    deliveries_[delivery.token] = delivery;
  };
};

OutputRecord record(std::string_view key) {
  return {.key = key, .value = "v", .has_value = true, .headers = {}};
}

TEST_F(PlainProducerTest, EveryRecordIsAccountedFor) {
  const auto producer = must(KafkaPlainProducer::create(settings(), kInput, 5ms, note_));
  for (std::uint64_t token = 0; token < 1'000; ++token) {
    must(producer->send(
        {.record = record("k"), .partition = PartitionId(3), .timestamp = kEmission, .token = token}));
  }
  must(producer->flush(kPatience));
  EXPECT_EQ(producer->delivered_total(), 1'000U);
  EXPECT_EQ(producer->failed_total(), 0U);
  ASSERT_EQ(deliveries_.size(), 1'000U);
  EXPECT_EQ(deliveries_.at(999).offset, Offset(999));
  EXPECT_EQ(deliveries_.at(999).partition, PartitionId(3));
  EXPECT_FALSE(deliveries_.at(999).error);
  const auto from = reader();
  const auto seen = read_settled(*from, on(kInput, 3)).seen;
  ASSERT_EQ(seen.size(), 1'000U);
  EXPECT_EQ(seen.front().arrival, kEmission);
}

// Partitions of the Java client: (murmur2(key) & 0x7fffffff) % 8.
TEST_F(PlainProducerTest, KeysGoWhereTheJavaClientSendsThem) {
  const std::vector<std::pair<std::string, std::int32_t>> expected{
      {"21", -973932308 & 7}, {"foobar", -790332482 & 7}, {"a-little-bit-long-string", -985981536 & 7}};
  const auto producer = must(KafkaPlainProducer::create(settings(), kInput, 5ms, note_));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    must(producer->send({.record = record(expected[i].first),
                         .partition = std::nullopt,
                         .timestamp = std::nullopt,
                         .token = i}));
  }
  must(producer->flush(kPatience));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(deliveries_.at(i).partition, PartitionId(expected[i].second)) << expected[i].first;
  }
}

TEST_F(PlainProducerTest, RecordForAPartitionThatDoesNotExistIsToldOf) {
  const auto producer = must(KafkaPlainProducer::create(settings(), kInput, 5ms, note_));
  const Status sent = producer->send(
      {.record = record("k"), .partition = PartitionId(99), .timestamp = std::nullopt, .token = 1});
  if (sent) {
    must(producer->flush(kPatience));
    EXPECT_EQ(producer->failed_total(), 1U);
    ASSERT_TRUE(deliveries_.at(1).error);
    EXPECT_EQ(deliveries_.at(1).error->code, "unknown_topic");
  } else {
    EXPECT_EQ(sent.error().code, "unknown_topic");
  }
}

}  // namespace
}  // namespace tidemark::runtime

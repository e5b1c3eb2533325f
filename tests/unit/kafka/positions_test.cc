#include <gtest/gtest.h>

#include "runtime/kafka/poller.h"

namespace tidemark::runtime::kafka {
namespace {

TEST(PositionsTest, FindsByTopicAndPartition) {
  int topics[2] = {};
  const auto* one = reinterpret_cast<const rd_kafka_topic_t*>(&topics[0]);
  const auto* other = reinterpret_cast<const rd_kafka_topic_t*>(&topics[1]);
  Positions positions;
  EXPECT_EQ(positions.find(one, 0), nullptr);
  positions.reset({{one, {TopicId(0), PartitionId(0)}, 5}, {other, {TopicId(1), PartitionId(0)}, 7}});
  for (int round = 0; round < 2; ++round) {  // again, with the last answer remembered
    ASSERT_NE(positions.find(one, 0), nullptr);
    EXPECT_EQ(positions.find(one, 0)->next_offset, 5);
    ASSERT_NE(positions.find(other, 0), nullptr);
    EXPECT_EQ(positions.find(other, 0)->next_offset, 7);
    EXPECT_EQ(positions.find(one, 1), nullptr);
  }
  positions.reset({});
  EXPECT_EQ(positions.find(other, 0), nullptr);
}

}  // namespace
}  // namespace tidemark::runtime::kafka

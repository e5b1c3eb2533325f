#include <algorithm>

#include "fixture.h"

namespace tidemark::runtime {
namespace {

class AdminTest : public KafkaTest {
 protected:
  KafkaTopicSpec spec(const std::string& name) const {
    return {.name = unique(name),
            .partition_count = 3,
            .replication_factor = 1,
            .config = {{"cleanup.policy", "compact"}, {"min.compaction.lag.ms", "86400000"}}};
  }
};

TEST_F(AdminTest, TopicHasTheSettingsItWasCreatedWith) {
  const auto statuses = must(admin_->create_topics(std::vector{spec("new")}, false));
  ASSERT_EQ(statuses.size(), 1U);
  ASSERT_TRUE(statuses[0]);
  wait_until("it is known", [&] { return must(admin_->partition_count(unique("new"))) == 3; });
  const auto settings = must(admin_->describe(unique("new")));
  EXPECT_EQ(settings.at("cleanup.policy").value, "compact");
  EXPECT_FALSE(settings.at("cleanup.policy").is_default);
  EXPECT_EQ(settings.at("min.compaction.lag.ms").value, "86400000");
  EXPECT_TRUE(settings.at("max.message.bytes").is_default);
  const auto topics = must(admin_->topics());
  EXPECT_TRUE(std::any_of(topics.begin(), topics.end(), [&](const KafkaTopic& topic) {
    return topic.name == unique("new") && topic.partition_count == 3 && topic.replication_factor == 1;
  }));
}

TEST_F(AdminTest, ValidationCreatesNothing) {
  const auto statuses = must(admin_->create_topics(std::vector{spec("dry")}, true));
  ASSERT_TRUE(statuses.at(0));
  EXPECT_EQ(must(admin_->partition_count(unique("dry"))), std::nullopt);
}

TEST_F(AdminTest, EachTopicHasAnAnswerOfItsOwn) {
  KafkaTopicSpec wrong = spec("wrong");
  wrong.config["cleanup.policy"] = "nonsense";
  KafkaTopicSpec taken = spec("input");
  const auto statuses = must(admin_->create_topics(std::vector{wrong, taken, spec("right")}, false));
  ASSERT_EQ(statuses.size(), 3U);
  ASSERT_FALSE(statuses[0]);
  EXPECT_EQ(statuses[0].error().disposition, Disposition::fatal);
  ASSERT_FALSE(statuses[1]);
  EXPECT_EQ(statuses[1].error().code, "topic_exists");
  EXPECT_TRUE(statuses[2]);
}

TEST_F(AdminTest, MissingTopicIsToldApart) {
  const auto described = admin_->describe(unique("missing"));
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().code, "unknown_topic");
  const auto offsets = admin_->offsets(unique("missing"));
  ASSERT_FALSE(offsets);
  EXPECT_EQ(offsets.error().code, "unknown_topic");
}

TEST_F(AdminTest, OffsetsOfEveryPartition) {
  const auto producer = ready_producer("p");
  must(producer->begin());
  produce(*producer, on(kOutput, 1), {"a", "b"});
  must(producer->flush(kPatience));
  const auto offsets = must(admin_->offsets(unique("output")));
  ASSERT_EQ(offsets.size(), 2U);
  EXPECT_EQ(offsets[0].high_watermark, Offset(0));
  EXPECT_EQ(offsets[1].last_stable, Offset(0));
  EXPECT_EQ(offsets[1].high_watermark, Offset(2));
  must(producer->abort(kPatience));
}

}  // namespace
}  // namespace tidemark::runtime

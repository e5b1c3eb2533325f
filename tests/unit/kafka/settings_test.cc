#include "runtime/kafka/settings.h"

#include <gtest/gtest.h>

#include "runtime/kafka/client.h"

namespace tidemark::runtime {
namespace {

using namespace std::chrono_literals;

KafkaSettings settings(KafkaProperties properties) {
  KafkaSettings settings;
  settings.properties = std::move(properties);
  settings.application = "billing";
  settings.topics = {"usage.events"};
  return settings;
}

struct CheckCase {
  const char* name;
  KafkaProperties properties;
  bool accepted;
};

class CheckTest : public ::testing::TestWithParam<CheckCase> {};

TEST_P(CheckTest, Verdict) {
  const Status status = check(settings(GetParam().properties));
  EXPECT_EQ(status.has_value(), GetParam().accepted);
  if (!status) {
    EXPECT_EQ(status.error().code, "kafka_configuration");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Settings, CheckTest,
    ::testing::Values(
        CheckCase{"bootstrap_only", {{"bootstrap.servers", "localhost:9092"}}, true},
        CheckCase{"no_bootstrap", {{"client.id", "x"}}, false},
        CheckCase{"tuning", {{"bootstrap.servers", "x"}, {"compression.codec", "lz4"}}, true},
        CheckCase{"isolation_is_ours",
                  {{"bootstrap.servers", "x"}, {"isolation.level", "read_uncommitted"}},
                  false},
        CheckCase{"partitioner_is_ours", {{"bootstrap.servers", "x"}, {"partitioner", "random"}}, false},
        CheckCase{
            "largest_message_is_ours", {{"bootstrap.servers", "x"}, {"message.max.bytes", "1000"}}, false},
        CheckCase{
            "message_timeout_is_ours", {{"bootstrap.servers", "x"}, {"message.timeout.ms", "1000"}}, false},
        CheckCase{"message_timeout_by_its_other_name",
                  {{"bootstrap.servers", "x"}, {"delivery.timeout.ms", "1000"}},
                  false},
        CheckCase{
            "queue_is_ours", {{"bootstrap.servers", "x"}, {"queue.buffering.max.messages", "1000"}}, false},
        CheckCase{
            "auto_commit_is_ours", {{"bootstrap.servers", "x"}, {"enable.auto.commit", "true"}}, false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SettingsTest, SecretsAreKnownByName) {
  for (const char* name : {"sasl.password", "ssl.key.password", "sasl.oauthbearer.client.secret",
                           "ssl.key.pem", "sasl.oauthbearer.config"}) {
    EXPECT_TRUE(is_secret_property(name)) << name;
  }
  for (const char* name : {"bootstrap.servers", "sasl.username", "linger.ms"}) {
    EXPECT_FALSE(is_secret_property(name)) << name;
  }
}

TEST(SettingsTest, RefusedSecretIsNotRepeated) {
  const auto made = kafka::Handle::create(
      {.properties = {{"ssl.key.pem", "hunter2"}, {"sasl.password.nonsense", "hunter2"}},
       .trouble = std::make_shared<kafka::Trouble>(KafkaLog())});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "kafka_configuration");
  EXPECT_EQ(made.error().message.find("hunter2"), std::string::npos) << made.error().message;
}

TEST(SettingsTest, UnknownPropertyIsNamed) {
  const auto made = kafka::Handle::create(
      {.properties = {{"bootstrap.serverz", "x"}}, .trouble = std::make_shared<kafka::Trouble>(KafkaLog())});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("bootstrap.serverz"), std::string::npos);
}

// Whoever sets a property must be heard or refused, for every kind of client.
TEST(SettingsTest, WhatIsOverruledIsRefused) {
  const auto made_with = [](const KafkaProperties& given) {
    const KafkaSettings all = settings(given);
    return std::vector{kafka::consumer_properties(all, true), kafka::consumer_properties(all, false),
                       kafka::member_properties(all, "3"), kafka::transactional_properties(all, "billing-3"),
                       kafka::idempotent_properties(all, 20ms)};
  };
  for (const KafkaProperties& defaults : made_with({})) {
    for (const auto& [name, value] : defaults) {
      const auto given = made_with({{name, "given"}});
      const bool overruled = std::any_of(given.begin(), given.end(), [&](const KafkaProperties& each) {
        return each.contains(name) && each.at(name) != "given";
      });
      EXPECT_EQ(overruled, is_owned_property(name)) << name;
    }
  }
}

TEST(SettingsTest, WhatMustHoldWinsOverTuning) {
  auto given = settings({{"bootstrap.servers", "x"}, {"fetch.wait.max.ms", "50"}});
  given.session_timeout = 9s;
  given.transaction_timeout = 10s;
  const auto member = kafka::member_properties(given, "3");
  EXPECT_EQ(member.at("fetch.wait.max.ms"), "50");
  EXPECT_EQ(member.at("group.id"), "billing");
  EXPECT_EQ(member.at("group.instance.id"), "3");
  EXPECT_EQ(member.at("heartbeat.interval.ms"), "3000");
  EXPECT_EQ(member.at("isolation.level"), "read_committed");
  const auto producer = kafka::transactional_properties(given, "billing-3");
  EXPECT_EQ(producer.at("message.timeout.ms"), "8000");
  EXPECT_EQ(producer.at("transaction.timeout.ms"), "10000");
}

TEST(SettingsTest, AwayAndBackAreSaidOnce) {
  std::vector<std::string> log;
  kafka::Trouble trouble([&](KafkaLogLevel, const std::string& text) { log.push_back(text); });
  trouble.back();
  trouble.away("connection refused");
  trouble.away("connection refused");
  trouble.back();
  trouble.back();
  ASSERT_EQ(log.size(), 2U);
  EXPECT_NE(log[0].find("connection refused"), std::string::npos);
  EXPECT_EQ(log[1], "Kafka is back");
  EXPECT_EQ(trouble.last(), "connection refused");
}

}  // namespace
}  // namespace tidemark::runtime

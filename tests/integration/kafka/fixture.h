#pragma once
// A real broker, named by TIDEMARK_TEST_BROKERS; every test has topics and ids of its own on it.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/kafka/admin.h"
#include "runtime/kafka/clients.h"
#include "runtime/log.h"

namespace tidemark::runtime {

using namespace std::chrono_literals;

inline constexpr auto kPatience = 20s;  // until a condition must hold
inline constexpr ArrivalTime kEmission{std::chrono::milliseconds{1'790'000'000'000}};
inline constexpr TopicId kInput{0};
inline constexpr TopicId kOutput{1};

inline TopicPartition on(TopicId topic, std::int32_t partition) {
  return {topic, PartitionId(partition)};
}

// What a view says, kept beyond the batch.
struct Seen {
  TopicPartition partition;
  Offset offset;
  ArrivalTime arrival;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
};
std::vector<std::string> values_of(const std::vector<Seen>& seen);

struct ReadToEnd {
  std::vector<Seen> seen;
  Offset end;
};

class KafkaTest : public ::testing::Test {
 protected:
  // Fails without a broker. Makes topics "<unique>-input" and "<unique>-output".
  void SetUp() override;

  KafkaSettings settings() const;
  std::string unique(const std::string& name) const { return run_ + "-" + name; }
  // A producer that is ready to begin.
  std::unique_ptr<TransactionalProducer> ready_producer(const std::string& id);
  std::unique_ptr<LogReader> reader();
  std::unique_ptr<GroupConsumer> member(const std::string& instance_id);

  // Within a transaction that is open.
  void produce(TransactionalProducer& producer, TopicPartition to, const std::vector<std::string>& values);
  // A transaction of its own.
  void commit(TransactionalProducer& producer, TopicPartition to, const std::vector<std::string>& values);
  // From `from` to the first end the reader is told of.
  ReadToEnd read(LogReader& from_reader, TopicPartition partition, Offset from = Offset(0));

  // The same, after everything is committed or aborted: markers are written after the answer to a commit.
  ReadToEnd read_settled(LogReader& from_reader, TopicPartition partition, Offset from = Offset(0));

  // Polls until `done` says so; every record seen goes into `seen`.
  PollEvents poll_until(GroupConsumer& consumer, std::vector<Seen>& seen,
                        const std::function<bool(const PollEvents&)>& done);

  static void wait_until(const char* what, const std::function<bool()>& condition);

  std::int32_t partition_count_ = 2;  // of both topics; a subclass may set another in its constructor
  std::unique_ptr<KafkaAdmin> admin_;
  std::unique_ptr<KafkaClients> clients_;

 private:
  std::string brokers_;
  std::string run_;
};

void keep(const RecordBatch& batch, std::vector<Seen>& seen);

// The value of a Result, or a test failure and an end to the program's sense: tests only.
template <class T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().code << ": " << result.error().message;
    throw std::runtime_error(result.error().message);
  }
  return *std::move(result);
}
inline void must(const Status& status) {
  if (status) return;
  ADD_FAILURE() << status.error().code << ": " << status.error().message;
  throw std::runtime_error(status.error().message);
}

}  // namespace tidemark::runtime

#pragma once
// Short words for what the tests of the simulator do again and again.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/sim/clients.h"
#include "runtime/sim/oracle.h"
#include "runtime/sim/storage.h"

namespace tidemark::runtime::sim {

using namespace std::chrono_literals;

inline constexpr auto kTimeout = 100ms;
inline constexpr TopicId kIn{0};
inline constexpr TopicId kOut{1};

// One life of a process with its clients.
struct Machine {
  Machine(World& world, const std::string& name)
      : process(name, world.faults), clients(world, process, {.group = "g", .topics = {"in", "out"}}) {}
  std::unique_ptr<TransactionalProducer> new_producer(const std::string& transactional_id) {
    auto producer = std::move(*clients.producer(transactional_id));
    EXPECT_TRUE(producer->init(kTimeout));
    return producer;
  }
  std::unique_ptr<GroupConsumer> new_consumer(const std::string& instance_id) {
    auto consumer = std::move(*clients.group_consumer(instance_id));
    EXPECT_TRUE(consumer->subscribe(std::vector{kIn}));
    return consumer;
  }

  Process process;
  SimClients clients;
};

struct Rig {
  explicit Rig(std::uint64_t seed = 1, FaultPlan plan = {})
      : world(seed, std::move(plan)), machine(world, "a") {
    world.cluster.create_topic("in", 4);
    world.cluster.create_topic("out", 4);
  }
  World world;
  Machine machine;
};

inline TopicPartition partition(TopicId topic, std::int32_t number) {
  return {topic, PartitionId(number)};
}

inline Status send(TransactionalProducer& producer, const std::string& value, std::int32_t number = 0) {
  const OutputRecord record{.key = "k", .value = value, .has_value = true, .headers = {}};
  return producer.produce(partition(kOut, number), std::span(&record, 1));
}

// begin, send, flush: the records stand in the log, the transaction is open.
inline void send_open(TransactionalProducer& producer, const std::vector<std::string>& values) {
  ASSERT_TRUE(producer.begin());
  for (const auto& value : values) ASSERT_TRUE(send(producer, value));
  ASSERT_TRUE(producer.flush(kTimeout));
}

inline std::vector<std::string> visible(const World& world, std::int32_t number = 0) {
  std::vector<std::string> values;
  for (const auto& record : world.cluster.committed_records("out", number))
    values.push_back(*record.record.value);
  return values;
}

inline void tick(World& world, int count) {
  for (int i = 0; i < count; ++i) world.cluster.tick();
}

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : result.error().code;
}

}  // namespace tidemark::runtime::sim

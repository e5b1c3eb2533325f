#pragma once
// A cluster with one machine, without random faults: for tests that plant what they want to see.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "runtime/epoch_record.h"
#include "tests/sim/machine.h"
#include "tests/sim/usage_input.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {

struct OneMachine {
  runtime::sim::World world;
  Machine machine;

  // With `rocksdb_dir` its stores are real.
  explicit OneMachine(std::uint64_t seed = 1,
                      std::chrono::milliseconds transaction_timeout = std::chrono::seconds(10),
                      const std::string& rocksdb_dir = "", const std::string& cluster_id = "simulated")
      : world(seed, {},
              {.transaction_timeout = transaction_timeout,
               .session_timeout = std::chrono::seconds(6),
               .cluster_id = cluster_id}),
        machine(world, "a", rocksdb_dir) {
    create_topics(world, topology());
    world.faults.enable(false);
  }

  // At the customer's home. The key is the customer.
  Offset append(const std::string& topic, const std::string& customer, std::string key, std::string value) {
    return world.cluster.append(topic, home_partition(customer, topology().partitions).value(),
                                std::move(key), std::move(value), world.clock.wall());
  }
  // Usage that counts as soon as the customer is known: 1 of the meter `volume`.
  void append_usage(const std::string& customer, const std::string& event_id) {
    append("usage.events", customer, customer,
           InputEvent{.event_id = event_id,
                      .tenant_id = "acme",
                      .customer_id = customer,
                      .type = "data",
                      .event_time = EventTime(world.clock.wall()),
                      .value_milli = 1'000,
                      .arrival = world.clock.wall()}
               .json());
  }
  void append_profile(const std::string& customer) {
    append("usage.customers", customer, "{\"tenant_id\":\"acme\",\"customer_id\":\"" + customer + "\"}",
           "{\"tenant_id\":\"acme\",\"customer_id\":\"" + customer +
               "\",\"versions\":[{\"effective_from\":\"2020-01-01T00:00:00Z\",\"time_zone\":\"UTC\","
               "\"interval\":{\"unit\":\"month\",\"n\":1},\"mode\":\"test\"}]}");
  }
  // Counts some events and stops; every partition has committed a few epochs then.
  void count_events() {
    const UsageInput input = make_usage_input(world.random, 80);
    for (const InputEvent& event : input.events) {
      world.cluster.append("usage.events", home_partition(event.customer_id, topology().partitions).value(),
                           event.customer_id, event.json(), event.arrival);
    }
    machine.start();
    ASSERT_EQ(run_until_rest(), "");
    ASSERT_TRUE(machine.stop());
  }
  // The code of the error that ended the thread or stopped a task; empty: everything was processed.
  std::string run_until_rest(const std::function<void()>& after_each_step = [] {}) {
    constexpr int kStepsMax = 20'000;
    for (int step = 0, rest = 0; step < kStepsMax && rest < 60; ++step) {
      world.clock.advance(std::chrono::milliseconds(5));
      if (const Status stepped = machine.thread().step(); !stepped) return stepped.error().code;
      after_each_step();
      bool at_end = true;
      const auto tasks = machine.thread().status().tasks;
      for (const auto& task : tasks) at_end = at_end && task.at_end;
      rest = at_end && tasks.size() == static_cast<std::size_t>(topology().partitions) ? rest + 1 : 0;
      if (step + 1 == kStepsMax) return tasks.empty() ? "no tasks" : "state " + tasks.front().state;
    }
    return "";
  }
  // Every committed offset of the group, with what was written along.
  void change_offsets(const std::function<void(runtime::OffsetMetadata&, Offset&)>& change) {
    for (auto& [partition, stored] : world.cluster.group(topology().application).offsets) {
      auto metadata = runtime::decode_offset_metadata(stored.metadata);
      ASSERT_TRUE(metadata);
      change(*metadata, stored.next_offset);
      stored.metadata = runtime::encode_offset_metadata(*metadata);
    }
  }
  std::size_t written() const {
    std::size_t entries = 0;
    for (const char* topic : {"usage.totals", "usage.deltas", "usage.dlq"}) {
      for (std::int32_t partition = 0; partition < topology().partitions; ++partition)
        entries += world.cluster.log(topic, partition).entries().size();
    }
    return entries;
  }
};

}  // namespace tidemark::sim_test

#pragma once
// For tests of processors: a whole topology on a simulated Kafka, with two processes that share its
// partitions. With faults they crash at every step of an epoch and of a restore, lose replies and disks, and
// take over from each other, as the seed says; the engine is the one of production. What comes out must be
// what comes out without faults:
//
//   const auto calm = simulate("topology.yaml", my_processors(), records, {.faults = false});
//   for (std::uint64_t seed = 1; seed <= 50; ++seed)
//     EXPECT_EQ(simulate("topology.yaml", my_processors(), records, {.seed = seed})->sent, calm->sent) <<
//     seed;
//
// Some milliseconds to some hundred each. Threading: one thread; equal arguments give equal results.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tidemark/test_driver.h"

namespace tidemark {

// It goes to the home partition of its key (tidemark/partitioner.h).
struct SimulatedRecord {
  std::string source;
  std::string key;
  std::optional<std::string> value;  // nullopt: a tombstone
  std::vector<std::pair<std::string, std::string>> headers = {};
  ArrivalTime arrival;
};

struct SimulationSettings {
  std::uint64_t seed = 1;
  bool faults = true;
};

struct SimulationOutcome {
  // Committed, by partition and in it by offset. Letters tell the time of failure, which differs by seed.
  std::map<std::string, std::vector<SentRecord>> sent;  // by sink
  std::vector<SentRecord> dead_letters;
  // What went wrong, by place, and how often: a test looks here whether its records met anything.
  std::map<std::string, std::uint64_t> failures;
};

// Records of tables stand there from the beginning; those of streams come bit by bit, in the order given.
// REQUIRES: the topology has the sources that `records` name.
// Errors: those of TestDriver::open(); the code that a process ended with; "no_rest".
Result<SimulationOutcome> simulate(const std::string& topology, std::vector<ProcessorDescriptor> processors,
                                   std::span<const SimulatedRecord> records, SimulationSettings settings);

}  // namespace tidemark

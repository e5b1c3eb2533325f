#pragma once
// One simulated run: three processes share four partitions of the whole metering topology, crash and fail as
// the seed says, and at the end everything they left is compared with the truth.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/sim/faults.h"

namespace tidemark::sim_test {

struct RunOptions {
  std::uint64_t seed = 1;
  std::size_t event_count = 160;
  runtime::sim::FaultPlan faults;
  bool lose_disks = true;                  // now and then a crashed process comes back on an empty disk
  std::uint64_t late_operations_max = 20;  // how many operations a late request may take
  std::string rocksdb_dir;  // not empty: real RocksDB in this directory in place of the simulated disk
};

struct RunOutcome {
  std::vector<std::string> complaints;         // empty: everything holds
  std::map<std::string, std::uint64_t> fired;  // what went wrong, by site
  std::uint64_t trace_hash = 0;                // equal for equal seeds
  std::uint64_t totals = 0;
};

// The faults of the random runs: every site of P0..P6, of restores and of commits may fire. Besides, days
// pass in which topics are compacted and deleted from; counted as "days.passed" and "store.set_aside".
runtime::sim::FaultPlan random_faults();
// The same, and requests of transactions that are repeated and come late as often as not.
runtime::sim::FaultPlan late_requests();
inline constexpr std::uint64_t kVeryLate = 300;  // operations: over a restore, into the next transaction
inline constexpr const char* kLateSites[] = {"P4.commit.suspect_repeated",
                                             "P4.commit.unknown_delayed",
                                             "P4.commit.in_flight",
                                             "P3.send_offsets.repeated",
                                             "abort.repeated",
                                             "abort.unknown_delayed"};
RunOutcome run_metering(const RunOptions& options);
std::string describe(const RunOptions& options,
                     const RunOutcome& outcome);  // with the command that replays it

}  // namespace tidemark::sim_test

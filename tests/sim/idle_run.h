#pragma once
// One simulated run with idle steps: usage that the broker stamps, hours of silence, and a producer of others
// that holds transactions open on the usage topic. Periods are hours, and close eleven minutes after their
// end.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/sim/faults.h"

namespace tidemark::sim_test {

struct IdleOptions {
  std::uint64_t seed = 1;
  std::size_t event_count = 120;
  runtime::sim::FaultPlan faults;
};

struct IdleOutcome {
  std::vector<std::string> complaints;       // empty: everything holds
  std::map<std::string, std::uint64_t> met;  // what the run is there for, by name
  std::uint64_t trace_hash = 0;
};

IdleOutcome run_idle(const IdleOptions& options);
std::string describe(const IdleOptions& options, const IdleOutcome& outcome);

}  // namespace tidemark::sim_test

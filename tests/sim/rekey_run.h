#pragma once
// Random runs in which producers put usage into wrong partitions, and what must hold then. Apart from the
// other runs because the order in which a home takes its own records and those brought home is not theirs:
// the truth here is one that does not depend on it.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/sim/world.h"

namespace tidemark::sim_test {

struct RekeyOptions {
  std::uint64_t seed = 1;
  std::size_t event_count = 250;
  runtime::sim::FaultPlan faults = {};
};

struct RekeyOutcome {
  std::vector<std::string> complaints;
  std::map<std::string, std::uint64_t> met;  // faults, and verdicts by "topic verdict"
};

RekeyOutcome run_rekey(const RekeyOptions& options);

}  // namespace tidemark::sim_test

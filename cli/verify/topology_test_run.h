#pragma once
// Runs the `tests` of a topology in memory.
#include <vector>

#include "cli/verify/topology_test.h"
#include "runtime/topology/topology.h"

namespace tidemark::cli {

// What did not come as expected, with the test's name and the line of the expectation. Error: the topology
// cannot run.
Result<std::vector<Finding>> run_topology_tests(const runtime::Topology& topology,
                                                const std::vector<TopologyTest>& tests);

}  // namespace tidemark::cli

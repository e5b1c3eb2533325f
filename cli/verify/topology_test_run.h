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

// Application::run_tests of `tidemark`.
Result<std::size_t> read_and_run_topology_tests(const runtime::Topology& topology,
                                                std::vector<Finding>& findings,
                                                std::vector<Finding>& failures);

}  // namespace tidemark::cli

#pragma once
// What the names of topology.yaml mean to each other: every name resolves, everything is used, no cycles.
#include <vector>

#include "runtime/topology/topology.h"

namespace tidemark::runtime {

// `node`: of the sub-topology in the document, for the marks. Puts sub.processors into topological order.
void check_graph(const Topology& topology, const ConfigNode& node, SubTopologySettings& sub,
                 std::vector<Finding>& findings);

}  // namespace tidemark::runtime

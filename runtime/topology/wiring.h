#pragma once
// Whether the processors fit together: what each declares to need (ProcessorNeeds) against what the
// sub-topology gives it. What passes here cannot surprise a processor at run time.
#include <vector>

#include "runtime/topology/topology.h"

namespace tidemark::runtime {

// REQUIRES: reading it and check_graph() found nothing. `node` is that of the sub-topology.
void check_wiring(const ProcessorCatalog& catalog, const ConfigNode& node, const SubTopologySettings& sub,
                  std::vector<Finding>& findings);

}  // namespace tidemark::runtime

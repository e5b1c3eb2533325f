#pragma once
// What must hold of a sink whose records come back as a source, to the tasks that they belong to.
#include <vector>

#include "runtime/topology/topology.h"

namespace tidemark::runtime {

// The processor that writes to `sink` for its records to come back; nullptr: it is an ordinary sink.
const ProcessorSettings* find_rekeying(const ProcessorCatalog& catalog, const SubTopologySettings& sub,
                                       const SinkSettings& sink);

// `node` is that of the sub-topology. REQUIRES: the topic of the sink is declared.
void check_rekey(const Topology& topology, const ConfigNode& node, const SubTopologySettings& sub,
                 const SinkSettings& sink, const ProcessorSettings& writer, std::vector<Finding>& findings);

}  // namespace tidemark::runtime

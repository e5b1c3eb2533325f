#pragma once
// What must hold between settings that each are well formed: how topics are used, how long ids are
// remembered.
#include <vector>

#include "runtime/topology/topology.h"

namespace tidemark::runtime {

// `node`: of the sub-topology in the document, for the marks.
void check_rules(const Topology& topology, const ProcessorCatalog& catalog, const ConfigNode& node,
                 const SubTopologySettings& sub, std::vector<Finding>& findings);
// No topic that the engine makes for itself may bear the name of another.
void check_topic_names(const Topology& topology, std::vector<Finding>& findings);

}  // namespace tidemark::runtime

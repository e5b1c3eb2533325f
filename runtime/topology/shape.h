#pragma once
// From the tree to plain settings: keys, types, bounds. What names mean to each other is checked in graph.h.
// Every function goes on after a finding, with a default in place of what was wrong.
#include <vector>

#include "runtime/topology/topology.h"

namespace tidemark::runtime {

void read_head(const ConfigNode& document, Topology& topology, std::vector<Finding>& findings);
void read_topics(const ConfigNode& document, Topology& topology, std::vector<Finding>& findings);
void read_engine(const ConfigNode& document, Topology& topology, std::vector<Finding>& findings);
void read_sub_topologies(const ConfigNode& document, const ProcessorCatalog& catalog, Topology& topology,
                         std::vector<Finding>& findings);

// nullptr when the catalog has no such type.
const ProcessorDescriptor* find_descriptor(const ProcessorCatalog& catalog, std::string_view type);

}  // namespace tidemark::runtime

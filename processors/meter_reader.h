#pragma once
// One entry of `meters` in topology.yaml, read and checked.
#include <vector>

#include "processors/meter_catalog.h"

namespace tidemark::processors {

// Paths that meters share, each once.
class PathTable {
 public:
  PathIndex index_of(const schemas::PropertyPath& path);
  std::vector<schemas::PropertyPath> paths;
};

// What is wrong is a finding, and what is returned then means nothing.
MeterDefinition read_meter_definition(const ConfigNode& meter, PathTable& paths,
                                      std::vector<Finding>& findings);

}  // namespace tidemark::processors

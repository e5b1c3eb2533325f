#pragma once
// The graph of a topology for programs, topics by their names at the broker. Pure.
#include <nlohmann/json_fwd.hpp>

#include "runtime/topology/topology.h"

namespace tidemark::cli {

// REQUIRES: `topology` has no findings.
nlohmann::ordered_json topology_json(const runtime::Topology& topology);

}  // namespace tidemark::cli

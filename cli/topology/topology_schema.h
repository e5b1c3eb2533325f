#pragma once
// The JSON Schema (2020-12) of topology.yaml, for editors: keys, types, bounds and meanings. What names mean
// to each other only lint can tell. Pure.
#include <nlohmann/json.hpp>

#include "runtime/topology/topology.h"

namespace tidemark::cli {

// A file that extends another may leave out what that one has.
nlohmann::ordered_json topology_schema(const runtime::ProcessorCatalog& catalog);

}  // namespace tidemark::cli

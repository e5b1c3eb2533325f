#pragma once
// A topology as a page for people, in Markdown. Pure.
#include <string>

#include "runtime/topology/topology.h"

namespace tidemark::cli {

std::string topology_docs(const runtime::Topology& topology, const runtime::ProcessorCatalog& catalog);

// "sum of `properties.tokens` of `llm.completion` events, per `properties.model`". `meter`: of the list
// `meters`.
std::string meter_in_words(const ConfigNode& meter);

}  // namespace tidemark::cli

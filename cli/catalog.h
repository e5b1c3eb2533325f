#pragma once
// The processors that topology.yaml may name. Part of the composition root.
#include "runtime/topology/topology.h"

namespace tidemark::cli {

const runtime::ProcessorCatalog& processor_catalog();

}  // namespace tidemark::cli

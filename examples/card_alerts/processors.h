#pragma once
// The catalogue: what topology.yaml may name. For the program and for its tests.
#include "parse.h"
#include "velocity.h"

namespace card_alerts {

inline std::vector<tidemark::ProcessorDescriptor> processors() {
  return {parse_descriptor(), velocity_descriptor()};
}

}  // namespace card_alerts

#include "tidemark/test_driver.h"

#include "connectors/dead_letter/encoder.h"
#include "runtime/driver/topology_driver.h"

namespace tidemark {

Result<std::unique_ptr<TestDriver>> TestDriver::open(const std::string& topology,
                                                     std::vector<ProcessorDescriptor> processors,
                                                     ArrivalTime wall_clock) {
  auto loaded = runtime::load_valid_topology(topology, processors);
  if (!loaded) return loaded.error();
  auto made = runtime::TopologyDriver::make(
      *loaded, std::move(processors),
      {.dead_letter_encoder = [] { return std::make_unique<connectors::HeaderEncoder>(); },
       .wall_clock = wall_clock});
  if (!made) return made.error();
  return std::unique_ptr<TestDriver>(*std::move(made));
}

}  // namespace tidemark

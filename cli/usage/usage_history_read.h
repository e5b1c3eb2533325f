#pragma once
// `tidemark usage --history`: reads profiles and deltas.
#include <string>

#include "cli/commands.h"

namespace tidemark::cli {

struct HistoryRequest {
  std::string step;  // "hour" or "day"
  std::string since, until, time_zone;
  std::string tenant, customer, meter;
};

Result<int> show_history(const Globals& globals, const runtime::Topology& topology,
                         const HistoryRequest& request);

}  // namespace tidemark::cli

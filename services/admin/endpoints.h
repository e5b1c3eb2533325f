#pragma once
// /livez, /readyz[?verbose], /metrics. Live means that the loops move; ready means that every task counts.
#include <chrono>

#include "services/admin/engine_status.h"
#include "services/http/server.h"
#include "services/metrics/registry.h"

namespace tidemark::services {

struct AdminOptions {
  std::chrono::milliseconds stuck_after{30'000};  // a loop that did not come round for longer is stuck
};

// Borrows both; they must outlive the server that the routes are given to.
HttpRoutes admin_routes(const EngineStatus& engine, const Metrics& metrics, AdminOptions options = {});

}  // namespace tidemark::services

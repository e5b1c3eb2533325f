#include "services/admin/endpoints.h"

#include <nlohmann/json.hpp>

namespace tidemark::services {
namespace {

using Json = nlohmann::ordered_json;

std::string stuck_threads(const std::vector<ThreadStatus>& threads, std::chrono::milliseconds stuck_after) {
  std::string out;
  for (const auto& thread : threads) {
    if (thread.alive_ms_ago <= stuck_after.count()) continue;
    out += "thread " + thread.name + " is stuck: its loop last came round " +
           std::to_string(thread.alive_ms_ago) + " ms ago\n";
  }
  return out;
}

// Why the engine is not ready, one line each; empty: ready.
std::vector<std::string> obstacles(const std::vector<ThreadStatus>& threads) {
  std::vector<std::string> out;
  if (threads.empty()) out.emplace_back("no thread has started");
  for (const auto& thread : threads) {
    if (thread.rebalancing) out.push_back("thread " + thread.name + " is rebalancing");
    for (const auto& task : thread.tasks) {
      if (task.state == kTaskRunning) continue;
      out.push_back("task " + task.sub_topology + "_" + std::to_string(task.partition) + " is " + task.state);
    }
  }
  return out;
}

Json json_of(const TaskStatus& task) {
  Json out;
  out["sub_topology"] = task.sub_topology;
  out["partition"] = task.partition;
  out["state"] = task.state;
  out["epoch"] = task.epoch;
  out["lag_records"] = task.lag_records ? Json(*task.lag_records) : Json(nullptr);
  out["watermark"] = task.watermark ? Json(format_rfc3339(*task.watermark)) : Json(nullptr);
  return out;
}

HttpResponse verbose_readiness(const std::vector<ThreadStatus>& threads,
                               const std::vector<std::string>& waiting_for) {
  Json out;
  out["ready"] = waiting_for.empty();
  out["waiting_for"] = waiting_for;
  out["threads"] = Json::array();
  for (const auto& thread : threads) {
    Json entry;
    entry["name"] = thread.name;
    entry["alive_ms_ago"] = thread.alive_ms_ago;
    entry["rebalancing"] = thread.rebalancing;
    entry["tasks"] = Json::array();
    for (const auto& task : thread.tasks) entry["tasks"].push_back(json_of(task));
    out["threads"].push_back(std::move(entry));
  }
  return {.status = waiting_for.empty() ? 200 : 503,
          .content_type = "application/json",
          .body = out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

HttpResponse readiness(const EngineStatus& engine, bool verbose) {
  const auto threads = engine.threads();
  const auto waiting_for = obstacles(threads);
  if (verbose) return verbose_readiness(threads, waiting_for);
  if (waiting_for.empty()) return {.body = "ready\n"};
  std::string body;
  for (const auto& line : waiting_for) body += line + "\n";
  return {.status = 503, .body = std::move(body)};
}

}  // namespace

HttpRoutes admin_routes(const EngineStatus& engine, const Metrics& metrics, AdminOptions options) {
  HttpRoutes routes;
  routes["/livez"] = [&engine, options](const HttpRequest&) -> HttpResponse {
    auto stuck = stuck_threads(engine.threads(), options.stuck_after);
    if (stuck.empty()) return {.body = "live\n"};
    return {.status = 503, .body = std::move(stuck)};
  };
  routes["/readyz"] = [&engine](const HttpRequest& request) {
    return readiness(engine, has_query_parameter(request.query, "verbose"));
  };
  routes["/metrics"] = [&metrics](const HttpRequest&) -> HttpResponse {
    return {.content_type = std::string(kMetricsContentType), .body = metrics.text()};
  };
  return routes;
}

}  // namespace tidemark::services

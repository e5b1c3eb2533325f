#pragma once
// What the admin endpoints ask of an engine. The adapter to the real one lives in the composition root.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/time.h"

namespace tidemark::services {

inline constexpr std::string_view kTaskRunning = "running";

struct TaskStatus {
  std::string sub_topology;
  std::int32_t partition = 0;
  std::string state;  // kTaskRunning, or what keeps it from running: "restoring"
  std::int64_t epoch = 0;
  std::optional<std::int64_t> lag_records = std::nullopt;  // nullopt: not known yet
  std::optional<EventTime> watermark = std::nullopt;       // nullopt: none yet
};

struct ThreadStatus {
  std::string name;
  std::int64_t alive_ms_ago = 0;  // since its loop last came round
  bool rebalancing = false;       // has no assignment at the moment
  std::vector<TaskStatus> tasks = {};
};

class EngineStatus {
 public:
  virtual ~EngineStatus() = default;
  // [any thread] A snapshot; must not block on the loops that it reports on.
  virtual std::vector<ThreadStatus> threads() const = 0;
};

}  // namespace tidemark::services

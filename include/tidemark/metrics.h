#pragma once
// What the runtime and processors count. Names follow Prometheus: `tidemark_` prefix, base units, `_total`.
// A customer is never a label.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark {

using Labels = std::vector<std::pair<std::string, std::string>>;

// [any thread] A handle stays valid as long as the registry that gave it.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(std::uint64_t count) = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(std::int64_t value) = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe_seconds(std::int64_t microseconds) = 0;  // exported in seconds
};

// [any thread] Asking again for the same name and labels gives the same handle.
class MetricsRegistry {
 public:
  virtual ~MetricsRegistry() = default;
  virtual Counter& counter(std::string_view name, std::string_view help, const Labels& labels) = 0;
  virtual Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels) = 0;
  virtual Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels) = 0;
};

}  // namespace tidemark

#pragma once
// The metrics of a process, and their text for Prometheus. Counts are 64-bit integers up to the moment they
// are written out. Threading: [any thread]; handles live as long as the registry.
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/metrics.h"

namespace tidemark::services {

class Metrics final : public MetricsRegistry {
 public:
  Metrics();
  ~Metrics() override;
  // REQUIRES: `name` is tidemark_..., valid for Prometheus and of one kind only; label names are valid.
  // The help of the first call stays.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels) override;
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels) override;
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels) override;

  // Text exposition format 0.0.4, families and series in sorted order.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// tidemark_build_info{version,tzdb} 1: joins a figure to the build and the time zones that made it.
void publish_build_info(MetricsRegistry& registry, std::string_view version, std::string_view tzdb);

}  // namespace tidemark::services

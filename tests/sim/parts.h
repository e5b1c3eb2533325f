#pragma once
// What every simulated engine is given: all processors, and metrics.
#include <map>
#include <string>
#include <utility>

#include "processors/decode.h"
#include "processors/dedup.h"
#include "processors/delta.h"
#include "processors/meter.h"
#include "runtime/topology/topology.h"
#include "tidemark/metrics.h"

namespace tidemark::sim_test {

class NoMetrics final : public MetricsRegistry {
 public:
  Counter& counter(std::string_view, std::string_view, const Labels&) override { return counter_; }
  Gauge& gauge(std::string_view, std::string_view, const Labels&) override { return gauge_; }
  Histogram& histogram(std::string_view, std::string_view, const Labels&) override { return histogram_; }

 private:
  struct NoCounter final : Counter {
    void add(std::uint64_t) override {}
  } counter_;
  struct NoGauge final : Gauge {
    void set(std::int64_t) override {}
  } gauge_;
  struct NoHistogram final : Histogram {
    void observe_seconds(std::int64_t) override {}
  } histogram_;
};

// Counters only, by name and labels: `name{label=value,...}`.
class CountingMetrics final : public MetricsRegistry {
 public:
  Counter& counter(std::string_view name, std::string_view, const Labels& labels) override {
    std::string identity(name);
    char separator = '{';
    for (const auto& [label, value] : labels)
      identity.append(1, std::exchange(separator, ',')).append(label).append("=").append(value);
    return counters_[identity + (labels.empty() ? "" : "}")];
  }
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels) override {
    return none_.gauge(name, help, labels);
  }
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels) override {
    return none_.histogram(name, help, labels);
  }
  std::uint64_t value(const std::string& identity) const {
    const auto found = counters_.find(identity);
    return found == counters_.end() ? 0 : found->second.count;
  }

 private:
  struct KeptCounter final : Counter {
    void add(std::uint64_t added) override { count += added; }
    std::uint64_t count = 0;
  };
  std::map<std::string, KeptCounter> counters_;
  NoMetrics none_;
};

inline const runtime::ProcessorCatalog& catalog() {
  static const runtime::ProcessorCatalog all{processors::decode_descriptor(), processors::dedup_descriptor(),
                                             processors::meter_descriptor(), processors::delta_descriptor()};
  return all;
}

}  // namespace tidemark::sim_test

#pragma once
// What every simulated engine is given: all processors, and metrics that nobody reads.
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

inline const runtime::ProcessorCatalog& catalog() {
  static const runtime::ProcessorCatalog all{processors::decode_descriptor(), processors::dedup_descriptor(),
                                             processors::meter_descriptor(), processors::delta_descriptor()};
  return all;
}

}  // namespace tidemark::sim_test

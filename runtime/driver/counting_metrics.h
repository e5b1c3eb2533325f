#pragma once
// Counters kept in memory, to be asked for by name and labels. Gauges and histograms are taken and forgotten.
// Threading: one thread.
#include <algorithm>
#include <deque>
#include <string>

#include "tidemark/metrics.h"

namespace tidemark::runtime {

class CountingMetrics final : public MetricsRegistry {
 public:
  Counter& counter(std::string_view name, std::string_view, const Labels& labels) override {
    for (KeptCounter& known : counters_) {
      if (known.name == name && known.labels == labels) return known;
    }
    KeptCounter& made = counters_.emplace_back();
    made.name = name;
    made.labels = labels;
    return made;
  }
  Gauge& gauge(std::string_view, std::string_view, const Labels&) override { return gauge_; }
  Histogram& histogram(std::string_view, std::string_view, const Labels&) override { return histogram_; }

  // The sum over all counters of this name that have these labels, and perhaps others.
  std::uint64_t sum(std::string_view name, const Labels& labels) const {
    std::uint64_t sum = 0;
    for (const KeptCounter& each : counters_) {
      const bool fits =
          each.name == name && std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
            return std::find(each.labels.begin(), each.labels.end(), label) != each.labels.end();
          });
      if (fits) sum += each.count;
    }
    return sum;
  }

 private:
  struct KeptCounter final : Counter {
    void add(std::uint64_t added) override { count += added; }
    std::string name;
    Labels labels;
    std::uint64_t count = 0;
  };
  struct NoGauge final : Gauge {
    void set(std::int64_t) override {}
  };
  struct NoHistogram final : Histogram {
    void observe_seconds(std::int64_t) override {}
  };
  std::deque<KeptCounter> counters_;  // handles stay valid
  NoGauge gauge_;
  NoHistogram histogram_;
};

}  // namespace tidemark::runtime

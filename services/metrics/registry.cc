#include "services/metrics/registry.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>
#include <vector>

#include "tidemark/assert.h"

namespace tidemark::services {
namespace {

// From a commit on an idle broker (about 1 ms) to the transaction timeout.
constexpr std::array<std::int64_t, 14> kBucketsMicroseconds = {
    500,     1'000,   2'500,   5'000,     10'000,    25'000,    50'000,
    100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

class CounterCell final : public Counter {
 public:
  void add(std::uint64_t count) override { value_.fetch_add(count, std::memory_order_relaxed); }
  void export_to(prometheus::ClientMetric& metric) const {
    metric.counter.value = static_cast<double>(value_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class GaugeCell final : public Gauge {
 public:
  void set(std::int64_t value) override { value_.store(value, std::memory_order_relaxed); }
  void export_to(prometheus::ClientMetric& metric) const {
    metric.gauge.value = static_cast<double>(value_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<std::int64_t> value_{0};
};

class HistogramCell final : public Histogram {
 public:
  void observe_seconds(std::int64_t microseconds) override {
    const auto bucket =
        std::lower_bound(kBucketsMicroseconds.begin(), kBucketsMicroseconds.end(), microseconds);
    counts_[static_cast<std::size_t>(bucket - kBucketsMicroseconds.begin())].fetch_add(
        1, std::memory_order_relaxed);
    sum_microseconds_.fetch_add(microseconds, std::memory_order_relaxed);
  }
  void export_to(prometheus::ClientMetric& metric) const {
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < kBucketsMicroseconds.size(); ++i) {
      cumulative += counts_[i].load(std::memory_order_relaxed);
      metric.histogram.bucket.push_back({cumulative, seconds(kBucketsMicroseconds[i])});
    }
    // The +Inf bucket is written by the serializer from sample_count.
    metric.histogram.sample_count = cumulative + counts_.back().load(std::memory_order_relaxed);
    metric.histogram.sample_sum = seconds(sum_microseconds_.load(std::memory_order_relaxed));
  }

 private:
  static double seconds(std::int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }
  std::array<std::atomic<std::uint64_t>, kBucketsMicroseconds.size() + 1> counts_{};
  std::atomic<std::int64_t> sum_microseconds_{0};
};

bool is_name(std::string_view name, bool colon_allowed) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (colon_allowed && c == ':');
  });
}

template <class Cell>
struct Family {
  std::string help;
  std::map<Labels, std::unique_ptr<Cell>> cells;
};
template <class Cell>
using Families = std::map<std::string, Family<Cell>, std::less<>>;

template <class Cell>
Cell& cell_of(Families<Cell>& families, std::string_view name, std::string_view help, Labels labels) {
  TM_ASSERT(is_name(name, true));
  std::sort(labels.begin(), labels.end());
  for (const auto& [label, value] : labels) TM_ASSERT(is_name(label, false));
  auto family = families.find(name);
  if (family == families.end()) family = families.emplace(name, Family<Cell>{std::string(help), {}}).first;
  auto& cell = family->second.cells[std::move(labels)];
  if (!cell) cell = std::make_unique<Cell>();
  return *cell;
}

template <class Cell>
void export_families(const Families<Cell>& families, prometheus::MetricType type,
                     std::vector<prometheus::MetricFamily>& out) {
  for (const auto& [name, family] : families) {
    prometheus::MetricFamily exported{name, family.help, type, {}};
    for (const auto& [labels, cell] : family.cells) {
      prometheus::ClientMetric metric;
      for (const auto& [label, value] : labels) metric.label.push_back({label, value});
      cell->export_to(metric);
      exported.metric.push_back(std::move(metric));
    }
    out.push_back(std::move(exported));
  }
}

}  // namespace

struct Metrics::Impl {
  mutable std::mutex mutex;  // guards the maps, not the cells
  Families<CounterCell> counters;
  Families<GaugeCell> gauges;
  Families<HistogramCell> histograms;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  TM_ASSERT(!impl_->gauges.contains(name) && !impl_->histograms.contains(name));
  return cell_of(impl_->counters, name, help, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  TM_ASSERT(!impl_->counters.contains(name) && !impl_->histograms.contains(name));
  return cell_of(impl_->gauges, name, help, labels);
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  TM_ASSERT(!impl_->counters.contains(name) && !impl_->gauges.contains(name));
  return cell_of(impl_->histograms, name, help, labels);
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families;
  {
    const std::lock_guard lock(impl_->mutex);
    export_families(impl_->counters, prometheus::MetricType::Counter, families);
    export_families(impl_->gauges, prometheus::MetricType::Gauge, families);
    export_families(impl_->histograms, prometheus::MetricType::Histogram, families);
  }
  std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

void publish_build_info(MetricsRegistry& registry, std::string_view version, std::string_view tzdb) {
  registry
      .gauge("tidemark_build_info", "Version of the program and of its time-zone database; always 1.",
             {{"version", std::string(version)}, {"tzdb", std::string(tzdb)}})
      .set(1);
}

}  // namespace tidemark::services

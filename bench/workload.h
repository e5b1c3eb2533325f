#pragma once
// The usage that the benchmarks count: 50,000 customers of 20 tenants (Zipf, exponent 1.1), five meters,
// values of about 230 bytes, one event in ten twice, one in 200 late by hours. The same seed and options give
// the same bytes. The truth is added up here, from the numbers drawn, and shares no code with the engine.
#include <cstdint>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::bench {

inline constexpr std::uint32_t kCustomers = 50'000;

struct WorkloadOptions {
  std::uint64_t seed = 1;
  std::int64_t events = 1'000'000;                                // repeats included
  ArrivalTime end{std::chrono::milliseconds{1'795'219'200'000}};  // 2026-11-21T00:00:00Z, of the last arrival
  std::chrono::milliseconds spread{std::chrono::hours{24 * 40}};  // of arrivals, evenly up to `end`
};

struct Event {
  std::uint64_t id_high = 0;
  std::uint64_t id_low = 0;
  std::uint32_t customer = 0;
  std::uint8_t meter = 0;
  std::uint8_t endpoint = 0;
  std::uint8_t region = 0;
  std::int64_t millionths = 0;  // of the value
  ArrivalTime event_time;       // whole milliseconds
};

struct Sum {
  std::int64_t count = 0;
  std::int64_t millionths = 0;
};

// Threading: confined to one thread. No I/O, no clock.
class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);
  // False after the last one. Arrivals never run back, and an event never lies ahead of its arrival.
  bool next(Event& event, ArrivalTime& arrival);
  // The same events, but they arrive now.
  bool next_at(Event& event, ArrivalTime now);

  std::int64_t taken() const { return line_; }
  std::int64_t repeats() const { return repeats_taken_; }
  std::int64_t late() const { return late_; }
  // tenant, customer, meter, YYYY-MM (UTC), events, sum: of distinct events taken so far, sorted, by tabs.
  std::string truth() const;

 private:
  struct Repeat {
    std::int64_t line;
    Event event;
    bool operator<(const Repeat& other) const {
      return line > other.line;
    }  // std::priority_queue gives the largest
  };

  std::uint64_t draw();
  double fraction();
  Event fresh(ArrivalTime arrival);
  void count(const Event& event);

  const WorkloadOptions options_;
  std::uint64_t state_;
  std::vector<double> weights_;           // cumulative, by rank
  std::vector<std::uint32_t> customers_;  // by rank
  std::priority_queue<Repeat> repeats_;
  std::unordered_map<std::uint64_t, Sum> sums_;
  std::int64_t line_ = 0;
  std::int64_t repeats_taken_ = 0;
  std::int64_t late_ = 0;
};

std::string customer_name(std::uint32_t customer);  // cus_000042
std::string tenant_name(std::uint32_t customer);    // t02
// One usage event as JSON, in place of what `line` held.
void spell(const Event& event, std::string& line);
// Calendar months in UTC, from long before the first event.
std::string profile(std::uint32_t customer);

}  // namespace tidemark::bench

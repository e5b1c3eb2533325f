#pragma once
// Events of gauges at chosen times: a sample comes when it is written, or later.
#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {

inline ArrivalTime arrival_at(EventTime time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time);
}

inline DriverSettings gauge(const std::string& aggregation) {
  return {.meters = {
              {.name = "seats", .event_types = {"seats"}, .aggregation = aggregation, .carry_over = true}}};
}

struct GaugeDriver : Driver {
  using Driver::Driver;
  TestEvent sample(EventTime time, const std::string& value,
                   std::optional<EventTime> arrives = std::nullopt) {
    return {.event_id = "s" + std::to_string(next_id++),
            .type = "seats",
            .value = value,
            .arrival = arrival_at(arrives.value_or(time)),
            .event_time = time};
  }
  // An event of somebody unknown, which brings the watermark to `time`.
  TestEvent tick(EventTime time) {
    return {.event_id = "t" + std::to_string(next_id++),
            .customer_id = "cus_9",
            .type = "tick",
            .arrival = arrival_at(time + 5min),
            .event_time = time + 5min};
  }
  void run(const TestEvent& event) {
    usage(event);
    come_to_rest();
  }
  std::string seats(EventTime period) const { return figure("cus_1", "seats", period); }
  int next_id = 0;
};

}  // namespace tidemark::processors::testing

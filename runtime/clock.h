#pragma once
// The only source of time in the engine. Real: runtime/system_clock.h; simulated: runtime/sim.
#include <chrono>

#include "tidemark/time.h"

namespace tidemark::runtime {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual ArrivalTime wall() const = 0;                    // [any thread]
  virtual std::chrono::nanoseconds monotonic() const = 0;  // [any thread] for timeouts and cadence
  virtual void sleep(std::chrono::milliseconds time) = 0;  // [any thread] back-off; simulated time advances
};

}  // namespace tidemark::runtime

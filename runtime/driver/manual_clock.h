#pragma once
// A clock that stands still until it is told to go on.
#include "runtime/clock.h"

namespace tidemark::runtime {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(ArrivalTime start) : now_(start) {}
  ArrivalTime wall() const override { return now_; }
  std::chrono::nanoseconds monotonic() const override { return now_.time_since_epoch(); }
  void sleep(std::chrono::milliseconds time) override { advance(time); }
  void advance(std::chrono::milliseconds time) { now_ += time; }

 private:
  ArrivalTime now_;
};

}  // namespace tidemark::runtime

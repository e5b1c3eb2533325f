#pragma once
// Virtual time. It stands still unless somebody sleeps, waits in vain, or a test moves it.
#include "runtime/clock.h"

namespace tidemark::runtime::sim {

class SimClock final : public Clock {
 public:
  static constexpr ArrivalTime kStart{std::chrono::milliseconds{1'767'225'600'000}};  // 2026-01-01T00:00:00Z

  ArrivalTime wall() const override { return wall_; }
  std::chrono::nanoseconds monotonic() const override { return monotonic_; }
  void sleep(std::chrono::milliseconds time) override { advance(time); }

  void advance(std::chrono::milliseconds time) {
    if (time.count() <= 0) return;
    wall_ += time;
    monotonic_ += time;
  }
  // Steps the wall clock alone, as an operator or NTP would; it may run back.
  void set_wall(ArrivalTime wall) { wall_ = wall; }

 private:
  ArrivalTime wall_ = kStart;
  std::chrono::nanoseconds monotonic_{0};
};

}  // namespace tidemark::runtime::sim

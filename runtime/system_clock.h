#pragma once
#include <thread>

#include "runtime/clock.h"

namespace tidemark::runtime {

class SystemClock final : public Clock {
 public:
  ArrivalTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  void sleep(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }
};

}  // namespace tidemark::runtime

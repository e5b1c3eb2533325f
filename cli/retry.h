#pragma once
// Patience with a cluster that is moving leaders: right after topics were created, or a broker restarted.
#include <chrono>
#include <thread>

#include "tidemark/result.h"

namespace tidemark::cli {

inline constexpr std::chrono::seconds kBusyAtMost{15};
inline constexpr std::chrono::milliseconds kBusyPause{50};

// The answer of `call`, asked again while it is "kafka_busy".
template <class Call>
auto while_busy(Call&& call) {
  const auto give_up = std::chrono::steady_clock::now() + kBusyAtMost;
  for (;;) {
    auto answer = call();
    if (answer || answer.error().code != "kafka_busy" || std::chrono::steady_clock::now() > give_up)
      return answer;
    std::this_thread::sleep_for(kBusyPause);
  }
}

}  // namespace tidemark::cli

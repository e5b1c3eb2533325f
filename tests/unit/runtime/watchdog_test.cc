#include <gtest/gtest.h>

#include "runtime/engine.h"

namespace tidemark::runtime {
namespace {

using std::chrono::seconds;

TEST(Watchdog, NamesTheThreadThatHasNotComeRound) {
  struct Case {
    const char* name;
    std::vector<seconds> alive_at;  // of threads t0, t1
    std::optional<std::string> stuck;
  };
  const seconds now{10'000};
  for (const Case& each : {Case{"all at work", {now, now - seconds{1}}, std::nullopt},
                           Case{"one waits for Kafka", {now, now - kStuckAfter}, std::nullopt},
                           Case{"one hangs", {now, now - kStuckAfter - seconds{1}}, "t1"},
                           Case{"one never stepped", {seconds{0}, now}, std::nullopt}}) {
    std::vector<StreamThreadStatus> threads;
    for (const seconds alive_at : each.alive_at) {
      StreamThreadStatus& thread = threads.emplace_back();
      thread.name = "t" + std::to_string(threads.size() - 1);
      thread.alive_at = alive_at;
    }
    EXPECT_EQ(stuck_thread(threads, now), each.stuck) << each.name;
  }
}

}  // namespace
}  // namespace tidemark::runtime

#pragma once
// Runs a sub-topology: checks the topics, then one StreamThread per configured thread until told to stop.
// Borrows everything in EngineParts; it must outlive the engine. Threading: start() and run() from one
// thread; request_stop() and status() [any thread]; request_stop() also from a signal handler.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "runtime/state_directory.h"
#include "runtime/stream_thread.h"

namespace tidemark::runtime {

struct EngineParts {
  const Blueprint* blueprint = nullptr;
  LogClients* clients = nullptr;
  StateDirectory* directory = nullptr;
  Logger log;
  // Compares the settings of the topics, once they are known to exist; null: nobody does. Answers like a
  // seam: retry and "unreachable" mean again.
  std::function<Status()> check_settings;
};

// More than any call may wait for Kafka or a disk, less than the group's patience with a thread that hangs.
inline constexpr std::chrono::seconds kStuckAfter{300};
// Name of a thread that has not come round for longer; nullopt: none. One that never stepped is not watched.
std::optional<std::string> stuck_thread(const std::vector<StreamThreadStatus>& threads,
                                        std::chrono::nanoseconds now);

class Engine {
 public:
  explicit Engine(EngineParts parts);
  ~Engine();
  // Waits for Kafka with back-off, saying so; then runs until request_stop() or the first fatal error. A
  // thread that hangs ends the process (std::abort): the group would wait for it a quarter of an hour.
  // Errors: those of the threads; "stopped": told to stop, and something is left to be done again.
  Status run();
  void request_stop() { stop_.store(true); }
  std::vector<StreamThreadStatus> status() const;

 private:
  Status check_topics();
  void run_thread(std::size_t index);
  void watch(const std::stop_token& ended);

  const EngineParts parts_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<StreamThread>> threads_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;  // under mutex_: the first one
};

}  // namespace tidemark::runtime

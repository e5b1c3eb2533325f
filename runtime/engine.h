#pragma once
// Runs a sub-topology: checks the topics, then one StreamThread per configured thread until told to stop.
// Borrows everything in EngineParts; it must outlive the engine. Threading: start() and run() from one
// thread; request_stop() and status() [any thread]; request_stop() also from a signal handler.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/stream_thread.h"

namespace tidemark::runtime {

struct EngineParts {
  const Blueprint* blueprint = nullptr;
  LogClients* clients = nullptr;
  std::string instance;  // of the state directory
  Logger log;
  // Compares the settings of the topics, once they are known to exist; null: nobody does. Answers like a
  // seam: retry and "unreachable" mean again.
  std::function<Status()> check_settings;
};

class Engine {
 public:
  explicit Engine(EngineParts parts);
  ~Engine();
  // Waits for Kafka with back-off, saying so; then runs until request_stop() or the first fatal error.
  Status run();
  void request_stop() { stop_.store(true); }
  std::vector<StreamThreadStatus> status() const;

 private:
  Status check_topics();
  void run_thread(std::size_t index);

  const EngineParts parts_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<StreamThread>> threads_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;  // under mutex_: the first one
};

}  // namespace tidemark::runtime

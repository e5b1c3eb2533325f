#include "runtime/engine.h"

#include <condition_variable>
#include <cstdlib>

namespace tidemark::runtime {

using std::chrono::milliseconds;

Engine::Engine(EngineParts parts) : parts_(std::move(parts)) {
  const Topology& topology = *parts_.blueprint->topology;
  for (int i = 0; i < topology.engine.threads; ++i) {
    const std::string name =
        topology.application + "-" + parts_.directory->instance() + "-" + std::to_string(i);
    threads_.push_back(std::make_unique<StreamThread>(
        *parts_.blueprint, *parts_.clients,
        ThreadSettings{.name = name,
                       .commit_interval = topology.engine.commit_interval,
                       .transaction_timeout = topology.engine.transaction_timeout,
                       .log = parts_.log}));
  }
}

Engine::~Engine() = default;

Status Engine::run() {
  std::string said;
  for (milliseconds backoff{100}; !stop_;) {
    Status checked = check_topics();
    if (checked && parts_.check_settings) checked = parts_.check_settings();
    if (checked) break;
    if (checked.error().disposition != Disposition::retry && checked.error().code != "unreachable")
      return checked;
    if (said != checked.error().message)
      parts_.log(LogLevel::warning, checked.error().code, "waits for Kafka: " + checked.error().message);
    said = checked.error().message;
    parts_.blueprint->clock->sleep(backoff);
    backoff = std::min(backoff * 2, milliseconds{2'000});
  }
  std::jthread watchdog([this](const std::stop_token& ended) { watch(ended); });
  std::vector<std::jthread> running;
  for (std::size_t i = 0; i < threads_.size(); ++i) running.emplace_back([this, i] { run_thread(i); });
  running.clear();  // joins
  const std::scoped_lock lock(mutex_);
  return failure_ ? Status(*failure_) : Status();
}

// A topic that is missing or has another number of partitions is told before anything is read.
Status Engine::check_topics() {
  const Blueprint& blueprint = *parts_.blueprint;
  for (std::size_t i = 0; i < blueprint.topics.names.size(); ++i) {
    auto count = parts_.clients->partition_count(TopicId(static_cast<std::int32_t>(i)));
    if (!count) return count.error();
    const std::string& name = blueprint.topics.names[i];
    if (!count->has_value()) {
      return Error{Disposition::fatal, "unknown_topic",
                   "topic " + name + " does not exist; create it with: topics apply --apply"};
    }
    if (**count != blueprint.topology->partitions) {
      return partition_count_changed("topic " + name, **count, *blueprint.topology);
    }
  }
  auto cluster = parts_.clients->cluster_id();
  if (!cluster) return cluster.error();
  return parts_.directory->claim(blueprint.topology->application, *cluster);
}

std::optional<std::string> stuck_thread(const std::vector<StreamThreadStatus>& threads,
                                        std::chrono::nanoseconds now) {
  for (const StreamThreadStatus& thread : threads) {
    if (thread.alive_at > std::chrono::nanoseconds{0} && now - thread.alive_at > kStuckAfter)
      return thread.name;
  }
  return std::nullopt;
}

void Engine::watch(const std::stop_token& ended) {
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  while (!pause.wait_for(lock, ended, std::chrono::seconds(1), [] { return false; }) &&
         !ended.stop_requested()) {
    const auto stuck = stuck_thread(status(), parts_.blueprint->clock->monotonic());
    if (!stuck) continue;
    parts_.log(LogLevel::error, "thread_hangs",
               "thread " + *stuck + " has not come round for " + std::to_string(kStuckAfter.count()) +
                   " s: the process ends, so that others take its partitions");
    std::abort();  // the core tells where it hangs
  }
}

void Engine::run_thread(std::size_t index) {
  StreamThread& thread = *threads_[index];
  Status status;
  while (status && !stop_) status = thread.step();
  if (status) status = thread.stop();
  if (status) return;
  const std::scoped_lock lock(mutex_);
  if (!failure_) failure_ = status.error();
  stop_ = true;
}

std::vector<StreamThreadStatus> Engine::status() const {
  std::vector<StreamThreadStatus> all;
  for (const auto& thread : threads_) all.push_back(thread->status());
  return all;
}

}  // namespace tidemark::runtime

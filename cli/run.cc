// run: the engine on Kafka and RocksDB, with its admin server.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>

#include "cli/application.h"
#include "cli/log_line.h"
#include "cli/topic_settings.h"
#include "connectors/dead_letter/encoder.h"
#include "runtime/engine.h"
#include "runtime/kafka/clients.h"
#include "runtime/state_directory.h"
#include "runtime/store/rocksdb_storage.h"
#include "runtime/system_clock.h"
#include "services/admin/endpoints.h"

namespace tidemark::cli {
namespace {

using runtime::Blueprint;
using runtime::Engine;

std::atomic<Engine*> running_engine{nullptr};

void on_stop_signal(int) {
  if (Engine* engine = running_engine.load()) engine->request_stop();
}

// What the admin endpoints see of the engine.
class EngineView final : public services::EngineStatus {
 public:
  EngineView(const Engine& engine, const Blueprint& blueprint) : engine_(engine), blueprint_(blueprint) {}
  std::vector<services::ThreadStatus> threads() const override {
    std::vector<services::ThreadStatus> threads;
    const auto now = blueprint_.clock->monotonic();
    for (const runtime::StreamThreadStatus& status : engine_.status()) {
      services::ThreadStatus& thread = threads.emplace_back();
      thread.name = status.name;
      thread.alive_ms_ago =
          std::chrono::duration_cast<std::chrono::milliseconds>(now - status.alive_at).count();
      thread.rebalancing = !status.owns;
      for (const runtime::TaskStatus& task : status.tasks) {
        services::TaskStatus& view = thread.tasks.emplace_back();
        view.sub_topology = blueprint_.settings->name;
        view.partition = task.partition.value();
        view.state = task.state;
        view.epoch = task.epoch.value();
        if (task.at_end) view.lag_records = 0;
        if (task.watermark != kEventTimeMin) view.watermark = task.watermark;
      }
    }
    return threads;
  }

 private:
  const Engine& engine_;
  const Blueprint& blueprint_;
};

runtime::Logger make_logger() {
  auto logger = spdlog::stderr_logger_mt("tidemark");
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  return [logger](runtime::LogLevel level, std::string_view code, const std::string& message) {
    const std::string line = log_line(code, message);
    switch (level) {
      case runtime::LogLevel::debug:
        return logger->debug("{}", line);
      case runtime::LogLevel::info:
        return logger->info("{}", line);
      case runtime::LogLevel::warning:
        return logger->warn("{}", line);
      case runtime::LogLevel::error:
        return logger->error("{}", line);
    }
  };
}

runtime::KafkaSettings kafka_settings_of(const Globals& globals, const runtime::Topology& topology,
                                         const Blueprint& blueprint, const runtime::Logger& log) {
  const auto threads = static_cast<std::size_t>(topology.engine.threads);
  runtime::KafkaSettings settings;
  settings.properties = kafka_values(globals, topology);
  settings.application = topology.application;
  settings.topics = blueprint.topics.names;
  settings.session_timeout = topology.engine.session_timeout;
  settings.transaction_timeout = topology.engine.transaction_timeout;
  settings.consumer_queue_bytes = blueprint.memory.consumer_queues / threads;
  settings.producer_queue_bytes = blueprint.memory.producer_queues / threads;
  settings.log = [log](runtime::KafkaLogLevel level, const std::string& text) {
    switch (level) {
      case runtime::KafkaLogLevel::error:
        return log(runtime::LogLevel::error, "", text);
      case runtime::KafkaLogLevel::warning:
        return log(runtime::LogLevel::warning, "", text);
      case runtime::KafkaLogLevel::info:
        return log(runtime::LogLevel::info, "", text);
      case runtime::KafkaLogLevel::debug:
        return log(runtime::LogLevel::debug, "", text);
    }
  };
  return settings;
}

struct RunFlags {
  std::string state_dir;
  std::string admin;
};

Result<int> run_engine(const Globals& globals, const RunFlags& flags) {
  auto loaded = load_valid_topology(globals);
  if (!loaded) return loaded.error();
  runtime::Topology topology = *std::move(loaded);
  if (!flags.state_dir.empty()) topology.engine.state_dir = flags.state_dir;
  if (!flags.admin.empty()) topology.engine.admin_listen = flags.admin;

  auto directory = runtime::StateDirectory::open(topology.engine.state_dir);
  if (!directory) return directory.error();
  const runtime::Logger log = make_logger();
  services::Metrics metrics;
  services::publish_build_info(metrics, TIDEMARK_VERSION, globals.application->time_zone_data);
  runtime::SystemClock clock;
  const runtime::MemoryShares memory = runtime::divide_memory(topology.engine.memory_bytes);
  auto storage = runtime::make_rocksdb_storage_factory(
      topology.engine.state_dir, {.block_cache_bytes = memory.block_cache,
                                  .write_buffer_bytes = memory.write_buffers,
                                  .verify_every = topology.engine.verify_state,
                                  .free_disk_bytes_min = topology.engine.free_disk_min_bytes});
  const Blueprint blueprint =
      runtime::make_blueprint(topology, globals.application->program.processors, *storage, metrics, clock,
                              [] { return std::make_unique<connectors::HeaderEncoder>(); });
  const runtime::KafkaSettings settings = kafka_settings_of(globals, topology, blueprint, log);
  TM_TRY(runtime::check(settings));
  runtime::KafkaClients clients(settings);
  Engine engine({.blueprint = &blueprint,
                 .clients = &clients,
                 .directory = directory->get(),
                 .log = log,
                 .check_settings = [&] { return check_topic_settings(settings, topology, log); }});

  const EngineView view(engine, blueprint);
  std::unique_ptr<services::HttpServer> admin;
  if (!topology.engine.admin_listen.empty()) {
    auto started =
        services::HttpServer::start(topology.engine.admin_listen, services::admin_routes(view, metrics));
    if (!started) return started.error();
    admin = *std::move(started);
    log(runtime::LogLevel::info, "", "admin server on http://" + admin->address());
  }
  running_engine = &engine;
  std::signal(SIGTERM, on_stop_signal);
  std::signal(SIGINT, on_stop_signal);
  log(runtime::LogLevel::info, "",
      "application " + topology.application + " instance " + (*directory)->instance() + " starts with " +
          std::to_string(topology.engine.threads) + " threads on " + topology.engine.state_dir);
  const Status ended = engine.run();
  running_engine = nullptr;
  if (admin) admin->stop();
  if (!ended) {
    log(runtime::LogLevel::error, ended.error().code, ended.error().message);
    return exit_code_of(ended.error().code);
  }
  log(runtime::LogLevel::info, "", "stopped: everything in hand is committed");
  return kOk;
}

}  // namespace

void add_run_command(Commands& commands) {
  auto flags = std::make_shared<RunFlags>();
  commands.push_back(
      {.path = "run",
       .description = "Run the processors of the topology until SIGTERM or SIGINT",
       .examples = {"tidemark run",
                    "tidemark run -c topology.yaml --state-dir /var/lib/tidemark/a --admin 127.0.0.1:9464"},
       .parameters = {{"--state-dir", "Directory of this process alone [engine.state_dir]",
                       &flags->state_dir},
                      {"--admin", "Address of /livez, /readyz and /metrics [engine.admin]", &flags->admin}},
       .run = [flags](const Globals& globals) { return run_engine(globals, *flags); }});
}

}  // namespace tidemark::cli

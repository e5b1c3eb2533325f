#include "tests/sim/machine.h"

#include <algorithm>
#include <cstdlib>

#include "connectors/dead_letter/encoder.h"
#include "tests/sim/rocksdb_disk.h"

namespace tidemark::sim_test {

using runtime::StreamThread;
using runtime::Topology;
using runtime::sim::World;

namespace {

Topology load(const char* file) {
  auto result = runtime::load_topology(std::string(TIDEMARK_SIM_FOLDER "/") + file, catalog());
  TM_ASSERT(result.has_value());
  for (const Finding& finding : result->findings) std::fprintf(stderr, "%s\n", to_string(finding).c_str());
  TM_ASSERT(result->findings.empty());
  return std::move(result->topology);
}

}  // namespace

const Topology& topology() {
  static const Topology loaded = load("metering.topology.yaml");
  return loaded;
}

const Topology& idle_topology() {
  static const Topology loaded = load("idle.topology.yaml");
  return loaded;
}

void create_topics(World& world, const Topology& all) {
  for (const auto& topic : all.topics) world.cluster.create_topic(topic.name, all.partitions);
  for (const auto& store : all.sub_topologies.front().stores)
    world.cluster.create_topic(all.changelog_topic(store.name), all.partitions);
  world.cluster.create_topic(all.epochs_topic("metering"), all.partitions);
}

struct Machine::Life {
  explicit Life(Machine& machine)
      : process(machine.name_, machine.world_.faults),
        storage(machine.rocksdb_dir_.empty() ? std::make_unique<runtime::sim::SimStorageFactory>(
                                                   machine.world_, machine.disk_, process)
                                             : make_rocksdb(machine.rocksdb_dir_)),
        blueprint(small(runtime::make_blueprint(machine.topology_, catalog(), *storage, machine.metrics_,
                                                machine.world_.clock,
                                                [] { return std::make_unique<connectors::HeaderEncoder>(); }),
                        machine.world_.random)),
        clients(machine.world_, process,
                {.group = machine.topology_.application, .topics = blueprint.topics.names}),
        thread(std::make_unique<StreamThread>(
            blueprint, clients,
            runtime::ThreadSettings{.name = "sim-" + machine.name_ + "-0",
                                    .commit_interval = machine.topology_.engine.commit_interval,
                                    .transaction_timeout = machine.topology_.engine.transaction_timeout,
                                    .log = make_log(machine)})) {}
  // Memory so small that ids and rows are written and views evicted on the way, at another size in each
  // life.
  static runtime::Blueprint small(runtime::Blueprint blueprint, runtime::sim::Random& random) {
    const auto tasks = static_cast<std::size_t>(blueprint.topology->partitions);
    blueprint.memory.hot_ids_min = random.between(1, 60);
    blueprint.memory.hot_ids = 0;
    blueprint.memory.hot_rows = random.uniform(20'000) * tasks;
    blueprint.memory.output_piece = random.between(1, 4'000);
    blueprint.memory.views = random.between(1, 40) * 600 * tasks;
    return blueprint;
  }
  static runtime::Logger make_log(Machine& machine) {
    const bool is_shown = std::getenv("TIDEMARK_SIM_LOG") != nullptr;
    return [&machine, is_shown](runtime::LogLevel, std::string_view, const std::string& message) {
      machine.messages_.push_back(message);
      if (is_shown) std::fprintf(stderr, "%s %s\n", machine.name_.c_str(), message.c_str());
    };
  }
  runtime::sim::Process process;
  std::unique_ptr<runtime::StorageFactory> storage;
  runtime::Blueprint blueprint;
  runtime::sim::SimClients clients;
  std::unique_ptr<StreamThread> thread;
};

Machine::Machine(World& world, std::string name, const std::string& rocksdb_dir, const Topology& topology)
    : world_(world),
      topology_(topology),
      name_(std::move(name)),
      disk_(world),
      rocksdb_dir_(rocksdb_dir.empty() ? "" : rocksdb_dir + "/" + name_) {}

Machine::~Machine() = default;

StreamThread& Machine::thread() {
  return *life_->thread;
}

void Machine::start() {
  life_ = std::make_unique<Life>(*this);
}

void Machine::crash() {
  life_->process.kill();
  life_.reset();
}

Status Machine::stop() {
  const Status stopped = life_->thread->stop();
  life_.reset();
  return stopped;
}

bool Machine::has_logged(std::string_view text) const {
  return std::any_of(messages_.begin(), messages_.end(),
                     [text](const std::string& message) { return message.find(text) != std::string::npos; });
}

runtime::sim::StorageRows Machine::rows(const std::string& task, const std::string& store) const {
  if (rocksdb_dir_.empty()) return disk_.rows(task, store);
  const auto factory = make_rocksdb(rocksdb_dir_);
  if (!factory->exists(task, store)) return {};
  const auto opened = factory->open(task, store);
  if (!opened) return {};
  const auto all = (*opened)->scan("", std::string(8, '\xff'), SIZE_MAX);
  return all ? runtime::sim::StorageRows(all->begin(), all->end()) : runtime::sim::StorageRows();
}

void Machine::lose_disk() {
  if (rocksdb_dir_.empty()) return disk_.wipe_all();
  wipe_rocksdb(rocksdb_dir_);
}

}  // namespace tidemark::sim_test

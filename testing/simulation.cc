#include "tidemark/simulation.h"

#include <algorithm>

#include "connectors/dead_letter/encoder.h"
#include "runtime/driver/counting_metrics.h"
#include "runtime/sim/clients.h"
#include "runtime/sim/storage.h"
#include "runtime/sim/world.h"
#include "runtime/stream_thread.h"
#include "tidemark/partitioner.h"

namespace tidemark {
namespace {

using runtime::SourceRole;
using runtime::StreamThread;
using runtime::Topology;
using runtime::sim::Crash;
using runtime::sim::FaultPlan;
using runtime::sim::World;
using std::chrono::milliseconds;

constexpr int kStepsMax = 500'000;
constexpr int kQuietSteps = 60;  // so long at rest: nothing late is on its way

FaultPlan random_faults() {
  FaultPlan plan;
  plan.crashes = {1, 400};
  plan.errors = {1, 300};
  // Sites that are passed with every step would eat all the crashes; those of a commit are passed seldom.
  for (const char* site : {"P0.poll.before", "P0.poll.after", "P0.multi_get.before", "store.scan.before"})
    plan.sites[site] = {1, 3'000};
  for (const char* site : {"P2.flush.before", "P3.send_offsets.after", "P4.commit.before",
                           "P4.commit.reply_lost", "P4.commit.in_flight"})
    plan.sites[site] = {1, 40};
  plan.sites["cluster.marker_lag"] = {1, 10};
  plan.sites["P6.ingest.during"] = {1, 60};
  plan.sites["restore.poll.after"] = {1, 100};
  plan.sites["store.open.corrupt"] = {1, 40};
  return plan;
}

// A disk that stays, and a process on it that comes and goes.
class Machine {
 public:
  Machine(World& world, const Topology& topology, const runtime::ProcessorCatalog& catalog, std::string name)
      : world_(world), topology_(topology), catalog_(catalog), name_(std::move(name)), disk_(world) {}

  bool is_running() const { return life_ != nullptr; }
  StreamThread& thread() { return *life_->thread; }
  void start() { life_ = std::make_unique<Life>(*this); }
  void crash() {
    life_->process.kill();
    life_.reset();
  }
  Status stop() {
    const Status stopped = life_->thread->stop();
    life_.reset();
    return stopped;
  }
  void lose_disk() { disk_.wipe_all(); }

 private:
  struct Life {
    explicit Life(Machine& machine)
        : process(machine.name_, machine.world_.faults),
          storage(machine.world_, machine.disk_, process),
          blueprint(runtime::make_blueprint(machine.topology_, machine.catalog_, storage, machine.metrics_,
                                            machine.world_.clock,
                                            [] { return std::make_unique<connectors::HeaderEncoder>(); })) {
      // Rows reach the disk on the way, at another pace in each life.
      blueprint.memory.hot_rows = machine.world_.random.uniform(20'000);
      clients = std::make_unique<runtime::sim::SimClients>(
          machine.world_, process,
          runtime::sim::ClientSettings{.group = machine.topology_.application,
                                       .topics = blueprint.topics.names});
      thread = std::make_unique<StreamThread>(
          blueprint, *clients,
          runtime::ThreadSettings{.name = "sim-" + machine.name_ + "-0",
                                  .commit_interval = machine.topology_.engine.commit_interval,
                                  .transaction_timeout = machine.topology_.engine.transaction_timeout,
                                  .log = [](runtime::LogLevel, std::string_view, const std::string&) {}});
    }
    runtime::sim::Process process;
    runtime::sim::SimStorageFactory storage;
    runtime::Blueprint blueprint;
    std::unique_ptr<runtime::sim::SimClients> clients;
    std::unique_ptr<StreamThread> thread;
  };

  World& world_;
  const Topology& topology_;
  const runtime::ProcessorCatalog& catalog_;
  const std::string name_;
  runtime::sim::SimDisk disk_;
  runtime::CountingMetrics metrics_;
  std::unique_ptr<Life> life_;
};

class Simulation {
 public:
  Simulation(const Topology& topology, const runtime::ProcessorCatalog& catalog,
             const SimulationSettings& settings)
      : topology_(topology),
        sub_(topology.sub_topologies.front()),
        world_(settings.seed, settings.faults ? random_faults() : FaultPlan{},
               {.transaction_timeout = topology.engine.transaction_timeout,
                .session_timeout = topology.engine.session_timeout}) {
    world_.faults.enable(settings.faults);
    for (const std::string& topic : runtime::make_topic_table(topology).names)
      world_.cluster.create_topic(topic, topology.partitions);
    for (const char* name : {"a", "b"})
      machines_.push_back(std::make_unique<Machine>(world_, topology, catalog, name));
  }

  Result<SimulationOutcome> run(std::span<const SimulatedRecord> records) {
    std::vector<const SimulatedRecord*> coming;
    for (const SimulatedRecord& record : records) {
      if (source(record).role == SourceRole::table) {
        append(record);
      } else {
        coming.push_back(&record);
      }
    }
    std::size_t come = 0;
    while (come < coming.size() || world_.random.uniform(200) != 0) {
      if (world_.random.chance(1, 3)) {
        for (std::uint64_t left = world_.random.uniform(12); left > 0 && come < coming.size(); --left)
          append(*coming[come++]);
      }
      world_.clock.advance(milliseconds(world_.random.uniform(15)));
      TM_TRY(turn(*machines_[world_.random.uniform(machines_.size())]));
    }
    TM_TRY(come_to_rest());
    return outcome();
  }

 private:
  const runtime::SourceSettings& source(const SimulatedRecord& record) const {
    const auto found = std::find_if(sub_.sources.begin(), sub_.sources.end(),
                                    [&](const auto& each) { return each.name == record.source; });
    TM_ASSERT(found != sub_.sources.end());
    return *found;
  }

  void append(const SimulatedRecord& record) {
    world_.cluster.append(topology_.topic(source(record).topic)->name,
                          home_partition(record.key, topology_.partitions).value(), record.key, record.value,
                          record.arrival, record.headers);
  }

  // A step of a process, or, where it is dead, perhaps its return.
  Status turn(Machine& machine) {
    try {
      if (machine.is_running()) return machine.thread().step();
      if (!world_.random.chance(1, 20)) {
        // Now and then so long that the other takes over.
        if (world_.random.chance(1, 10)) world_.clock.advance(milliseconds(world_.random.uniform(3'000)));
        return {};
      }
      if (world_.random.chance(1, 5)) machine.lose_disk();
      machine.start();
    } catch (const Crash&) {
      if (machine.is_running()) machine.crash();
    }
    return {};
  }

  // No more faults: until everything is read and committed.
  Status come_to_rest() {
    world_.faults.enable(false);
    for (auto& machine : machines_) {
      if (!machine->is_running()) machine->start();
    }
    int rest = 0;
    for (int step = 0; rest < kQuietSteps; ++step) {
      if (step == kStepsMax) return Error{Disposition::fatal, "no_rest", "the processes do not come to rest"};
      world_.clock.advance(milliseconds(5));
      for (auto& machine : machines_) TM_TRY(machine->thread().step());
      rest = is_at_rest() ? rest + 1 : 0;
    }
    for (auto& machine : machines_) TM_TRY(machine->stop());
    world_.cluster.settle();
    return {};
  }

  bool is_at_rest() const {
    std::size_t tasks = 0;
    for (const auto& machine : machines_) {
      for (const auto& task : machine->thread().status().tasks) {
        if (!task.at_end) return false;
        ++tasks;
      }
    }
    return tasks == static_cast<std::size_t>(topology_.partitions);
  }

  SimulationOutcome outcome() const {
    SimulationOutcome outcome;
    for (const auto& sink : sub_.sinks) outcome.sent[sink.name] = committed(sink.topic);
    if (!sub_.dead_letters.empty()) outcome.dead_letters = committed(sub_.dead_letters);
    for (const auto& [site, count] : world_.faults.fired()) outcome.failures[site] = count;
    return outcome;
  }

  std::vector<SentRecord> committed(const std::string& topic) const {
    std::vector<SentRecord> sent;
    for (std::int32_t partition = 0; partition < topology_.partitions; ++partition) {
      for (const auto& committed :
           world_.cluster.committed_records(topology_.topic(topic)->name, partition)) {
        const auto& record = committed.record;
        sent.push_back({record.key.value_or(""), record.value, record.headers});
      }
    }
    return sent;
  }

  const Topology& topology_;
  const runtime::SubTopologySettings& sub_;
  World world_;
  std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace

Result<SimulationOutcome> simulate(const std::string& topology, std::vector<ProcessorDescriptor> processors,
                                   std::span<const SimulatedRecord> records, SimulationSettings settings) {
  auto loaded = runtime::load_valid_topology(topology, processors);
  if (!loaded) return loaded.error();
  return Simulation(*loaded, processors, settings).run(records);
}

}  // namespace tidemark

#include "tests/sim/crew.h"

namespace tidemark::sim_test {

using runtime::sim::Crash;
using runtime::sim::SiteKind;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kStepsMax = 200'000;

}  // namespace

Crew::Crew(runtime::sim::World& world, const runtime::Topology& topology, const CrewOptions& options,
           std::vector<std::string>& complaints)
    : world_(world), topology_(topology), lose_disks_(options.lose_disks), complaints_(complaints) {
  for (const char* name : {"a", "b", "c"})
    machines_.push_back(std::make_unique<Machine>(world, name, options.rocksdb_dir, topology));
  world_.faults.when_stalled([this](const std::string& name) { stand_still(name); });
}

Crew::~Crew() {
  world_.faults.when_stalled({});
}

void Crew::start() {
  for (auto& machine : machines_) machine->start();
}

void Crew::turn() {
  Machine& machine = *machines_[world_.random.uniform(machines_.size())];
  if (standing_still_.contains(machine.name())) return;
  if (machine.running()) {
    const bool leaves = world_.faults.fires("process.leaves", machine.name(), SiteKind::rare);
    return leaves ? leave(machine) : step(machine);
  }
  if (world_.clock.monotonic() < stays_away_until_[&machine]) {
    world_.clock.advance(milliseconds(world_.random.uniform(400)));
    return;
  }
  if (world_.random.chance(1, 20)) {
    if (lose_disks_ && world_.random.chance(1, 5)) machine.lose_disk();
    start(machine);
  } else if (world_.random.chance(1, 10)) {
    world_.clock.advance(
        milliseconds(world_.random.uniform(3'000)));  // long enough for the other to take over
  }
}

void Crew::step_all() {
  for (auto& machine : machines_) {
    if (machine->running()) step(*machine);
  }
}

void Crew::start(Machine& machine) {
  try {
    machine.start();
  } catch (const Crash&) {
  }
}

void Crew::step(Machine& machine) {
  try {
    const Status stepped = machine.thread().step();
    if (!stepped) {
      complaints_.push_back("a thread ended: " + stepped.error().code + ": " + stepped.error().message);
      machine.crash();
    }
  } catch (const Crash&) {
    machine.crash();
    // Now and then for longer than its session: another owner finds what it left open.
    if (world_.random.chance(1, 3))
      stays_away_until_[&machine] =
          world_.clock.monotonic() + milliseconds(world_.random.between(6'000, 12'000));
  }
}

// A clean stop. An epoch that could not be committed is done again, by whoever comes next.
void Crew::leave(Machine& machine) {
  try {
    const Status stopped = machine.stop();
    if (!stopped && stopped.error().code != "stopped")
      complaints_.push_back("a thread stopped: " + stopped.error().code + ": " + stopped.error().message);
  } catch (const Crash&) {
    machine.crash();
  }
  if (world_.random.chance(1, 2))
    stays_away_until_[&machine] =
        world_.clock.monotonic() + milliseconds(world_.random.between(6'000, 12'000));
}

// As by SIGSTOP, in the middle of a call: the others go on, often for longer than its session and its
// transaction last; now and then all stand still.
void Crew::stand_still(const std::string& name) {
  standing_still_.insert(name);
  const auto until = world_.clock.monotonic() + milliseconds(world_.random.between(500, 20'000));
  while (world_.clock.monotonic() < until && complaints_.empty()) {
    world_.clock.advance(milliseconds(world_.random.uniform(200)));
    if (standing_still_.size() < machines_.size()) turn();
  }
  standing_still_.erase(name);
}

bool Crew::at_rest() const {
  std::size_t tasks = 0;
  for (const auto& machine : machines_) {
    const auto status = machine->thread().status();
    tasks += status.tasks.size();
    for (const auto& task : status.tasks) {
      if (!task.at_end) return false;
    }
  }
  return tasks == static_cast<std::size_t>(topology_.partitions);
}

void Crew::calm_down() {
  world_.faults.enable(false);
  for (auto& machine : machines_) {
    if (!machine->running()) machine->start();
  }
  int rest = 0;
  for (std::uint64_t i = 0; i < kStepsMax && rest < 60 && complaints_.empty(); ++i) {
    world_.clock.advance(milliseconds(5));
    step_all();
    rest = complaints_.empty() && at_rest() ? rest + 1 : 0;
  }
  if (complaints_.empty() && rest < 60) complaints_.push_back("did not come to rest");
}

void Crew::stop() {
  for (auto& machine : machines_) {
    if (!machine->running()) continue;
    if (const Status stopped = machine->stop(); !stopped)
      complaints_.push_back("stop: " + stopped.error().message);
  }
}

}  // namespace tidemark::sim_test

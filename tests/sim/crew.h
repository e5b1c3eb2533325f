#pragma once
// The three processes of a random run: they step in turns, crash, stand still and leave as the faults say,
// and come back.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/machine.h"

namespace tidemark::sim_test {

struct CrewOptions {
  bool lose_disks = true;   // now and then a crashed process comes back on an empty disk
  std::string rocksdb_dir;  // not empty: real RocksDB in this directory in place of the simulated disk
};

// Borrows all arguments. What should not have happened goes to `complaints`.
class Crew {
 public:
  Crew(runtime::sim::World& world, const runtime::Topology& topology, const CrewOptions& options,
       std::vector<std::string>& complaints);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  void start();
  void turn();       // of a random process: a step, or perhaps its return
  void step_all();   // each that runs
  void calm_down();  // no more faults: until everything is read, told and committed
  void stop();
  const std::vector<std::unique_ptr<Machine>>& machines() const { return machines_; }

 private:
  void start(Machine& machine);
  void step(Machine& machine);
  void leave(Machine& machine);
  void stand_still(const std::string& name);
  bool at_rest() const;

  runtime::sim::World& world_;
  const runtime::Topology& topology_;
  const bool lose_disks_;
  std::vector<std::string>& complaints_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::map<const Machine*, std::chrono::nanoseconds> stays_away_until_;
  std::set<std::string> standing_still_;
};

}  // namespace tidemark::sim_test

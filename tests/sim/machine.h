#pragma once
// What simulated runs are made of: the metering topology, and machines that run it on a simulated cluster.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sim/clients.h"
#include "runtime/sim/storage.h"
#include "runtime/sim/world.h"
#include "runtime/stream_thread.h"
#include "tests/sim/parts.h"

namespace tidemark::sim_test {

const runtime::Topology& topology();
const runtime::Topology& idle_topology();  // with idle steps: usage stamped by the broker, periods close soon
void create_topics(runtime::sim::World& world, const runtime::Topology& topology);

// A machine: a disk that stays, and a process on it that comes and goes. With `rocksdb_dir` its stores are
// real. Borrows `world` and `topology`.
class Machine {
 public:
  Machine(runtime::sim::World& world, std::string name, const std::string& rocksdb_dir,
          const runtime::Topology& topology = sim_test::topology());
  ~Machine();

  const std::string& name() const { return name_; }
  bool running() const { return life_ != nullptr; }
  runtime::StreamThread& thread();
  void start();
  void crash();
  Status stop();
  void lose_disk();
  bool has_logged(std::string_view text) const;
  const runtime::sim::SimDisk& disk() const { return disk_; }
  runtime::sim::SimDisk& disk() { return disk_; }
  // Of all its lives: what a process counted and did not publish went with it.
  const CountingMetrics& metrics() const { return metrics_; }
  // Of a store that is closed; none where there is no such store, or it cannot be opened.
  runtime::sim::StorageRows rows(const std::string& task, const std::string& store) const;
  const std::string& rocksdb_dir() const { return rocksdb_dir_; }

 private:
  struct Life;

  runtime::sim::World& world_;
  const runtime::Topology& topology_;
  const std::string name_;
  runtime::sim::SimDisk disk_;
  const std::string rocksdb_dir_;
  CountingMetrics metrics_;
  std::vector<std::string> messages_;
  std::unique_ptr<Life> life_;
};

}  // namespace tidemark::sim_test

#pragma once
// Everything that outlives a process, made from one seed.
#include "runtime/sim/clock.h"
#include "runtime/sim/cluster.h"
#include "runtime/sim/faults.h"
#include "runtime/sim/random.h"
#include "runtime/sim/trace.h"

namespace tidemark::runtime::sim {

struct World {
  explicit World(std::uint64_t seed, FaultPlan plan = {}, const ClusterSettings& settings = {})
      : random(seed),
        faults(std::move(plan), random, trace),
        cluster(settings, random, clock, faults, trace) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Random random;
  Trace trace;
  SimClock clock;
  Faults faults;
  SimCluster cluster;
};

}  // namespace tidemark::runtime::sim

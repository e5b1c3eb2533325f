#pragma once
// What must hold at the end of a run. Each check adds a line per violation to `complaints`.
#include <string>
#include <vector>

#include "runtime/sim/cluster.h"
#include "runtime/sim/storage.h"
#include "runtime/topology/topology.h"
#include "tests/sim/machine.h"
#include "tests/sim/usage_input.h"

namespace tidemark::sim_test {

using Complaints = std::vector<std::string>;

// The last total of every key (amount, number of events, finality) and the sums of its deltas equal the
// truth.
void check_totals(const runtime::sim::SimCluster& cluster, const Truth& truth, Complaints& complaints);
// Every delta chain: seq from 1 without gap or repeat, previous_total + delta = total, one delta per kind and
// epoch.
void check_chains(const runtime::sim::SimCluster& cluster, Complaints& complaints);
// Every consumed event has exactly one verdict, and they add up to the truth.
void check_verdicts(const runtime::sim::SimCluster& cluster, const UsageInput& input, const Truth& truth,
                    Complaints& complaints);
// Deltas are of the kind that the watermark before each of their events gives; where an event was parked
// first, of either kind.
void check_kinds(const runtime::sim::SimCluster& cluster, const Truth& truth, Complaints& complaints);
// Every dead letter names its offset; none stands twice.
void check_dead_letters(const runtime::sim::SimCluster& cluster, Complaints& complaints);
// What every store holds is the fold of its changelog up to its position. An id store may be ahead of it: a
// restore that dies leaves what it had read.
void check_state(const runtime::sim::SimCluster& cluster, const Machine& machine,
                 const runtime::Topology& topology, Complaints& complaints);

// By the counters that the machines published: per source partition as many verdicts as records.
void check_metrics(const std::vector<std::unique_ptr<Machine>>& machines, Complaints& complaints);

}  // namespace tidemark::sim_test

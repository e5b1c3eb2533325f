#pragma once
// A read_committed consumer outside of everything: it remembers all it ever saw.
#include <string>
#include <vector>

#include "runtime/sim/cluster.h"

namespace tidemark::runtime::sim {

class Witness {
 public:
  // Borrows `cluster`. REQUIRES: the topic exists.
  Witness(const SimCluster& cluster, std::string topic);

  // Reads what has become visible. Has no effect on the simulation, so it may be called after every step.
  void observe();
  const std::vector<CommittedRecord>& seen(std::int32_t partition) const;
  // What was seen and is no longer in the log as it was seen: one line each. Empty is right. Retention and
  // compaction may remove, nothing may change.
  std::vector<std::string> vanished() const;

 private:
  struct Position {
    Offset next_offset{0};
    std::vector<CommittedRecord> seen;
  };
  const SimCluster& cluster_;
  const std::string topic_;
  std::vector<Position> positions_;
};

}  // namespace tidemark::runtime::sim

#include "runtime/sim/oracle.h"

#include <algorithm>
#include <map>

#include "tidemark/assert.h"

namespace tidemark::runtime::sim {

Witness::Witness(const SimCluster& cluster, std::string topic) : cluster_(cluster), topic_(std::move(topic)) {
  const auto found = cluster_.find_topic(topic_);
  TM_ASSERT(found.has_value());
  positions_.resize(static_cast<std::size_t>(cluster_.partition_count(*found)));
}

void Witness::observe() {
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    Position& position = positions_[i];
    std::vector<const Entry*> visible;
    position.next_offset = cluster_.log(topic_, static_cast<std::int32_t>(i))
                               .read_committed(position.next_offset, SIZE_MAX, visible);
    for (const Entry* entry : visible) position.seen.push_back({entry->offset, entry->record});
  }
}

const std::vector<CommittedRecord>& Witness::seen(std::int32_t partition) const {
  return positions_[static_cast<std::size_t>(partition)].seen;
}

std::vector<std::string> Witness::vanished() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    const PartitionLog& log = cluster_.log(topic_, static_cast<std::int32_t>(i));
    std::map<Offset, const Entry*> now;
    for (const Entry& entry : log.entries()) now[entry.offset] = &entry;
    for (const CommittedRecord& record : positions_[i].seen) {
      const auto found = now.find(record.offset);
      const bool removable = record.offset < std::max(log.log_start(), log.compacted_to());
      if (found == now.end() ? removable
                             : found->second->state == EntryState::committed && !found->second->control &&
                                   found->second->record == record.record) {
        continue;
      }
      lines.push_back(topic_ + "[" + std::to_string(i) + "]@" + std::to_string(record.offset.value()));
    }
  }
  return lines;
}

}  // namespace tidemark::runtime::sim

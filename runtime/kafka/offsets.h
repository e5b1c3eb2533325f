#pragma once
// Questions about offsets that more than one kind of client asks.
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/kafka/client.h"
#include "runtime/log.h"

namespace tidemark::runtime::kafka {

// What the broker calls the high watermark depends on who asks: a read_committed handle is told the last
// stable offset. REQUIRES: `committed` and `uncommitted` are of those isolation levels.
Result<PartitionOffsets> query_offsets(Handle& committed, Handle& uncommitted, const std::string& topic,
                                       PartitionId partition, std::chrono::milliseconds timeout);

// Committed offsets of a group, one per partition of `topics`, as they are now. With require_stable a
// partition that an open transaction may still change comes back with stable = false and no offset.
Result<std::vector<CommittedOffset>> query_group_offsets(Handle& handle, const std::string& group,
                                                         std::span<const TopicPartition> partitions,
                                                         const TopicHandles& topics, bool require_stable,
                                                         std::chrono::milliseconds timeout);

}  // namespace tidemark::runtime::kafka

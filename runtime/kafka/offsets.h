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

// Committed offsets of the handle's group, one per partition. A read_committed handle waits while an open
// transaction may still change one, and then fails with `unstable_offset`; a read_uncommitted one answers at
// once. Not by the Admin API: its requests to a coordinator abort the process when the connection is lost in
// the wrong moment (librdkafka #5397).
Result<std::vector<CommittedOffset>> query_group_offsets(Handle& handle,
                                                         std::span<const TopicPartition> partitions,
                                                         const TopicHandles& topics,
                                                         std::chrono::milliseconds timeout);

}  // namespace tidemark::runtime::kafka

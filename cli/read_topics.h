#pragma once
// Reads whole topics once, read_committed, from their beginning to where they end at the time of the call.
#include <functional>
#include <span>

#include "runtime/log.h"

namespace tidemark::cli {

using PerRecord = std::function<void(const runtime::ConsumedRecord& record)>;

// Error "unreachable" when nothing comes for `patience`.
Status read_to_end(runtime::LogReader& reader, std::span<const runtime::TopicPartition> partitions,
                   const PerRecord& per_record,
                   std::chrono::milliseconds patience = std::chrono::seconds{20});

}  // namespace tidemark::cli

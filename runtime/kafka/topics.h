#pragma once
// What the cluster says of its topics.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kafka/admin.h"
#include "runtime/kafka/client.h"

namespace tidemark::runtime::kafka {

// nullopt: the topic does not exist.
Result<std::optional<std::int32_t>> query_partition_count(Handle& handle, const std::string& topic,
                                                          std::chrono::milliseconds timeout);
Result<std::vector<KafkaTopic>> query_topics(Handle& handle, std::chrono::milliseconds timeout);
Result<std::string> query_cluster_id(Handle& handle, std::chrono::milliseconds timeout);

}  // namespace tidemark::runtime::kafka

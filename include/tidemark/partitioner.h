#pragma once
// The home partition of a key: murmur2 as the Java client computes it (org.apache.kafka.common.utils.Utils),
// so that producers in any language agree. librdkafka's own default is CRC32 and does not.
#include <cstdint>
#include <string_view>

#include "tidemark/types.h"

namespace tidemark {

constexpr std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t kMix = 0x5bd1e995;
  const auto byte = [key](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<std::uint8_t>(key[i]));
  };
  std::uint32_t hash = 0x9747b28cU ^ static_cast<std::uint32_t>(key.size());
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= kMix;
    k ^= k >> 24;
    k *= kMix;
    hash *= kMix;
    hash ^= k;
  }
  const std::size_t rest = key.size() - i;
  if (rest >= 3) hash ^= byte(i + 2) << 16;
  if (rest >= 2) hash ^= byte(i + 1) << 8;
  if (rest >= 1) {
    hash ^= byte(i);
    hash *= kMix;
  }
  hash ^= hash >> 13;
  hash *= kMix;
  hash ^= hash >> 15;
  return hash;
}

// REQUIRES: partition_count >= 1.
constexpr PartitionId home_partition(std::string_view customer_id, std::int32_t partition_count) {
  return PartitionId(static_cast<std::int32_t>(murmur2(customer_id) & 0x7fffffffU) % partition_count);
}

}  // namespace tidemark

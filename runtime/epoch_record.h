#pragma once
// The epoch record: the last record that a task's epoch writes, to "<application>-<sub_topology>-epochs".
// Restore trusts a changelog only as far as these records continue each other without a gap.
// The offset metadata repeats what a new owner has to know before it may read anything else.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/result.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

struct InputRange {
  std::string source;  // name in topology.yaml
  Offset from;         // next offset before the epoch
  Offset to;           // next offset after it; equal to `from` when nothing was read
  bool operator==(const InputRange&) const = default;
};

struct StoreDigest {
  std::string store;
  std::uint64_t rows = 0;
  std::uint64_t hash = 0;   // order-independent, see runtime/state/changelog.h
  Offset changelog_next{};  // how far the changelog was known to reach before the epoch; 0: not said
  bool operator==(const StoreDigest&) const = default;
};

struct EpochRecord {
  EpochNumber epoch;
  std::int32_t partition_count = 0;
  std::vector<InputRange> inputs;
  std::vector<StoreDigest> stores;
  EventTime watermark = kEventTimeMin;
  ArrivalTime stream_time = kArrivalMin;  // the dedup clock
  std::string transactional_id;
  bool operator==(const EpochRecord&) const = default;
};

std::string encode_epoch_record(const EpochRecord& record);
Result<EpochRecord> decode_epoch_record(std::string_view bytes);  // error: fatal "torn_epoch"

// Text, because librdkafka garbles zero bytes in offset metadata: "v1 e=12 w=... s=... n=8 x=11
// t=tidemark-ab12-0".
struct OffsetMetadata {
  EpochNumber epoch;
  EventTime watermark = kEventTimeMin;
  ArrivalTime stream_time = kArrivalMin;
  std::int32_t partition_count = 0;
  Offset previous_epoch_record;  // where the record of epoch - 1 stands; 0 for the first
  std::string transactional_id;
  bool operator==(const OffsetMetadata&) const = default;
};

std::string encode_offset_metadata(const OffsetMetadata& metadata);
std::optional<OffsetMetadata> decode_offset_metadata(std::string_view text);

}  // namespace tidemark::runtime

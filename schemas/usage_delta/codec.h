#pragma once
// Records of usage.deltas: the signed change of one total, chained by seq (design: docs/guarantees.md).
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/usage_total/codec.h"
#include "tidemark/types.h"

namespace tidemark::schemas {

enum class DeltaKind : std::uint8_t {
  usage,
  correction,  // the period was closed
  rebase,      // no change: whoever lost the chain takes seq and total as they are (chain.h)
};

struct SourceRange {
  std::string_view topic;
  PartitionId partition;
  Offset first_offset;
  Offset last_offset;  // inclusive
};

struct UsageDelta {
  UsageKey key;
  std::int64_t seq = 0;  // from 1, no gaps per key
  DeltaKind kind = DeltaKind::usage;
  Quantity previous_total;
  Quantity delta;
  Quantity total;                // previous_total + delta
  std::int64_t event_count = 0;  // events counted minus events voided in this delta
  EventTime first_event_time;
  EventTime last_event_time;
  std::span<const SourceRange> source;
  EpochNumber epoch;
  std::uint32_t meter_version = 1;
  std::string_view late;  // the meter's policy: carry_forward | post_to_period | hold
};

// "td_" + 32 hex digits: a hash of the key and seq; never random, never a clock.
std::string delta_id(const UsageKey& key, std::int64_t seq);
// {"schema":1,"delta_id":..,<key
// fields>,"seq":..,"kind":"usage","previous_total":"0","delta":"1","total":"1",
//  "event_count":1,"first_event_time":..,"last_event_time":..,"source":[{"topic","partition","first_offset",
//  "last_offset"}],"epoch":..,"meter_version":1,"late":"carry_forward"}
void append_usage_delta(std::string& out, const UsageDelta& delta);

struct DecodedDelta {
  std::string delta_id, tenant_id, customer_id, meter, group, late;
  EventTime period_start, period_end, first_event_time, last_event_time;
  std::int64_t seq = 0, event_count = 0, epoch = 0;
  DeltaKind kind = DeltaKind::usage;
  Quantity previous_total, delta, total;
  struct Range {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t first_offset = 0, last_offset = 0;
  };
  std::vector<Range> source;
};
Result<DecodedDelta> decode_usage_delta(std::string_view json);

}  // namespace tidemark::schemas

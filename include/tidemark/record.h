#pragma once
// Records as processors and connectors see them. Views live until the call that handed them over returns.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark {

struct HeaderView {
  std::string_view name;
  std::string_view value;
};

// A record read from a source topic. Borrows all of its bytes.
struct RecordView {
  SourceIndex source;  // which source of the sub-topology it came from
  PartitionId partition;
  Offset offset;
  ArrivalTime arrival;  // Kafka record timestamp
  std::string_view key;
  std::string_view value;  // empty and !has_value: a tombstone
  bool has_key = false;
  bool has_value = false;
  std::span<const HeaderView> headers;  // empty span when there are none
  // Set by a processor that takes a record apart: `value` is this element of it.
  std::optional<std::uint16_t> element = std::nullopt;
};

// A record on its way to a topic. Borrows; the bytes are copied before the call that takes it returns.
// It goes to the partition of the task that sends it, unless Context::send_to() says otherwise, stamped with
// the time of emission.
struct OutputRecord {
  std::string_view key;
  std::string_view value;
  bool has_value = true;  // false: a tombstone
  std::span<const HeaderView> headers;
};

}  // namespace tidemark

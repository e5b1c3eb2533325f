#pragma once
// The one list of dead-letter codes. docs/errors.md prints it (a test compares), state and changelogs hold
// the number, headers the name. Numbers are never reused or renumbered.
#include <cstdint>
#include <span>
#include <string_view>

namespace tidemark::schemas {

enum class ErrorCode : std::uint16_t {
  none = 0,
  // decode
  null_value = 1,        // a tombstone on the usage topic
  record_too_large = 2,  // > 64 KiB
  invalid_utf8 = 3,
  byte_order_mark = 4,
  invalid_json = 5,
  not_an_object = 6,
  too_deep = 7,         // nesting > 16
  duplicate_field = 8,  // at any depth
  lone_surrogate = 9,
  field_missing = 10,  // event_id, customer_id, type, timestamp, tenant_id without default
  field_wrong_type = 11,
  field_empty = 12,
  id_too_long = 13,  // ids > 128 bytes
  nul_in_id = 14,
  invalid_timestamp = 15,
  value_is_float = 16,
  value_not_a_number = 17,
  value_too_precise = 18,   // more decimals than 12, or than the meter's scale
  value_overflow = 19,      // of the value, or of the running sum
  void_unsupported = 20,    // of a meter whose aggregate cannot be taken back
  unsupported_format = 21,  // a CloudEvent that is not JSON, or not of version 1.0
  wrong_partition = 22,
  arrival_invalid = 23,  // record timestamp missing or outside of 1970..2200
  arrival_behind = 24,
  timestamp_in_future = 25,
  too_old = 26,
  empty_batch = 27,  // a packed record without an event
  not_rekeyed = 28,  // in the rekey topic, and not by us
  // dedup
  event_id_conflict = 40,
  void_mismatch = 41,        // a void that is not of its target's content, of a void, or of itself
  void_target_unknown = 42,  // pending too long
  // meter
  value_missing = 60,
  unknown_customer = 61,  // parked too long
  period_purged = 62,
  unique_limit = 63,        // more distinct values in a period than distinct_max
  group_too_long = 64,      // the values of group_by together > 512 bytes
  void_meter_removed = 65,  // a meter that may have counted the event is not in the topology any more
  // tables and commands
  profile_invalid = 80,
  command_unsupported = 82,
  command_invalid = 83,
};

struct ErrorCodeInfo {
  ErrorCode code;
  std::string_view name;   // "value_too_precise"
  std::string_view stage;  // decode | dedup | meter | customers | commands
  bool retryable;          // may succeed when sent again unchanged (after the cause is mended elsewhere)
  std::string_view cause;
  std::string_view cure;
};

std::span<const ErrorCodeInfo> error_codes();  // in ascending order of number
const ErrorCodeInfo& info_of(ErrorCode code);  // REQUIRES: listed
inline std::string_view name_of(ErrorCode code) {
  return info_of(code).name;
}

}  // namespace tidemark::schemas

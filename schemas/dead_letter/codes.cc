#include "schemas/dead_letter/codes.h"

#include <algorithm>
#include <array>

#include "tidemark/assert.h"

namespace tidemark::schemas {
namespace {

using enum ErrorCode;

// clang-format off
constexpr std::array kCodes = std::to_array<ErrorCodeInfo>({
  {null_value, "null_value", "decode", false,
   "The record has no value: a tombstone on the usage topic.",
   "Send events, not tombstones. To take an event back, send a void, or the opposite value."},
  {record_too_large, "record_too_large", "decode", false,
   "The value, or key and headers together, are longer than 65536 bytes; or there are more than 256 headers; or a record holds more than 1000 events, or several with key and headers of more than 4096 bytes.",
   "Send what is billed and nothing else; split what is really several events."},
  {invalid_utf8, "invalid_utf8", "decode", false,
   "The value is not UTF-8.",
   "Encode JSON as UTF-8."},
  {byte_order_mark, "byte_order_mark", "decode", false,
   "The value begins with the bytes EF BB BF.",
   "Write UTF-8 without a byte order mark."},
  {invalid_json, "invalid_json", "decode", false,
   "The value is not exactly one JSON value; the message names the byte.",
   "Let a JSON library write the event."},
  {not_an_object, "not_an_object", "decode", false,
   "The value, or an element of an array, is JSON, but not an object.",
   "Send an object, or an array of objects."},
  {too_deep, "too_deep", "decode", false,
   "Objects and arrays are nested more than 16 deep.",
   "Flatten `properties`."},
  {duplicate_field, "duplicate_field", "decode", false,
   "An object, at any depth, holds the same name twice. Readers disagree about which one counts.",
   "Send each name once."},
  {lone_surrogate, "lone_surrogate", "decode", false,
   "An escape such as `\\ud800` names half a character.",
   "Do not cut strings in the middle of a character before they are escaped."},
  {field_missing, "field_missing", "decode", false,
   "`event_id`, `customer_id`, `type` or `timestamp` is missing, or `tenant_id` where the topology names no default. Of a CloudEvent: `id`, `subject`, `type`, `time`, `tenantid`, or `specversion`. Or a property that a meter groups by.",
   "Send the field, or set `default_tenant`."},
  {field_wrong_type, "field_wrong_type", "decode", false,
   "A field has another JSON type than the schema says; null is a type of its own (an attribute of a CloudEvent in JSON may be null: it is absent then).",
   "Send the type that the schema says; leave out what is not known."},
  {field_empty, "field_empty", "decode", false,
   "`event_id`, `tenant_id`, `customer_id`, `type` or `voids` is the empty string.",
   "Send the real id."},
  {id_too_long, "id_too_long", "decode", false,
   "An id, `source` or `type` is longer than 128 bytes of UTF-8.",
   "Send a shorter one, such as a hash of it."},
  {nul_in_id, "nul_in_id", "decode", false,
   "An id, `source` or `type` holds the character `\\u0000`.",
   "Send ids without it."},
  {invalid_timestamp, "invalid_timestamp", "decode", false,
   "`timestamp` is not RFC 3339 with an offset, names a moment that does not exist (`:60` too), or a year outside of 1678..2261.",
   "Send such as `2026-11-20T10:15:00.123+01:00`."},
  {value_is_float, "value_is_float", "decode", false,
   "`value` is a JSON number with a point or an exponent; most writers have rounded it already.",
   "Send a decimal string, or set `json_floats: true` where the writer is known to be exact."},
  {value_not_a_number, "value_not_a_number", "decode", false,
   "`value` is not a plain decimal: no exponent, no leading `+`, no `007`, `.5` or `5.`.",
   "Send such as `\"12.5\"`."},
  {value_too_precise, "value_too_precise", "decode", false,
   "A value has more than 12 decimals, or more than the meter's `scale`. Trailing zeros are free.",
   "Round where the figure is made, or raise the meter's `scale`."},
  {value_overflow, "value_overflow", "decode", false,
   "A value, or the total with it, lies beyond ±(2^127 − 1) / 10^12.",
   "Measure in a larger unit; look for the event that brought the total so far."},
  {void_unsupported, "void_unsupported", "meter", false,
   "A void of an event that feeds a meter of aggregation `max`, `min`, `last` or `unique`: what such a figure was without the event is not kept.",
   "Replay mends such figures."},
  {unsupported_format, "unsupported_format", "decode", false,
   "The record is a CloudEvent (headers `ce_*`, content type `application/cloudevents`, or a field `specversion`) of another version than 1.0, in another format than JSON, or with data that are not JSON (`datacontenttype`, `data_base64`).",
   "Send CloudEvents 1.0 with JSON data, or Tidemark's own JSON."},
  {wrong_partition, "wrong_partition", "decode", true,
   "The record stands in another partition than its customer's home, and the topology has no rekey topic to bring it there; or it stands so in the rekey topic.",
   "Key records by `customer_id` and set `partitioner=murmur2_random`, then send them again; or declare a rekey topic."},
  {arrival_invalid, "arrival_invalid", "decode", false,
   "The record's Kafka timestamp is missing or outside of 1970..2200.",
   "Set `message.timestamp.type=LogAppendTime` on the usage topic, or mend the producer's clock."},
  {arrival_behind, "arrival_behind", "decode", true,
   "The record arrived more than `arrival_slack` before the latest arrival of its partition, so that its repeats may be forgotten.",
   "Mend the producer's clock, then retry: records sent again are exempt. A backfill needs a topology with `horizon: forever`."},
  {timestamp_in_future, "timestamp_in_future", "decode", false,
   "`timestamp` lies more than `max_future` after the record's arrival.",
   "Mend the producer's clock, then send the event anew."},
  {too_old, "too_old", "decode", false,
   "`timestamp` lies more than `max_age` before the record's arrival.",
   "Send events within `max_age`; older usage goes through a backfill topology."},
  {empty_batch, "empty_batch", "decode", false,
   "The record is an array or a list of lines without an event in it.",
   "Send no record where there is nothing to tell."},
  {not_rekeyed, "not_rekeyed", "decode", false,
   "The record stands in the rekey topic, but none of the application's transactions wrote it there.",
   "Let nobody else write to that topic. Send the event to the usage topic."},
  {event_id_conflict, "event_id_conflict", "dedup", false,
   "The same id came before with another content (type, instant, value or properties).",
   "Give the event an id of its own if it is another event; drop it if it is a wrong repeat."},
  {void_mismatch, "void_mismatch", "dedup", false,
   "The event with the id in `voids` has another content (type, instant, value or properties), is itself a void, or is this very event.",
   "Repeat type, timestamp, value and properties of the event that is to be taken back, under an id of its own."},
  {void_target_unknown, "void_target_unknown", "dedup", false,
   "A void waited for the event that it takes back until its time was up; nothing was taken back.",
   "Look for the id in `voids`: tenant, customer and source must be those of the void. A void sent again waits anew."},
  {value_missing, "value_missing", "meter", false,
   "The property that a meter adds up is missing.",
   "Send the property, or narrow the meter's `event_types`."},
  {unknown_customer, "unknown_customer", "meter", true,
   "The event was parked for want of a customer profile, and none came in time.",
   "Add the profile, then retry."},
  {period_purged, "period_purged", "meter", false,
   "The event belongs to a period that ended so long ago that its figures were purged.",
   "Send events within `max_age`; what belongs to a purged period is billed by hand or by a backfill topology."},
  {unique_limit, "unique_limit", "meter", false,
   "A unique meter would hold more distinct values in one period than its `distinct_max`.",
   "Raise the meter's `distinct_max`, then send the event again; look for a property that never repeats, such as a request id."},
  {group_too_long, "group_too_long", "meter", false,
   "The values that a meter groups by are together longer than 512 bytes.",
   "Group by short names, not by free text."},
  {void_meter_removed, "void_meter_removed", "meter", true,
   "A meter that may have counted the event with the id in `voids` is not in the topology any more; nothing was taken back, of any meter.",
   "Put the meter back and send the void again; or take the usage back from the other meters by events with a negative `value`."},
  {profile_invalid, "profile_invalid", "customers", false,
   "A customer profile breaks the schema; the message names field and rule. The profile before it stays in effect.",
   "Send a mended profile."},
  {command_unsupported, "command_unsupported", "commands", false,
   "A record on the commands topic asks for an act that this version does not know.",
   "Let `tidemark` of the version that runs write commands."},
  {command_invalid, "command_invalid", "commands", false,
   "A record on the commands topic breaks its schema or names a total that is not there; the message says which.",
   "Let `tidemark` write commands."},
});
// clang-format on

}  // namespace

std::span<const ErrorCodeInfo> error_codes() {
  return kCodes;
}

const ErrorCodeInfo& info_of(ErrorCode code) {
  const auto found =
      std::find_if(kCodes.begin(), kCodes.end(), [code](const auto& info) { return info.code == code; });
  TM_ASSERT(found != kCodes.end());
  return *found;
}

}  // namespace tidemark::schemas

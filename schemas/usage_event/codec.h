#pragma once
// Usage events in Tidemark's own JSON and as CloudEvents 1.0, one in a record or several (docs/formats.md),
// decoded without allocation per event.
// Owns: the decoder owns its parser and an arena for unescaped strings. Threading: confined to one thread.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/usage_event/decode_outcome.h"
#include "schemas/usage_event/packed_record.h"
#include "schemas/usage_event/property_path.h"
#include "schemas/usage_event/property_value.h"
#include "tidemark/quantity.h"
#include "tidemark/record.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::schemas {

// Views point into the record or the decoder's arena; they live until UsageEventDecoder::begin_batch().
struct UsageEvent {
  std::string_view event_id;
  std::string_view tenant_id;  // the topology's default when the event has none
  std::string_view customer_id;
  std::string_view source;  // "" when absent
  std::string_view type;
  EventTime event_time;
  Quantity value = Quantity::from_integer(1);
  // Raw JSON object text, "" when absent; of a CloudEvent its data, the value included.
  std::string_view properties;
  std::string_view voids;  // event_id of the event that this one takes back; "": this is no void
  std::span<const PropertyValue> selected;  // one per path of the options, in their order
  Hash128 identity;               // over (tenant_id, customer_id, source, event_id), length-prefixed
  Hash128 voids_identity;         // the same with `voids` in place of event_id; only of a void
  std::uint64_t fingerprint = 0;  // content, and of a void also `voids`
  std::uint64_t content = 0;      // over type, UTC instant, scaled value, properties in sorted order
};

struct DecodeOptions {
  std::string default_tenant = {};       // empty: tenant_id is required
  bool json_floats = false;              // take JSON floats digit by digit; else dead letter value_is_float
  std::vector<PropertyPath> paths = {};  // properties that UsageEvent::selected holds
};

class UsageEventDecoder {
 public:
  explicit UsageEventDecoder(DecodeOptions options);
  ~UsageEventDecoder();
  UsageEventDecoder(UsageEventDecoder&&) noexcept;
  void begin_batch();  // frees the arena: views given before die

  // Cheap, no scan. False: the record holds one event. True: unpack() knows.
  static bool looks_packed(const RecordView& record) { return schemas::looks_packed(record); }
  Unpacked unpack(const RecordView& record);

  // A record that holds one event.
  DecodeOutcome decode(const RecordView& record, UsageEvent& event);
  // One of the elements that unpack() gave; the headers are those of the record.
  DecodeOutcome decode_element(const RecordView& record, std::string_view element, UsageEvent& event);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark::schemas

#pragma once
// Usage events in Tidemark's own JSON (design: README "Usage event"), decoded without allocation per event.
// Owns: the decoder owns its parser and an arena for unescaped strings. Threading: confined to one thread.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/dead_letter/codes.h"
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
  std::string_view properties;    // raw JSON object text, "" when absent
  Hash128 identity;               // over (tenant_id, customer_id, source, event_id), length-prefixed
  std::uint64_t fingerprint = 0;  // over type, UTC instant, scaled value, properties in sorted order
};

struct DecodeOutcome {
  ErrorCode code = ErrorCode::none;  // none: `event` is filled
  std::string message;               // which field, which limit; empty when none
};

struct DecodeOptions {
  std::string default_tenant;  // empty: tenant_id is required
  bool json_floats = false;    // take JSON floats digit by digit; else dead letter value_is_float
};

class UsageEventDecoder {
 public:
  explicit UsageEventDecoder(DecodeOptions options);
  ~UsageEventDecoder();
  UsageEventDecoder(UsageEventDecoder&&) noexcept;
  void begin_batch();  // frees the arena: views given before die
  DecodeOutcome decode(const RecordView& record, UsageEvent& event);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark::schemas

#pragma once
// Records of usage.totals, and the key that totals and deltas share.
#include <cstdint>
#include <string>
#include <string_view>

#include "tidemark/quantity.h"
#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::schemas {

struct UsageKey {
  std::string_view tenant_id;
  std::string_view customer_id;
  std::string_view meter;
  EventTime period_start;
  EventTime period_end;
  std::string_view group;  // canonical JSON object, "" for none
};

// {"tenant_id":..,"customer_id":..,"meter":..,"period_start":..,"period_end":..[,"group":{..}]}, fixed order,
// no spaces, minimal JSON escaping. Appends to `out`.
void append_usage_key(std::string& out, const UsageKey& key);

struct UsageTotal {
  UsageKey key;
  Quantity total;
  std::int64_t event_count = 0;  // events counted minus events voided
  std::int64_t voided = 0;
  std::int64_t revision = 0;  // grows with every emission of this key, from 1
  bool final = false;         // the period is closed; stays true for corrections
  EventTime watermark;        // of the partition at emission; kEventTimeMin: null
  std::uint32_t meter_version = 1;
};
// {"schema":1,"tenant_id":..,...,"total":"12.5","event_count":3[,"voided":1],"revision":2,"final":false,
//  "watermark":"..."|null,"meter_version":1}
// The value repeats the key's fields, so that a reader of values alone (kcat, DuckDB) needs no join.
void append_usage_total(std::string& out, const UsageTotal& total);

// For readers (CLI, tests). Owns its strings.
struct DecodedTotal {
  std::string tenant_id, customer_id, meter, group;
  EventTime period_start, period_end;
  Quantity total;
  std::int64_t event_count = 0, voided = 0, revision = 0;
  bool final = false;
};
Result<DecodedTotal> decode_usage_total(std::string_view json);

}  // namespace tidemark::schemas

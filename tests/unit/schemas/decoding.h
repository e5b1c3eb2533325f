#pragma once
// Short ways to decode one event in a test.
#include <string>
#include <string_view>

#include "schemas/usage_event/codec.h"

namespace tidemark::schemas {

// Views the value, as the event does that is decoded from it.
inline RecordView record_of(std::string_view value) {
  RecordView record;
  record.value = value;
  record.has_value = true;
  return record;
}
RecordView record_of(std::string&&) = delete;

// An event that is good, with `members` (",..." or "") at its end.
inline std::string event_with(std::string_view members) {
  return R"({"event_id":"e1","tenant_id":"acme","customer_id":"cus_1","type":"api.request",)"
         R"("timestamp":"2026-11-10T09:00:00Z")" +
         std::string(members) + "}";
}

}  // namespace tidemark::schemas

#include "schemas/usage_total/codec.h"

#include "schemas/base/json_document.h"
#include "schemas/base/text.h"
#include "schemas/usage_total/key_fields.h"

namespace tidemark::schemas {

void append_key_fields(std::string& out, const UsageKey& key) {
  out += R"("tenant_id":)";
  append_json_string(out, key.tenant_id);
  out += R"(,"customer_id":)";
  append_json_string(out, key.customer_id);
  out += R"(,"meter":)";
  append_json_string(out, key.meter);
  out += R"(,"period_start":")";
  append_rfc3339(out, key.period_start);
  out += R"(","period_end":")";
  append_rfc3339(out, key.period_end);
  out += '"';
  if (key.group.empty()) return;
  out += R"(,"group":)";
  out += key.group;
}

void append_usage_key(std::string& out, const UsageKey& key) {
  out += '{';
  append_key_fields(out, key);
  out += '}';
}

void append_usage_total(std::string& out, const UsageTotal& total) {
  out += R"({"schema":1,)";
  append_key_fields(out, total.key);
  out += R"(,"total":")";
  append_to(out, total.total);
  out += R"(","event_count":)";
  append_integer(out, total.event_count);
  if (total.voided > 0) {
    out += R"(,"voided":)";
    append_integer(out, total.voided);
  }
  out += R"(,"revision":)";
  append_integer(out, total.revision);
  out += total.final ? R"(,"final":true,"watermark":)" : R"(,"final":false,"watermark":)";
  if (total.watermark == kEventTimeMin) {
    out += "null";
  } else {
    out += '"';
    append_rfc3339(out, total.watermark);
    out += '"';
  }
  out += R"(,"meter_version":)";
  append_integer(out, total.meter_version);
  out += '}';
}

Result<DecodedTotal> decode_usage_total(std::string_view json) {
  const auto document = JsonDocument::parse(json, "total_invalid");
  if (!document) return document.error();
  const JsonObject root = document->root();
  DecodedTotal decoded;
  TM_TRY(read_schema_version(root));
  TM_TRY(read_key_fields(root, decoded));
  TM_TRY(assign(decoded.total, root.quantity("total")));
  TM_TRY(assign(decoded.event_count, root.integer("event_count", INT64_MIN, INT64_MAX)));
  if (root.has("voided")) TM_TRY(assign(decoded.voided, root.integer("voided", 1, INT64_MAX)));
  TM_TRY(assign(decoded.revision, root.integer("revision", 1, INT64_MAX)));
  TM_TRY(assign(decoded.final, root.boolean("final")));
  if (!root.is_null("watermark")) TM_TRY(root.time("watermark"));
  TM_TRY(root.integer("meter_version", 0, UINT32_MAX));
  return decoded;
}

}  // namespace tidemark::schemas

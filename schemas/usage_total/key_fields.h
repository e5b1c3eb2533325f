#pragma once
// What totals and deltas share in writing and reading: the fields of the key inside of a value.
#include <string>
#include <utility>

#include "schemas/base/json_document.h"
#include "schemas/usage_total/codec.h"

namespace tidemark::schemas {

// The members of append_usage_key's object, without its braces.
void append_key_fields(std::string& out, const UsageKey& key);

template <class T>
Status assign(T& to, Result<T> from) {
  if (!from) return from.error();
  to = std::move(*from);
  return {};
}

inline Status read_schema_version(const JsonObject& root) {
  const auto version = root.integer("schema", 1, 1);
  if (!version) return version.error();
  return {};
}

// `decoded` is a DecodedTotal or a DecodedDelta.
template <class Decoded>
Status read_key_fields(const JsonObject& root, Decoded& decoded) {
  TM_TRY(assign(decoded.tenant_id, root.id("tenant_id")));
  TM_TRY(assign(decoded.customer_id, root.id("customer_id")));
  TM_TRY(assign(decoded.meter, root.id("meter")));
  TM_TRY(assign(decoded.period_start, root.time("period_start")));
  TM_TRY(assign(decoded.period_end, root.time("period_end")));
  if (!root.has("group")) return {};
  const auto group = root.object("group");
  if (!group) return group.error();
  decoded.group = group->raw();
  return {};
}

}  // namespace tidemark::schemas

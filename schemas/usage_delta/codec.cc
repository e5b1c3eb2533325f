#include "schemas/usage_delta/codec.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "schemas/base/json_document.h"
#include "schemas/base/text.h"
#include "schemas/usage_total/key_fields.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kIdPrefix = "td_";
constexpr std::size_t kIdDigits = 32;

char* put_hex(char* at, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) *at++ = "0123456789abcdef"[value >> shift & 0xf];
  return at;
}

// Writes the 32 digits of the id to `digits`, over the text from `begin` on (the key's fields) and seq.
// The seq is appended for that and taken away again. `digits` is a position in `text`.
void put_delta_id(std::string& text, std::size_t digits, std::size_t begin, std::int64_t seq) {
  static_assert(std::endian::native == std::endian::little, "the id is defined over a little-endian seq");
  const std::size_t end = text.size();
  char bytes[sizeof seq];
  std::memcpy(bytes, &seq, sizeof seq);
  text.append(bytes, sizeof bytes);
  const XXH128_hash_t hash = XXH3_128bits(text.data() + begin, text.size() - begin);
  text.resize(end);
  put_hex(put_hex(text.data() + digits, hash.high64), hash.low64);
}

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kKindNames{"usage", "correction", "rebase"};

std::string_view name_of(DeltaKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

void append_quoted(std::string& out, std::string_view name, Quantity quantity) {
  out.append(name);
  append_to(out, quantity);
  out += '"';
}

void append_quoted(std::string& out, std::string_view name, EventTime time) {
  out.append(name);
  append_rfc3339(out, time);
  out += '"';
}

void append_source(std::string& out, std::span<const SourceRange> source) {
  out += R"(,"source":[)";
  bool first = true;
  for (const SourceRange& range : source) {
    out += std::exchange(first, false) ? R"({"topic":)" : R"(,{"topic":)";
    append_json_string(out, range.topic);
    out += R"(,"partition":)";
    append_integer(out, range.partition.value());
    out += R"(,"first_offset":)";
    append_integer(out, range.first_offset.value());
    out += R"(,"last_offset":)";
    append_integer(out, range.last_offset.value());
    out += '}';
  }
  out += ']';
}

Status read_kind(const JsonObject& root, DeltaKind& kind) {
  const auto name = root.string("kind");
  if (!name) return name.error();
  const auto known = std::find(kKindNames.begin(), kKindNames.end(), *name);
  if (known == kKindNames.end()) return root.error("kind", "must be usage, correction or rebase");
  kind = static_cast<DeltaKind>(known - kKindNames.begin());
  return {};
}

Status read_source(const JsonObject& root, std::vector<DecodedDelta::Range>& source) {
  const auto ranges = root.objects("source");
  if (!ranges) return ranges.error();
  for (const JsonObject& object : *ranges) {
    DecodedDelta::Range& range = source.emplace_back();
    const auto partition = object.integer("partition", 0, INT32_MAX);
    if (!partition) return partition.error();
    range.partition = static_cast<std::int32_t>(*partition);
    TM_TRY(assign(range.topic, object.string("topic")));
    TM_TRY(assign(range.first_offset, object.integer("first_offset", 0, INT64_MAX)));
    TM_TRY(assign(range.last_offset, object.integer("last_offset", range.first_offset, INT64_MAX)));
  }
  return {};
}

Status check_sum(const JsonObject& root, const DecodedDelta& decoded) {
  const auto sum = Quantity::add(decoded.previous_total, decoded.delta);
  if (!sum || *sum != decoded.total) return root.error("total", "must be previous_total + delta");
  if (decoded.kind == DeltaKind::rebase && decoded.delta != Quantity())
    return root.error("delta", "must be 0 in a rebase");
  return {};
}

}  // namespace

std::string delta_id(const UsageKey& key, std::int64_t seq) {
  std::string text(kIdDigits, '0');
  append_key_fields(text, key);
  put_delta_id(text, 0, kIdDigits, seq);
  return std::string(kIdPrefix).append(text, 0, kIdDigits);
}

void append_usage_delta(std::string& out, const UsageDelta& delta) {
  out += R"({"schema":1,"delta_id":"td_)";
  const std::size_t digits = out.size();
  out.append(kIdDigits, '0');
  out += R"(",)";
  const std::size_t key_begin = out.size();
  append_key_fields(out, delta.key);
  put_delta_id(out, digits, key_begin, delta.seq);
  out += R"(,"seq":)";
  append_integer(out, delta.seq);
  out += R"(,"kind":")";
  out += name_of(delta.kind);
  append_quoted(out, R"(","previous_total":")", delta.previous_total);
  append_quoted(out, R"(,"delta":")", delta.delta);
  append_quoted(out, R"(,"total":")", delta.total);
  out += R"(,"event_count":)";
  append_integer(out, delta.event_count);
  append_quoted(out, R"(,"first_event_time":")", delta.first_event_time);
  append_quoted(out, R"(,"last_event_time":")", delta.last_event_time);
  append_source(out, delta.source);
  out += R"(,"epoch":)";
  append_integer(out, delta.epoch.value());
  out += R"(,"meter_version":)";
  append_integer(out, delta.meter_version);
  out += R"(,"late":)";
  append_json_string(out, delta.late);
  out += '}';
}

Result<DecodedDelta> decode_usage_delta(std::string_view json) {
  const auto document = JsonDocument::parse(json, "delta_invalid");
  if (!document) return document.error();
  const JsonObject root = document->root();
  DecodedDelta decoded;
  TM_TRY(read_schema_version(root));
  TM_TRY(assign(decoded.delta_id, root.id("delta_id")));
  TM_TRY(read_key_fields(root, decoded));
  TM_TRY(assign(decoded.seq, root.integer("seq", 1, INT64_MAX)));
  TM_TRY(read_kind(root, decoded.kind));
  TM_TRY(assign(decoded.previous_total, root.quantity("previous_total")));
  TM_TRY(assign(decoded.delta, root.quantity("delta")));
  TM_TRY(assign(decoded.total, root.quantity("total")));
  TM_TRY(check_sum(root, decoded));
  TM_TRY(assign(decoded.event_count, root.integer("event_count", INT64_MIN, INT64_MAX)));
  TM_TRY(assign(decoded.first_event_time, root.time("first_event_time")));
  TM_TRY(assign(decoded.last_event_time, root.time("last_event_time")));
  TM_TRY(read_source(root, decoded.source));
  TM_TRY(assign(decoded.epoch, root.integer("epoch", 0, INT64_MAX)));
  TM_TRY(root.integer("meter_version", 0, UINT32_MAX));
  TM_TRY(assign(decoded.late, root.string("late")));
  return decoded;
}

}  // namespace tidemark::schemas

#include "schemas/usage_event/codec.h"

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "schemas/base/arena.h"
#include "schemas/base/json_canonical.h"
#include "schemas/base/json_scan.h"
#include "schemas/base/text.h"
#include "schemas/usage_event/fingerprint.h"

namespace tidemark::schemas {
namespace {

constexpr std::size_t kRecordBytesMax = 64 * 1024;
constexpr std::uint32_t kDepthMax = 16;
constexpr std::size_t kIdBytesMax = 128;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kNoProperties = "{}";

// In the order in which their faults are told.
enum Field : std::uint8_t {
  event_id,
  tenant_id,
  customer_id,
  source,
  type,
  timestamp,
  value,
  properties,
  voids,
  specversion,  // a CloudEvent in structured mode
  unknown,
};
constexpr std::size_t kFieldCount = unknown;
constexpr std::array<std::string_view, kFieldCount> kFieldNames{
    "event_id",  "tenant_id", "customer_id", "source", "type",
    "timestamp", "value",     "properties",  "voids",  "specversion"};

// REQUIRES: name is as long as the literal. The constant size makes the comparison a few instructions.
template <std::size_t N>
bool is(std::string_view name, const char (&literal)[N]) {
  return std::memcmp(name.data(), literal, N - 1) == 0;
}

Field field_of(std::string_view name) {
  switch (name.size()) {
    case 4:
      return is(name, "type") ? type : unknown;
    case 5:
      return is(name, "value") ? value : is(name, "voids") ? voids : unknown;
    case 6:
      return is(name, "source") ? source : unknown;
    case 8:
      return is(name, "event_id") ? event_id : unknown;
    case 9:
      return is(name, "timestamp") ? timestamp : is(name, "tenant_id") ? tenant_id : unknown;
    case 10:
      return is(name, "properties") ? properties : unknown;
    case 11:
      return is(name, "customer_id") ? customer_id : is(name, "specversion") ? specversion : unknown;
    default:
      return unknown;
  }
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() < lower_case.size()) return false;
  for (std::size_t i = 0; i < lower_case.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower_case[i]) return false;
  }
  return true;
}

bool is_cloud_event(std::span<const HeaderView> headers) {
  for (const HeaderView& header : headers) {
    if (header.name.starts_with("ce_")) return true;
    const bool is_content_type =
        header.name.size() == 12 && starts_with_ignoring_case(header.name, "content-type");
    if (is_content_type && starts_with_ignoring_case(header.value, "application/cloudevents")) return true;
  }
  return false;
}

}  // namespace

struct UsageEventDecoder::Impl {
  explicit Impl(DecodeOptions with) : options(std::move(with)) {}

  // Each step says whether the event is good so far; if not, `outcome` holds why.
  bool decode(const RecordView& record, UsageEvent& event);
  bool scan(const RecordView& record);
  bool index_members();
  bool check_names(Field field, std::uint32_t node);
  bool read_fields(UsageEvent& event);
  bool read_id(Field field, std::string_view& out);
  bool read_timestamp(EventTime& out);
  bool read_value(Quantity& out);
  bool read_quantity(std::string_view text, Quantity& out);
  bool read_properties(std::string_view& out);
  bool refuse(ErrorCode code, std::string message);
  bool refuse(ErrorCode code, Field field, std::string_view why);
  bool refuse_duplicate(std::string_view name);

  bool has(Field field) const { return members[field] != 0; }
  const JsonNode& node_of(Field field) const { return json.node(members[field]); }

  const DecodeOptions options;
  Arena arena;       // unescaped strings of the batch
  JsonScanner json;  // the record at hand
  JsonCanonicalizer canonicalizer;
  std::array<std::uint32_t, kFieldCount> members;  // node of the field's value; 0 (the root): absent
  std::vector<std::string_view> unknown_names;
  HashInput canonical;  // of the properties; input of the fingerprint
  HashInput scratch;
  DecodeOutcome outcome;
};

bool UsageEventDecoder::Impl::decode(const RecordView& record, UsageEvent& event) {
  if (!scan(record)) return false;
  if (!index_members()) return false;
  if (json.has_lone_surrogate()) {
    return refuse(ErrorCode::lone_surrogate, "an escape such as \\ud800 names half a character");
  }
  if (has(specversion)) return refuse(ErrorCode::unsupported_format, "a CloudEvent in structured mode");
  if (!read_fields(event)) return false;
  event.identity = identity_of(event.tenant_id, event.customer_id, event.source, event.event_id, scratch);
  event.fingerprint = fingerprint_of(canonical, event.type, event.event_time, event.value);
  return true;
}

bool UsageEventDecoder::Impl::scan(const RecordView& record) {
  const std::string_view text = record.value;
  if (!record.has_value) return refuse(ErrorCode::null_value, "the record has no value");
  if (text.size() > kRecordBytesMax) {
    return refuse(ErrorCode::record_too_large,
                  std::to_string(text.size()) + " bytes, at most " + std::to_string(kRecordBytesMax));
  }
  if (is_cloud_event(record.headers))
    return refuse(ErrorCode::unsupported_format, "a CloudEvent, by its headers");
  if (!is_utf8(text)) return refuse(ErrorCode::invalid_utf8, "the value is not UTF-8");
  if (text.starts_with(kByteOrderMark))
    return refuse(ErrorCode::byte_order_mark, "the value begins with EF BB BF");
  if (!json.scan(text)) {
    return refuse(ErrorCode::invalid_json, "byte " + std::to_string(json.error_at()) + ": " + json.error());
  }
  if (json.node(0).kind != JsonKind::object)
    return refuse(ErrorCode::not_an_object, "the value is not a JSON object");
  if (json.depth_max() > kDepthMax) {
    return refuse(ErrorCode::too_deep, "nested " + std::to_string(json.depth_max()) + " deep, at most " +
                                           std::to_string(kDepthMax));
  }
  return true;
}

// Notes where the known fields are and looks for names that come twice, everywhere in the document.
bool UsageEventDecoder::Impl::index_members() {
  members.fill(0);
  unknown_names.clear();
  canonical.clear();
  canonical.raw(kNoProperties);
  const Arena::Mark mark = arena.mark();
  for (std::uint32_t i = 1; i < json.node(0).next; i = json.node(i + 1).next) {
    const std::string_view name = string_value(json, json.node(i), arena);
    const Field field = field_of(name);
    if (field == unknown) {
      unknown_names.push_back(name);
    } else {
      if (has(field)) return refuse_duplicate(name);
      members[field] = i + 1;
    }
    if (!check_names(field, i + 1)) return false;
  }
  if (unknown_names.size() > 1) {
    if (const auto name = JsonCanonicalizer::find_duplicate(unknown_names)) return refuse_duplicate(*name);
  }
  arena.release(mark);
  return true;
}

bool UsageEventDecoder::Impl::check_names(Field field, std::uint32_t node) {
  const JsonKind kind = json.node(node).kind;
  if (kind != JsonKind::object && kind != JsonKind::array) return true;
  bool unique = false;
  if (field == properties) {
    canonical.clear();
    unique = canonicalizer.append(canonical, json, node);
  } else {
    unique = canonicalizer.names_are_unique(json, node);
  }
  if (unique) return true;
  return refuse_duplicate(canonicalizer.duplicate());
}

bool UsageEventDecoder::Impl::read_fields(UsageEvent& event) {
  if (!read_id(event_id, event.event_id)) return false;
  if (!read_id(tenant_id, event.tenant_id)) return false;
  if (!read_id(customer_id, event.customer_id)) return false;
  if (!read_id(source, event.source)) return false;
  if (!read_id(type, event.type)) return false;
  if (!read_timestamp(event.event_time)) return false;
  if (!read_value(event.value)) return false;
  if (!read_properties(event.properties)) return false;
  if (has(voids))
    return refuse(ErrorCode::void_unsupported, "an event that takes another one back is not supported yet");
  return true;
}

bool UsageEventDecoder::Impl::read_id(Field field, std::string_view& out) {
  if (!has(field)) {
    if (field == tenant_id) out = options.default_tenant;
    if (field == source) out = {};
    const bool optional = field == source || (field == tenant_id && !options.default_tenant.empty());
    return optional || refuse(ErrorCode::field_missing, field, "missing");
  }
  if (node_of(field).kind != JsonKind::string)
    return refuse(ErrorCode::field_wrong_type, field, "must be a string");
  out = string_value(json, node_of(field), arena);
  if (out.empty() && field != source) return refuse(ErrorCode::field_empty, field, "must not be empty");
  if (out.size() > kIdBytesMax) {
    return refuse(ErrorCode::id_too_long, field,
                  std::to_string(out.size()) + " bytes, at most " + std::to_string(kIdBytesMax));
  }
  if (node_of(field).escaped && out.find('\0') != std::string_view::npos) {
    return refuse(ErrorCode::nul_in_id, field, "holds the character \\u0000");
  }
  return true;
}

bool UsageEventDecoder::Impl::read_timestamp(EventTime& out) {
  if (!has(timestamp)) return refuse(ErrorCode::field_missing, timestamp, "missing");
  if (node_of(timestamp).kind != JsonKind::string) {
    return refuse(ErrorCode::field_wrong_type, timestamp, "must be a string");
  }
  const std::string_view text = string_value(json, node_of(timestamp), arena);
  const auto time = parse_rfc3339(text);
  if (!time) {
    return refuse(ErrorCode::invalid_timestamp, timestamp,
                  quoted_for_message(text) + " is not RFC 3339 with an offset");
  }
  out = *time;
  return true;
}

bool UsageEventDecoder::Impl::read_value(Quantity& out) {
  if (!has(value)) {
    out = Quantity::from_integer(1);
    return true;
  }
  const JsonNode& node = node_of(value);
  switch (node.kind) {
    case JsonKind::string:
      return read_quantity(string_value(json, node, arena), out);
    case JsonKind::integer:
      return read_quantity(json.text_of(node), out);
    case JsonKind::real:
      if (options.json_floats) return read_quantity(json.text_of(node), out);
      return refuse(ErrorCode::value_is_float, value,
                    quoted_for_message(json.text_of(node)) + " is a JSON float");
    default:
      return refuse(ErrorCode::field_wrong_type, value, "must be a decimal string or an integer");
  }
}

bool UsageEventDecoder::Impl::read_properties(std::string_view& out) {
  out = {};
  if (!has(properties)) return true;
  if (node_of(properties).kind != JsonKind::object) {
    return refuse(ErrorCode::field_wrong_type, properties, "must be an object");
  }
  out = json.text_of(node_of(properties));
  return true;
}

bool UsageEventDecoder::Impl::read_quantity(std::string_view text, Quantity& out) {
  const ParsedQuantity parsed = parse_quantity(text);
  out = parsed.value;
  switch (parsed.error) {
    case QuantityError::none:
      return true;
    case QuantityError::not_a_number:
      return refuse(ErrorCode::value_not_a_number, value,
                    quoted_for_message(text) + " is not a plain decimal");
    case QuantityError::too_precise:
      return refuse(ErrorCode::value_too_precise, value,
                    quoted_for_message(text) + " has more than 12 decimals");
    case QuantityError::overflow:
      break;
  }
  return refuse(ErrorCode::value_overflow, value, quoted_for_message(text) + " is beyond 2^127 / 10^12");
}

bool UsageEventDecoder::Impl::refuse(ErrorCode code, std::string message) {
  outcome = {code, std::move(message)};
  return false;
}

bool UsageEventDecoder::Impl::refuse(ErrorCode code, Field field, std::string_view why) {
  return refuse(code, std::string(kFieldNames[field]).append(": ").append(why));
}

bool UsageEventDecoder::Impl::refuse_duplicate(std::string_view name) {
  return refuse(ErrorCode::duplicate_field, quoted_for_message(name) + " comes twice in one object");
}

UsageEventDecoder::UsageEventDecoder(DecodeOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
UsageEventDecoder::~UsageEventDecoder() = default;
UsageEventDecoder::UsageEventDecoder(UsageEventDecoder&&) noexcept = default;

void UsageEventDecoder::begin_batch() {
  impl_->arena.clear();
}

DecodeOutcome UsageEventDecoder::decode(const RecordView& record, UsageEvent& event) {
  const Arena::Mark mark = impl_->arena.mark();
  if (impl_->decode(record, event)) return {};
  impl_->arena.release(mark);  // nothing of a refused event is read
  return std::move(impl_->outcome);
}

}  // namespace tidemark::schemas

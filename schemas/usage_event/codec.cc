#include "schemas/usage_event/codec.h"

#include <array>
#include <utility>
#include <vector>

#include "schemas/base/arena.h"
#include "schemas/base/json_canonical.h"
#include "schemas/base/json_scan.h"
#include "schemas/base/text.h"
#include "schemas/usage_event/document.h"
#include "schemas/usage_event/event_fields.h"
#include "schemas/usage_event/fingerprint.h"
#include "schemas/usage_event/property_selector.h"
#include "schemas/usage_event/record_format.h"

namespace tidemark::schemas {
namespace {

constexpr std::uint32_t kDepthMax = 16;
constexpr std::size_t kIdBytesMax = 128;
constexpr std::string_view kNoProperties = "{}";
constexpr std::uint32_t kAbsent = ~std::uint32_t{0};

}  // namespace

struct UsageEventDecoder::Impl {
  explicit Impl(DecodeOptions with) : options(std::move(with)), selector(options.paths) {}

  // Each step says whether the event is good so far; if not, `outcome` holds why.
  bool decode(std::span<const HeaderView> headers, std::string_view text, UsageEvent& event);
  bool read_format(std::span<const HeaderView> headers);
  bool scan(std::string_view text);
  bool index_members();
  bool index_data();
  void find_value(std::uint32_t data);
  void forget_null_attributes();
  bool check_names(Field field, std::uint32_t node);
  bool check_attributes();
  bool read_fields(UsageEvent& event);
  bool read_id(Field field, std::string_view& out);
  bool read_absent(Field field, std::string_view& out);
  bool check_id(Field field, std::string_view id, bool may_hold_nul);
  bool read_timestamp(EventTime& out);
  bool read_value(Quantity& out);
  bool read_properties(UsageEvent& event);
  bool read_voids(UsageEvent& event);
  void hash_void(UsageEvent& event);
  bool refuse(ErrorCode code, std::string message);
  bool refuse(ErrorCode code, Field field, std::string_view why);
  bool refuse_duplicate(std::string_view name);

  bool has(Field field) const { return members[field] != kAbsent; }
  const JsonNode& node_of(Field field) const { return json.node(members[field]); }
  // Of a field that should be text: in binary form it is a header, which is always text.
  bool has_text(Field field) const {
    return form == EventForm::binary ? attributes.find(field) != nullptr : has(field);
  }
  bool is_text(Field field) const {
    return form == EventForm::binary || node_of(field).kind == JsonKind::string;
  }
  std::string_view text_of(Field field) {
    if (form == EventForm::binary) return attributes.find(field)->value;
    return string_value(json, node_of(field), arena);
  }
  // A CloudEvent's value is a member of its data and no property.
  std::uint32_t left_out() const { return form == EventForm::own || !has(value) ? 0 : members[value]; }

  const DecodeOptions options;
  const PropertySelector selector;
  Arena arena;       // unescaped strings of the batch
  JsonScanner json;  // the record at hand
  JsonCanonicalizer canonicalizer;
  EventForm form = EventForm::own;
  std::array<std::uint32_t, kFieldCount> members;  // node of the field's value, or kAbsent
  AttributeReader attributes;                      // in binary form
  std::vector<std::string_view> unknown_names;
  HashInput canonical;  // of the properties; input of the fingerprint
  HashInput scratch;
  DecodeOutcome outcome;
};

bool UsageEventDecoder::Impl::decode(std::span<const HeaderView> headers, std::string_view text,
                                     UsageEvent& event) {
  form = EventForm::own;
  if (!check_size(text, outcome)) return false;
  if (!headers.empty() && !read_format(headers)) return false;
  if (!scan(form == EventForm::binary && text.empty() ? kNoProperties : text)) return false;
  if (!(form == EventForm::binary ? index_data() : index_members())) return false;
  if (json.has_lone_surrogate()) {
    return refuse(ErrorCode::lone_surrogate, "an escape such as \\ud800 names half a character");
  }
  if (form == EventForm::structured && !check_attributes()) return false;
  if (!read_fields(event)) return false;
  event.identity = identity_of(event.tenant_id, event.customer_id, event.source, event.event_id, scratch);
  event.content = fingerprint_of(canonical, event.type, event.event_time, event.value);
  event.fingerprint = event.content;
  event.voids_identity = {};
  if (!event.voids.empty()) hash_void(event);
  return true;
}

bool UsageEventDecoder::Impl::read_format(std::span<const HeaderView> headers) {
  const RecordFormat format = format_of_headers(headers);
  if (format.content_type == ContentType::cloud_event_other)
    return refuse(ErrorCode::unsupported_format, "content-type: CloudEvents are read as JSON only");
  if (format.is_structured()) form = EventForm::structured;
  if (!format.is_binary()) return true;
  form = EventForm::binary;
  return attributes.read(headers, outcome) && check_attributes();
}

bool UsageEventDecoder::Impl::scan(std::string_view text) {
  if (!scan_document(json, text, outcome)) return false;
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
  members.fill(kAbsent);
  unknown_names.clear();
  canonical.clear();
  canonical.raw(kNoProperties);
  const Arena::Mark mark = arena.mark();
  for (std::uint32_t i = 1; i < json.node(0).next; i = json.node(i + 1).next) {
    const std::string_view name = string_value(json, json.node(i), arena);
    const Field field = form == EventForm::own ? own_field(name) : attribute(name);
    if (field == unknown) {
      unknown_names.push_back(name);
    } else {
      if (has(field)) return refuse_duplicate(name);
      members[field] = i + 1;
      if (field == specversion && form == EventForm::own) {  // not own: other names count
        form = EventForm::structured;
        return index_members();
      }
    }
    if (is_container(json.node(i + 1).kind) && !check_names(field, i + 1)) return false;
  }
  if (unknown_names.size() > 1) {
    if (const auto name = JsonCanonicalizer::find_duplicate(unknown_names)) return refuse_duplicate(*name);
  }
  arena.release(mark);
  if (form == EventForm::structured) forget_null_attributes();
  return true;
}

// In binary form the whole document is the data.
bool UsageEventDecoder::Impl::index_data() {
  members.fill(kAbsent);
  members[properties] = 0;
  return check_names(properties, 0);
}

// To the JSON format of CloudEvents an attribute that is null is absent; data is no attribute.
void UsageEventDecoder::Impl::forget_null_attributes() {
  for (std::uint8_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    const bool is_attribute = field != value && field != properties && field != data_base64;
    if (is_attribute && has(field) && node_of(field).kind == JsonKind::null) members[field] = kAbsent;
  }
}

// REQUIRES: an object or array.
bool UsageEventDecoder::Impl::check_names(Field field, std::uint32_t node) {
  bool unique = false;
  if (field == properties) {
    if (form != EventForm::own && json.node(node).kind == JsonKind::object) find_value(node);
    canonical.clear();
    unique = canonicalizer.append(canonical, json, node, left_out());
  } else {
    unique = canonicalizer.names_are_unique(json, node);
  }
  if (unique) return true;
  return refuse_duplicate(canonicalizer.duplicate());
}

// The event's value among its data.
void UsageEventDecoder::Impl::find_value(std::uint32_t data) {
  const std::uint32_t end = json.node(data).next;
  for (std::uint32_t i = data + 1; i < end; i = json.node(i + 1).next) {
    const Arena::Mark mark = arena.mark();
    if (string_value(json, json.node(i), arena) == "value") members[value] = i + 1;
    arena.release(mark);
  }
}

// What says how the rest of a CloudEvent is to be read.
bool UsageEventDecoder::Impl::check_attributes() {
  if (!has_text(specversion)) return refuse(ErrorCode::field_missing, specversion, "missing");
  if (!is_text(specversion) || text_of(specversion) != "1.0")
    return refuse(ErrorCode::unsupported_format, specversion, "must be \"1.0\"");
  if (has_text(datacontenttype)) {
    if (!is_text(datacontenttype))
      return refuse(ErrorCode::field_wrong_type, datacontenttype, "must be a string");
    if (!is_json_type(text_of(datacontenttype)))
      return refuse(ErrorCode::unsupported_format, datacontenttype, "must be JSON");
  }
  if (form == EventForm::structured && has(data_base64))
    return refuse(ErrorCode::unsupported_format, data_base64, "data must be JSON");
  return true;
}

bool UsageEventDecoder::Impl::read_fields(UsageEvent& event) {
  if (!read_id(event_id, event.event_id)) return false;
  if (!read_id(tenant_id, event.tenant_id)) return false;
  if (!read_id(customer_id, event.customer_id)) return false;
  if (!read_id(source, event.source)) return false;
  if (!read_id(type, event.type)) return false;
  if (!read_timestamp(event.event_time)) return false;
  if (!read_value(event.value)) return false;
  if (!read_properties(event)) return false;
  return read_voids(event);
}

bool UsageEventDecoder::Impl::read_id(Field field, std::string_view& out) {
  if (!has_text(field)) return read_absent(field, out);
  if (form == EventForm::binary) {
    out = attributes.find(field)->value;
    return check_id(field, out, true);
  }
  const JsonNode& node = node_of(field);
  if (node.kind != JsonKind::string) return refuse(ErrorCode::field_wrong_type, field, "must be a string");
  out = string_value(json, node, arena);
  const bool plain = !node.escaped && !out.empty() && out.size() <= kIdBytesMax;
  return plain || check_id(field, out, node.escaped);
}

bool UsageEventDecoder::Impl::read_absent(Field field, std::string_view& out) {
  out = field == tenant_id ? std::string_view(options.default_tenant) : std::string_view();
  const bool optional = field == source || (field == tenant_id && !options.default_tenant.empty());
  return optional || refuse(ErrorCode::field_missing, field, "missing");
}

bool UsageEventDecoder::Impl::check_id(Field field, std::string_view id, bool may_hold_nul) {
  if (id.empty() && field != source) return refuse(ErrorCode::field_empty, field, "must not be empty");
  if (id.size() > kIdBytesMax) {
    return refuse(ErrorCode::id_too_long, field,
                  std::to_string(id.size()) + " bytes, at most " + std::to_string(kIdBytesMax));
  }
  if (may_hold_nul && id.find('\0') != std::string_view::npos) {
    return refuse(ErrorCode::nul_in_id, field, "holds the character \\u0000");
  }
  return true;
}

bool UsageEventDecoder::Impl::read_timestamp(EventTime& out) {
  if (!has_text(timestamp)) return refuse(ErrorCode::field_missing, timestamp, "missing");
  if (!is_text(timestamp)) return refuse(ErrorCode::field_wrong_type, timestamp, "must be a string");
  const std::string_view text = text_of(timestamp);
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
  const PropertyValue read{true, node.kind, written_value(json, node, arena)};
  const ErrorCode code = quantity_of(read, options.json_floats, out);
  return code == ErrorCode::none || refuse(code, value, why_no_quantity(read, code));
}

bool UsageEventDecoder::Impl::read_properties(UsageEvent& event) {
  event.properties = {};
  event.selected = selector.absent();
  if (!has(properties)) return true;
  if (node_of(properties).kind != JsonKind::object) {
    return refuse(ErrorCode::field_wrong_type, properties, "must be an object");
  }
  event.properties = json.text_of(node_of(properties));
  if (!selector.empty()) event.selected = selector.select(json, members[properties], left_out(), arena);
  return true;
}

bool UsageEventDecoder::Impl::read_voids(UsageEvent& event) {
  event.voids = {};
  if (!has_text(voids)) return true;
  if (!read_id(voids, event.voids)) return false;
  if (event.voids != event.event_id) return true;
  return refuse(ErrorCode::void_mismatch, voids, "an event cannot take itself back");
}

void UsageEventDecoder::Impl::hash_void(UsageEvent& event) {
  event.fingerprint = fingerprint_of_void(canonical, event.voids);
  event.voids_identity = identity_of(event.tenant_id, event.customer_id, event.source, event.voids, scratch);
}

bool UsageEventDecoder::Impl::refuse(ErrorCode code, std::string message) {
  outcome = {code, std::move(message)};
  return false;
}

bool UsageEventDecoder::Impl::refuse(ErrorCode code, Field field, std::string_view why) {
  return refuse(code, std::string(name_of_field(form, field)).append(": ").append(why));
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

Unpacked UsageEventDecoder::unpack(const RecordView& record) {
  return unpack_record(record, impl_->json);
}

DecodeOutcome UsageEventDecoder::decode(const RecordView& record, UsageEvent& event) {
  if (record.has_value) return decode_element(record, record.value, event);
  return {ErrorCode::null_value, "the record has no value"};
}

DecodeOutcome UsageEventDecoder::decode_element(const RecordView& record, std::string_view element,
                                                UsageEvent& event) {
  const Arena::Mark mark = impl_->arena.mark();
  if (impl_->decode(record.headers, element, event)) return {};
  impl_->arena.release(mark);  // nothing of a refused event is read
  return std::move(impl_->outcome);
}

}  // namespace tidemark::schemas

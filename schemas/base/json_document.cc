#include "schemas/base/json_document.h"

#include <algorithm>
#include <charconv>

#include "schemas/base/json_canonical.h"
#include "schemas/base/text.h"

namespace tidemark::schemas {
namespace {

constexpr std::size_t kTextBytesMax = std::size_t{16} << 20;
constexpr std::uint32_t kDepthMax = 16;
constexpr std::size_t kIdBytesMax = 128;

Error error_of(std::string_view code, std::string message) {
  return {Disposition::dead_letter, std::string(code), std::move(message)};
}

}  // namespace

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::string_view error_code) {
  JsonDocument document;
  document.error_code_ = error_code;
  document.json_ = std::make_unique<JsonScanner>();
  JsonScanner& json = *document.json_;
  if (text.size() > kTextBytesMax) return error_of(error_code, "more than 16 MiB");
  if (!is_utf8(text)) return error_of(error_code, "not UTF-8");
  if (!json.scan(text)) {
    return error_of(error_code, "not JSON: byte " + std::to_string(json.error_at()) + ": " + json.error());
  }
  if (json.node(0).kind != JsonKind::object) return error_of(error_code, "not a JSON object");
  if (json.depth_max() > kDepthMax) return error_of(error_code, "nested more than 16 deep");
  JsonCanonicalizer canonicalizer;
  if (!canonicalizer.names_are_unique(json, 0)) {
    return error_of(error_code, quoted_for_message(canonicalizer.duplicate()) + " comes twice in one object");
  }
  if (json.has_lone_surrogate()) return error_of(error_code, "an escape names half a character");
  return document;
}

JsonObject JsonDocument::root() const {
  return JsonObject(*this, 0, "");
}

Status JsonObject::refuse_other_than(std::initializer_list<std::string_view> known) const {
  for (const std::string& name : names()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return error(quoted_for_message(name), "no such field");
    }
  }
  return {};
}

Result<std::string> JsonObject::string(std::string_view name) const {
  const auto node = find(name, JsonKind::string, "must be a string");
  if (!node) return node.error();
  return text(*node);
}

Result<std::string> JsonObject::id(std::string_view name) const {
  auto value = string(name);
  if (!value) return value;
  if (value->empty()) return error(name, "must not be empty");
  if (value->size() > kIdBytesMax) return error(name, std::to_string(value->size()) + " bytes, at most 128");
  if (value->find('\0') != std::string::npos) return error(name, "holds the character \\u0000");
  return value;
}

Result<std::int64_t> JsonObject::integer(std::string_view name, std::int64_t min, std::int64_t max) const {
  const auto node = find(name, JsonKind::integer, "must be an integer");
  if (!node) return node.error();
  const std::string_view digits = json().text_of(json().node(*node));
  std::int64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc{} || value < min || value > max) {
    return error(name, "must lie between " + std::to_string(min) + " and " + std::to_string(max));
  }
  return value;
}

Result<bool> JsonObject::boolean(std::string_view name) const {
  const auto node = find(name, JsonKind::boolean, "must be true or false");
  if (!node) return node.error();
  return json().text_of(json().node(*node)) == "true";
}

Result<EventTime> JsonObject::time(std::string_view name) const {
  const auto value = string(name);
  if (!value) return value.error();
  const auto time = parse_rfc3339(*value);
  if (!time) return error(name, quoted_for_message(*value) + " is not RFC 3339 with an offset");
  return *time;
}

Result<Quantity> JsonObject::quantity(std::string_view name) const {
  const auto value = string(name);
  if (!value) return value.error();
  const ParsedQuantity parsed = parse_quantity(*value);
  if (parsed.error != QuantityError::none) {
    return error(name, quoted_for_message(*value) + " is not a decimal within 12 decimals and 2^127 / 10^12");
  }
  return parsed.value;
}

Result<JsonObject> JsonObject::object(std::string_view name) const {
  const auto node = find(name, JsonKind::object, "must be an object");
  if (!node) return node.error();
  return JsonObject(*document_, *node, path_ + std::string(name) + '.');
}

Result<std::vector<JsonObject>> JsonObject::objects(std::string_view name) const {
  const auto array = find(name, JsonKind::array, "must be an array");
  if (!array) return array.error();
  std::vector<JsonObject> elements;
  for (std::uint32_t i = *array + 1; i < json().node(*array).next; i = json().node(i).next) {
    const std::string element = std::string(name) + '[' + std::to_string(elements.size()) + ']';
    if (json().node(i).kind != JsonKind::object) return error(element, "must be an object");
    elements.push_back(JsonObject(*document_, i, path_ + element + '.'));
  }
  return elements;
}

std::vector<std::string> JsonObject::names() const {
  std::vector<std::string> names;
  for (std::uint32_t i = node_ + 1; i < json().node(node_).next; i = json().node(i + 1).next) {
    names.push_back(text(i));
  }
  return names;
}

bool JsonObject::is_null(std::string_view name) const {
  const auto node = find(name);
  return node && json().node(*node).kind == JsonKind::null;
}

std::string JsonObject::raw() const {
  return std::string(json().text_of(json().node(node_)));
}

Error JsonObject::error(std::string_view name, std::string_view why) const {
  return error_of(document_->error_code_, path_ + std::string(name) + ": " + std::string(why));
}

std::optional<std::uint32_t> JsonObject::find(std::string_view name) const {
  for (std::uint32_t i = node_ + 1; i < json().node(node_).next; i = json().node(i + 1).next) {
    if (text(i) == name) return i + 1;
  }
  return std::nullopt;
}

Result<std::uint32_t> JsonObject::find(std::string_view name, JsonKind kind, std::string_view wanted) const {
  const auto node = find(name);
  if (!node) return error(name, "missing");
  if (json().node(*node).kind != kind) return error(name, wanted);
  return *node;
}

std::string JsonObject::text(std::uint32_t index) const {
  const JsonNode& node = json().node(index);
  const std::string_view raw_text = json().text_of(node);
  if (!node.escaped) return std::string(raw_text);
  std::string value(raw_text.size(), '\0');
  value.resize(static_cast<std::size_t>(unescape_json(raw_text, value.data()) - value.data()));
  return value;
}

}  // namespace tidemark::schemas

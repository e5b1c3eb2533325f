#include "schemas/usage_event/packed_record.h"

#include <algorithm>
#include <utility>

#include "schemas/base/json_scan.h"
#include "schemas/usage_event/document.h"
#include "schemas/usage_event/record_format.h"

namespace tidemark::schemas {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Without the spaces around; takes it off the front of `text`. "": none is left.
std::string_view take_line(std::string_view& text) {
  text = trimmed(text);
  const std::size_t size = std::min(text.find('\n'), text.size());
  const std::string_view line = trimmed(text.substr(0, size));
  text.remove_prefix(size);
  return line;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) lines.push_back(line);
  return lines;
}

// A pretty-printed object has lines, too, but its first is not an object by itself.
bool is_object_a_line(std::string_view text, JsonScanner& json) {
  const std::string_view first = take_line(text);
  if (!first.starts_with('{') || trimmed(text).empty()) return false;
  return is_utf8(first) && json.scan(first);
}

// As written: a string with its quotes.
std::string_view written(const JsonScanner& json, const JsonNode& node) {
  const std::string_view text = json.text_of(node);
  return node.kind == JsonKind::string ? std::string_view(text.data() - 1, text.size() + 2) : text;
}

Unpacked with_elements(std::vector<std::string_view> elements) {
  if (elements.empty()) return {true, {ErrorCode::empty_batch, "the record holds no event"}, {}};
  return {true, {}, std::move(elements)};
}

Unpacked unpack_array(std::string_view text, JsonScanner& json) {
  Unpacked unpacked{.packed = true, .outcome = {}, .elements = {}};
  if (!scan_document(json, text, unpacked.outcome)) return unpacked;
  for (std::uint32_t i = 1; i < json.node(0).next; i = json.node(i).next)
    unpacked.elements.push_back(written(json, json.node(i)));
  return with_elements(std::move(unpacked.elements));
}

}  // namespace

bool looks_packed(const RecordView& record) {
  if (!record.has_value) return false;
  if (!record.headers.empty()) {
    const RecordFormat format = format_of_headers(record.headers);
    if (format.is_binary() || format.content_type == ContentType::cloud_event_other) return false;
    if (format.is_packed()) return true;
  }
  const std::string_view text = trimmed(record.value);
  return text.starts_with('[') || text.find('\n') != std::string_view::npos;
}

Unpacked unpack_record(const RecordView& record, JsonScanner& json) {
  if (!looks_packed(record)) return {};
  const ContentType content_type = format_of_headers(record.headers).content_type;
  const std::string_view text = trimmed(record.value);
  Unpacked refused{.packed = true, .outcome = {}, .elements = {}};
  if (!check_size(record.value, refused.outcome)) return refused;
  if (content_type == ContentType::lines) return with_elements(lines_of(text));
  if (text.starts_with('[')) return unpack_array(record.value, json);
  // One object under that type is one event: an element that was a dead letter, and is sent again.
  if (content_type == ContentType::cloud_event_batch && text.starts_with('{')) return {};
  if (content_type == ContentType::cloud_event_batch) {
    if (scan_document(json, record.value, refused.outcome))
      refused.outcome = {ErrorCode::unsupported_format, "a batch of CloudEvents must be a JSON array"};
    return refused;
  }
  if (is_object_a_line(text, json)) return with_elements(lines_of(text));
  return {};
}

}  // namespace tidemark::schemas

#include "schemas/usage_event/record_format.h"

#include <string>

#include "schemas/base/json_canonical.h"
#include "schemas/base/json_scan.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kPrefix = "ce_";
constexpr std::string_view kContentType = "content-type";
constexpr std::string_view kCloudEvents = "application/cloudevents";

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() < lower_case.size()) return false;
  for (std::size_t i = 0; i < lower_case.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower_case[i]) return false;
  }
  return true;
}

bool is_ignoring_case(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() && starts_with_ignoring_case(text, lower_case);
}

// Without parameters and the spaces around.
std::string_view media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.starts_with(' ') || content_type.starts_with('\t')) content_type.remove_prefix(1);
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) content_type.remove_suffix(1);
  return content_type;
}

ContentType content_type_of(std::string_view text) {
  const std::string_view media = media_type(text);
  for (const char* lines : {"application/x-ndjson", "application/ndjson", "application/jsonl"}) {
    if (is_ignoring_case(media, lines)) return ContentType::lines;
  }
  if (!starts_with_ignoring_case(media, kCloudEvents)) return ContentType::none;
  const std::string_view rest = media.substr(kCloudEvents.size());
  if (is_ignoring_case(rest, "+json")) return ContentType::cloud_event;
  if (is_ignoring_case(rest, "-batch+json")) return ContentType::cloud_event_batch;
  return ContentType::cloud_event_other;
}

bool is_content_type(const HeaderView& header) {
  return is_ignoring_case(header.name, kContentType);
}

bool refuse(ErrorCode code, std::string_view name, std::string_view why, DecodeOutcome& outcome) {
  outcome = {code, std::string(name).append(": ").append(why)};
  return false;
}

// Of an attribute: data stands in the value, and its content type in a header of its own.
Field header_field(std::string_view name) {
  const Field field = attribute(name.substr(kPrefix.size()));
  return field == properties || field == datacontenttype || field == data_base64 ? unknown : field;
}

}  // namespace

RecordFormat format_of_headers(std::span<const HeaderView> headers) {
  RecordFormat format;
  for (const HeaderView& header : headers) {
    if (header.name.starts_with(kPrefix)) {
      format.has_attributes = true;
    } else if (format.content_type == ContentType::none && is_content_type(header)) {
      format.content_type = content_type_of(header.value);
    }
  }
  return format;
}

bool is_json_type(std::string_view content_type) {
  const std::string_view media = media_type(content_type);
  if (is_ignoring_case(media, "application/json")) return true;
  constexpr std::string_view kSuffix = "+json";
  return media.size() > kSuffix.size() &&
         is_ignoring_case(media.substr(media.size() - kSuffix.size()), kSuffix);
}

bool AttributeReader::read(std::span<const HeaderView> headers, DecodeOutcome& outcome) {
  attributes_.fill(nullptr);
  extensions_.clear();
  for (const HeaderView& header : headers) {
    const bool content_type = is_content_type(header);
    if (!content_type && !header.name.starts_with(kPrefix)) continue;
    const Field field = content_type ? datacontenttype : header_field(header.name);
    const std::string_view name =
        field == unknown ? "a header ce_*" : name_of_field(EventForm::binary, field);
    if (!is_utf8(header.value)) return refuse(ErrorCode::invalid_utf8, name, "not UTF-8", outcome);
    if (field == unknown) {
      extensions_.push_back(header.name);
    } else {
      if (attributes_[field] != nullptr)
        return refuse(ErrorCode::duplicate_field, name, "comes twice in the headers", outcome);
      attributes_[field] = &header;
    }
  }
  if (!JsonCanonicalizer::find_duplicate(extensions_)) return true;
  return refuse(ErrorCode::duplicate_field, "a header ce_*", "comes twice", outcome);
}

}  // namespace tidemark::schemas

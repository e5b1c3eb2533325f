#include "schemas/usage_event/document.h"

#include <string>

namespace tidemark::schemas {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool refuse(ErrorCode code, std::string message, DecodeOutcome& outcome) {
  outcome = {code, std::move(message)};
  return false;
}

}  // namespace

bool check_size(std::string_view value, DecodeOutcome& outcome) {
  if (value.size() <= kRecordBytesMax) return true;
  return refuse(ErrorCode::record_too_large,
                std::to_string(value.size()) + " bytes, at most " + std::to_string(kRecordBytesMax), outcome);
}

bool scan_document(JsonScanner& json, std::string_view text, DecodeOutcome& outcome) {
  if (!is_utf8(text)) return refuse(ErrorCode::invalid_utf8, "the value is not UTF-8", outcome);
  if (text.starts_with(kByteOrderMark))
    return refuse(ErrorCode::byte_order_mark, "the value begins with EF BB BF", outcome);
  if (json.scan(text)) return true;
  return refuse(ErrorCode::invalid_json, "byte " + std::to_string(json.error_at()) + ": " + json.error(),
                outcome);
}

}  // namespace tidemark::schemas

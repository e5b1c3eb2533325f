#pragma once
// The checks of a value before anybody looks for fields in it.
#include <string_view>

#include "schemas/base/json_scan.h"
#include "schemas/usage_event/decode_outcome.h"

namespace tidemark::schemas {

inline constexpr std::size_t kRecordBytesMax = 64 * 1024;

// Each: false and the reason in `outcome`.
bool check_size(std::string_view value, DecodeOutcome& outcome);
// REQUIRES: the size was checked. Scans `text`: UTF-8 without a byte order mark, one JSON value.
bool scan_document(JsonScanner& json, std::string_view text, DecodeOutcome& outcome);

}  // namespace tidemark::schemas

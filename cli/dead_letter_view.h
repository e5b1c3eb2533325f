#pragma once
// A record of a dead-letter topic, as `dlq` shows it. Pure.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "tidemark/record.h"

namespace tidemark::cli {

// "2026-11-10T09:00:00Z"
std::string format_arrival(ArrivalTime time);

// The value of a header. Ours follow those that the record came with, which may bear the same names: the last
// counts. "" without one.
std::string_view header(const RecordView& record, std::string_view name);

// "usage.dlq-3-15"
std::string address_of(std::string_view topic, const RecordView& record);
// Where the record failed; "" when the headers do not say.
std::string original_address(const RecordView& record);

std::string text_of(std::string_view topic, const RecordView& record);
// Bytes that are no UTF-8 become {"base64": ...}.
nlohmann::ordered_json json_of(std::string_view topic, const RecordView& record);

}  // namespace tidemark::cli

#include "cli/dead_letter_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "tidemark/time.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;

Json bytes_json(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  return Json{{"base64", to_base64(bytes)}};
}

}  // namespace

std::string format_arrival(ArrivalTime time) {
  return format_rfc3339(EventTime(time));
}

std::string_view header(const RecordView& record, std::string_view name) {
  const auto found = std::find_if(record.headers.rbegin(), record.headers.rend(),
                                  [name](const HeaderView& each) { return each.name == name; });
  return found == record.headers.rend() ? std::string_view() : found->value;
}

std::string address_of(std::string_view topic, const RecordView& record) {
  return std::string(topic) + "-" + std::to_string(record.partition.value()) + "-" +
         std::to_string(record.offset.value());
}

std::string original_address(const RecordView& record) {
  const auto topic = header(record, "__connect.errors.topic");
  if (topic.empty()) return "";
  return std::string(topic) + "-" + std::string(header(record, "__connect.errors.partition")) + "-" +
         std::string(header(record, "__connect.errors.offset"));
}

std::string text_of(std::string_view topic, const RecordView& record) {
  std::string out = address_of(topic, record) + "  " + format_arrival(record.arrival) + "\n";
  for (const auto& each : record.headers) out += "  " + escape(each.name) + ": " + escape(each.value) + "\n";
  out += "  key: " + (record.has_key ? escape(record.key) : "(none)") + "\n";
  out += "  value: " + (record.has_value ? escape(record.value) : "(none)") + "\n";
  return out;
}

Json json_of(std::string_view topic, const RecordView& record) {
  Json out;
  out["address"] = address_of(topic, record);
  out["original"] = bytes_json(original_address(record));
  out["time"] = format_arrival(record.arrival);
  out["code"] = bytes_json(header(record, "td-error-code"));
  out["headers"] = Json::array();
  for (const auto& each : record.headers)
    out["headers"].push_back({{"name", bytes_json(each.name)}, {"value", bytes_json(each.value)}});
  out["key"] = record.has_key ? bytes_json(record.key) : Json();
  out["value"] = record.has_value ? bytes_json(record.value) : Json();
  return out;
}

}  // namespace tidemark::cli

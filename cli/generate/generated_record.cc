#include "cli/generate/generated_record.h"

#include "cli/config_json.h"
#include "tidemark/assert.h"

namespace tidemark::cli {
namespace {

constexpr std::string_view kContentType = "content-type";

std::string joined(std::span<const EventContent> events, std::string (*spelled)(const EventContent&),
                   std::string_view between) {
  std::string out;
  for (const EventContent& event : events) {
    if (!out.empty()) out += between;
    out += spelled(event);
  }
  return out;
}

std::string headers_json(const GeneratedEvent& event) {
  std::string out;
  for (const auto& [name, text] : event.headers)
    out += (out.empty() ? "" : ",") + json_text(name) + ':' + json_text(text);
  return '{' + out + '}';
}

// A record of several lines cannot stand in a line as it is.
std::string value_member(const GeneratedEvent& event) {
  if (event.tombstone) return "\"tombstone\":true";
  if (event.value.find('\n') != std::string::npos) return "\"raw\":" + json_text(event.value);
  return "\"record\":" + event.value;
}

}  // namespace

void write_record(RecordForm form, std::span<const EventContent> events, GeneratedEvent& out) {
  TM_ASSERT(!events.empty() && (events.size() == 1 || form >= RecordForm::lines));
  out.key = events.front().customer_id;
  out.arrival = events.front().arrival;
  out.events = events.size();
  out.enveloped = form != RecordForm::own_json;
  switch (form) {
    case RecordForm::own_json:
      out.value = spell(events.front());
      return;
    case RecordForm::structured:
      out.headers.emplace_back(kContentType, "application/cloudevents+json; charset=utf-8");
      [[fallthrough]];
    case RecordForm::structured_plain:
      out.value = spell_structured(events.front());
      return;
    case RecordForm::binary:
      out.headers = attribute_headers(events.front());
      out.headers.emplace_back(kContentType, "application/json");
      out.value = spell_data(events.front());
      return;
    case RecordForm::lines:
      out.headers.emplace_back(kContentType, "application/x-ndjson");
      out.value = joined(events, spell, "\n");
      return;
    case RecordForm::array:
      out.value = '[' + joined(events, spell, ",") + ']';
      return;
    case RecordForm::batch:
      out.headers.emplace_back(kContentType, "application/cloudevents-batch+json");
      out.value = '[' + joined(events, spell_structured, ",") + ']';
      return;
  }
}

std::string line_of(const GeneratedEvent& event) {
  if (!event.enveloped && !event.tombstone) return event.value;
  std::string line =
      "{\"key\":" + json_text(event.key) + ",\"arrival\":\"" + rfc3339(event.arrival, 0) + "\",";
  if (!event.headers.empty()) line += "\"headers\":" + headers_json(event) + ',';
  return line + value_member(event) + '}';
}

}  // namespace tidemark::cli

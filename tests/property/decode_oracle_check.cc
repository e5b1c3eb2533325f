// Reads records, one a line of tab-separated hex: the value ("-": none), then name and value of each
// header. Prints one line for each: per event of the record the dead-letter code, or `good` with the hashes
// and the canonical bytes of some properties.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "schemas/dead_letter/codes.h"
#include "schemas/usage_event/codec.h"

namespace {

using namespace tidemark;
using namespace tidemark::schemas;

std::vector<PropertyPath> paths() {
  std::vector<PropertyPath> found;
  for (const char* text : {"properties.region", "properties.a.b", R"(properties["a.b"])", "properties.value"})
    found.push_back(*parse_property_path(text));
  return found;
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

void print(std::uint64_t number) {
  std::printf(" %016llx", static_cast<unsigned long long>(number));
}

void print(const PropertyValue& value) {
  if (!value.present || is_container(value.kind)) {
    std::printf(!value.present ? " absent" : value.kind == JsonKind::object ? " object" : " array");
    return;
  }
  HashInput canonical;
  append_canonical(canonical, value);
  std::printf(" ");
  for (const char byte : canonical.text()) std::printf("%02x", static_cast<unsigned char>(byte));
}

void print(const DecodeOutcome& outcome, const UsageEvent& event) {
  if (outcome.code != ErrorCode::none) {
    std::printf("%s;", std::string(name_of(outcome.code)).c_str());
    return;
  }
  std::printf("good");
  for (const Hash128 hash : {event.identity, event.voids_identity}) {
    print(hash.high);
    print(hash.low);
  }
  print(event.content);
  print(event.fingerprint);
  for (const PropertyValue& value : event.selected) print(value);
  std::printf(";");
}

void judge(UsageEventDecoder& decoder, const RecordView& record) {
  decoder.begin_batch();
  UsageEvent event;
  Unpacked unpacked;
  if (UsageEventDecoder::looks_packed(record)) unpacked = decoder.unpack(record);
  if (!unpacked.packed) return print(decoder.decode(record, event), event);
  if (unpacked.outcome.code != ErrorCode::none) return print(unpacked.outcome, event);
  for (const std::string_view element : unpacked.elements)
    print(decoder.decode_element(record, element, event), event);
}

}  // namespace

int main() {
  UsageEventDecoder decoder({.paths = paths()});
  for (std::string line; std::getline(std::cin, line); std::printf("\n")) {
    std::vector<std::string> parts;
    std::istringstream split(line + '\t');
    for (std::string part; std::getline(split, part, '\t');) parts.push_back(part);
    std::vector<std::string> bytes;
    for (const std::string& part : parts) bytes.push_back(from_hex(part));
    std::vector<HeaderView> headers;
    for (std::size_t i = 1; i + 1 < bytes.size(); i += 2) headers.push_back({bytes[i], bytes[i + 1]});
    RecordView record;
    record.has_value = parts[0] != "-";
    if (record.has_value) record.value = bytes[0];
    record.headers = headers;
    judge(decoder, record);
  }
}

#include "cli/generate/event_content.h"

#include <array>
#include <cstdio>
#include <utility>

namespace tidemark::cli {

std::string padded(std::uint64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  return std::string(width > digits.size() ? width - digits.size() : 0, '0') + digits;
}

std::string rfc3339(EventTime time, std::int32_t offset_minutes) {
  const auto local = time + std::chrono::minutes{offset_minutes};
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{local - day};
  const auto fraction = clock.subseconds().count();
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()));
  std::string out(text.data(), static_cast<std::size_t>(length));
  out += fraction % 1'000'000 == 0 ? padded(static_cast<std::uint64_t>(fraction / 1'000'000), 3)
                                   : padded(static_cast<std::uint64_t>(fraction), 9);
  if (offset_minutes == 0) return out + 'Z';
  const auto distance = static_cast<std::uint64_t>(offset_minutes < 0 ? -offset_minutes : offset_minutes);
  return out + (offset_minutes < 0 ? '-' : '+') + padded(distance / 60, 2) + ':' + padded(distance % 60, 2);
}

namespace {

std::string quoted_member(std::string_view name, std::string_view text) {
  return '"' + std::string(name) + "\":\"" + std::string(text) + '"';
}

// With a comma behind it; "" where it is not written.
std::string value_member(const EventContent& event) {
  if (event.value.empty()) return "";
  return (event.value_quoted ? quoted_member("value", event.value) : "\"value\":" + event.value) + ',';
}

std::string property_members(const EventContent& event) {
  const std::string arrived = quoted_member("arrived", rfc3339(event.arrival, 0));
  const std::string region = quoted_member("region", event.region);
  const std::string model = quoted_member("model", event.model);
  return (event.properties_turned ? model + ',' + region + ',' + arrived
                                  : arrived + ',' + region + ',' + model) +
         event.extra_properties;
}

std::vector<std::pair<std::string, std::string>> attributes(const EventContent& event) {
  std::vector<std::pair<std::string, std::string>> all{
      {"specversion", "1.0"},
      {"id", event.event_id},
      {"type", std::string(event.type)},
      {"subject", event.customer_id},
      {"time", rfc3339(event.event_time, event.offset_minutes)},
      {"tenantid", "acme"}};
  if (!event.source.empty()) all.emplace_back("source", event.source);
  if (!event.voids.empty()) all.emplace_back("voids", event.voids);
  return all;
}

}  // namespace

std::string spell(const EventContent& event) {
  std::string line = "{\"event_id\":\"" + event.event_id + "\",\"tenant_id\":\"acme\",\"customer_id\":\"" +
                     event.customer_id + "\",\"type\":\"" + std::string(event.type) + "\",\"timestamp\":\"" +
                     rfc3339(event.event_time, event.offset_minutes) + "\",";
  if (!event.source.empty()) line += quoted_member("source", event.source) + ',';
  if (!event.voids.empty()) line += quoted_member("voids", event.voids) + ',';
  return line + value_member(event) + "\"properties\":{" + property_members(event) + "}}";
}

std::string spell_data(const EventContent& event) {
  return '{' + value_member(event) + property_members(event) + '}';
}

std::string spell_structured(const EventContent& event) {
  std::string line = "{";
  for (const auto& [name, text] : attributes(event)) line += quoted_member(name, text) + ',';
  return line + "\"data\":" + spell_data(event) + '}';
}

std::vector<std::pair<std::string, std::string>> attribute_headers(const EventContent& event) {
  auto headers = attributes(event);
  for (auto& [name, text] : headers) name.insert(0, "ce_");
  return headers;
}

EventContent void_of(const EventContent& target, std::string event_id) {
  EventContent out = target;
  out.voids = std::exchange(out.event_id, std::move(event_id));
  return out;
}

void add_property(EventContent& event, std::string_view name, std::string_view json) {
  event.extra_properties.append(",\"").append(name).append("\":").append(json);
}

void respell(EventContent& event) {
  event.offset_minutes = event.offset_minutes == 0 ? 330 : 0;
  event.properties_turned = !event.properties_turned;
  if (event.value.empty()) {
    event.value = "1";
  } else if (event.value.find('.') != std::string::npos) {
    event.value += '0';
  } else {
    event.value_quoted = !event.value_quoted;
  }
}

}  // namespace tidemark::cli

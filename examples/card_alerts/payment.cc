#include "payment.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace card_alerts {

using nlohmann::json;
using tidemark::Disposition;
using tidemark::Error;
using tidemark::EventTime;
using tidemark::RecordView;
using tidemark::Result;

namespace {

Error dead_letter(std::string code, std::string message) {
  return {Disposition::dead_letter, std::move(code), std::move(message)};
}

// Bytes of strangers: nothing is thrown, and the key must be there.
std::optional<json> parse_object(const RecordView& record) {
  if (!record.has_value || record.key.empty()) return std::nullopt;
  json document = json::parse(record.value, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  return document;
}

std::optional<std::string> find_text(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// From 0 to kCentsMax; never through a floating-point number.
std::optional<std::int64_t> find_cents(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto cents = found->get<std::uint64_t>();
  if (cents > static_cast<std::uint64_t>(kCentsMax)) return std::nullopt;
  return static_cast<std::int64_t>(cents);
}

std::int64_t nanoseconds(EventTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<Payment> parse_payment(const RecordView& record) {
  const auto object = parse_object(record);
  if (!object) return dead_letter("payment_invalid", "not a JSON object under the key of a card");
  const auto payment_id = find_text(*object, "payment_id");
  const auto at_text = find_text(*object, "at");
  const auto at = at_text ? tidemark::parse_rfc3339(*at_text) : std::nullopt;
  const auto cents = find_cents(*object, "cents");
  if (!payment_id || payment_id->empty())
    return dead_letter("payment_invalid", "payment_id is missing or no text");
  if (!at) return dead_letter("payment_invalid", "at is missing or no RFC 3339 time with an offset");
  if (!cents) return dead_letter("payment_invalid", "cents is missing or no integer from 0 to 10^12");
  return Payment{&record, std::string(record.key), *payment_id, *at, *cents};
}

Result<std::int64_t> parse_limit(const RecordView& record) {
  const auto object = parse_object(record);
  const auto cents = object ? find_cents(*object, "limit_cents") : std::nullopt;
  if (!cents) return dead_letter("limit_invalid", "expected {\"limit_cents\":N} under the key of a card");
  return *cents;
}

std::string to_json(const Alert& alert) {
  return json{{"card", alert.card},
              {"at", tidemark::format_rfc3339(alert.at)},
              {"sum_cents", alert.sum_cents},
              {"limit_cents", alert.limit_cents}}
      .dump();
}

std::string encode(const CardRow& row) {
  json payments = json::array();
  for (const auto& seen : row.payments)
    payments.push_back({seen.payment_id, nanoseconds(seen.at), seen.cents});
  return json{{"above", row.above}, {"payments", payments}}.dump();
}

CardRow decode_card_row(std::string_view bytes) {
  const json document = json::parse(bytes);
  CardRow row;
  row.above = document.at("above").get<bool>();
  for (const json& seen : document.at("payments")) {
    row.payments.push_back({seen.at(0).get<std::string>(),
                            EventTime(std::chrono::nanoseconds(seen.at(1).get<std::int64_t>())),
                            seen.at(2).get<std::int64_t>()});
  }
  return row;
}

}  // namespace card_alerts

#pragma once
// The records of this domain and how their bytes are read and written. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/record.h"
#include "tidemark/result.h"

namespace card_alerts {

inline constexpr std::int64_t kCentsMax = 1'000'000'000'000;  // of one payment, and of a limit

// What `parse_payment` hands to `velocity`. `record` lives until the call that handed it over returns.
struct Payment {
  const tidemark::RecordView* record = nullptr;
  std::string card;
  std::string payment_id;
  tidemark::EventTime at;
  std::int64_t cents = 0;
};

// {"payment_id":"p-1","at":"2026-03-10T12:00:00Z","cents":1250}, the card in the key.
// Errors are dead letters: "payment_invalid".
tidemark::Result<Payment> parse_payment(const tidemark::RecordView& record);

// {"limit_cents":50000}, the card in the key. Errors are dead letters: "limit_invalid".
tidemark::Result<std::int64_t> parse_limit(const tidemark::RecordView& record);

struct Alert {
  std::string card;
  tidemark::EventTime at;
  std::int64_t sum_cents = 0;
  std::int64_t limit_cents = 0;
};
std::string to_json(const Alert& alert);

// What is remembered of a card: the payments of its window, and whether it is above its limit.
struct CardRow {
  struct Seen {
    std::string payment_id;
    tidemark::EventTime at;
    std::int64_t cents = 0;
  };
  std::vector<Seen> payments;  // in the order taken
  bool above = false;
};
std::string encode(const CardRow& row);
CardRow decode_card_row(std::string_view bytes);  // REQUIRES: made by encode()

}  // namespace card_alerts

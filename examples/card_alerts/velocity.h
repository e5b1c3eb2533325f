#pragma once
// Processor `velocity`: adds up the payments of a card within a span of event time and tells once when they
// go above the card's limit.
#include "payment.h"
#include "tidemark/processor.h"

namespace card_alerts {

enum class Outcome : std::uint8_t {
  added,     // within the limit, or above it as before
  alert,     // the first payment above the limit
  repeated,  // a payment_id of the window: nothing changed
  too_late,  // lies before the window of the card: nothing changed
};
struct Judgement {
  Outcome outcome = Outcome::added;
  std::int64_t sum_cents = 0;  // of the window, with this payment
};

// The decision, without stores or Kafka. The window of a card ends at its newest payment and is half-open:
// (newest - window, newest].
Judgement judge(CardRow& row, const Payment& payment, std::chrono::milliseconds window,
                std::int64_t limit_cents);

tidemark::ProcessorDescriptor velocity_descriptor();

}  // namespace card_alerts

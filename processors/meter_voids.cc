// Voids: events that take another one back, also before it comes.
#include "processors/meter.h"
#include "processors/remembered.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;

// Rows looked at at once: more voids of one content are never needed, and more of others are told later.
constexpr std::size_t kWaitingMax = 1'000;

std::string unsupported(const MeterDefinition& meter) {
  return "meter " + meter.name + " takes nothing back, because its figure is no sum; a replay mends it";
}

}  // namespace

// Its own content first, then what it names.
Status Meter::judge_void(JudgedEvent& event, CustomerState& customer, const Moment& moment,
                         Context& context) {
  // Under the meters that its event was counted with, whatever was added since.
  const bool was_judged = event.target == VoidTarget::counted || event.target == VoidTarget::voided;
  const auto was_fed = [&](const MeterDefinition& meter) {
    return event.target != VoidTarget::ignored && (!was_judged || history_.had(event.target_tag, meter.name));
  };
  bookings_->measure(event, customer, was_judged ? Direction::take_back : Direction::add, was_fed);
  if (event.verdict == Verdict::dead_letter) return {};
  if (event.target == VoidTarget::mismatched) {
    event.reject(ErrorCode::void_mismatch, "the event that it names has other content, or is itself a void");
    return {};
  }
  if (const MeterDefinition* meter = bookings_->find_unsupported()) {
    event.reject(ErrorCode::void_unsupported, unsupported(*meter));
    return {};
  }
  if (event.target == VoidTarget::voided) {
    event.verdict = Verdict::duplicate;
    return {};
  }
  // From all its meters or from none.
  const std::string_view removed = event.target == VoidTarget::counted
                                       ? history_.find_removed(event.target_tag, event.event.type)
                                       : std::string_view();
  if (!removed.empty()) {
    event.reject(ErrorCode::void_meter_removed,
                 "meter " + std::string(removed) +
                     ", which may have counted the event, is not in the topology any more");
    return {};
  }
  TM_TRY(event.target == VoidTarget::unseen ? await_original(event, moment)
                                            : take_back(event, customer, moment));
  if (event.verdict != Verdict::void_event) return {};
  if (event.target == VoidTarget::counted) count_move(Verdict::counted, Verdict::voided, context);
  return event.voids_wait ? settle_waiting(event, customer, moment, context) : Status();
}

Status Meter::take_back(JudgedEvent& event, CustomerState& customer, const Moment& moment) {
  TM_TRY(bookings_->check(event, customer, moment, Direction::take_back));
  if (event.verdict == Verdict::dead_letter) return {};
  TM_TRY(bookings_->apply(event, Direction::take_back));
  event.verdict = Verdict::void_event;
  return {};
}

// One with the same content as one that waits already is a second void.
Status Meter::await_original(JudgedEvent& event, const Moment& moment) {
  const std::string prefix = waiting_prefix(event.event.voids_identity, event.event.content);
  auto waiting = parked_->scan(prefix, end_of_prefix(prefix), kWaitingMax);
  if (!waiting) return waiting.error();
  for (const auto& [key, value] : *waiting) {
    ParkedEvent parked;
    TM_TRY(decode_parked(value, parked));
    if (is_expired(parked, event.stream_time)) continue;
    event.verdict = Verdict::duplicate;
    return {};
  }
  park(prefix, event, moment);
  event.verdict = Verdict::void_event;
  return {};
}

// The original has come: it was counted or ignored a moment ago, and its bookings are still at hand. The void
// with its content is looked for first; of others no more than kWaitingMax are told at once why they fail.
Status Meter::settle_waiting(JudgedEvent& original, CustomerState& customer, const Moment& moment,
                             Context& context) {
  const Hash128& identity = original.event.identity;
  for (const std::string& prefix :
       {waiting_prefix(identity, original.event.content), waiting_prefix(identity)}) {
    auto rows = parked_->scan(prefix, end_of_prefix(prefix), kWaitingMax);
    if (!rows) return rows.error();
    for (const auto& [key, value] : *rows)
      TM_TRY(settle_row(key, value, original, customer, moment, context));
  }
  return {};
}

Status Meter::settle_row(std::string_view key, std::string_view value, JudgedEvent& original,
                         CustomerState& customer, const Moment& moment, Context& context) {
  ParkedEvent parked;
  TM_TRY(decode_parked(value, parked));
  if (is_expired(parked, original.stream_time)) return {};
  JudgedEvent waiting;
  waiting_decoder_.begin_batch();
  decode_again(waiting_decoder_, parked, waiting);
  // Whose it is was settled when it came, as of its original.
  waiting.event.tenant_id = original.event.tenant_id;
  waiting.event.customer_id = original.event.customer_id;
  waiting.stream_time = original.stream_time;
  TM_TRY(settle(waiting, original, customer, moment, context));
  if (waiting.verdict != Verdict::void_event) {
    original.moved_voids.push_back(parked.identity);
    return move(key, parked, waiting, Verdict::void_event, context);
  }
  parked_->erase(expiry_key(parked.parked_at, key));  // as it was called when it came
  parked_->erase(key);
  return {};
}

Status Meter::settle(JudgedEvent& waiting, JudgedEvent& original, CustomerState& customer,
                     const Moment& moment, Context& context) {
  if (waiting.verdict == Verdict::dead_letter) return {};  // the settings of decode have changed since
  if (original.is_void() || waiting.event.content != original.event.content) {
    waiting.reject(ErrorCode::void_mismatch, std::string(kOtherContent));
    return {};
  }
  if (original.taken_back) {
    waiting.verdict = Verdict::duplicate;
    return {};
  }
  if (const MeterDefinition* meter = bookings_->find_unsupported()) {
    waiting.reject(ErrorCode::void_unsupported, unsupported(*meter));
    return {};
  }
  TM_TRY(take_back(waiting, customer, moment));
  original.taken_back = waiting.verdict == Verdict::void_event;
  if (original.taken_back && original.verdict == Verdict::counted)
    count_move(Verdict::counted, Verdict::voided, context);
  return {};
}

}  // namespace tidemark::processors

// Parking, release and expiry of usage whose customer has no profile yet, and expiry of voids that wait.
#include "processors/meter.h"
#include "processors/parked_event.h"
#include "processors/remembered.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;

constexpr std::size_t kReleaseSlice = 1'000;

}  // namespace

void Meter::park(std::string_view prefix, const JudgedEvent& event, const Moment& moment) {
  const std::string key = parked_key(prefix, event.place());
  parked_->put(key, encode_parked(event, moment.order, moment.taken_at));
  parked_->put(expiry_key(moment.taken_at, key), "");
  earliest_parked_ = std::min(earliest_parked_.value_or(moment.taken_at), moment.taken_at);
}

Status Meter::begin_release(std::string_view tenant, std::string_view customer) {
  const std::string prefix = parked_prefix(tenant, customer);
  auto first = parked_->scan(prefix, end_of_prefix(prefix), 1);
  if (!first) return first.error();
  if (first->empty()) return {};
  parked_->put(release_key(prefix), "");  // a crash goes on with it
  releasing_.push_back(prefix);
  return {};
}

Status Meter::load_releases() {
  releasing_.clear();
  auto begun = parked_->scan("r", "s", SIZE_MAX);
  if (!begun) return begun.error();
  for (auto& [key, unused] : *begun) {
    key.front() = 'p';
    releasing_.push_back(std::move(key));
  }
  return find_earliest_parked();
}

Status Meter::find_earliest_parked() {
  auto oldest = parked_->scan("x", "y", 1);
  if (!oldest) return oldest.error();
  earliest_parked_.reset();
  if (!oldest->empty()) earliest_parked_ = parked_at_of(oldest->front().first);
  return {};
}

// In offset order; true when more is left. No record is taken before the release is done.
Result<bool> Meter::release_slice(Context& context) {
  const std::string& prefix = releasing_.front();
  auto rows = parked_->scan(prefix, end_of_prefix(prefix), kReleaseSlice);
  if (!rows) return rows.error();
  for (const auto& [key, value] : *rows) TM_TRY(release(key, value, context));
  if (rows->size() < kReleaseSlice) {
    parked_->erase(release_key(prefix));
    releasing_.pop_front();
  }
  return !releasing_.empty();
}

// Its bytes are read anew, for the settings of decode may have changed since; what it is then not any more
// is its verdict.
void Meter::decode_again(schemas::UsageEventDecoder& decoder, const ParkedEvent& parked,
                         JudgedEvent& event) const {
  event.record = &parked.record;
  event.bytes = parked.record.value;
  event.element = parked.element;
  event.packed = parked.packed;
  event.judged_arrival = parked.judged_arrival;
  event.stream_time = parked.parked_at;
  auto outcome = parked.packed ? decoder.decode_element(parked.record, event.bytes, event.event)
                               : decoder.decode(parked.record, event.event);
  if (outcome.code != ErrorCode::none) event.reject(outcome.code, std::move(outcome.message));
}

Status Meter::release(std::string_view key, std::string_view value, Context& context) {
  ParkedEvent parked;
  TM_TRY(decode_parked(value, parked));
  decoder_.begin_batch();
  JudgedEvent event;
  decode_again(decoder_, parked, event);
  // Whose it is was settled when it was parked.
  const CustomerOfKey owner = customer_of_parked_key(key);
  event.event.tenant_id = owner.tenant_id;
  event.event.customer_id = owner.customer_id;
  event.stream_time = context.stream_time();
  std::optional<RememberedId> target;
  if (event.verdict == Verdict::none && is_expired(parked, context.stream_time())) {
    event.reject(ErrorCode::unknown_customer,
                 "no profile came within " + format_duration(config_.parked_span));
  } else if (event.verdict == Verdict::none) {
    TM_TRY(find_remembered(event, target));
    TM_TRY(find_customers({&event, 1}));
    TM_TRY(judge(event, *customers_.front(), {context.watermark(), parked.order, parked.parked_at}, context));
    TM_ASSERT(event.verdict != Verdict::parked);  // a release begins with the profile of this very customer
  }
  if (event.verdict == Verdict::void_event) remember_target(*ids_, event, target ? &*target : nullptr);
  return move(key, parked, event, Verdict::parked, context);
}

// What dedup would find for an event that comes now.
Status Meter::find_remembered(JudgedEvent& event, std::optional<RememberedId>& target) const {
  std::optional<RememberedId> own;
  TM_TRY(ids_->find({&event.event.identity, 1}, event.stream_time, {&own, 1}));
  event.voids_wait = own && voids_wait_for(*own);
  if (!event.is_void()) return {};
  TM_TRY(ids_->find({&event.event.voids_identity, 1}, event.stream_time, {&target, 1}));
  event.target = target_of_void(event.event, target ? &*target : nullptr);
  if (target) event.target_tag = target->tag;
  return {};
}

Status Meter::expire_parked(Context& context, bool& more) {
  if (!earliest_parked_ || *earliest_parked_ + config_.parked_span >= context.stream_time()) return {};
  const ArrivalTime oldest_kept = context.stream_time() - config_.parked_span;
  auto rows = parked_->scan("x", expiry_key(oldest_kept, ""), kReleaseSlice);
  if (!rows) return rows.error();
  for (const auto& [index, unused] : *rows) TM_TRY(expire(parked_key_of(index), context));
  more = rows->size() == kReleaseSlice;
  return find_earliest_parked();
}

Status Meter::expire(std::string_view parked_key, Context& context) {
  auto value = parked_->get(parked_key);
  if (!value) return value.error();
  TM_ASSERT(value->has_value());
  ParkedEvent parked;
  TM_TRY(decode_parked(**value, parked));
  decoder_.begin_batch();
  JudgedEvent event;
  decode_again(decoder_, parked, event);
  event.stream_time = context.stream_time();
  if (is_waiting_key(parked_key)) {
    TM_TRY(reject_expired_void(event, original_of_waiting_key(parked_key),
                               parked.parked_at + config_.parked_span));
    return move(parked_key, parked, event, Verdict::void_event, context);
  }
  event.reject(ErrorCode::unknown_customer, "no profile came within " + format_duration(config_.parked_span));
  return move(parked_key, parked, event, Verdict::parked, context);
}

// More voids than are told at once may have waited for an event that came in time.
Status Meter::reject_expired_void(JudgedEvent& event, const Hash128& original, ArrivalTime until) const {
  std::optional<RememberedId> known;
  TM_TRY(ids_->find({&original, 1}, event.stream_time, {&known, 1}));
  const auto verdict = known && known->inserted_at <= until ? verdict_of(*known) : Verdict::none;
  if (verdict == Verdict::none || verdict == Verdict::parked) {
    event.reject(ErrorCode::void_target_unknown,
                 "the event that it names did not come within " + format_duration(config_.parked_span));
  } else {
    event.reject(ErrorCode::void_mismatch, std::string(kOtherContent));
  }
  return {};
}

void Meter::count_move(Verdict from, Verdict to, Context& context) {
  context.count(
      context.counter("tidemark_verdicts_moved_total",
                      "Verdicts changed later: parked, waiting as a void, or counted, to another one.",
                      {{"from", std::string(name_of(from))}, {"to", std::string(name_of(to))}}));
}

Status Meter::move(std::string_view parked_key, const ParkedEvent& parked, JudgedEvent& event, Verdict from,
                   Context& context) {
  parked_->erase(expiry_key(parked.parked_at, parked_key));
  parked_->erase(parked_key);
  std::optional<RememberedId> known;
  TM_TRY(ids_->find({&parked.identity, 1}, parked.parked_at, {&known, 1}));
  if (known && known->place() == event.place()) {
    change_remembered(*ids_, parked.identity, *known, event);
  }
  ids_->note(event.place(), static_cast<std::uint8_t>(event.verdict), static_cast<std::uint16_t>(event.code),
             true);
  if (event.taken_back && event.verdict == Verdict::counted)
    ids_->note(event.place(), static_cast<std::uint8_t>(Verdict::voided), 0, true);
  count_move(from, event.verdict, context);
  if (event.verdict != Verdict::dead_letter) return {};
  return refuse(event.own_record(), event.code, event.message, context);
}

}  // namespace tidemark::processors

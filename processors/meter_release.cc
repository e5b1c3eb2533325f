// Parking, release and expiry of usage whose customer has no profile yet.
#include "processors/meter.h"
#include "processors/parked_event.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;

constexpr std::size_t kReleaseSlice = 1'000;

// The end of all keys that begin with `prefix`.
std::string prefix_end(std::string prefix) {
  while (!prefix.empty() && static_cast<std::uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  TM_ASSERT(!prefix.empty());
  prefix.back() = static_cast<char>(static_cast<std::uint8_t>(prefix.back()) + 1);
  return prefix;
}

}  // namespace

void Meter::park(const JudgedEvent& event) {
  const std::string key = parked_key(parked_prefix(event.event.tenant_id, event.event.customer_id),
                                     event.record->source, event.record->offset);
  parked_->put(key, encode_parked(event));
  parked_->put(expiry_key(event.stream_time, key), "");
  earliest_parked_ = std::min(earliest_parked_.value_or(event.stream_time), event.stream_time);
}

Status Meter::begin_release(std::string_view tenant, std::string_view customer) {
  const std::string prefix = parked_prefix(tenant, customer);
  auto first = parked_->scan(prefix, prefix_end(prefix), 1);
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
  auto oldest = parked_->scan("x", "y", 1);
  if (!oldest) return oldest.error();
  earliest_parked_.reset();
  if (!oldest->empty()) earliest_parked_ = parked_at_of(oldest->front().first);
  return {};
}

// In offset order; true when more is left. No record is taken before the release is done.
Result<bool> Meter::release_slice(Context& context) {
  const std::string& prefix = releasing_.front();
  auto rows = parked_->scan(prefix, prefix_end(prefix), kReleaseSlice);
  if (!rows) return rows.error();
  for (const auto& [key, value] : *rows) TM_TRY(release(key, value, context));
  if (rows->size() < kReleaseSlice) {
    parked_->erase(release_key(prefix));
    releasing_.pop_front();
  }
  return !releasing_.empty();
}

Status Meter::release(std::string_view key, std::string_view value, Context& context) {
  ParkedEvent parked;
  TM_TRY(decode_parked(value, parked));
  decoder_.begin_batch();
  JudgedEvent event;
  event.record = &parked.record;
  event.judged_arrival = parked.judged_arrival;
  event.stream_time = parked.parked_at;
  // Whose it is was settled when it was parked; the settings of decode may have changed since.
  auto outcome = decoder_.decode(parked.record, event.event);
  const CustomerOfKey owner = customer_of_parked_key(key);
  event.event.tenant_id = owner.tenant_id;
  event.event.customer_id = owner.customer_id;
  if (outcome.code != ErrorCode::none) {
    event.reject(outcome.code, std::move(outcome.message));
  } else if (parked.parked_at + config_.parked_span < context.stream_time()) {
    event.reject(ErrorCode::unknown_customer,
                 "no profile came within " + format_duration(config_.parked_span));
  } else {
    TM_TRY(find_customers({&event, 1}));
    TM_TRY(judge(event, *customers_.front(), context.watermark()));
    TM_ASSERT(event.verdict != Verdict::parked);  // a release begins with the profile of this very customer
  }
  return move_parked(key, parked.identity, event, context);
}

Status Meter::expire_parked(Context& context, bool& more) {
  if (!earliest_parked_ || *earliest_parked_ + config_.parked_span >= context.stream_time()) return {};
  const ArrivalTime oldest_kept = context.stream_time() - config_.parked_span;
  auto rows = parked_->scan("x", expiry_key(oldest_kept, ""), kReleaseSlice);
  if (!rows) return rows.error();
  for (const auto& [index, unused] : *rows) {
    const std::string key(parked_key_of(index));
    auto value = parked_->get(key);
    if (!value) return value.error();
    TM_ASSERT(value->has_value());
    ParkedEvent parked;
    TM_TRY(decode_parked(**value, parked));
    JudgedEvent event;
    event.record = &parked.record;
    event.stream_time = parked.parked_at;
    event.reject(ErrorCode::unknown_customer,
                 "no profile came within " + format_duration(config_.parked_span));
    TM_TRY(move_parked(key, parked.identity, event, context));
  }
  more = rows->size() == kReleaseSlice;
  auto oldest = parked_->scan("x", "y", 1);
  if (!oldest) return oldest.error();
  earliest_parked_.reset();
  if (!oldest->empty()) earliest_parked_ = parked_at_of(oldest->front().first);
  return {};
}

// parked -> counted, ignored or dead letter, counted by name; a dead letter's id is forgotten in the same
// epoch.
Status Meter::move_parked(std::string_view parked_key, const Hash128& identity, JudgedEvent& event,
                          Context& context) {
  parked_->erase(expiry_key(event.stream_time, parked_key));
  parked_->erase(parked_key);
  std::optional<RememberedId> remembered;
  TM_TRY(ids_->find({&identity, 1}, event.stream_time, {&remembered, 1}));
  const bool still_ours =
      remembered && remembered->offset == event.record->offset && remembered->source == event.record->source;
  if (still_ours && event.verdict == Verdict::dead_letter) {
    ids_->forget(identity);
  } else if (still_ours) {
    remembered->verdict = static_cast<std::uint8_t>(event.verdict);
    ids_->remember(identity, *remembered);
  }
  ids_->note(event.record->source, event.record->offset, static_cast<std::uint8_t>(event.verdict),
             static_cast<std::uint16_t>(event.code), true);
  context.count(context.counter("tidemark_verdicts_moved_total",
                                "Verdicts changed later: parked to something else.",
                                {{"from", "parked"}, {"to", std::string(name_of(event.verdict))}}));
  if (event.verdict == Verdict::dead_letter) return refuse(*event.record, event.code, event.message, context);
  return {};
}

}  // namespace tidemark::processors

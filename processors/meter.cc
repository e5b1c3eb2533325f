#include "processors/meter.h"

#include <algorithm>

#include "processors/parked_event.h"
#include "tidemark/partitioner.h"

namespace tidemark::processors {
namespace {

using schemas::DeltaKind;
using schemas::ErrorCode;

constexpr std::size_t kListedMax = 20'000;

// True when the quantity has no more than `scale` decimals.
bool fits_scale(Quantity quantity, int scale) {
  int128 unit = 1;
  for (int i = scale; i < kQuantityScale; ++i) unit *= 10;
  return quantity.scaled() % unit == 0;
}

}  // namespace

Status Meter::open(Context& context) {
  windows_ = &context.keyed_store("windows");
  parked_ = &context.keyed_store("parked");
  ids_ = &context.id_store("event_ids");
  state_ = &UsageState::of(*windows_);
  state_->set_epoch(context.epoch());
  customers_source_ = context.source("customers");
  return load_releases();
}

Status Meter::process(Batch batch, Context& context) {
  state_->set_epoch(context.epoch());
  if (batch.holds<JudgedEvent>()) return process_events(batch.as<JudgedEvent>(), context);
  for (const RecordView& record : batch.as<RecordView>()) TM_TRY(process_table(record, context));
  return {};
}

Status Meter::process_events(std::span<JudgedEvent> events, Context& context) {
  EventTime watermark = context.watermark();
  while (!events.empty()) {
    const auto slice = events.first(std::min(events.size(), UsageState::kCustomersAtOnce));
    events = events.subspan(slice.size());
    TM_TRY(find_customers(slice));
    auto customer = customers_.begin();
    for (JudgedEvent& event : slice) {
      if (event.verdict == Verdict::none) TM_TRY(judge(event, **customer++, watermark));
      if (event.verdict == Verdict::dead_letter || event.verdict == Verdict::rerouted) continue;
      // The kind of a record is decided by the watermark before it; only then does it move the watermark.
      const EventTime seen = std::min<EventTime>(event.event.event_time, event.judged_arrival);
      watermark = std::max(watermark, seen - config_.disorder);
    }
  }
  context.advance_watermark(watermark);
  return {};
}

// Of the events to be judged, in their order, into customers_.
Status Meter::find_customers(std::span<const JudgedEvent> events) {
  names_.clear();
  for (const JudgedEvent& event : events) {
    if (event.verdict == Verdict::none) names_.push_back({event.event.tenant_id, event.event.customer_id});
  }
  customers_.resize(names_.size());
  TM_TRY(state_->find_customers(names_, customers_));
  auto customer = customers_.begin();
  for (const JudgedEvent& event : events) {
    if (event.verdict != Verdict::none) continue;
    for (const std::uint16_t meter : catalog_.meters_for(event.event.type))
      state_->prefetch_window(**customer, meter, event.event.event_time);
    ++customer;
  }
  return {};
}

Status Meter::judge(JudgedEvent& event, CustomerState& customer, EventTime watermark) {
  if (customer.known) return book(event, customer, watermark);
  park(event);
  event.verdict = Verdict::parked;
  return {};
}

// All meters of the event are checked before the first is changed: one bad, and the event is a dead letter.
Status Meter::book(JudgedEvent& event, CustomerState& customer, EventTime watermark) {
  const auto meters = catalog_.meters_for(event.event.type);
  if (meters.empty()) {
    event.verdict = Verdict::ignored;
    return {};
  }
  bookings_.clear();
  for (const std::uint16_t index : meters) {
    const MeterDefinition& meter = catalog_.meters()[index];
    const Quantity amount =
        meter.aggregation == Aggregation::count ? Quantity::from_integer(1) : event.event.value;
    if (!fits_scale(amount, meter.scale)) {
      event.reject(ErrorCode::value_too_precise, "value " + to_string(amount) + " has more than the " +
                                                     std::to_string(meter.scale) + " decimals of meter " +
                                                     meter.name);
      return {};
    }
    auto row = find_window(customer, event.event, index);
    if (!row) return row.error();
    if (!Quantity::add((*row)->total, amount)) {
      event.reject(ErrorCode::value_overflow, "meter " + meter.name + " would leave its range at " +
                                                  to_string(amount) + " more than " +
                                                  to_string((*row)->total));
      return {};
    }
    const bool closed = is_closed((*row)->key.period.end, watermark);
    bookings_.push_back({*row, amount, closed ? DeltaKind::correction : DeltaKind::usage});
  }
  for (const Booking& booking : bookings_) {
    if (booking.kind == DeltaKind::correction) booking.row->closed = true;
    booking.row->book(booking.kind, booking.amount, event.event.event_time, event.record->source,
                      event.record->offset);
    state_->touch(*booking.row);
  }
  event.verdict = Verdict::counted;
  return {};
}

Result<WindowRow*> Meter::find_window(CustomerState& customer, const schemas::UsageEvent& event,
                                      std::uint16_t meter) {
  if (WindowRow* recent = state_->recent_window(customer, meter, event.event_time)) return recent;
  const billing::Period period = customer.grid->containing(event.event_time);
  return state_->window(customer, event.tenant_id, event.customer_id, meter, catalog_.meters()[meter].name,
                        period);
}

bool Meter::is_closed(EventTime period_end, EventTime watermark) const {
  return watermark != kEventTimeMin && watermark >= period_end + config_.grace;
}

Result<Backlog> Meter::drain(Context& context) {
  if (!releasing_.empty()) {
    auto more = release_slice(context);
    if (!more) return more.error();
    if (*more) return Backlog::blocking;
  }
  bool more = false;
  TM_TRY(expire_parked(context, more));
  auto earliest = state_->earliest_open_end();
  if (!earliest) return earliest.error();
  // What is listed stays in memory until it is told: no more at a time than is told at a time, roughly.
  if (*earliest && is_closed(**earliest, context.watermark()) && state_->to_emit().size() < kListedMax) {
    auto listed = state_->list_closed(context.watermark() - config_.grace);
    if (!listed) return listed.error();
    more = more || *listed;
  }
  return more ? Backlog::some : Backlog::none;
}

Status Meter::end_epoch(Context& context) {
  state_->set_epoch(context.epoch());
  return {};
}

Status Meter::process_table(const RecordView& record, Context& context) {
  if (record.source != customers_source_) {
    return refuse(record, ErrorCode::command_unsupported, "commands are not carried out yet", context);
  }
  return read_profile(record, context);
}

Status Meter::refuse(const RecordView& record, ErrorCode code, const std::string& message, Context& context) {
  context.count(context.counter("tidemark_dead_letters_total", "Dead letters by code.",
                                {{"code", std::string(schemas::name_of(code))}}));
  return context.dead_letter(record, schemas::name_of(code), message);
}

Status Meter::read_profile(const RecordView& record, Context& context) {
  auto key = schemas::decode_customer_key(record.key);
  if (!key) return refuse(record, ErrorCode::profile_invalid, key.error().message, context);
  if (home_partition(key->customer_id, context.partition_count()) != context.partition()) {
    return refuse(record, ErrorCode::wrong_partition, "a profile belongs to its customer's partition",
                  context);
  }
  auto before = state_->profile(key->tenant_id, key->customer_id);
  if (!before) return before.error();
  if (!record.has_value) {  // a tombstone: the grid is kept, to compare a later profile with
    if (before->has_value()) {
      (*before)->ended = true;
      state_->put_profile(key->tenant_id, key->customer_id, **before);
    }
    return {};
  }
  constexpr std::size_t kProfileBytesMax = 64 * 1024;
  if (record.value.size() > kProfileBytesMax) {
    return refuse(record, ErrorCode::profile_invalid, "a profile has at most 64 KiB", context);
  }
  auto profile = schemas::decode_profile(record.value, key->tenant_id);
  if (!profile) return refuse(record, ErrorCode::profile_invalid, profile.error().message, context);
  if (profile->tenant_id != key->tenant_id || profile->customer_id != key->customer_id) {
    return refuse(record, ErrorCode::profile_invalid, "key and value name different customers", context);
  }
  if (profile->versions.size() != 1) {
    return refuse(record, ErrorCode::profile_unsupported, "more than one version", context);
  }
  const schemas::ProfileVersion& version = profile->versions.front();
  auto grid = billing::PeriodGrid::make(billing::grid_rule(version));
  if (!grid) {
    if (grid.error().disposition == Disposition::fatal) return grid.error();  // this machine's fault
    return refuse(record, ErrorCode::profile_invalid, grid.error().message, context);
  }
  if (before->has_value()) {
    auto old = schemas::decode_profile((*before)->profile_json, key->tenant_id);
    TM_ASSERT(old.has_value());
    auto old_grid = grid_in_effect(old->versions.front());
    if (!old_grid) return old_grid.error();
    if (grid->rule() != old_grid->rule()) {
      return refuse(record, ErrorCode::profile_unsupported, "a change of time zone or interval", context);
    }
  }
  state_->put_profile(key->tenant_id, key->customer_id, {schemas::encode_profile(*profile), false});
  return begin_release(key->tenant_id, key->customer_id);
}

}  // namespace tidemark::processors

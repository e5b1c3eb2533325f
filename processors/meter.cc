#include "processors/meter.h"

#include <algorithm>

#include "processors/commands.h"
#include "processors/profiles.h"
#include "tidemark/bytes.h"
#include "tidemark/planted_bugs.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;

constexpr std::size_t kListedMax = 20'000;
constexpr std::chrono::minutes kPurgeStep{1};  // how far the floor moves before it is looked at again
constexpr std::string_view kNewestRekeyedKey = "a";

schemas::DecodeOptions with_paths(schemas::DecodeOptions options, const MeterCatalog& catalog) {
  options.paths = catalog.paths();
  return options;
}

}  // namespace

Meter::Meter(MeterConfig config, MeterCatalog catalog)
    : config_(std::move(config)),
      catalog_(std::move(catalog)),
      decoder_(with_paths(config_.format, catalog_)),
      waiting_decoder_(with_paths(config_.format, catalog_)) {}

Status Meter::open(Context& context) {
  windows_ = &context.keyed_store("windows");
  parked_ = &context.keyed_store("parked");
  ids_ = &context.id_store("event_ids");
  state_ = &UsageState::of(*windows_);
  state_->set_epoch(context.epoch());
  state_->set_purges(config_.keep_after_end.has_value());
  carry_over_.emplace(*windows_, *state_, catalog_);
  bookings_.emplace(BookingRules{config_.grace, config_.keep_after_end, config_.format.json_floats}, catalog_,
                    *windows_, *state_, *carry_over_);
  customers_source_ = context.source("customers");
  if (config_.idle) {
    idle_rule_ = {.after = config_.idle->after, .sources = {}};
    for (const std::string& name : config_.idle->sources) idle_rule_->sources.push_back(context.source(name));
    if (config_.idle->rekeyed_source)
      idle_rule_->unheard.push_back(context.source(*config_.idle->rekeyed_source));
  }
  last_order_ = {};
  purged_until_.reset();
  TM_TRY(load_newest_rekeyed());
  const ArrivalTime newest = std::max(context.stream_time(), newest_rekeyed_);
  const bool counted = newest != kArrivalMin;
  TM_TRY(history_.open(
      *windows_, catalog_,
      counted ? EventTime(newest) + config_.max_future + std::chrono::nanoseconds(1) : kEventTimeMin));
  TM_TRY(carry_over_->open());
  return load_releases();
}

Status Meter::process(Batch batch, Context& context) {
  state_->set_epoch(context.epoch());
  TM_TRY(begin_generation(context));
  if (batch.holds<JudgedEvent>()) return process_events(batch.as<JudgedEvent>(), context);
  for (const RecordView& record : batch.as<RecordView>()) TM_TRY(process_table(record, context));
  return {};
}

// Before anything is counted with meters that are others than before.
Status Meter::begin_generation(Context& context) {
  if (!history_.is_new()) return {};
  for (const auto& [code, message] : history_.remarks()) context.notice(code, message);
  history_.save(*windows_);
  return carry_over_->resume_all();
}

Status Meter::process_events(std::span<JudgedEvent> events, Context& context) {
  EventTime watermark = context.watermark();
  while (!events.empty()) {
    const auto slice = events.first(std::min(events.size(), UsageState::kCustomersAtOnce));
    events = events.subspan(slice.size());
    TM_TRY(find_customers(slice));
    auto customer = customers_.begin();
    for (JudgedEvent& event : slice) {
      if (event.verdict == Verdict::none)
        TM_TRY(
            judge(event, **customer++, {watermark, next_order(context.epoch()), event.taken_at()}, context));
      if (event.verdict == Verdict::dead_letter || event.verdict == Verdict::rerouted) continue;
      if (event.rekeyed) {
        newest_rekeyed_ = std::max(newest_rekeyed_, event.taken_at());
        if (!TM_PLANTED_BUG(rekeyed_moves_watermark)) continue;
      }
      // The kind of a record is decided by the watermark before it; only then does it move the watermark.
      const EventTime seen = std::min<EventTime>(event.event.event_time, event.judged_arrival);
      watermark = std::max(watermark, seen - config_.disorder);
    }
  }
  context.advance_watermark(watermark);
  return {};
}

TakenOrder Meter::next_order(EpochNumber epoch) {
  if (last_order_.epoch != epoch) last_order_ = {epoch, 0};
  ++last_order_.number;
  return last_order_;
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

Status Meter::judge(JudgedEvent& event, CustomerState& customer, const Moment& moment, Context& context) {
  event.tag = history_.generation();
  if (!customer.known) {
    park(parked_prefix(event.event.tenant_id, event.event.customer_id), event, moment);
    event.verdict = Verdict::parked;
    return {};
  }
  return event.is_void() ? judge_void(event, customer, moment, context)
                         : count(event, customer, moment, context);
}

Status Meter::count(JudgedEvent& event, CustomerState& customer, const Moment& moment, Context& context) {
  bookings_->measure(event, customer, Direction::add);
  if (event.verdict == Verdict::dead_letter) return {};
  TM_TRY(bookings_->check(event, customer, moment, Direction::add));
  if (event.verdict == Verdict::dead_letter) return {};
  TM_TRY(bookings_->apply(event, Direction::add));
  event.verdict = bookings_->empty() ? Verdict::ignored : Verdict::counted;
  return event.voids_wait ? settle_waiting(event, customer, moment, context) : Status();
}

Result<Backlog> Meter::drain(Context& context) {
  // What belongs before the next record of any source.
  if (carry_over_->is_due(context.watermark())) {
    TM_TRY(carry_over_->open_slice(context.watermark()));
    if (carry_over_->is_due(context.watermark())) return Backlog::blocking;
  }
  if (!releasing_.empty()) {
    TM_TRY(begin_generation(context));
    auto more = release_slice(context);
    if (!more) return more.error();
    if (*more) return Backlog::blocking;
  }
  bool more = false;
  TM_TRY(expire_parked(context, more));
  TM_TRY(close_windows(context, more));
  TM_TRY(purge_windows(context, more));
  return more ? Backlog::some : Backlog::none;
}

// As a record would that arrived now, and happened now. What it closes and opens is done by drain().
Status Meter::idle(ArrivalTime broker_time, Context& context) {
  context.advance_watermark(EventTime(broker_time) - config_.disorder);
  return {};
}

Status Meter::close_windows(Context& context, bool& more) {
  auto earliest = state_->earliest_open_end();
  if (!earliest) return earliest.error();
  // What is listed stays in memory until it is told: no more at a time than is told at a time, roughly.
  const bool due = *earliest && bookings_->is_closed(**earliest, context.watermark());
  if (!due || state_->to_emit().size() >= kListedMax) return {};
  auto listed = state_->list_closed(context.watermark() - config_.grace);
  if (!listed) return listed.error();
  more = more || *listed;
  return {};
}

Status Meter::purge_windows(Context& context, bool& more) {
  const auto floor = bookings_->purge_floor(context.stream_time());
  if (!floor || (purged_until_ && *floor - *purged_until_ < kPurgeStep)) return {};
  auto left = state_->purge(*floor, [this](const WindowRow& row) { return carry_over_->is_needed(row); });
  if (!left) return left.error();
  if (!*left) purged_until_ = floor;
  more = more || *left;
  return {};
}

// Meters that change must not rule what was counted before they did, wherever the dedup clock stands.
Status Meter::load_newest_rekeyed() {
  auto row = windows_->get(kNewestRekeyedKey);
  if (!row) return row.error();
  newest_rekeyed_ = kArrivalMin;
  if (row->has_value()) {
    ByteReader in(**row);
    newest_rekeyed_ = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
    if (!in.at_end()) return windows_corrupt("the newest arrival of what was brought home");
  }
  stored_rekeyed_ = newest_rekeyed_;
  return {};
}

void Meter::save_newest_rekeyed() {
  if (newest_rekeyed_ == stored_rekeyed_) return;
  std::string bytes;
  ByteWriter(bytes).signed_varint(newest_rekeyed_.time_since_epoch().count());
  windows_->put(kNewestRekeyedKey, bytes);
  stored_rekeyed_ = newest_rekeyed_;
}

Status Meter::end_epoch(Context& context) {
  state_->set_epoch(context.epoch());
  save_newest_rekeyed();
  report(context);
  return {};
}

void Meter::report(Context& context) {
  if (const std::int64_t customers = state_->take_frozen_customers(); customers > 0) {
    context.notice("time_zone_rules_changed",
                   std::to_string(customers) + " customers have periods that time-zone data " +
                       billing::tzdb_version() +
                       " would cut otherwise: what exists stays, later periods follow the new data");
  }
  for (const std::string& what : carry_over_->take_refused()) context.notice("opening_overflow", what);
}

Status Meter::process_table(const RecordView& record, Context& context) {
  if (record.source != customers_source_) return process_command(record, context);
  Profiles profiles(*state_, context.watermark());
  auto read = profiles.read(record, context.partition(), context.partition_count());
  if (!read) return read.error();
  if (read->code != ErrorCode::none) return refuse(record, read->code, read->message, context);
  if (read->late) context.notice("profile_late", read->message);
  if (!read->known) return {};
  TM_TRY(carry_over_->resume(read->tenant_id, read->customer_id));
  return begin_release(read->tenant_id, read->customer_id);
}

Status Meter::process_command(const RecordView& record, Context& context) {
  const auto read = Commands(*state_).carry_out(record, context.partition(), context.partition_count());
  if (!read) return read.error();
  if (read->code != ErrorCode::none) return refuse(record, read->code, read->message, context);
  context.count(context.counter("tidemark_commands_total", "Commands carried out.", {{"command", "rebase"}}));
  return {};
}

Status Meter::refuse(const RecordView& record, ErrorCode code, const std::string& message, Context& context) {
  context.count(context.counter("tidemark_dead_letters_total", "Dead letters by code.",
                                {{"code", std::string(schemas::name_of(code))}}));
  return context.dead_letter(record, schemas::name_of(code), message);
}

}  // namespace tidemark::processors

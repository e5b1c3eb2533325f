#include "processors/bookings.h"

#include "processors/distinct_values.h"

namespace tidemark::processors {
namespace {

using schemas::DeltaKind;
using schemas::ErrorCode;

void reject_overflow(JudgedEvent& event, const MeterDefinition& meter, Quantity value, const WindowRow& row) {
  event.reject(ErrorCode::value_overflow, "meter " + meter.name + " would leave its range at " +
                                              to_string(value) + " more than " + to_string(row.total));
}

}  // namespace

Bookings::Bookings(const BookingRules& rules, const MeterCatalog& catalog, KeyedStore& windows,
                   UsageState& state, CarryOver& carry_over)
    : rules_(rules),
      catalog_(catalog),
      windows_(windows),
      state_(state),
      carry_over_(carry_over),
      measure_(rules.json_floats) {}

void Bookings::measure(JudgedEvent& event, CustomerState& customer, Direction direction, const Feeds& feeds) {
  entries_.clear();
  const auto meters = catalog_.meters_for(event.event.type);
  if (meters.empty()) return;
  const billing::Period& period = customer.period_of(event.event.event_time);
  for (const std::uint16_t index : meters) {
    const MeterDefinition& meter = catalog_.meters()[index];
    if (feeds && !feeds(meter)) continue;
    const MeterVersion* version = meter.ruling(period, event.event.event_time);
    if (version == nullptr) continue;
    Measured measured = measure_.of(event.event, meter, *version, direction == Direction::take_back, group_);
    if (!measured.wanted) continue;
    if (measured.code != ErrorCode::none) return event.reject(measured.code, std::move(measured.message));
    entries_.push_back({&meter, version, index, measured.value, measured.distinct, group_});
  }
}

const MeterDefinition* Bookings::find_unsupported() const {
  for (const Entry& entry : entries_) {
    if (!is_additive(entry.version->aggregation)) return entry.definition;
  }
  return nullptr;
}

std::optional<EventTime> Bookings::purge_floor(ArrivalTime stream_time) const {
  if (!rules_.keep_after_end || stream_time == kArrivalMin) return std::nullopt;
  return EventTime(stream_time) - *rules_.keep_after_end;
}

bool Bookings::is_purged(const billing::Period& period, ArrivalTime stream_time) const {
  const auto floor = purge_floor(stream_time);
  return period.end < state_.purged_before() || (floor && period.end < *floor);
}

Status Bookings::check(JudgedEvent& event, CustomerState& customer, const Moment& moment,
                       Direction direction) {
  changes_.clear();
  samples_.clear();
  chains_.clear();
  if (entries_.empty()) return {};
  const billing::Period& period = customer.period_of(event.event.event_time);
  if (is_purged(period, event.stream_time)) {
    event.reject(ErrorCode::period_purged,
                 "the period that ended at " + format_rfc3339(period.end) + " is not kept any more");
    return {};
  }
  for (const Entry& entry : entries_) {
    TM_TRY(check_entry(entry, event, customer, moment, direction));
    if (event.verdict == Verdict::dead_letter) return {};
  }
  return {};
}

Status Bookings::check_entry(const Entry& entry, JudgedEvent& event, CustomerState& customer,
                             const Moment& moment, Direction direction) {
  const WindowName name{event.event.tenant_id, event.event.customer_id, entry.definition->name, entry.group};
  const bool carries = entry.definition->carry_over;
  std::optional<Chain> chain;
  if (carries) {
    auto known = carry_over_.bring_up(customer, entry.meter, name, moment.watermark);
    if (!known) return known.error();
    chain = *std::move(known);
  }
  auto row = state_.window(customer, entry.meter, name, customer.period_of(event.event.event_time));
  if (!row) return row.error();
  Change change;
  change.row = *row;
  change.version = entry.version->number;
  change.entry = &entry;
  const bool closed = is_closed((*row)->key.period.end, moment.watermark);
  change.kind = closed ? DeltaKind::correction : DeltaKind::usage;

  const Aggregation aggregation = entry.version->aggregation;
  Sample sample{entry.value, event.event.event_time, moment.order};
  if (aggregation == Aggregation::unique) {
    TM_TRY(check_distinct(entry, change, sample, event));
    if (event.verdict == Verdict::dead_letter) return {};
  }
  if (!keeps_samples(aggregation, carries)) {
    const auto total = direction == Direction::add ? Quantity::add((*row)->total, sample.value)
                                                   : Quantity::subtract((*row)->total, sample.value);
    if (!total) {
      reject_overflow(event, *entry.definition, sample.value, **row);
      return {};
    }
    change.total = *total;
    changes_.push_back(change);
    return {};
  }
  const auto figure = direction == Direction::add ? with_sample(aggregation, (*row)->figure(), sample)
                                                  : without_sample(aggregation, (*row)->figure(), sample);
  if (!figure) {
    reject_overflow(event, *entry.definition, sample.value, **row);
    return {};
  }
  change.total = figure->total;
  change.samples = keep_samples(figure->samples);
  changes_.push_back(change);
  if (!carries) return {};
  return follow(entry, name, std::move(chain), *figure, event, customer, moment.watermark);
}

Status Bookings::check_distinct(const Entry& entry, Change& change, Sample& sample, JudgedEvent& event) {
  auto known = DistinctValues(windows_).contains(change.row->encoded_key, entry.distinct);
  if (!known) return known.error();
  change.is_new_value = !*known;
  sample.value = Quantity::from_integer(*known ? 0 : 1);
  if (*known || change.row->total < Quantity::from_integer(entry.version->distinct_max)) return {};
  event.reject(ErrorCode::unique_limit, "meter " + entry.definition->name + " holds " +
                                            std::to_string(entry.version->distinct_max) +
                                            " distinct values in this period, its distinct_max");
  return {};
}

Status Bookings::follow(const Entry& entry, const WindowName& name, std::optional<Chain> chain,
                        const Figure& figure, JudgedEvent& event, CustomerState& customer,
                        EventTime watermark) {
  follow_ups_.clear();
  std::optional<Chain> before = chain;
  const WindowRow& row = *changes_.back().row;
  auto fits = carry_over_.follow(customer, entry.meter, name, watermark, row, figure, chain, follow_ups_);
  if (!fits) return fits.error();
  if (!*fits) {
    reject_overflow(event, *entry.definition, entry.value, row);
    return {};
  }
  for (const FollowUp& next : follow_ups_) {
    const bool closed = is_closed(next.row->key.period.end, watermark);
    Change& change = changes_.emplace_back();
    change.row = next.row;
    change.total = next.figure.total;
    change.version = next.version;
    change.samples = keep_samples(next.figure.samples);
    change.kind = closed ? DeltaKind::correction : DeltaKind::usage;
  }
  if (chain != before) chains_.push_back({std::move(before), *std::move(chain)});
  return {};
}

std::int32_t Bookings::keep_samples(const Samples& samples) {
  samples_.push_back(samples);
  return static_cast<std::int32_t>(samples_.size() - 1);
}

Status Bookings::apply(const JudgedEvent& cause, Direction direction) {
  for (const Change& change : changes_) {
    WindowRow& row = *change.row;
    if (change.kind == DeltaKind::correction) row.closed = true;
    if (!row.indexed) row.meter_version = change.version;
    if (change.samples >= 0) {
      const Samples& samples = samples_[static_cast<std::size_t>(change.samples)];
      if (row.samples)
        *row.samples = samples;
      else
        row.samples = std::make_unique<Samples>(samples);
    }
    const bool is_own = change.entry != nullptr;
    const int own_events = direction == Direction::add ? 1 : -1;
    row.move(change.kind, change.total,
             {.events = is_own ? own_events : 0,
              .event_time = is_own ? cause.event.event_time : row.key.period.start,
              .place = cause.place()});
    if (change.is_new_value) DistinctValues(windows_).add(row.encoded_key, change.entry->distinct);
    state_.touch(row);
  }
  for (const auto& [before, after] : chains_) carry_over_.keep(before, after);
  return {};
}

}  // namespace tidemark::processors

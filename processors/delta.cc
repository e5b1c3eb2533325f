#include "processors/delta.h"

namespace tidemark::processors {
namespace {

using schemas::DeltaKind;

constexpr std::size_t kRowsPerEpoch = 20'000;

}  // namespace

Status Delta::open(Context& context) {
  state_ = &UsageState::of(context.keyed_store("windows"));
  TM_TRY(find_sinks(context));
  emitted_at_ = kArrivalMin;
  for (const MeterDefinition& meter : catalog_.meters()) late_policies_[meter.name] = meter.late;
  const char* help = "Deltas emitted, by kind.";
  deltas_ = context.counter("tidemark_deltas_emitted_total", help, {{"kind", "usage"}});
  corrections_ = context.counter("tidemark_deltas_emitted_total", help, {{"kind", "correction"}});
  rebases_ = context.counter("tidemark_deltas_emitted_total", help, {{"kind", "rebase"}});
  return {};
}

Status Delta::find_sinks(const Context& context) {
  const auto totals = context.sink("totals");
  if (!totals) return totals.error();
  const auto deltas = context.sink("deltas");
  if (!deltas) return deltas.error();
  totals_sink_ = *totals;
  deltas_sink_ = *deltas;
  return {};
}

bool Delta::is_due(const Context& context) const {
  const ArrivalTime now = context.wall_clock_time();
  const bool clock_was_set_back = now < emitted_at_;
  return !state_->to_emit().empty() && (clock_was_set_back || now - emitted_at_ >= config_.emit_every);
}

// Nothing is sent here: an epoch is asked for, and sends at its end.
Result<Backlog> Delta::drain(Context& context) {
  return is_due(context) ? Backlog::some : Backlog::none;
}

Status Delta::end_epoch(Context& context) {
  if (!is_due(context)) return {};
  const auto rows = state_->to_emit().first(std::min(state_->to_emit().size(), kRowsPerEpoch));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    prefetch_row(rows, i + kRowsAhead);
    TM_TRY(emit(*rows[i], context));
  }
  state_->drop_emitted(rows.size());
  if (state_->to_emit().empty()) emitted_at_ = context.wall_clock_time();
  return {};
}

Status Delta::emit(WindowRow& row, Context& context) {
  if (!row.has_something_to_emit()) return {};
  key_.clear();
  schemas::append_usage_key(key_, usage_key(row.key));
  // What was told so far is the total less all that is pending; going back over the pending deltas one by one
  // never leaves the range, because each of these sums was a running total.
  totals_before_.clear();
  Quantity total = row.total;
  for (std::size_t kind = row.pending.size(); kind-- > 0;) {
    for (std::size_t i = row.pending[kind].size(); i-- > 0;) {
      const auto before = Quantity::subtract(total, row.pending[kind][i].amount);
      TM_ASSERT(before.has_value());
      total = *before;
      totals_before_.push_back(total);
    }
  }
  for (std::size_t kind = 0; kind < row.pending.size(); ++kind) {
    for (const PendingDelta& pending : row.pending[kind]) {
      TM_TRY(emit_delta(row, static_cast<DeltaKind>(kind), pending, totals_before_.back(), context));
      totals_before_.pop_back();
    }
    row.pending[kind].clear();
  }
  if (row.rebase_asked) TM_TRY(emit_rebase(row, context));
  ++row.revision;
  row.final_emitted = row.closed;
  value_.clear();
  schemas::append_usage_total(value_, {.key = usage_key(row.key),
                                       .total = row.total,
                                       .event_count = row.event_count(),
                                       .voided = row.voided,
                                       .revision = row.revision,
                                       .final = row.closed,
                                       .watermark = context.watermark(),
                                       .meter_version = row.meter_version});
  state_->mark_changed(row);
  const OutputRecord record{.key = key_, .value = value_, .has_value = true, .headers = {}};
  return context.send(totals_sink_, {&record, 1});
}

// A change of nothing. It has no event, so its times are the period's start.
Status Delta::emit_rebase(WindowRow& row, Context& context) {
  PendingDelta nothing;
  nothing.first_event_time = nothing.last_event_time = row.key.period.start;
  nothing.ranges.push_back(*row.rebase_asked);
  row.rebase_asked.reset();
  return emit_delta(row, DeltaKind::rebase, nothing, row.total, context);
}

Status Delta::emit_delta(WindowRow& row, DeltaKind kind, const PendingDelta& pending, Quantity previous_total,
                         Context& context) {
  source_.clear();
  for (const OffsetRange& range : pending.ranges) {
    source_.push_back({context.source_topic(range.source), context.partition(), range.first, range.last});
  }
  const auto total = Quantity::add(previous_total, pending.amount);
  TM_ASSERT(total.has_value());
  value_.clear();
  schemas::append_usage_delta(value_, {.key = usage_key(row.key),
                                       .seq = ++row.seq,
                                       .kind = kind,
                                       .previous_total = previous_total,
                                       .delta = pending.amount,
                                       .total = *total,
                                       .event_count = pending.event_count,
                                       .first_event_time = pending.first_event_time,
                                       .last_event_time = pending.last_event_time,
                                       .source = source_,
                                       .epoch = context.epoch(),
                                       .meter_version = row.meter_version,
                                       .late = late_policies_.contains(row.key.meter)
                                                   ? std::string_view(late_policies_.at(row.key.meter))
                                                   : std::string_view("carry_forward")});
  context.count(kind == DeltaKind::usage ? deltas_ : kind == DeltaKind::rebase ? rebases_ : corrections_);
  const OutputRecord record{.key = key_, .value = value_, .has_value = true, .headers = {}};
  return context.send(deltas_sink_, {&record, 1});
}

}  // namespace tidemark::processors

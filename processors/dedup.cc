#include "processors/dedup.h"

#include <bit>

#include "tidemark/planted_bugs.h"

namespace tidemark::processors {

using schemas::ErrorCode;

Status Dedup::open(Context& context) {
  ids_ = &context.id_store("event_ids");
  horizon_ = ids_->horizon();
  verdict_counters_.clear();
  code_counters_.clear();
  return {};
}

Status Dedup::process(Batch batch, Context& context) {
  const auto events = batch.as<JudgedEvent>();
  assign_slots(events);
  found_.assign(slot_ids_.size(), std::nullopt);
  TM_TRY(ids_->find(slot_ids_, context.stream_time(), found_));
  for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].remembered = found_[i];

  std::size_t run_begin = 0;
  const auto slots = std::span<const std::uint32_t>(slot_of_);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].verdict != Verdict::none) continue;
    Slot& slot = slots_[slot_of_[i]];
    if (slot.in_run && !TM_PLANTED_BUG(in_batch_dedup_removed)) {
      TM_TRY(hand_on(events.subspan(run_begin, i - run_begin), slots.subspan(run_begin, i - run_begin),
                     context));
      run_begin = i;
    }
    judge(events[i], slot);
  }
  return hand_on(events.subspan(run_begin), slots.subspan(run_begin), context);
}

void Dedup::assign_slots(std::span<const JudgedEvent> events) {
  slots_.clear();
  slot_ids_.clear();
  slot_of_.assign(events.size(), kNoSlot);
  const std::size_t capacity = std::bit_ceil(events.size() * 2 + 1);
  table_.assign(capacity, 0);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].verdict != Verdict::none) continue;
    const Hash128& id = events[i].event.identity;
    std::size_t at = id.low & (capacity - 1);
    while (table_[at] != 0 && slot_ids_[table_[at] - 1] != id) at = (at + 1) & (capacity - 1);
    if (table_[at] == 0) {
      slot_ids_.push_back(id);
      slots_.emplace_back();
      table_[at] = static_cast<std::uint32_t>(slots_.size());
    }
    slot_of_[i] = table_[at] - 1;
  }
}

// Exact, whatever the store still holds: an id older than its span is unknown before the record that moved
// the clock is judged.
bool Dedup::is_live(const RememberedId& id, ArrivalTime stream_time) const {
  if (id.verdict == static_cast<std::uint8_t>(Verdict::parked) &&
      id.inserted_at + config_.parked_span < stream_time) {
    return false;
  }
  return !horizon_ || id.inserted_at + *horizon_ >= stream_time;
}

void Dedup::judge(JudgedEvent& event, Slot& slot) const {
  if (slot.remembered && is_live(*slot.remembered, event.stream_time)) {
    if (slot.remembered->fingerprint == event.event.fingerprint) {
      event.verdict = Verdict::duplicate;
    } else {
      event.reject(ErrorCode::event_id_conflict, "the same event_id came with other content at offset " +
                                                     std::to_string(slot.remembered->offset.value()));
    }
    return;
  }
  slot.in_run = true;
}

Status Dedup::hand_on(std::span<JudgedEvent> run, std::span<const std::uint32_t> slots, Context& context) {
  if (run.empty()) return {};
  TM_TRY(context.forward(Batch::of(run)));
  for (std::size_t i = 0; i < run.size(); ++i) {
    TM_ASSERT(run[i].verdict != Verdict::none);
    write_down(run[i], slots[i] == kNoSlot ? nullptr : &slots_[slots[i]]);
    count(run[i], context);
    if (run[i].verdict == Verdict::dead_letter) {
      TM_TRY(context.dead_letter(*run[i].record, schemas::name_of(run[i].code), run[i].message));
    }
  }
  return {};
}

// Only ids of counted, ignored, parked and voided records are remembered; a dead letter's never is, so that
// it can be mended and sent again.
void Dedup::write_down(const JudgedEvent& event, Slot* slot) {
  const RecordView& record = *event.record;
  const auto verdict = static_cast<std::uint8_t>(event.verdict);
  const bool is_remembered = event.verdict == Verdict::counted || event.verdict == Verdict::ignored ||
                             event.verdict == Verdict::parked || event.verdict == Verdict::voided;
  if (slot != nullptr) slot->in_run = false;
  if (!is_remembered) {
    ids_->note(record.source, record.offset, verdict, static_cast<std::uint16_t>(event.code), false);
    return;
  }
  const RememberedId remembered{.fingerprint = event.event.fingerprint,
                                .offset = record.offset,
                                .inserted_at = event.stream_time,
                                .source = record.source,
                                .verdict = verdict};
  ids_->remember(event.event.identity, remembered);
  slot->remembered = remembered;
}

void Dedup::count(const JudgedEvent& event, Context& context) {
  const std::size_t source = event.record->source.value();
  if (verdict_counters_.size() <= source) verdict_counters_.resize(source + 1);
  auto& counters = verdict_counters_[source];
  if (counters.empty()) {
    for (const std::string_view name : kVerdictNames) {
      counters.push_back(context.counter("tidemark_verdicts_total",
                                         "Consumed records by the one verdict each gets.",
                                         {{"topic", std::string(context.source_topic(event.record->source))},
                                          {"partition", std::to_string(context.partition().value())},
                                          {"verdict", std::string(name)}}));
    }
  }
  context.count(counters[static_cast<std::size_t>(event.verdict)]);
  if (event.verdict != Verdict::dead_letter) return;
  const auto code = static_cast<std::uint16_t>(event.code);
  auto known = code_counters_.find(code);
  if (known == code_counters_.end()) {
    const CounterId counter = context.counter("tidemark_dead_letters_total", "Dead letters by code.",
                                              {{"code", std::string(schemas::name_of(event.code))}});
    known = code_counters_.emplace(code, counter).first;
  }
  context.count(known->second);
}

}  // namespace tidemark::processors

#include "processors/dedup.h"

#include <bit>

#include "processors/remembered.h"
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
  TM_TRY(find_slots(context));

  std::size_t run_begin = 0;
  const auto slots = std::span<const SlotsOf>(slots_of_);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].verdict != Verdict::none) continue;
    if (depends_on_run(slots[i]) && !TM_PLANTED_BUG(in_batch_dedup_removed)) {
      TM_TRY(hand_on(events.subspan(run_begin, i - run_begin), slots.subspan(run_begin, i - run_begin),
                     context));
      run_begin = i;
    }
    judge(events[i], slots[i]);
    if (!events[i].voids_wait) continue;
    const std::size_t run_end = i + 1;
    TM_TRY(hand_on(events.subspan(run_begin, run_end - run_begin),
                   slots.subspan(run_begin, run_end - run_begin), context));
    run_begin = run_end;
    TM_TRY(find_again(events[i].moved_voids, context));
  }
  return hand_on(events.subspan(run_begin), slots.subspan(run_begin), context);
}

void Dedup::assign_slots(std::span<const JudgedEvent> events) {
  slots_.clear();
  slot_ids_.clear();
  slots_of_.assign(events.size(), {});
  table_.assign(std::bit_ceil(events.size() * 4 + 1), 0);  // two identities per event at most
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].verdict != Verdict::none) continue;
    slots_of_[i].own = slot_for(events[i].event.identity);
    if (events[i].is_void()) slots_of_[i].target = slot_for(events[i].event.voids_identity);
  }
}

Status Dedup::find_slots(const Context& context) {
  found_.assign(slot_ids_.size(), std::nullopt);
  TM_TRY(ids_->find(slot_ids_, context.stream_time(), found_));
  for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].remembered = found_[i];
  return {};
}

// Those of them that this batch names.
Status Dedup::find_again(std::span<const Hash128> ids, const Context& context) {
  for (const Hash128& id : ids) {
    const std::uint32_t slot = table_[table_place(id)];
    if (slot == 0) continue;
    auto& remembered = slots_[slot - 1].remembered;
    remembered.reset();
    TM_TRY(ids_->find({&id, 1}, context.stream_time(), {&remembered, 1}));
  }
  return {};
}

std::size_t Dedup::table_place(const Hash128& id) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = id.low & mask;
  while (table_[at] != 0 && slot_ids_[table_[at] - 1] != id) at = (at + 1) & mask;
  return at;
}

std::uint32_t Dedup::slot_for(const Hash128& id) {
  const std::size_t at = table_place(id);
  if (table_[at] == 0) {
    slot_ids_.push_back(id);
    slots_.emplace_back();
    table_[at] = static_cast<std::uint32_t>(slots_.size());
  }
  return table_[at] - 1;
}

bool Dedup::depends_on_run(const SlotsOf& slots) const {
  return slots_[slots.own].in_run || (slots.target != kNoSlot && slots_[slots.target].in_run);
}

// Exact, whatever the store still holds: an id older than its span is unknown before the record that moved
// the clock is judged.
bool Dedup::is_live(const RememberedId& id, ArrivalTime stream_time) const {
  if (verdict_of(id) == Verdict::parked && id.inserted_at + config_.parked_span < stream_time) return false;
  return !horizon_ || id.inserted_at + *horizon_ >= stream_time;
}

void Dedup::judge(JudgedEvent& event, const SlotsOf& slots) {
  Slot& own = slots_[slots.own];
  if (own.remembered) {
    const bool known =
        verdict_of(*own.remembered) != Verdict::none && is_live(*own.remembered, event.stream_time);
    if (known && own.remembered->fingerprint == event.event.fingerprint) {
      event.verdict = Verdict::duplicate;
      return;
    }
    if (known) {
      event.reject(ErrorCode::event_id_conflict, "the same event_id came with other content at offset " +
                                                     std::to_string(own.remembered->offset.value()));
      return;
    }
  }
  event.voids_wait = own.remembered && voids_wait_for(*own.remembered);
  own.in_run = true;
  if (slots.target == kNoSlot) return;
  find_target(event, slots_[slots.target]);
  slots_[slots.target].in_run = true;
}

void Dedup::find_target(JudgedEvent& event, const Slot& slot) const {
  const bool known = slot.remembered && is_live(*slot.remembered, event.stream_time);
  event.target = target_of_void(event.event, known ? &*slot.remembered : nullptr);
  if (known) event.target_tag = slot.remembered->tag;
}

Status Dedup::hand_on(std::span<JudgedEvent> run, std::span<const SlotsOf> slots, Context& context) {
  if (run.empty()) return {};
  TM_TRY(context.forward(Batch::of(run)));
  for (std::size_t i = 0; i < run.size(); ++i) {
    TM_ASSERT(run[i].verdict != Verdict::none);
    write_down(run[i], slots[i]);
    count(run[i], context);
    if (run[i].verdict == Verdict::dead_letter) {
      TM_TRY(context.dead_letter(run[i].own_record(), schemas::name_of(run[i].code), run[i].message));
    }
  }
  return {};
}

// Only ids of counted, ignored, parked and void events are remembered; a dead letter's never is, so that it
// can be mended and sent again.
void Dedup::write_down(const JudgedEvent& event, const SlotsOf& slots) {
  Slot* const own = slots.own == kNoSlot ? nullptr : &slots_[slots.own];
  Slot* const target = slots.target == kNoSlot ? nullptr : &slots_[slots.target];
  if (own != nullptr) own->in_run = false;
  if (target != nullptr) target->in_run = false;
  if (!is_remembered(event.verdict)) {
    ids_->note(event.place(), static_cast<std::uint8_t>(event.verdict),
               static_cast<std::uint16_t>(event.code), false);
    return;
  }
  own->remembered = remember_event(*ids_, event);
  if (event.verdict == Verdict::void_event) {
    const bool known = target->remembered && is_live(*target->remembered, event.stream_time);
    target->remembered = remember_target(*ids_, event, known ? &*target->remembered : nullptr);
  }
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

#include "processors/remembered.h"

namespace tidemark::processors {

VoidTarget target_of_void(const schemas::UsageEvent& event, const RememberedId* target) {
  if (target == nullptr) return VoidTarget::unseen;
  const Verdict verdict = verdict_of(*target);
  if (verdict == Verdict::none || verdict == Verdict::parked) return VoidTarget::unseen;
  if (verdict == Verdict::void_event || target->fingerprint != event.content) return VoidTarget::mismatched;
  if (is_taken_back(*target)) return VoidTarget::voided;
  return verdict == Verdict::counted ? VoidTarget::counted : VoidTarget::ignored;
}

RememberedId remember_event(IdStore& ids, const JudgedEvent& event) {
  // Voids go on waiting for an event that is parked: it counts as not yet seen.
  const bool wait = event.voids_wait && event.verdict == Verdict::parked;
  const RememberedId id{
      .fingerprint = event.event.fingerprint,
      .offset = event.record->offset,
      .inserted_at = event.taken_at(),
      .source = event.record->source,
      .verdict = static_cast<std::uint8_t>(static_cast<std::uint8_t>(event.verdict) |
                                           (wait ? kVoidsWait : 0) | (event.taken_back ? kTakenBack : 0)),
      .element = event.element,
      .tag = event.tag};
  ids.remember(event.event.identity, id, Remembering::first);
  if (event.taken_back && event.verdict == Verdict::counted)
    ids.note(event.place(), static_cast<std::uint8_t>(Verdict::voided), 0, true);
  return id;
}

void change_remembered(IdStore& ids, const Hash128& identity, RememberedId known, const JudgedEvent& event) {
  if (is_remembered(event.verdict)) {
    known.verdict = static_cast<std::uint8_t>(static_cast<std::uint8_t>(event.verdict) |
                                              (event.taken_back ? kTakenBack : 0));
    known.tag = event.tag;
    return ids.remember(identity, known, Remembering::again);
  }
  if (!voids_wait_for(known)) return ids.forget(identity);
  known = {.offset = known.offset,  // all that is left: voids wait for it
           .inserted_at = event.taken_at(),
           .source = known.source,
           .verdict = kVoidsWait,
           .element = known.element};
  ids.remember(identity, known, Remembering::again);
}

RememberedId remember_target(IdStore& ids, const JudgedEvent& event, const RememberedId* target) {
  RememberedId id{.offset = event.record->offset,
                  .inserted_at = event.taken_at(),
                  .source = event.record->source,
                  .element = event.element};
  if (target != nullptr) id = *target;
  if (event.target == VoidTarget::unseen) {
    id.verdict |= kVoidsWait;
    if (verdict_of(id) == Verdict::none) id.inserted_at = event.taken_at();  // as long as the last void waits
  } else {
    id.verdict |= kTakenBack;
    if (event.target == VoidTarget::counted)
      ids.note(id.place(), static_cast<std::uint8_t>(Verdict::voided), 0, true);
  }
  ids.remember(event.event.voids_identity, id, Remembering::again);
  return id;
}

}  // namespace tidemark::processors

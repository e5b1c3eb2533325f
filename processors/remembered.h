#pragma once
// How the verdict byte of a remembered id is read: the verdict of its event in the low bits, and what voids
// have to do with it. With no verdict at all, only that voids wait for the id is known. Stands in state.
#include "processors/judged_event.h"
#include "tidemark/state_store.h"

namespace tidemark::processors {

inline constexpr std::uint8_t kVerdictMask = 0x0f;
inline constexpr std::uint8_t kVoidsWait = 0x10;  // voids of it came first; they stand in the store `parked`
inline constexpr std::uint8_t kTakenBack = 0x20;  // a void took it back

// Of the verdict byte of any entry of the id store's changelog; a note's is plain.
constexpr Verdict verdict_of(std::uint8_t byte) {
  return static_cast<Verdict>(byte & kVerdictMask);
}
constexpr Verdict verdict_of(const RememberedId& id) {
  return verdict_of(id.verdict);
}
constexpr bool is_taken_back(const RememberedId& id) {
  return (id.verdict & kTakenBack) != 0;
}
constexpr bool voids_wait_for(const RememberedId& id) {
  return (id.verdict & kVoidsWait) != 0;
}
constexpr bool is_remembered(Verdict verdict) {
  return verdict == Verdict::counted || verdict == Verdict::ignored || verdict == Verdict::parked ||
         verdict == Verdict::void_event;
}

// What a void of that content finds in `target`, which is live; nullptr: nothing is known of the id.
VoidTarget target_of_void(const schemas::UsageEvent& event, const RememberedId* target);

// What became of an event with one of those verdicts.
RememberedId remember_event(IdStore& ids, const JudgedEvent& event);
// An event that was remembered before, as parked or as a void that waits, has a new verdict.
void change_remembered(IdStore& ids, const Hash128& identity, RememberedId known, const JudgedEvent& event);
// What becomes of a void's target: taken back, or waited for.
RememberedId remember_target(IdStore& ids, const JudgedEvent& event, const RememberedId* target);

}  // namespace tidemark::processors

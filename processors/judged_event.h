#pragma once
// What travels from decode over dedup to meter: every consumed usage event, in offset order, with the one
// verdict it gets. A record may hold several; each is judged on its own. A stage leaves events alone that a
// stage before it has judged.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "schemas/dead_letter/codes.h"
#include "schemas/usage_event/codec.h"
#include "tidemark/record.h"
#include "tidemark/state_store.h"

namespace tidemark::processors {

// Numbers stand in changelogs and state: never reused or renumbered.
enum class Verdict : std::uint8_t {
  none = 0,
  counted = 1,
  duplicate = 2,
  dead_letter = 3,
  ignored = 4,     // no meter wants it
  parked = 5,      // its customer has no profile yet
  void_event = 6,  // takes another event back, or waits for it
  rerouted = 7,    // found in another partition than its customer's, and sent there
  voided = 8,      // a later change only: it was counted, and a void took it back
};
inline constexpr std::string_view kVerdictNames[] = {
    "none", "counted", "duplicate", "dead_letter", "ignored", "parked", "void", "rerouted", "voided"};
// Below it: what a record can be when it is taken, so that these add up to what was consumed.
inline constexpr std::size_t kTakenVerdictsEnd = static_cast<std::size_t>(Verdict::voided);
constexpr std::string_view name_of(Verdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

// What a void finds under the id that it names.
enum class VoidTarget : std::uint8_t {
  unseen,      // or parked, which counts as not yet seen
  mismatched,  // other content, or itself a void
  voided,      // taken back before
  counted,
  ignored,
};

struct JudgedEvent {
  const RecordView* record = nullptr;
  std::string_view bytes;     // its own: the record's value, or an element of it
  std::uint16_t element = 0;  // of a record that holds several
  bool packed = false;        // it does
  bool rekeyed = false;  // it was found elsewhere and brought home: `record` has the arrival it had there
  schemas::UsageEvent event;
  ArrivalTime judged_arrival;  // the record's, or td-original-arrival when the retrier sent it again
  ArrivalTime stream_time;     // the dedup clock, this record included if it moves it
  Verdict verdict = Verdict::none;
  schemas::ErrorCode code = schemas::ErrorCode::none;
  std::string message;

  // From dedup. Of a void: what its target is, and how the target was remembered when it is counted.
  VoidTarget target = VoidTarget::unseen;
  std::uint16_t target_tag = 0;
  bool voids_wait = false;  // voids of this event came before it
  // From meter: one of them took it back at once; under which state of the topology's meters it was counted.
  bool taken_back = false;
  std::uint16_t tag = 0;
  std::vector<Hash128> moved_voids;  // voids that waited for it, and have another verdict since

  bool is_void() const { return !event.voids.empty(); }
  // From when on it is remembered: the dedup clock, which a record that was brought home does not move, or
  // its own arrival where that is later.
  ArrivalTime taken_at() const { return std::max(stream_time, record->arrival); }
  RecordPlace place() const { return {record->source, record->offset, element}; }
  // The record with this event's bytes alone.
  RecordView own_record() const {
    RecordView own = *record;
    own.value = bytes;
    if (packed) own.element = element;
    return own;
  }
  void reject(schemas::ErrorCode with_code, std::string with_message) {
    verdict = Verdict::dead_letter;
    code = with_code;
    message = std::move(with_message);
  }
};

}  // namespace tidemark::processors

#pragma once
// What travels from decode over dedup to meter: every consumed usage record, in offset order, with the one
// verdict it gets. A stage leaves records alone that a stage before it has judged.
#include <cstdint>
#include <string>

#include "schemas/dead_letter/codes.h"
#include "schemas/usage_event/codec.h"
#include "tidemark/record.h"

namespace tidemark::processors {

// Numbers stand in changelogs and state: never reused or renumbered.
enum class Verdict : std::uint8_t {
  none = 0,
  counted = 1,
  duplicate = 2,
  dead_letter = 3,
  ignored = 4,  // no meter wants its type
  parked = 5,   // its customer has no profile yet
  voided = 6,
  rerouted = 7,
};
inline constexpr std::string_view kVerdictNames[] = {"none",    "counted", "duplicate", "dead_letter",
                                                     "ignored", "parked",  "void",      "rerouted"};
constexpr std::string_view name_of(Verdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

struct JudgedEvent {
  const RecordView* record = nullptr;
  schemas::UsageEvent event;
  ArrivalTime judged_arrival;  // the record's, or td-original-arrival when the retrier sent it again
  ArrivalTime stream_time;     // the dedup clock, this record included
  Verdict verdict = Verdict::none;
  schemas::ErrorCode code = schemas::ErrorCode::none;
  std::string message;

  void reject(schemas::ErrorCode with_code, std::string with_message) {
    verdict = Verdict::dead_letter;
    code = with_code;
    message = std::move(with_message);
  }
};

}  // namespace tidemark::processors

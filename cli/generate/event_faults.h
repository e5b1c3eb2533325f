#pragma once
// What can be wrong with an event, or nearly so. Pure.
#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "cli/generate/event_content.h"

namespace tidemark::cli {

inline constexpr std::chrono::milliseconds kMaxFuture = std::chrono::minutes{5};
inline constexpr std::size_t kRecordBytesMax = 64 * 1024;
inline constexpr std::string_view kTombstoneCode = "null_value";
inline constexpr std::string_view kConflictCode = "event_id_conflict";

struct FaultInfo {
  std::string_view variant;
  std::string_view code;  // schemas/dead_letter/codes.h
};

// Just inside of a limit.
struct EventEdge {
  std::string_view variant;
  void (*content)(EventContent&);
};
std::span<const EventEdge> event_edges();

// Just outside of a limit, or nonsense: dead letters whatever the meters are.
struct EventPoison {
  FaultInfo info;
  void (*content)(EventContent&);             // what the content says; may be null
  void (*line)(std::string& line) = nullptr;  // what is done to the spelled line; may be null
};
std::span<const EventPoison> event_poison();

// Good events that meters as those of scripts/demo.topology.yaml cannot take.
struct EventMisfit {
  FaultInfo info;
  std::string_view type;
  std::string_view properties;  // members of its own
};
std::span<const EventMisfit> event_misfits();

}  // namespace tidemark::cli

#pragma once
// What the keys of processors mean, for the schema and the page of a topology. Which keys there are is known
// to the processors' descriptors; a test finds one that is not described here. Pure.
#include <cstdint>
#include <string_view>

namespace tidemark::cli {

enum class KeyKind : std::uint8_t { duration, boolean, duration_or_off };

struct ProcessorKey {
  std::string_view type;  // of the processor
  std::string_view name;
  KeyKind kind;
  std::string_view fallback;
  std::string_view meaning;
};

// nullptr: not described.
const ProcessorKey* find_processor_key(std::string_view type, std::string_view name);

}  // namespace tidemark::cli

#pragma once
// What is remembered of an id, as bytes of a run (id_run.h). Element and tag stand at the end, if at all.
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/state/id_table.h"
#include "tidemark/state_store.h"

namespace tidemark::runtime {

inline constexpr std::size_t kIdValueBytesMax = 8 + 1 + 1 + 10 + 10 + 3 + 3;

// Returns the end of what it wrote. REQUIRES: a remembered entry, and room for kIdValueBytesMax.
char* write_id_value(char* out, const IdEntry& entry);
std::optional<RememberedId> read_id_value(std::string_view bytes);  // nullopt: no such bytes

}  // namespace tidemark::runtime

#pragma once
// XXH3 over bytes. What they are taken over stands in state: tests pin them.
#include <cstdint>
#include <string_view>

#include "tidemark/types.h"

namespace tidemark::schemas {

std::uint64_t hash64_of(std::string_view bytes);
Hash128 hash128_of(std::string_view bytes);

}  // namespace tidemark::schemas

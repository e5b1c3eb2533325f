#include "schemas/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tidemark::schemas {

std::uint64_t hash64_of(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

Hash128 hash128_of(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace tidemark::schemas

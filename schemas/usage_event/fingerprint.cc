#include "schemas/usage_event/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>

namespace tidemark::schemas {

static_assert(std::endian::native == std::endian::little,
              "the hashes are defined over little-endian integers");

Hash128 identity_of(std::string_view tenant_id, std::string_view customer_id, std::string_view source,
                    std::string_view event_id, HashInput& scratch) {
  scratch.clear();
  scratch.text(tenant_id);
  scratch.text(customer_id);
  scratch.text(source);
  scratch.text(event_id);
  const XXH128_hash_t hash = XXH3_128bits(scratch.data(), scratch.size());
  return {hash.high64, hash.low64};
}

std::uint64_t fingerprint_of(HashInput& canonical, std::string_view type, EventTime event_time,
                             Quantity value) {
  canonical.text(type);
  canonical.integer(event_time.time_since_epoch().count());
  canonical.integer(value.scaled());
  return XXH3_64bits(canonical.data(), canonical.size());
}

std::uint64_t fingerprint_of_void(HashInput& content, std::string_view voids) {
  content.text(voids);
  return XXH3_64bits(content.data(), content.size());
}

}  // namespace tidemark::schemas

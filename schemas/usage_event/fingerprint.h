#pragma once
// The two hashes of an event. Both stand in state and changelogs: a change of either makes every stored id
// unknown, so tests pin them.
#include <cstdint>
#include <string_view>

#include "schemas/base/hash_input.h"
#include "tidemark/quantity.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::schemas {

// XXH3-128 over the length-prefixed fields. `scratch` is overwritten.
Hash128 identity_of(std::string_view tenant_id, std::string_view customer_id, std::string_view source,
                    std::string_view event_id, HashInput& scratch);

// XXH3-64 over the canonical properties that `canonical` holds already, and what this appends to them.
std::uint64_t fingerprint_of(HashInput& canonical, std::string_view type, EventTime event_time,
                             Quantity value);

// Of a void: the same over what fingerprint_of() hashed and `voids` behind it.
std::uint64_t fingerprint_of_void(HashInput& content, std::string_view voids);

}  // namespace tidemark::schemas

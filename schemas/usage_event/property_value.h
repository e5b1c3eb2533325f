#pragma once
// One value of an event as a meter reads it.
#include <string>
#include <string_view>

#include "schemas/base/hash_input.h"
#include "schemas/base/json_scan.h"
#include "schemas/usage_event/decode_outcome.h"
#include "tidemark/quantity.h"

namespace tidemark::schemas {

struct PropertyValue {
  bool present = false;
  JsonKind kind = JsonKind::null;
  std::string_view text;  // strings unescaped; all else as written
};

// Equal bytes exactly when JSON type and value are equal (1 = 1.0 = 10e-1, "5" is not 5), prefix-free; those
// of JsonCanonicalizer. REQUIRES: present, a scalar.
void append_canonical(HashInput& out, const PropertyValue& value);

// The value as a quantity, by the rules of an event's own `value`; value_missing when it is absent. The
// message does not say where the value stands. `out` is written only where the code is none.
DecodeOutcome read_quantity(const PropertyValue& value, bool json_floats, Quantity& out);

// The same without a message: for the decoder, which asks for every event.
ErrorCode quantity_of(const PropertyValue& value, bool json_floats, Quantity& out);
std::string why_no_quantity(const PropertyValue& value, ErrorCode code);

}  // namespace tidemark::schemas

#pragma once
// Where a meter finds a property: `properties.tokens`, `properties.usage.input`, and, for names with dots or
// odd characters, `properties["a.b"].c`.
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/result.h"

namespace tidemark::schemas {

// Names from the outermost object inwards, at least one, unescaped.
using PropertyPath = std::vector<std::string>;

// The error's message is written for topology lint. The event's own `value` is no property path.
Result<PropertyPath> parse_property_path(std::string_view text);

}  // namespace tidemark::schemas

#pragma once
// The rule at the end of a TZif file, in the form of POSIX TZ with the extensions of RFC 8536:
// "EET-2EEST,M4.5.5/0,M10.5.4/24". It rules all instants after the last transition the file lists.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tidemark::billing {

struct Transition {
  std::int64_t at = 0;      // seconds since 1970-01-01T00:00:00Z; INT64_MIN: since ever
  std::int32_t offset = 0;  // seconds east of UTC from `at` on
  bool operator==(const Transition&) const = default;
};

// The transitions in the years [first_year, last_year], ascending; a rule without daylight saving time has
// one, at INT64_MIN. nullopt when the text is not such a rule.
std::optional<std::vector<Transition>> expand_posix_rule(std::string_view rule, int first_year,
                                                         int last_year);

}  // namespace tidemark::billing

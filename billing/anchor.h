#pragma once
// The anchor of a grid: where one of its periods begins. A text of one of three forms:
//   2026-01-31T10:00:00+01:00   an instant
//   2026-01-31T10:00:00         what a clock in the grid's zone shows
//   2026-01-31                  local midnight
#include <cstdint>
#include <string_view>

#include "billing/zone_table.h"
#include "tidemark/result.h"

namespace tidemark::billing {

// Both in seconds since 1970. They are one point, but for a local time inside of a gap: `local` keeps it as
// it was written, `instant` is the end of the gap.
struct Anchor {
  std::int64_t instant = 0;
  std::int64_t local = 0;
};

// Errors: dead_letter "profile_invalid". Whole seconds only; a fraction of zeros is none.
Result<Anchor> parse_anchor(std::string_view text, const ZoneTable& zone);

}  // namespace tidemark::billing

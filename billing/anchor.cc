#include "billing/anchor.h"

#include <chrono>
#include <optional>
#include <string>

#include "tidemark/time.h"

namespace tidemark::billing {
namespace {

using std::chrono::seconds;

constexpr std::size_t kDateSize = 10;  // "2026-01-31"

Error refusal(std::string_view text, const char* rule) {
  return {Disposition::dead_letter, "profile_invalid",
          "anchor '" + std::string(text.substr(0, 64)) + "' " + rule};
}

// A local time, read as if the zone were UTC.
std::optional<EventTime> parse_local(const std::string& text) {
  return parse_rfc3339(text + (text.size() == kDateSize ? "T00:00:00Z" : "Z"));
}

}  // namespace

Result<Anchor> parse_anchor(std::string_view text, const ZoneTable& zone) {
  const auto instant = parse_rfc3339(text);
  const auto time = instant ? instant : parse_local(std::string(text));
  if (!time) {
    return refusal(text,
                   "is neither a date (2026-01-31), nor a local time (2026-01-31T10:00:00), nor an RFC 3339 "
                   "timestamp, of the years 1678 to 2261");
  }
  const auto whole = std::chrono::floor<seconds>(*time);
  if (whole != *time) return refusal(text, "has a fraction of a second");
  const std::int64_t count = whole.time_since_epoch().count();
  if (instant) return Anchor{.instant = count, .local = zone.to_local(count)};
  return Anchor{.instant = zone.first_instant_at(count), .local = count};
}

}  // namespace tidemark::billing

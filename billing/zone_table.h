#pragma once
// The UTC offsets of one time zone, flat and sorted. Immutable, [any thread] after loading.
// The date library as Debian builds it knows the transitions listed in the system's files, which end in 2037;
// what comes after follows from the rule at the end of each file, which it does not read. Hence this table.
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "billing/posix_rule.h"
#include "tidemark/result.h"

namespace tidemark::billing {

inline constexpr const char* kZoneInfoFolder = "/usr/share/zoneinfo";

// Instants are seconds since 1970-01-01T00:00:00Z; local seconds are what a clock on the wall shows, counted
// as if its zone were UTC.
class ZoneTable {
 public:
  // One table per zone and process, shared. Links ("Europe/Kiev") are zones of their own.
  // Errors: dead_letter "profile_invalid" (no such zone), fatal "time_zone_data_unreadable".
  static Result<std::shared_ptr<const ZoneTable>> load(std::string_view name);

  // REQUIRES: not empty, ascending, the first `at` is INT64_MIN.
  explicit ZoneTable(std::vector<Transition> transitions);

  std::int64_t to_local(std::int64_t instant) const;
  // The first instant at which the local clock shows `local` or later: the earlier one where it shows it
  // twice, the end of the gap where it never does.
  std::int64_t first_instant_at(std::int64_t local) const;
  // Of all offsets: another one means that the zone's clock shows, or will show, something else.
  std::uint64_t hash() const;

 private:
  std::size_t index_at(std::int64_t instant) const;

  std::vector<Transition> transitions_;
};

}  // namespace tidemark::billing

#include "billing/zone_table.h"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace tidemark::billing {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kSinceEver = std::numeric_limits<std::int64_t>::min();
constexpr int kFirstYear = 1677;  // the years that nanoseconds can hold
constexpr int kLastYear = 2262;

Error unknown_zone(std::string_view name) {
  return {Disposition::dead_letter, "profile_invalid",
          "time_zone '" + std::string(name.substr(0, 64)) +
              "' is not in the time-zone database: use a name such as "
              "'Europe/Budapest' or 'UTC'"};
}

Error unreadable(std::string_view what, std::string_view why) {
  return {Disposition::fatal, "time_zone_data_unreadable",
          std::string(what) + ": " + std::string(why) + "; install the package tzdata"};
}

void append(std::vector<Transition>& transitions, Transition next) {
  if (transitions.empty() || transitions.back().offset != next.offset) transitions.push_back(next);
}

std::vector<Transition> listed_transitions(const date::time_zone& zone) {
  using std::chrono::seconds;
  constexpr auto kEnd = date::sys_seconds{date::sys_days{date::year{kLastYear + 1} / 1 / 1}};
  std::vector<Transition> transitions;
  auto info = zone.get_info(date::sys_seconds{date::sys_days{date::year{kFirstYear} / 1 / 1}});
  append(transitions, {kSinceEver, static_cast<std::int32_t>(info.offset.count())});
  while (info.end < kEnd) {
    info = zone.get_info(info.end);
    append(transitions,
           {info.begin.time_since_epoch().count(), static_cast<std::int32_t>(info.offset.count())});
  }
  return transitions;
}

// The last line of a TZif file. Empty when there is none.
std::string rule_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (bytes.size() < 2 || bytes.back() != '\n') return {};
  const std::size_t before = bytes.rfind('\n', bytes.size() - 2);
  if (before == std::string::npos) return {};
  return bytes.substr(before + 1, bytes.size() - before - 2);
}

// The zone that the date library calls `name`, or nullptr. Throws when there is no database.
const date::time_zone* find_zone(std::string_view name) {
  if (name == "localtime") return nullptr;  // differs from machine to machine
  const std::vector<date::time_zone>& zones = date::get_tzdb().zones;
  const auto zone =
      std::lower_bound(zones.begin(), zones.end(), name,
                       [](const date::time_zone& a, std::string_view b) { return a.name() < b; });
  return zone != zones.end() && zone->name() == name ? &*zone : nullptr;
}

Result<std::shared_ptr<const ZoneTable>> read_zone(std::string_view name) {
  try {
    const date::time_zone* zone = find_zone(name);
    if (zone == nullptr) return unknown_zone(name);
    std::vector<Transition> transitions = listed_transitions(*zone);
    const std::int64_t last_listed = transitions.back().at;
    const auto last_day = date::floor<date::days>(date::sys_seconds{std::chrono::seconds{last_listed}});
    const int from_year =
        last_listed == kSinceEver ? kFirstYear : static_cast<int>(date::year_month_day{last_day}.year());
    const std::string path = std::string(kZoneInfoFolder) + "/" + zone->name();
    const auto rule = expand_posix_rule(rule_of_file(path), from_year, kLastYear);
    if (!rule) return unreadable(path, "it does not end with a rule for the years to come");
    for (const Transition& transition : *rule) {
      if (transition.at > last_listed) append(transitions, transition);
    }
    return std::make_shared<const ZoneTable>(std::move(transitions));
  } catch (const std::exception& error) {  // the date library throws
    return unreadable(kZoneInfoFolder, error.what());
  }
}

}  // namespace

Result<std::shared_ptr<const ZoneTable>> ZoneTable::load(std::string_view name) {
  // Only zones that exist are kept, so the map is bounded by the database.
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const ZoneTable>, std::less<>> tables;
  const std::lock_guard lock(mutex);
  if (const auto known = tables.find(name); known != tables.end()) return known->second;
  auto table = read_zone(name);
  if (table) tables.emplace(name, *table);
  return table;
}

ZoneTable::ZoneTable(std::vector<Transition> transitions) : transitions_(std::move(transitions)) {
  TM_ASSERT(!transitions_.empty() && transitions_.front().at == kSinceEver);
}

std::size_t ZoneTable::index_at(std::int64_t instant) const {
  const auto after =
      std::upper_bound(transitions_.begin(), transitions_.end(), instant,
                       [](std::int64_t t, const Transition& transition) { return t < transition.at; });
  return static_cast<std::size_t>(after - transitions_.begin()) - 1;
}

std::int64_t ZoneTable::to_local(std::int64_t instant) const {
  return instant + transitions_[index_at(instant)].offset;
}

std::int64_t ZoneTable::first_instant_at(std::int64_t local) const {
  // No zone is a day or more away from UTC: a day earlier the clock does not show `local` yet.
  std::size_t i = index_at(local - kDay);
  while (i + 1 < transitions_.size() && transitions_[i + 1].at + transitions_[i].offset <= local) ++i;
  return std::max(transitions_[i].at, local - transitions_[i].offset);
}

// FNV-1a over the numbers.
std::uint64_t ZoneTable::hash() const {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8) hash = (hash ^ (number & 0xff)) * 0x100000001b3;
  };
  for (const Transition& transition : transitions_) {
    add(static_cast<std::uint64_t>(transition.at));
    add(static_cast<std::uint64_t>(transition.offset));
  }
  return hash;
}

}  // namespace tidemark::billing

#include "cli/generate/generated_profiles.h"

#include <array>
#include <string_view>

#include "cli/generate/event_content.h"

namespace tidemark::cli {
namespace {

constexpr std::array<std::string_view, 7> kZones{"Europe/Budapest",    "America/New_York", "Asia/Tokyo",
                                                 "Africa/Cairo",       "Pacific/Auckland", "UTC",
                                                 "Australia/Lord_Howe"};
constexpr std::array<std::string_view, 17> kManyZones{
    "Europe/Budapest",     "America/New_York",   "Asia/Tokyo",
    "Africa/Cairo",        "Pacific/Auckland",   "UTC",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Asia/Kathmandu",      "America/Havana",     "Europe/Dublin",
    "America/Santiago",    "Asia/Gaza",          "Africa/Casablanca",
    "America/St_Johns",    "Asia/Tehran"};

struct Interval {
  std::string_view unit;
  int n;
  std::string_view anchor;  // "" for the calendar
};
// Few short ones: a gauge opens every period there is.
constexpr std::array<Interval, 18> kIntervals{{{"month", 1, ""},
                                               {"month", 1, "2025-01-31"},
                                               {"month", 1, "2025-01-30T12:00:00"},
                                               {"month", 1, "2024-02-29"},
                                               {"week", 1, ""},
                                               {"month", 1, ""},
                                               {"year", 1, "2024-04-02"},
                                               {"week", 2, "2025-03-05"},
                                               {"month", 1, "2025-03-30T02:30:00"},
                                               {"day", 1, ""},
                                               {"month", 3, ""},
                                               {"month", 1, ""},
                                               {"week", 1, "2025-02-28T18:00:00Z"},
                                               {"year", 1, ""},
                                               {"day", 10, "2025-01-31"},
                                               {"month", 1, "2025-01-31T00:30:00+02:00"},
                                               {"hour", 12, ""},
                                               {"month", 1, ""}}};

struct Version {
  ArrivalTime effective_from;
  std::string_view zone;
  Interval interval;
};

// 2020-01-01T00:00:00Z
constexpr ArrivalTime kLongAgo{std::chrono::milliseconds{1'577'836'800'000}};

std::string version_json(const Version& version, const std::string& customer_id) {
  const std::string anchor =
      version.interval.anchor.empty() ? "" : R"("anchor":")" + std::string(version.interval.anchor) + R"(",)";
  return R"({"effective_from":")" + rfc3339(version.effective_from, 0) + R"(","stripe_customer_id":"cus_S)" +
         customer_id.substr(4) + R"(","time_zone":")" + std::string(version.zone) +
         R"(","interval":{"unit":")" + std::string(version.interval.unit) + R"(","n":)" +
         std::to_string(version.interval.n) + "}," + anchor + R"("mode":"test"})";
}

std::string profile_json(const std::string& customer_id, const std::vector<Version>& versions) {
  std::string list;
  for (const Version& version : versions)
    list += (list.empty() ? "" : ",") + version_json(version, customer_id);
  return R"({"tenant_id":"acme","customer_id":")" + customer_id + R"(","versions":[)" + list + "]}";
}

Version version_of(std::uint64_t number, ArrivalTime effective_from) {
  return {effective_from, kManyZones[number % kManyZones.size()], kIntervals[number % kIntervals.size()]};
}

}  // namespace

std::string customer_name(std::uint64_t number) {
  return "cus_" + padded(number, 6);
}

std::vector<std::string> plain_profiles(std::int32_t customers) {
  std::vector<std::string> lines;
  for (std::int32_t number = 1; number <= customers; ++number) {
    const std::string customer_id = customer_name(static_cast<std::uint64_t>(number));
    // Ten and seven have no common divisor: every zone meets every interval.
    const std::string_view unit = number % 10 == 8 ? "hour" : number % 10 >= 6 ? "day" : "month";
    lines.push_back(R"({"tenant_id":"acme","customer_id":")" + customer_id +
                    R"(","versions":[{"effective_from":"2020-01-01T00:00:00Z","stripe_customer_id":"cus_S)" +
                    customer_id.substr(4) + R"(","time_zone":")" +
                    std::string(kZones[static_cast<std::size_t>(number) % kZones.size()]) +
                    R"(","interval":{"unit":")" + std::string(unit) + R"(","n":1},"mode":"test"}]})");
  }
  return lines;
}

VariedProfiles varied_profiles(std::int32_t customers, ArrivalTime start, std::int32_t days,
                               bool in_two_parts) {
  const auto at = [&](std::int32_t sixths) { return start + std::chrono::hours{24} * days * sixths / 6; };
  VariedProfiles out;
  for (std::int32_t each = 1; each <= customers; ++each) {
    const auto number = static_cast<std::uint64_t>(each);
    const std::string customer_id = customer_name(number);
    std::vector<Version> versions{version_of(number, kLongAgo)};
    if (number % 5 == 4) versions.push_back(version_of(number + 7, at(3)));
    const bool comes_late = in_two_parts && number % 11 == 3;
    const bool is_changed = number % 11 == 8;
    if (in_two_parts && is_changed) out.first.push_back(profile_json(customer_id, versions));
    if (is_changed) versions.push_back(version_of(number + 5, at(5)));
    const bool is_later = comes_late || (in_two_parts && is_changed);
    (is_later ? out.later : out.first).push_back(profile_json(customer_id, versions));
  }
  return out;
}

}  // namespace tidemark::cli

#pragma once
// Profiles of made-up customers cus_000001 and up, one JSON line each. Pure.
#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/time.h"

namespace tidemark::cli {

std::string customer_name(std::uint64_t number);

// Seven time zones; a month, a day or an hour.
std::vector<std::string> plain_profiles(std::int32_t customers);

struct VariedProfiles {
  std::vector<std::string> first;
  // To be sent while usage comes: customers unknown till then, and changes of others that are scheduled for
  // the last sixth of the time.
  std::vector<std::string> later;
};
// Many zones, every unit, anchors on the 29th, 30th and 31st; some change in the middle of the time, which is
// `days` long. Without `in_two_parts` all is in the first.
VariedProfiles varied_profiles(std::int32_t customers, ArrivalTime start, std::int32_t days,
                               bool in_two_parts);

}  // namespace tidemark::cli

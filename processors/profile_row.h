#pragma once
// What is known of a customer: its profile as it was read last, and from which edges on which grids rule its
// periods, with the version of the time-zone data by which these were found. One row of the store `windows`.
// Layout: docs/formats.md. Pure. Errors: fatal "state_corrupt", "time_zone_unknown_here".
#include <string>
#include <string_view>

#include "billing/timeline.h"
#include "schemas/customer_profile/codec.h"
#include "tidemark/result.h"

namespace tidemark::processors {

struct ProfileRow {
  std::string profile_json;
  billing::Timeline timeline;
  std::string tzdata;       // "2025b", for people
  std::uint64_t zones = 0;  // hash of the offsets by which the periods were found
  bool ended = false;       // by a tombstone; the time line stays, to compare a later profile with
};

std::string encode_profile_row(const ProfileRow& row);
Result<ProfileRow> decode_profile_row(std::string_view bytes, std::string_view tenant_id);

}  // namespace tidemark::processors

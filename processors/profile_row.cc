#include "processors/profile_row.h"

#include "processors/window_row.h"
#include "tidemark/bytes.h"

namespace tidemark::processors {
namespace {

constexpr std::uint8_t kFormat = 2;
constexpr std::uint8_t kEndedBefore = 1;  // the highest first byte of format 1, which had no time line

// One version per profile, and so one grid, was all there was.
Result<ProfileRow> decode_format_1(std::uint8_t ended, ByteReader& in, std::string_view tenant_id) {
  ProfileRow row;
  row.ended = ended != 0;
  row.profile_json = in.string();
  row.tzdata = billing::tzdb_version();
  if (!in.at_end()) return windows_corrupt("a profile");
  const auto profile = schemas::decode_profile(row.profile_json, tenant_id);
  if (!profile) return windows_corrupt("a profile");
  auto timeline = billing::Timeline::of(profile->versions);
  if (!timeline) return windows_corrupt("the grid of a profile");
  row.timeline = *std::move(timeline);
  row.zones = row.timeline.zones_hash();
  return row;
}

}  // namespace

std::string encode_profile_row(const ProfileRow& row) {
  std::string bytes;
  ByteWriter out(bytes);
  out.byte(kFormat);
  out.byte(row.ended ? 1 : 0);
  out.string(row.profile_json);
  out.string(row.tzdata);
  out.fixed64(row.zones);
  row.timeline.append_to(bytes);
  return bytes;
}

Result<ProfileRow> decode_profile_row(std::string_view bytes, std::string_view tenant_id) {
  ByteReader in(bytes);
  const std::uint8_t format = in.byte();
  if (format <= kEndedBefore) return decode_format_1(format, in, tenant_id);
  if (format != kFormat) return windows_corrupt("a profile");
  ProfileRow row;
  row.ended = in.byte() != 0;
  row.profile_json = in.string();
  row.tzdata = in.string();
  row.zones = in.fixed64();
  auto timeline = billing::Timeline::read(in);
  if (!timeline) return timeline.error();
  row.timeline = *std::move(timeline);
  if (!in.at_end()) return windows_corrupt("a profile");
  return row;
}

}  // namespace tidemark::processors

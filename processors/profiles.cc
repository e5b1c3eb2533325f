#include "processors/profiles.h"

#include <algorithm>

#include "tidemark/partitioner.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;

constexpr std::size_t kProfileBytesMax = 64 * 1024;

ProfileRead refused(ProfileRead read, ErrorCode code, std::string message) {
  read.code = code;
  read.message = std::move(message);
  return read;
}

}  // namespace

Result<ProfileRead> Profiles::read(const RecordView& record, PartitionId partition,
                                   std::int32_t partition_count) {
  ProfileRead read;
  const auto key = schemas::decode_customer_key(record.key);
  if (!key) return refused(std::move(read), ErrorCode::profile_invalid, key.error().message);
  read.tenant_id = key->tenant_id;
  read.customer_id = key->customer_id;
  if (home_partition(key->customer_id, partition_count) != partition)
    return refused(std::move(read), ErrorCode::wrong_partition,
                   "a profile belongs to its customer's partition");
  if (!record.has_value) {
    TM_TRY(read_tombstone(*key));
    return read;
  }
  if (record.value.size() > kProfileBytesMax)
    return refused(std::move(read), ErrorCode::profile_invalid, "a profile has at most 64 KiB");
  const auto profile = schemas::decode_profile(record.value, key->tenant_id);
  if (!profile) return refused(std::move(read), ErrorCode::profile_invalid, profile.error().message);
  if (profile->tenant_id != key->tenant_id || profile->customer_id != key->customer_id)
    return refused(std::move(read), ErrorCode::profile_invalid, "key and value name different customers");
  TM_TRY(take(*profile, read));
  return read;
}

// The time line is kept, to compare a later profile with.
Status Profiles::read_tombstone(const schemas::CustomerKey& key) {
  auto row = state_.profile(key.tenant_id, key.customer_id);
  if (!row) return row.error();
  if (!*row) return {};
  (*row)->ended = true;
  state_.put_profile(key.tenant_id, key.customer_id, **row);
  return {};
}

Status Profiles::take(const schemas::CustomerProfile& profile, ProfileRead& read) {
  auto before = state_.profile(profile.tenant_id, profile.customer_id);
  if (!before) return before.error();
  const std::string json = schemas::encode_profile(profile);
  if (*before && !(*before)->ended && (*before)->profile_json == json) {
    read.known = true;  // said again: nothing changes, and nothing is late anew
    return {};
  }
  auto timeline = timeline_for(profile, *before, read);
  if (!timeline) return timeline.error();
  if (!*timeline) return {};
  state_.put_profile(profile.tenant_id, profile.customer_id,
                     {.profile_json = json,
                      .timeline = **timeline,
                      .tzdata = state_.tzdata(),
                      .zones = (*timeline)->zones_hash()});
  read.known = true;
  return {};
}

Result<std::optional<billing::Timeline>> Profiles::timeline_for(const schemas::CustomerProfile& profile,
                                                                const std::optional<ProfileRow>& before,
                                                                ProfileRead& read) {
  const auto refuse_unless_fatal = [&read](const Error& error) -> Result<std::optional<billing::Timeline>> {
    if (error.disposition == Disposition::fatal) return error;  // this machine's fault
    read = refused(std::move(read), ErrorCode::profile_invalid, error.message);
    return std::optional<billing::Timeline>();
  };
  if (!before) {
    auto timeline = billing::Timeline::of(profile.versions);
    if (!timeline) return refuse_unless_fatal(timeline.error());
    return std::optional(*std::move(timeline));
  }
  const auto locked = locked_until(profile, before->timeline);
  if (!locked) return locked.error();
  auto change = before->timeline.changed_to(profile.versions, *locked);
  if (!change) return refuse_unless_fatal(change.error());
  if (change->late) {
    read.late = true;
    read.message = "customer " + profile.customer_id + " of tenant " + profile.tenant_id +
                   ": the change came after its date and takes effect at " +
                   format_rfc3339(change->effective);
  }
  return std::optional(std::move(change->timeline));
}

Result<EventTime> Profiles::locked_until(const schemas::CustomerProfile& profile,
                                         const billing::Timeline& timeline) {
  auto counted = state_.last_end(profile.tenant_id, profile.customer_id);
  if (!counted) return counted.error();
  EventTime locked = counted->value_or(kEventTimeMin);
  if (watermark_ != kEventTimeMin) locked = std::max(locked, timeline.containing(watermark_).end);
  return locked;
}

}  // namespace tidemark::processors

#pragma once
// Profiles as they are read from the table `customers`: checked, compared with what is in effect, kept.
// Threading: confined. Failure: errors of the store, and of a machine without time-zone data.
#include <string>

#include "processors/usage_state.h"
#include "schemas/dead_letter/codes.h"
#include "tidemark/record.h"

namespace tidemark::processors {

struct ProfileRead {
  std::string tenant_id;
  std::string customer_id;
  schemas::ErrorCode code = schemas::ErrorCode::none;  // refused; the profile before stays in effect
  std::string message;                                 // why refused, or what is late
  bool known = false;                                  // the customer has a profile now
  bool late = false;                                   // a grid takes effect later than the profile says
};

class Profiles {
 public:
  Profiles(UsageState& state, EventTime watermark) : state_(state), watermark_(watermark) {}
  Result<ProfileRead> read(const RecordView& record, PartitionId partition, std::int32_t partition_count);

 private:
  Status read_tombstone(const schemas::CustomerKey& key);
  Status take(const schemas::CustomerProfile& profile, ProfileRead& read);
  // What becomes of the time line; nullopt: refused.
  Result<std::optional<billing::Timeline>> timeline_for(const schemas::CustomerProfile& profile,
                                                        const std::optional<ProfileRow>& before,
                                                        ProfileRead& read);
  // The first edge after both the watermark and everything that was counted.
  Result<EventTime> locked_until(const schemas::CustomerProfile& profile, const billing::Timeline& timeline);

  UsageState& state_;
  const EventTime watermark_;
};

}  // namespace tidemark::processors

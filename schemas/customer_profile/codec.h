#pragma once
// Customer profiles (topic usage.customers): key {"tenant_id","customer_id"}, value all versions.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::schemas {

inline constexpr std::int32_t kIntervalCountMax = 1000;  // of any unit: a thousand hours are 41 days

enum class IntervalUnit : std::uint8_t { hour, day, week, month, year };
enum class ProfileMode : std::uint8_t { live, test, internal, do_not_bill };

struct ProfileVersion {
  EventTime effective_from;
  std::string stripe_customer_id;
  std::map<std::string, std::string> stripe_customer_ids;  // by destination
  std::string time_zone;                                   // IANA name; existence is checked by billing/
  IntervalUnit unit = IntervalUnit::month;
  std::int32_t n = 1;  // 1 to kIntervalCountMax
  std::string anchor;  // as written, "" when absent; read by billing/
  ProfileMode mode = ProfileMode::live;
};

struct CustomerProfile {
  std::string tenant_id;
  std::string customer_id;
  std::vector<ProfileVersion> versions;  // ascending effective_from, at least one
};

// Errors: disposition dead_letter, code "profile_invalid", message names field and rule.
Result<CustomerProfile> decode_profile(std::string_view json, std::string_view default_tenant);
std::string encode_profile(const CustomerProfile& profile);

// Canonical key, fixed order, no spaces: {"tenant_id":"acme","customer_id":"cus_1"}
std::string encode_customer_key(std::string_view tenant_id, std::string_view customer_id);
struct CustomerKey {
  std::string tenant_id;
  std::string customer_id;
};
Result<CustomerKey> decode_customer_key(std::string_view json);

}  // namespace tidemark::schemas

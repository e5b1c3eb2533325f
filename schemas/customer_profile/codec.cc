#include "schemas/customer_profile/codec.h"

#include <array>
#include <utility>

#include "schemas/base/json_document.h"
#include "schemas/base/text.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kInvalid = "profile_invalid";
// In the order of the enumerators.
constexpr std::array<std::string_view, 5> kUnitNames{"hour", "day", "week", "month", "year"};
constexpr std::array<std::string_view, 4> kModeNames{"live", "test", "internal", "do_not_bill"};

// The enumerator whose name the field holds.
template <class Enum, std::size_t N>
Result<Enum> read_name(const JsonObject& object, std::string_view field,
                       const std::array<std::string_view, N>& names) {
  const auto written = object.string(field);
  if (!written) return written.error();
  std::string known;
  for (std::size_t i = 0; i < N; ++i) {
    if (*written == names[i]) return static_cast<Enum>(i);
    known.append(i == 0 ? "" : ", ").append(names[i]);
  }
  return object.error(field, quoted_for_message(*written) + " is none of " + known);
}

Status read_stripe_customers(const JsonObject& object, ProfileVersion& version) {
  if (object.has("stripe_customer_id")) {
    auto id = object.id("stripe_customer_id");
    if (!id) return id.error();
    version.stripe_customer_id = std::move(*id);
  }
  if (!object.has("stripe_customer_ids")) return {};
  const auto by_destination = object.object("stripe_customer_ids");
  if (!by_destination) return by_destination.error();
  for (const std::string& destination : by_destination->names()) {
    auto id = by_destination->id(destination);
    if (!id) return id.error();
    version.stripe_customer_ids.emplace(destination, std::move(*id));
  }
  return {};
}

Status read_interval(const JsonObject& object, ProfileVersion& version) {
  const auto interval = object.object("interval");
  if (!interval) return interval.error();
  TM_TRY(interval->refuse_other_than({"unit", "n"}));
  const auto unit = read_name<IntervalUnit>(*interval, "unit", kUnitNames);
  if (!unit) return unit.error();
  version.unit = *unit;
  if (!interval->has("n")) return {};
  const auto n = interval->integer("n", 1, kIntervalCountMax);
  if (!n) return n.error();
  version.n = static_cast<std::int32_t>(*n);
  return {};
}

Result<ProfileVersion> read_version(const JsonObject& object) {
  TM_TRY(object.refuse_other_than({"effective_from", "stripe_customer_id", "stripe_customer_ids", "time_zone",
                                   "interval", "anchor", "mode"}));
  ProfileVersion version;
  const auto effective_from = object.time("effective_from");
  if (!effective_from) return effective_from.error();
  version.effective_from = *effective_from;
  TM_TRY(read_stripe_customers(object, version));
  auto time_zone = object.id("time_zone");
  if (!time_zone) return time_zone.error();
  version.time_zone = std::move(*time_zone);
  TM_TRY(read_interval(object, version));
  if (object.has("anchor")) {
    auto anchor = object.id("anchor");
    if (!anchor) return anchor.error();
    version.anchor = std::move(*anchor);
  }
  const auto mode =
      read_name<ProfileMode>(object, "mode", kModeNames);  // never defaulted: it decides who is billed
  if (!mode) return mode.error();
  version.mode = *mode;
  return version;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

void append_version(std::string& out, const ProfileVersion& version) {
  out += R"({"effective_from":")";
  append_rfc3339(out, version.effective_from);
  out += "\",";
  if (!version.stripe_customer_id.empty()) {
    append_field(out, "stripe_customer_id", version.stripe_customer_id);
    out += ',';
  }
  if (!version.stripe_customer_ids.empty()) {
    out += R"("stripe_customer_ids":)";
    char separator = '{';
    for (const auto& [destination, id] : version.stripe_customer_ids) {
      out += std::exchange(separator, ',');
      append_field(out, destination, id);
    }
    out += "},";
  }
  append_field(out, "time_zone", version.time_zone);
  out += R"(,"interval":{)";
  append_field(out, "unit", kUnitNames[static_cast<std::size_t>(version.unit)]);
  out += R"(,"n":)";
  append_integer(out, version.n);
  out += "},";
  if (!version.anchor.empty()) {
    append_field(out, "anchor", version.anchor);
    out += ',';
  }
  append_field(out, "mode", kModeNames[static_cast<std::size_t>(version.mode)]);
  out += '}';
}

}  // namespace

Result<CustomerProfile> decode_profile(std::string_view json, std::string_view default_tenant) {
  const auto document = JsonDocument::parse(json, kInvalid);
  if (!document) return document.error();
  const JsonObject root = document->root();
  TM_TRY(root.refuse_other_than({"tenant_id", "customer_id", "versions"}));
  CustomerProfile profile{.tenant_id = std::string(default_tenant), .customer_id = {}, .versions = {}};
  if (root.has("tenant_id") || default_tenant.empty()) {
    auto tenant = root.id("tenant_id");
    if (!tenant) return tenant.error();
    profile.tenant_id = std::move(*tenant);
  }
  auto customer = root.id("customer_id");
  if (!customer) return customer.error();
  profile.customer_id = std::move(*customer);
  const auto versions = root.objects("versions");
  if (!versions) return versions.error();
  if (versions->empty()) return root.error("versions", "must hold at least one version");
  for (const JsonObject& object : *versions) {
    auto version = read_version(object);
    if (!version) return version.error();
    if (!profile.versions.empty() && version->effective_from <= profile.versions.back().effective_from) {
      return object.error("effective_from", "must be later than that of the version before");
    }
    profile.versions.push_back(std::move(*version));
  }
  return profile;
}

std::string encode_profile(const CustomerProfile& profile) {
  std::string out = "{";
  append_field(out, "tenant_id", profile.tenant_id);
  out += ',';
  append_field(out, "customer_id", profile.customer_id);
  out += R"(,"versions":)";
  char separator = '[';
  for (const ProfileVersion& version : profile.versions) {
    out += std::exchange(separator, ',');
    append_version(out, version);
  }
  if (profile.versions.empty()) out += '[';
  out += "]}";
  return out;
}

std::string encode_customer_key(std::string_view tenant_id, std::string_view customer_id) {
  std::string out = "{";
  append_field(out, "tenant_id", tenant_id);
  out += ',';
  append_field(out, "customer_id", customer_id);
  out += '}';
  return out;
}

Result<CustomerKey> decode_customer_key(std::string_view json) {
  const auto document = JsonDocument::parse(json, kInvalid);
  if (!document) return document.error();
  const JsonObject root = document->root();
  TM_TRY(root.refuse_other_than({"tenant_id", "customer_id"}));
  auto tenant = root.id("tenant_id");
  if (!tenant) return tenant.error();
  auto customer = root.id("customer_id");
  if (!customer) return customer.error();
  return CustomerKey{std::move(*tenant), std::move(*customer)};
}

}  // namespace tidemark::schemas

#include "cli/customer_file.h"

#include <map>

#include "billing/timeline.h"
#include "schemas/customer_profile/codec.h"

namespace tidemark::cli {
namespace {

// What the engine would refuse, said before it is sent.
Status check_profile(const schemas::CustomerProfile& profile) {
  const auto timeline = billing::Timeline::of(profile.versions);
  if (!timeline) return timeline.error();
  return {};
}

}  // namespace

Result<CustomerFile> check_customers(LineReader& reader, std::string_view default_tenant) {
  CustomerFile file;
  std::map<std::string, std::int64_t> line_of_key;
  std::string_view line;
  for (;;) {
    const auto more = reader.next(line);
    if (!more) return more.error();
    if (!*more) return file;
    const auto refuse = [&](const std::string& message) {
      file.findings.push_back({reader.line_number(), message});
    };
    const auto profile = schemas::decode_profile(line, default_tenant);
    if (!profile) {
      refuse(profile.error().message);
      continue;
    }
    if (const Status checked = check_profile(*profile); !checked) refuse(checked.error().message);
    std::string key = schemas::encode_customer_key(profile->tenant_id, profile->customer_id);
    const auto [known, is_new] = line_of_key.emplace(key, reader.line_number());
    if (!is_new) refuse("the same customer as in line " + std::to_string(known->second));
    file.lines.push_back({profile->customer_id, std::move(key), std::string(line)});
  }
}

}  // namespace tidemark::cli

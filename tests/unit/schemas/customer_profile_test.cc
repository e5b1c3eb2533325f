#include <gtest/gtest.h>

#include <string>

#include "schemas/customer_profile/codec.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kVersion =
    R"({"effective_from":"2020-01-01T00:00:00Z","time_zone":"Europe/Budapest","interval":{"unit":"month","n":1},"mode":"test"})";

std::string profile_with(std::string_view versions) {
  return R"({"tenant_id":"acme","customer_id":"cus_1","versions":)" + std::string(versions) + "}";
}
// The version with `from` replaced by `to`.
std::string version_with(std::string_view from, std::string_view to) {
  std::string version(kVersion);
  const auto at = version.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return profile_with("[" + version.replace(at, from.size(), to) + "]");
}

TEST(CustomerProfileTest, ReadsAllFields) {
  const auto profile = decode_profile(
      R"({"customer_id":"cus_1","tenant_id":"acme","versions":[
        {"effective_from":"2020-01-01T00:00:00+01:00","stripe_customer_id":"cus_S","time_zone":"Europe/Budapest",
         "stripe_customer_ids":{"main":"cus_A","shadow":"cus_B"},"interval":{"unit":"hour","n":6},
         "anchor":"2026-01-31T00:00:00","mode":"do_not_bill"},
        {"effective_from":"2021-01-01T00:00:00Z","time_zone":"UTC","interval":{"unit":"year"},"mode":"live"}]})",
      "");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->tenant_id, "acme");
  EXPECT_EQ(profile->customer_id, "cus_1");
  ASSERT_EQ(profile->versions.size(), 2u);
  const ProfileVersion& first = profile->versions[0];
  EXPECT_EQ(format_rfc3339(first.effective_from), "2019-12-31T23:00:00Z");
  EXPECT_EQ(first.stripe_customer_id, "cus_S");
  EXPECT_EQ(first.stripe_customer_ids,
            (std::map<std::string, std::string>{{"main", "cus_A"}, {"shadow", "cus_B"}}));
  EXPECT_EQ(first.time_zone, "Europe/Budapest");
  EXPECT_EQ(first.unit, IntervalUnit::hour);
  EXPECT_EQ(first.n, 6);
  EXPECT_EQ(first.anchor, "2026-01-31T00:00:00");
  EXPECT_EQ(first.mode, ProfileMode::do_not_bill);
  const ProfileVersion& second = profile->versions[1];
  EXPECT_EQ(second.unit, IntervalUnit::year);
  EXPECT_EQ(second.n, 1);
  EXPECT_EQ(second.anchor, "");
  EXPECT_EQ(second.mode, ProfileMode::live);
}

TEST(CustomerProfileTest, EncodingIsTheInverse) {
  const std::string text =
      R"({"tenant_id":"acme","customer_id":"c\"1","versions":[{"effective_from":"2020-01-01T00:00:00Z",)"
      R"("stripe_customer_id":"cus_S","stripe_customer_ids":{"main":"cus_A","shadow":"cus_B"},"time_zone":"UTC",)"
      R"("interval":{"unit":"day","n":2},"anchor":"2026-01-31","mode":"internal"},{"effective_from":"2021-01-01T00:00:00Z",)"
      R"("time_zone":"UTC","interval":{"unit":"month","n":1},"mode":"live"}]})";
  const auto profile = decode_profile(text, "");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(encode_profile(*profile), text);
}

struct RefusalCase {
  const char* name;
  std::string text;
  const char* message;
};
class CustomerProfileRefusalTest : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(CustomerProfileRefusalTest, NamesFieldAndRule) {
  const auto profile = decode_profile(GetParam().text, "");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().code, "profile_invalid");
  EXPECT_EQ(profile.error().disposition, Disposition::dead_letter);
  EXPECT_EQ(profile.error().message, GetParam().message);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Profile, CustomerProfileRefusalTest, ::testing::Values(
  RefusalCase{"not_json",       "{", "not JSON: byte 1: a name in quotes is wanted"},
  RefusalCase{"not_utf8",       "\xff", "not UTF-8"},
  RefusalCase{"array",          "[]", "not a JSON object"},
  RefusalCase{"duplicate",      R"({"tenant_id":"a","tenant_id":"a"})", R"("tenant_id" comes twice in one object)"},
  RefusalCase{"no_tenant",      R"({"customer_id":"c","versions":[]})", "tenant_id: missing"},
  RefusalCase{"null_tenant",    R"({"tenant_id":null,"customer_id":"c","versions":[]})", "tenant_id: must be a string"},
  RefusalCase{"empty_customer", R"({"tenant_id":"a","customer_id":"","versions":[]})", "customer_id: must not be empty"},
  RefusalCase{"long_customer",  R"({"tenant_id":"a","customer_id":")" + std::string(129, 'x') + R"(","versions":[]})", "customer_id: 129 bytes, at most 128"},
  RefusalCase{"no_versions",    R"({"tenant_id":"a","customer_id":"c"})", "versions: missing"},
  RefusalCase{"empty_versions", profile_with("[]"), "versions: must hold at least one version"},
  RefusalCase{"not_a_version",  profile_with("[1]"), "versions[0]: must be an object"},
  RefusalCase{"unknown_field",  R"({"tenant_id":"a","customer_id":"c","version":[]})", R"("version": no such field)"},
  RefusalCase{"misspelt_anchor", version_with(R"("mode")", R"("anchr":"x","mode")"), R"(versions[0]."anchr": no such field)"},
  RefusalCase{"bad_date",       version_with("2020-01-01T", "2020-02-30T"), R"(versions[0].effective_from: "2020-02-30T00:00:00Z" is not RFC 3339 with an offset)"},
  RefusalCase{"no_time_zone",   version_with(R"("time_zone":"Europe/Budapest",)", ""), "versions[0].time_zone: missing"},
  RefusalCase{"unknown_unit",   version_with(R"("month")", R"("quarter")"), R"(versions[0].interval.unit: "quarter" is none of hour, day, week, month, year)"},
  RefusalCase{"n_zero",         version_with(R"("n":1)", R"("n":0)"), "versions[0].interval.n: must lie between 1 and 1000"},
  RefusalCase{"n_too_large",    version_with(R"("n":1)", R"("n":1001)"), "versions[0].interval.n: must lie between 1 and 1000"},
  RefusalCase{"n_decimal",      version_with(R"("n":1)", R"("n":1.0)"), "versions[0].interval.n: must be an integer"},
  RefusalCase{"no_mode",        version_with(R"(,"mode":"test")", ""), "versions[0].mode: missing"},
  RefusalCase{"unknown_mode",   version_with(R"("test")", R"("LIVE")"), R"(versions[0].mode: "LIVE" is none of live, test, internal, do_not_bill)"},
  RefusalCase{"stripe_id_type", version_with(R"("mode")", R"("stripe_customer_ids":{"main":1},"mode")"), "versions[0].stripe_customer_ids.main: must be a string"},
  RefusalCase{"same_date_twice", profile_with("[" + std::string(kVersion) + "," + std::string(kVersion) + "]"), "versions[1].effective_from: must be later than that of the version before"}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(CustomerProfileTest, TheDefaultTenantStandsInForAnAbsentOne) {
  const auto profile =
      decode_profile(R"({"customer_id":"c","versions":[)" + std::string(kVersion) + "]}", "acme");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->tenant_id, "acme");
}

TEST(CustomerKeyTest, IsCanonicalAndReadBack) {
  EXPECT_EQ(encode_customer_key("acme", "cus_1"), R"({"tenant_id":"acme","customer_id":"cus_1"})");
  EXPECT_EQ(encode_customer_key("a\"b", "c\n\x01é/"), R"({"tenant_id":"a\"b","customer_id":"c\n\u0001é/"})");
  const auto key = decode_customer_key(encode_customer_key("a\"b", "c\n\x01é/"));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->tenant_id, "a\"b");
  EXPECT_EQ(key->customer_id, "c\n\x01é/");
  EXPECT_TRUE(decode_customer_key(R"( {"customer_id":"c","tenant_id":"a"} )"));
  EXPECT_FALSE(decode_customer_key(R"({"tenant_id":"a"})"));
  EXPECT_FALSE(decode_customer_key(R"({"tenant_id":"a","customer_id":"c","x":1})"));
  EXPECT_FALSE(decode_customer_key("cus_1"));
}

}  // namespace
}  // namespace tidemark::schemas

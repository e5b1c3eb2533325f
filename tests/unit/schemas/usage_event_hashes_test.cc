#include <gtest/gtest.h>

#include <string>

#include "schemas/usage_event/fingerprint.h"
#include "tests/unit/schemas/decoding.h"

namespace tidemark::schemas {
namespace {

UsageEvent decoded(const std::string& text) {
  UsageEventDecoder decoder({});
  UsageEvent event;
  const DecodeOutcome outcome = decoder.decode(record_of(text), event);
  EXPECT_EQ(outcome.code, ErrorCode::none) << outcome.message << ": " << text;
  return event;
}

struct FingerprintCase {
  const char* name;
  std::string left;
  std::string right;
  bool equal;
};
class FingerprintTest : public ::testing::TestWithParam<FingerprintCase> {};

TEST_P(FingerprintTest, IsEqualExactlyWhenContentIs) {
  const auto& [name, left, right, equal] = GetParam();
  EXPECT_EQ(decoded(left).fingerprint == decoded(right).fingerprint, equal);
}

std::string event_at(std::string_view timestamp) {
  return R"({"event_id":"e1","tenant_id":"acme","customer_id":"cus_1","type":"api.request","timestamp":")" +
         std::string(timestamp) + "\"}";
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(UsageEvent, FingerprintTest, ::testing::Values(
  FingerprintCase{"value_as_text",      event_with(R"(,"value":12)"), event_with(R"(,"value":"12.0")"), true},
  FingerprintCase{"value_by_default",   event_with(R"(,"value":1)"), event_with(""), true},
  FingerprintCase{"other_value",        event_with(R"(,"value":1)"), event_with(R"(,"value":2)"), false},
  FingerprintCase{"other_sign",         event_with(R"(,"value":1)"), event_with(R"(,"value":-1)"), false},
  FingerprintCase{"same_instant",       event_at("2026-11-10T10:00:00+01:00"), event_at("2026-11-10T09:00:00.000Z"), true},
  FingerprintCase{"other_instant",      event_at("2026-11-10T09:00:00Z"), event_at("2026-11-10T09:00:00.000000001Z"), false},
  FingerprintCase{"absent_properties",  event_with(R"(,"properties":{})"), event_with(""), true},
  FingerprintCase{"property_numbers",   event_with(R"(,"properties":{"n":1})"), event_with(R"(,"properties":{"n":1.0})"), true},
  FingerprintCase{"property_types",     event_with(R"(,"properties":{"n":1})"), event_with(R"(,"properties":{"n":"1"})"), false},
  FingerprintCase{"property_order",     event_with(R"(,"properties":{"a":{"x":1,"y":2},"b":1})"), event_with(R"(,"properties":{"b":1,"a":{"y":2,"x":1}})"), true},
  FingerprintCase{"property_escapes",   event_with(R"(,"properties":{"\u0061":"\u0062"})"), event_with(R"(,"properties":{"a":"b"})"), true},
  FingerprintCase{"null_property",      event_with(R"(,"properties":{"a":null})"), event_with(""), false},
  FingerprintCase{"unknown_fields",     event_with(R"(,"trace":"1")"), event_with(R"(,"trace":"2")"), true},
  FingerprintCase{"source_is_identity", event_with(R"(,"source":"a")"), event_with(R"(,"source":"b")"), true},
  FingerprintCase{"same_void",          event_with(R"(,"voids":"e0")"), event_with(R"(,"voids":"\u00650")"), true},
  FingerprintCase{"void_of_another",    event_with(R"(,"voids":"e0")"), event_with(R"(,"voids":"e2")"), false},
  FingerprintCase{"void_and_not",       event_with(R"(,"voids":"e0")"), event_with(""), false},
  FingerprintCase{"order_of_fields",
    R"({"type":"t","properties":{"a":1},"event_id":"e","tenant_id":"a","customer_id":"c","timestamp":"2026-11-10T09:00:00Z"})",
    R"({"event_id":"e","tenant_id":"a","customer_id":"c","timestamp":"2026-11-10T09:00:00Z","type":"t","properties":{"a":1}})", true},
  FingerprintCase{"other_type",
    R"({"event_id":"e","tenant_id":"a","customer_id":"c","timestamp":"2026-11-10T09:00:00Z","type":"t"})",
    R"({"event_id":"e","tenant_id":"a","customer_id":"c","timestamp":"2026-11-10T09:00:00Z","type":"u"})", false}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

Hash128 identity(std::string_view tenant, std::string_view customer, std::string_view source,
                 std::string_view id) {
  HashInput scratch;
  return identity_of(tenant, customer, source, id, scratch);
}

TEST(IdentityTest, BordersBetweenFieldsCount) {
  const Hash128 base = identity("a", "b", "c", "d");
  EXPECT_EQ(base, identity("a", "b", "c", "d"));
  for (const Hash128& other :
       {identity("ab", "", "c", "d"), identity("", "ab", "c", "d"), identity("a", "bc", "", "d"),
        identity("a", "b", "", "cd"), identity("a", "b", "cd", ""), identity("b", "a", "c", "d")}) {
    EXPECT_NE(base, other);
  }
}

TEST(IdentityTest, IsIndependentOfTimeAndContent) {
  const UsageEvent one = decoded(event_with(R"(,"value":1)"));
  const UsageEvent other = decoded(event_with(R"(,"value":2,"properties":{"a":1},"x":1)"));
  EXPECT_EQ(one.identity, other.identity);
  EXPECT_NE(one.identity, decoded(event_with(R"(,"source":"gw")")).identity);
  EXPECT_EQ(one.identity, decoded(event_with(R"(,"source":"")")).identity) << "absent is empty";
}

// Both hashes stand in stored state: another value here means that every remembered id is lost.
TEST(HashesTest, AreTheOnesThatStateHolds) {
  const UsageEvent event = decoded(
      R"({"event_id":"0190f3c2","tenant_id":"acme","customer_id":"cus_42","source":"gw","type":"api.request",)"
      R"("timestamp":"2026-11-20T10:15:00.123+01:00","value":"12.5","properties":{"region":"eu","n":[1,-2.50,null,true]}})");
  EXPECT_EQ(event.identity.high, 4632047814497284448u);
  EXPECT_EQ(event.identity.low, 16946201489468185397u);
  EXPECT_EQ(event.fingerprint, 6459584332988506535u);
}

TEST(HashesTest, OfAVoidAreTheOnesThatStateHolds) {
  const UsageEvent event = decoded(
      R"({"event_id":"v1","tenant_id":"acme","customer_id":"cus_42","source":"gw","type":"api.request","voids":"0190f3c2",)"
      R"("timestamp":"2026-11-20T10:15:00.123+01:00","value":"12.5","properties":{"region":"eu","n":[1,-2.50,null,true]}})");
  EXPECT_EQ(event.voids_identity.high, 4632047814497284448u) << "the identity of the event above";
  EXPECT_EQ(event.voids_identity.low, 16946201489468185397u);
  EXPECT_EQ(event.content, 6459584332988506535u) << "its content";
  EXPECT_EQ(event.fingerprint, 15631726481018417328u);
  EXPECT_NE(event.identity, event.voids_identity);
}

TEST(HashesTest, OfAnOrdinaryEventKnowNothingOfVoids) {
  UsageEventDecoder decoder({});
  UsageEvent event;
  const std::string voiding = event_with(R"(,"voids":"e0")");
  const std::string ordinary = event_with("");
  ASSERT_EQ(decoder.decode(record_of(voiding), event).code, ErrorCode::none);
  const std::uint64_t of_void = event.fingerprint;
  ASSERT_EQ(decoder.decode(record_of(ordinary), event).code, ErrorCode::none);
  EXPECT_EQ(event.voids, "") << "reset from the event before";
  EXPECT_EQ(event.voids_identity, Hash128{});
  EXPECT_EQ(event.content, event.fingerprint);
  EXPECT_NE(of_void, event.fingerprint);
}

}  // namespace
}  // namespace tidemark::schemas

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/unit/schemas/decoding.h"

namespace tidemark::schemas {

void PrintTo(ErrorCode code, std::ostream* out) {
  *out << (code == ErrorCode::none ? "none" : name_of(code));
}

namespace {

using namespace std::string_literals;

struct DecodeCase {
  const char* name;
  std::string text;
  ErrorCode code;
};
std::string name_of_case(const ::testing::TestParamInfo<DecodeCase>& test) {
  return test.param.name;
}

class DecodeTest : public ::testing::TestWithParam<DecodeCase> {};

TEST_P(DecodeTest, GivesTheCode) {
  const auto& [name, text, code] = GetParam();
  UsageEventDecoder decoder({});
  UsageEvent event;
  const DecodeOutcome outcome = decoder.decode(record_of(text), event);
  EXPECT_EQ(outcome.code, code) << outcome.message;
  EXPECT_EQ(outcome.message.empty(), code == ErrorCode::none);
}

std::string repeat(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}
// properties that make the event `depth` deep
std::string nested(int depth) {
  return ",\"properties\":" + repeat("{\"a\":", depth - 2) + "{}" + repeat("}", depth - 2);
}
std::string filled_up_to(std::size_t size) {
  const std::string frame = event_with(R"(,"x":"")");
  return event_with(",\"x\":\"" + std::string(size - frame.size(), 'x') + '"');
}
std::string with_id(std::string_view json_string) {
  return "{\"event_id\":" + std::string(json_string) +
         R"(,"tenant_id":"acme","customer_id":"cus_1","type":"t","timestamp":"2026-11-10T09:00:00Z"})";
}

constexpr auto kGood = ErrorCode::none;

// clang-format off
INSTANTIATE_TEST_SUITE_P(Document, DecodeTest, ::testing::Values(
  DecodeCase{"smallest",               event_with(""), kGood},
  DecodeCase{"all_fields",             event_with(R"(,"source":"gw","value":"1.5","properties":{"a":[1,{"b":null}]})"), kGood},
  DecodeCase{"unknown_fields",         event_with(R"(,"trace":{"id":"x"},"n":1.5e300,"l":[[]])"), kGood},
  DecodeCase{"spaces",                 " \n" + event_with("") + "\r\n\t ", kGood},
  DecodeCase{"exactly_64_kib",         filled_up_to(65'536), kGood},
  DecodeCase{"one_byte_more",          filled_up_to(65'537), ErrorCode::record_too_large},
  DecodeCase{"empty_value",            "", ErrorCode::invalid_json},
  DecodeCase{"invalid_utf8",           event_with(",\"x\":\"\xff\""), ErrorCode::invalid_utf8},
  DecodeCase{"overlong_utf8",          event_with(",\"x\":\"\xc0\xaf\""), ErrorCode::invalid_utf8},
  DecodeCase{"surrogate_in_utf8",      event_with(",\"x\":\"\xed\xa0\x80\""), ErrorCode::invalid_utf8},
  DecodeCase{"cut_utf8",               event_with("") + "\xc3", ErrorCode::invalid_utf8},
  DecodeCase{"byte_order_mark",        "\xef\xbb\xbf" + event_with(""), ErrorCode::byte_order_mark},
  DecodeCase{"utf16",                  "{\0\"\0"s, ErrorCode::invalid_json},
  DecodeCase{"cut",                    R"({"event_id":"x1",)", ErrorCode::invalid_json},
  DecodeCase{"bytes_after",            event_with("") + "x", ErrorCode::invalid_json},
  DecodeCase{"two_events",             event_with("") + event_with(""), ErrorCode::invalid_json},
  DecodeCase{"nul_after",              event_with("") + "\0"s, ErrorCode::invalid_json},
  DecodeCase{"bad_unknown_field",      event_with(R"(,"x":{"y":[1,2,]})"), ErrorCode::invalid_json},
  DecodeCase{"bad_property",           event_with(R"(,"properties":{"a":tru})"), ErrorCode::invalid_json},
  DecodeCase{"number_with_zero",       event_with(R"(,"x":01)"), ErrorCode::invalid_json},
  DecodeCase{"control_character",      event_with(",\"x\":\"a\nb\""), ErrorCode::invalid_json},
  DecodeCase{"array",                  "[" + event_with("") + "]", ErrorCode::not_an_object},
  DecodeCase{"null_text",              "null", ErrorCode::not_an_object},
  DecodeCase{"string",                 "\"x\"", ErrorCode::not_an_object},
  DecodeCase{"sixteen_deep",           event_with(nested(16)), kGood},
  DecodeCase{"seventeen_deep",         event_with(nested(17)), ErrorCode::too_deep},
  DecodeCase{"seventeen_deep_arrays",  event_with(",\"x\":" + repeat("[", 16) + repeat("]", 16)), ErrorCode::too_deep},
  DecodeCase{"duplicate",              event_with(R"(,"type":"t")"), ErrorCode::duplicate_field},
  DecodeCase{"duplicate_escaped",      event_with(R"(,"\u0074ype":"t")"), ErrorCode::duplicate_field},
  DecodeCase{"duplicate_unknown",      event_with(R"(,"x":1,"y":2,"x":3)"), ErrorCode::duplicate_field},
  DecodeCase{"duplicate_property",     event_with(R"(,"properties":{"a":1,"a":1})"), ErrorCode::duplicate_field},
  DecodeCase{"duplicate_deep",         event_with(R"(,"properties":{"l":[{"a":1,"b":2,"\u0061":1}]})"), ErrorCode::duplicate_field},
  DecodeCase{"duplicate_in_unknown",   event_with(R"(,"x":[{"a":1,"a":2}])"), ErrorCode::duplicate_field},
  DecodeCase{"same_name_elsewhere",    event_with(R"(,"properties":{"type":1,"event_id":{"type":2}})"), kGood},
  DecodeCase{"lone_surrogate",         event_with(R"(,"x":"\ud800")"), ErrorCode::lone_surrogate},
  DecodeCase{"lone_surrogate_in_name", event_with(R"(,"properties":{"\udc00":1})"), ErrorCode::lone_surrogate},
  DecodeCase{"surrogate_pair",         event_with(R"(,"x":"\ud83d\ude00")"), kGood},
  DecodeCase{"cloud_event_without_id", event_with(R"(,"specversion":"1.0")"), ErrorCode::field_missing}),
  name_of_case);

INSTANTIATE_TEST_SUITE_P(OrderOfComplaints, DecodeTest, ::testing::Values(
  DecodeCase{"utf8_before_json",        "{\xff", ErrorCode::invalid_utf8},
  DecodeCase{"utf8_before_mark",        "\xef\xbb\xbf\xff", ErrorCode::invalid_utf8},
  DecodeCase{"json_before_depth",       repeat("[", 40), ErrorCode::invalid_json},
  DecodeCase{"object_before_depth",     repeat("[", 40) + repeat("]", 40), ErrorCode::not_an_object},
  DecodeCase{"depth_before_duplicates", event_with(nested(17) + R"(,"type":1)"), ErrorCode::too_deep},
  DecodeCase{"duplicates_before_surrogates", event_with(R"(,"type":"\ud800")"), ErrorCode::duplicate_field},
  DecodeCase{"surrogates_before_fields", R"({"event_id":"\ud800"})", ErrorCode::lone_surrogate},
  DecodeCase{"event_id_before_type",    R"({"type":1,"timestamp":2})", ErrorCode::field_missing},
  DecodeCase{"type_before_timestamp",   R"({"timestamp":2,"type":"","customer_id":"c","tenant_id":"t","event_id":"e"})", ErrorCode::field_empty},
  DecodeCase{"timestamp_before_value",  R"({"value":1.5,"timestamp":2,"type":"x","customer_id":"c","tenant_id":"t","event_id":"e"})", ErrorCode::field_wrong_type},
  DecodeCase{"value_before_properties", event_with(R"(,"properties":1,"value":1.5)"), ErrorCode::value_is_float},
  DecodeCase{"properties_before_voids", event_with(R"(,"voids":"","properties":1)"), ErrorCode::field_wrong_type},
  DecodeCase{"voids_before_itself",     event_with(R"(,"voids":"")"), ErrorCode::field_empty}),
  name_of_case);

INSTANTIATE_TEST_SUITE_P(Ids, DecodeTest, ::testing::Values(
  DecodeCase{"id_of_128_bytes",     with_id('"' + std::string(128, 'x') + '"'), kGood},
  DecodeCase{"id_of_129_bytes",     with_id('"' + std::string(129, 'x') + '"'), ErrorCode::id_too_long},
  DecodeCase{"bytes_not_letters",   with_id('"' + repeat("é", 65) + '"'), ErrorCode::id_too_long},
  DecodeCase{"64_letters",          with_id('"' + repeat("é", 64) + '"'), kGood},
  DecodeCase{"128_after_unescaping", with_id('"' + repeat("\\u0041", 128) + '"'), kGood},
  DecodeCase{"129_after_unescaping", with_id('"' + repeat("\\u0041", 129) + '"'), ErrorCode::id_too_long},
  DecodeCase{"nul_in_id",           with_id(R"("a\u0000b")"), ErrorCode::nul_in_id},
  DecodeCase{"empty_id",            with_id(R"("")"), ErrorCode::field_empty},
  DecodeCase{"number_as_id",        with_id("7"), ErrorCode::field_wrong_type},
  DecodeCase{"null_as_id",          with_id("null"), ErrorCode::field_wrong_type},
  DecodeCase{"object_as_id",        with_id("{}"), ErrorCode::field_wrong_type},
  DecodeCase{"no_tenant",           R"({"event_id":"e","customer_id":"c","type":"t","timestamp":"2026-11-10T09:00:00Z"})", ErrorCode::field_missing},
  DecodeCase{"no_customer",         R"({"event_id":"e","tenant_id":"a","type":"t","timestamp":"2026-11-10T09:00:00Z"})", ErrorCode::field_missing},
  DecodeCase{"no_type",             R"({"event_id":"e","tenant_id":"a","customer_id":"c","timestamp":"2026-11-10T09:00:00Z"})", ErrorCode::field_missing},
  DecodeCase{"no_timestamp",        R"({"event_id":"e","tenant_id":"a","customer_id":"c","type":"t"})", ErrorCode::field_missing},
  DecodeCase{"empty_source",        event_with(R"(,"source":"")"), kGood},
  DecodeCase{"null_source",         event_with(R"(,"source":null)"), ErrorCode::field_wrong_type},
  DecodeCase{"long_source",         event_with(",\"source\":\"" + std::string(129, 's') + '"'), ErrorCode::id_too_long},
  DecodeCase{"nul_in_source",       event_with(R"(,"source":"\u0000")"), ErrorCode::nul_in_id},
  DecodeCase{"null_properties",     event_with(R"(,"properties":null)"), ErrorCode::field_wrong_type},
  DecodeCase{"array_properties",    event_with(R"(,"properties":[])"), ErrorCode::field_wrong_type},
  DecodeCase{"nul_in_property",     event_with(R"(,"properties":{"a":"\u0000"})"), kGood},
  DecodeCase{"void",                event_with(R"(,"voids":"e0")"), kGood},
  DecodeCase{"void_of_null",        event_with(R"(,"voids":null)"), ErrorCode::field_wrong_type},
  DecodeCase{"void_of_nothing",     event_with(R"(,"voids":"")"), ErrorCode::field_empty},
  DecodeCase{"void_of_long_id",     event_with(",\"voids\":\"" + std::string(129, 'v') + '"'), ErrorCode::id_too_long},
  DecodeCase{"void_of_nul",         event_with(R"(,"voids":"\u0000")"), ErrorCode::nul_in_id},
  DecodeCase{"void_of_itself",      event_with(R"(,"voids":"\u00651")"), ErrorCode::void_mismatch}),
  name_of_case);
// clang-format on

struct ValueCase {
  const char* name;
  std::string json;
  bool json_floats;
  ErrorCode code;
  const char* value;
};
class DecodeValueTest : public ::testing::TestWithParam<ValueCase> {};

TEST_P(DecodeValueTest, IsExactOrRefused) {
  const auto& [name, json, json_floats, code, value] = GetParam();
  UsageEventDecoder decoder({.default_tenant = "", .json_floats = json_floats});
  UsageEvent event;
  const std::string text = event_with(json.empty() ? "" : ",\"value\":" + json);
  const DecodeOutcome outcome = decoder.decode(record_of(text), event);
  EXPECT_EQ(outcome.code, code) << outcome.message;
  if (code == ErrorCode::none) {
    EXPECT_EQ(to_string(event.value), value);
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Values, DecodeValueTest, ::testing::Values(
  ValueCase{"absent",             "",                     false, kGood, "1"},
  ValueCase{"string",             R"("12.5")",            false, kGood, "12.5"},
  ValueCase{"escaped_string",     R"("1\u0032")",         false, kGood, "12"},
  ValueCase{"integer",            "12",                   false, kGood, "12"},
  ValueCase{"negative",           "-12",                  false, kGood, "-12"},
  ValueCase{"minus_zero",         "-0",                   false, kGood, "0"},
  ValueCase{"beyond_int64",       "9223372036854775808",  false, kGood, "9223372036854775808"},
  ValueCase{"beyond_uint64",      "18446744073709551617", false, kGood, "18446744073709551617"},
  ValueCase{"27_digits",          "170141183460469231731687303", false, kGood, "170141183460469231731687303"},
  ValueCase{"integer_overflow",   "170141183460469231731687304", false, ErrorCode::value_overflow, ""},
  ValueCase{"string_overflow",    R"("-170141183460469231731687304")", false, ErrorCode::value_overflow, ""},
  ValueCase{"float",              "0.1",                  false, ErrorCode::value_is_float, ""},
  ValueCase{"whole_float",        "1.0",                  false, ErrorCode::value_is_float, ""},
  ValueCase{"exponent",           "1e3",                  false, ErrorCode::value_is_float, ""},
  ValueCase{"float_allowed",      "0.1",                  true,  kGood, "0.1"},
  ValueCase{"float_digit_by_digit", "0.100000000001",     true,  kGood, "0.100000000001"},
  ValueCase{"float_beyond_53_bits", "9007199254740993.5", true,  kGood, "9007199254740993.5"},
  ValueCase{"float_too_precise",  "0.0000000000001",      true,  ErrorCode::value_too_precise, ""},
  ValueCase{"exponent_never",     "1e3",                  true,  ErrorCode::value_not_a_number, ""},
  ValueCase{"exponent_never_in_text", R"("1e3")",         true,  ErrorCode::value_not_a_number, ""},
  ValueCase{"twelve_decimals",    R"("0.000000000001")",  false, kGood, "0.000000000001"},
  ValueCase{"thirteen_decimals",  R"("0.0000000000001")", false, ErrorCode::value_too_precise, ""},
  ValueCase{"trailing_zeros",     R"("1.5000000000000000")", false, kGood, "1.5"},
  ValueCase{"leading_zeros",      R"("007")",             false, ErrorCode::value_not_a_number, ""},
  ValueCase{"no_integer_part",    R"(".5")",              false, ErrorCode::value_not_a_number, ""},
  ValueCase{"no_decimals",        R"("5.")",              false, ErrorCode::value_not_a_number, ""},
  ValueCase{"plus",               R"("+5")",              false, ErrorCode::value_not_a_number, ""},
  ValueCase{"empty",              R"("")",                false, ErrorCode::value_not_a_number, ""},
  ValueCase{"null",               "null",                 false, ErrorCode::field_wrong_type, ""},
  ValueCase{"boolean",            "true",                 false, ErrorCode::field_wrong_type, ""},
  ValueCase{"object",             "{}",                   false, ErrorCode::field_wrong_type, ""},
  ValueCase{"array",              "[1]",                  false, ErrorCode::field_wrong_type, ""},
  ValueCase{"bare_leading_zeros", "007",                  true,  ErrorCode::invalid_json, ""},
  ValueCase{"bare_point",         ".5",                   true,  ErrorCode::invalid_json, ""}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(UsageEventDecoderTest, FillsTheEvent) {
  const std::string text =
      R"({"properties":{"region":"eu"},"value":"12.5","timestamp":"2026-11-20T10:15:00.123+01:00","type":"api.\u0072equest",)"
      R"("source":"gw","customer_id":"cus_42","tenant_id":"acme","event_id":"0190f3c2","extra":[1]})";
  UsageEventDecoder decoder({});
  UsageEvent event;
  ASSERT_EQ(decoder.decode(record_of(text), event).code, ErrorCode::none);
  EXPECT_EQ(event.event_id, "0190f3c2");
  EXPECT_EQ(event.tenant_id, "acme");
  EXPECT_EQ(event.customer_id, "cus_42");
  EXPECT_EQ(event.source, "gw");
  EXPECT_EQ(event.type, "api.request");
  EXPECT_EQ(format_rfc3339(event.event_time), "2026-11-20T09:15:00.123Z");
  EXPECT_EQ(to_string(event.value), "12.5");
  EXPECT_EQ(event.properties, R"({"region":"eu"})");
  EXPECT_EQ(event.properties.data(), text.data() + text.find(R"({"region)")) << "a view of the record";
}

TEST(UsageEventDecoderTest, WhatIsAbsentIsResetFromTheEventBefore) {
  UsageEventDecoder decoder({});
  UsageEvent event;
  const std::string full = event_with(R"(,"source":"gw","value":"7","properties":{"a":1})");
  const std::string bare = event_with("");
  ASSERT_EQ(decoder.decode(record_of(full), event).code, ErrorCode::none);
  ASSERT_EQ(decoder.decode(record_of(bare), event).code, ErrorCode::none);
  EXPECT_EQ(event.source, "");
  EXPECT_EQ(event.properties, "");
  EXPECT_EQ(to_string(event.value), "1");
}

TEST(UsageEventDecoderTest, ViewsLiveUntilTheBatchEnds) {
  UsageEventDecoder decoder({});
  std::vector<std::string> texts;
  for (int i = 0; i < 3'000; ++i)
    texts.push_back(with_id("\"\\u0065vent-" + std::to_string(i) + std::string(80, 'x') + '"'));
  for (int batch = 0; batch < 2; ++batch) {
    decoder.begin_batch();
    std::vector<UsageEvent> events(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ASSERT_EQ(decoder.decode(record_of(texts[i]), events[i]).code, ErrorCode::none);
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ASSERT_EQ(events[i].event_id, "event-" + std::to_string(i) + std::string(80, 'x'));
    }
  }
}

TEST(UsageEventDecoderTest, TheDefaultTenantStandsInForAnAbsentOneOnly) {
  UsageEventDecoder decoder({.default_tenant = "acme"});
  UsageEvent event;
  const std::string absent =
      R"({"event_id":"e","customer_id":"c","type":"t","timestamp":"2026-11-10T09:00:00Z"})";
  ASSERT_EQ(decoder.decode(record_of(absent), event).code, ErrorCode::none);
  EXPECT_EQ(event.tenant_id, "acme");
  const std::string null =
      R"({"tenant_id":null,"event_id":"e","customer_id":"c","type":"t","timestamp":"2026-11-10T09:00:00Z"})";
  EXPECT_EQ(decoder.decode(record_of(null), event).code, ErrorCode::field_wrong_type);
}

TEST(UsageEventDecoderTest, ATombstoneIsADeadLetter) {
  UsageEventDecoder decoder({});
  UsageEvent event;
  EXPECT_EQ(decoder.decode(RecordView{}, event).code, ErrorCode::null_value);
}

TEST(UsageEventDecoderTest, MessagesNameFieldAndLimit) {
  UsageEventDecoder decoder({});
  UsageEvent event;
  const auto message = [&](const std::string& text) {
    return decoder.decode(record_of(text), event).message;
  };
  EXPECT_EQ(message(with_id('"' + std::string(129, 'x') + '"')), "event_id: 129 bytes, at most 128");
  EXPECT_EQ(message(event_with(",\"value\":0.1")), "value: \"0.1\" is a JSON float");
  EXPECT_EQ(message(R"({"event_id":01})"), "byte 12: a number with a leading zero");
  EXPECT_EQ(message(event_with(",\"a\":{\"b\":1,\"b\":2}")), "\"b\" comes twice in one object");
  EXPECT_LT(message(event_with(",\"value\":\"" + std::string(60'000, 'x') + '"')).size(), 200u);
}

}  // namespace
}  // namespace tidemark::schemas

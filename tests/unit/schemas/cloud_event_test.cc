#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/schemas/decoding.h"

namespace tidemark::schemas {
namespace {

using Headers = std::vector<HeaderView>;

constexpr HeaderView kVersion{"ce_specversion", "1.0"};
constexpr HeaderView kStructured{"content-type", "application/cloudevents+json"};

DecodeOutcome decode(UsageEventDecoder& decoder, const Headers& headers, const std::string& value,
                     UsageEvent& event) {
  RecordView record = record_of(value);
  record.headers = headers;
  return decoder.decode(record, event);
}
DecodeOutcome decode(UsageEventDecoder&, const Headers&, std::string&&,
                     UsageEvent&) = delete;  // the event views it

std::string structured_with(std::string_view members) {
  return R"({"specversion":"1.0","id":"e1","subject":"cus_1","type":"api.request",)"
         R"("time":"2026-11-10T09:00:00Z","tenantid":"acme")" +
         std::string(members) + "}";
}

// `more` in the place of headers of the same name, or behind.
Headers binary_with(const Headers& more) {
  Headers headers{kVersion,
                  {"ce_id", "e1"},
                  {"ce_subject", "cus_1"},
                  {"ce_type", "api.request"},
                  {"ce_time", "2026-11-10T09:00:00Z"},
                  {"ce_tenantid", "acme"}};
  for (const HeaderView& header : more) {
    std::size_t at = 0;
    while (at < headers.size() && headers[at].name != header.name) ++at;
    if (at == headers.size()) headers.emplace_back();
    headers[at] = header;
  }
  return headers;
}

struct SameCase {
  const char* name;
  std::string own;
  std::string structured;
  Headers headers;
  std::string data;
};
class CloudEventTest : public ::testing::TestWithParam<SameCase> {};

TEST_P(CloudEventTest, IsTheSameEventInAllForms) {
  const auto& [name, own, structured, headers, data] = GetParam();
  UsageEventDecoder decoder({.paths = {PropertyPath{"region"}}});
  UsageEvent first;
  ASSERT_EQ(decode(decoder, {}, own, first).code, ErrorCode::none);
  const auto expect_same = [&](const Headers& with, const std::string& value) {
    UsageEvent event;
    const DecodeOutcome outcome = decode(decoder, with, value, event);
    ASSERT_EQ(outcome.code, ErrorCode::none) << outcome.message;
    EXPECT_EQ(event.event_id, first.event_id);
    EXPECT_EQ(event.tenant_id, first.tenant_id);
    EXPECT_EQ(event.customer_id, first.customer_id);
    EXPECT_EQ(event.source, first.source);
    EXPECT_EQ(event.type, first.type);
    EXPECT_EQ(event.event_time, first.event_time);
    EXPECT_EQ(event.value, first.value);
    EXPECT_EQ(event.voids, first.voids);
    EXPECT_EQ(event.identity, first.identity);
    EXPECT_EQ(event.voids_identity, first.voids_identity);
    EXPECT_EQ(event.fingerprint, first.fingerprint);
    EXPECT_EQ(event.content, first.content);
    EXPECT_EQ(event.selected[0].present, first.selected[0].present);
    EXPECT_EQ(event.selected[0].text, first.selected[0].text);
  };
  expect_same({}, structured);
  expect_same({kStructured}, structured);
  expect_same(headers, data);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Forms, CloudEventTest, ::testing::Values(
  SameCase{"smallest", event_with(""), structured_with(""), binary_with({}), ""},
  SameCase{"source", event_with(R"(,"source":"/gw")"), structured_with(R"(,"source":"/gw")"), binary_with({{"ce_source", "/gw"}}), "{}"},
  SameCase{"value_and_properties", event_with(R"(,"value":"12.50","properties":{"region":"eu","n":1.0})"),
    structured_with(R"(,"data":{"region":"eu","value":"12.50","n":1})"), binary_with({}), R"({"n":10e-1,"region":"eu","value":"12.5"})"},
  SameCase{"escaped_value", event_with(R"(,"value":7,"properties":{"region":"eu"})"),
    structured_with(R"(,"data":{"region":"eu","v\u0061lue":7})"), binary_with({}), R"({"\u0076alue":"7","region":"eu"})"},
  SameCase{"inner_value_is_a_property", event_with(R"(,"value":7,"properties":{"a":{"value":1}})"),
    structured_with(R"(,"data":{"a":{"value":1},"value":7})"), binary_with({}), R"({"value":7,"a":{"value":1}})"},
  SameCase{"void", event_with(R"(,"voids":"e0","value":2)"), structured_with(R"(,"voids":"e0","data":{"value":2})"),
    binary_with({{"ce_voids", "e0"}}), R"({"value":2})"},
  SameCase{"extensions", event_with(R"(,"traceparent":"00-1")"), structured_with(R"(,"traceparent":"00-1","event_id":"x","value":5)"),
    binary_with({{"ce_traceparent", "00-1"}, {"ce_event_id", "x"}, {"ce_value", "5"}}), "{}"},
  SameCase{"json_data", event_with(R"(,"properties":{"region":"eu"})"),
    structured_with(R"(,"datacontenttype":"application/json; charset=utf-8","data":{"region":"eu"})"),
    binary_with({{"Content-Type", "Application/JSON;charset=UTF-8"}}), R"({"region":"eu"})"},
  SameCase{"suffix_json", event_with(R"(,"properties":{"region":"eu"})"),
    structured_with(R"(,"datacontenttype":"application/vnd.acme+json","data":{"region":"eu"})"),
    binary_with({{"content-type", "application/vnd.acme+json"}}), R"({"region":"eu"})"},
  SameCase{"other_letters", event_with(R"(,"source":"\u00e9")"), structured_with(R"(,"source":"é")"), binary_with({{"ce_source", "é"}}), ""}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

struct RefusedCase {
  const char* name;
  Headers headers;
  std::string value;
  ErrorCode code;
  const char* message;
};
class RefusedCloudEventTest : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedCloudEventTest, NamesTheAttribute) {
  const auto& [name, headers, value, code, message] = GetParam();
  UsageEventDecoder decoder({});
  UsageEvent event;
  const DecodeOutcome outcome = decode(decoder, headers, value, event);
  EXPECT_EQ(outcome.code, code);
  EXPECT_EQ(outcome.message, message);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Structured, RefusedCloudEventTest, ::testing::Values(
  RefusedCase{"no_version",        {kStructured}, event_with(""), ErrorCode::field_missing, "specversion: missing"},
  RefusedCase{"null_version",      {}, event_with(R"(,"specversion":null)"), ErrorCode::field_missing, "specversion: missing"},
  RefusedCase{"old_version",       {}, event_with(R"(,"specversion":"0.3")"), ErrorCode::unsupported_format, "specversion: must be \"1.0\""},
  RefusedCase{"number_as_version", {}, event_with(R"(,"specversion":1.0)"), ErrorCode::unsupported_format, "specversion: must be \"1.0\""},
  RefusedCase{"own_names",         {}, event_with(R"(,"specversion":"1.0")"), ErrorCode::field_missing, "id: missing"},
  RefusedCase{"other_format",      {{"content-type", "application/cloudevents+avro"}}, structured_with(""), ErrorCode::unsupported_format, "content-type: CloudEvents are read as JSON only"},
  RefusedCase{"no_format",         {{"content-type", "application/cloudevents"}}, structured_with(""), ErrorCode::unsupported_format, "content-type: CloudEvents are read as JSON only"},
  RefusedCase{"xml_data",          {}, structured_with(R"(,"datacontenttype":"text/xml","data":{})"), ErrorCode::unsupported_format, "datacontenttype: must be JSON"},
  RefusedCase{"suffix_alone",      {}, structured_with(R"(,"datacontenttype":"+json","data":{})"), ErrorCode::unsupported_format, "datacontenttype: must be JSON"},
  RefusedCase{"type_of_number",    {}, structured_with(R"(,"datacontenttype":5)"), ErrorCode::field_wrong_type, "datacontenttype: must be a string"},
  RefusedCase{"base64",            {}, structured_with(R"(,"data_base64":"e30=")"), ErrorCode::unsupported_format, "data_base64: data must be JSON"},
  RefusedCase{"no_subject",        {}, R"({"specversion":"1.0","id":"e","tenantid":"a"})", ErrorCode::field_missing, "subject: missing"},
  RefusedCase{"null_subject",      {}, R"({"specversion":"1.0","id":"e","tenantid":"a","subject":null})", ErrorCode::field_missing, "subject: missing"},
  RefusedCase{"null_and_again",    {}, structured_with(R"(,"source":null,"source":"x")"), ErrorCode::duplicate_field, "\"source\" comes twice in one object"},
  RefusedCase{"no_tenant",         {}, R"({"specversion":"1.0","id":"e"})", ErrorCode::field_missing, "tenantid: missing"},
  RefusedCase{"time_without_offset", {}, R"({"specversion":"1.0","id":"e","tenantid":"a","subject":"c","type":"t","time":"2026-11-10T09:00:00"})", ErrorCode::invalid_timestamp, "time: \"2026-11-10T09:00:00\" is not RFC 3339 with an offset"},
  RefusedCase{"data_as_text",      {}, structured_with(R"(,"data":"{}")"), ErrorCode::field_wrong_type, "data: must be an object"},
  RefusedCase{"null_data",         {}, structured_with(R"(,"data":null)"), ErrorCode::field_wrong_type, "data: must be an object"},
  RefusedCase{"float_in_data",     {}, structured_with(R"(,"data":{"value":1.0})"), ErrorCode::value_is_float, "data.value: \"1.0\" is a JSON float"},
  RefusedCase{"null_value",        {}, structured_with(R"(,"data":{"value":null})"), ErrorCode::field_wrong_type, "data.value: must be a decimal string or an integer"},
  RefusedCase{"value_twice",       {}, structured_with(R"(,"data":{"value":1,"v\u0061lue":1})"), ErrorCode::duplicate_field, "\"value\" comes twice in one object"},
  RefusedCase{"twice_in_value",    {}, structured_with(R"(,"data":{"value":{"a":1,"a":1}})"), ErrorCode::duplicate_field, "\"a\" comes twice in one object"},
  RefusedCase{"voids_itself",      {}, structured_with(R"(,"voids":"e1")"), ErrorCode::void_mismatch, "voids: an event cannot take itself back"}),
  [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(Binary, RefusedCloudEventTest, ::testing::Values(
  RefusedCase{"no_version",       {{"ce_id", "e1"}}, "{}", ErrorCode::field_missing, "specversion: missing"},
  RefusedCase{"old_version",      binary_with({{"ce_specversion", "0.3"}}), "{}", ErrorCode::unsupported_format, "specversion: must be \"1.0\""},
  RefusedCase{"unknown_alone",    {{"ce_x", "1"}}, event_with(""), ErrorCode::field_missing, "specversion: missing"},
  RefusedCase{"no_id",            {kVersion}, "{}", ErrorCode::field_missing, "id: missing"},
  RefusedCase{"empty_id",         binary_with({{"ce_id", ""}}), "{}", ErrorCode::field_empty, "id: must not be empty"},
  RefusedCase{"nul_in_id",        binary_with({{"ce_id", std::string_view("e\0", 2)}}), "{}", ErrorCode::nul_in_id, "id: holds the character \\u0000"},
  RefusedCase{"empty_voids",      binary_with({{"ce_voids", ""}}), "{}", ErrorCode::field_empty, "voids: must not be empty"},
  RefusedCase{"not_utf8",         binary_with({{"ce_subject", "\xff"}}), "{}", ErrorCode::invalid_utf8, "subject: not UTF-8"},
  RefusedCase{"unknown_not_utf8", binary_with({{"ce_x", "\xff"}}), "{}", ErrorCode::invalid_utf8, "a header ce_*: not UTF-8"},
  RefusedCase{"twice",            {kVersion, {"ce_time", "a"}, {"ce_time", "a"}}, "{}", ErrorCode::duplicate_field, "time: comes twice in the headers"},
  RefusedCase{"type_twice",       {kVersion, {"content-type", "application/json"}, {"Content-Type", "application/json"}}, "{}", ErrorCode::duplicate_field, "datacontenttype: comes twice in the headers"},
  RefusedCase{"avro_data",        binary_with({{"content-type", "application/avro"}}), "\xff", ErrorCode::unsupported_format, "datacontenttype: must be JSON"},
  RefusedCase{"lines_of_data",    binary_with({{"content-type", "application/x-ndjson"}}), "{}\n{}", ErrorCode::unsupported_format, "datacontenttype: must be JSON"},
  RefusedCase{"array_as_data",    binary_with({}), "[{}]", ErrorCode::not_an_object, "the value is not a JSON object"},
  RefusedCase{"bad_time",         binary_with({{"ce_time", "soon"}}), "{}", ErrorCode::invalid_timestamp, "time: \"soon\" is not RFC 3339 with an offset"},
  RefusedCase{"voids_itself",     binary_with({{"ce_voids", "e1"}}), "", ErrorCode::void_mismatch, "voids: an event cannot take itself back"}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(CloudEventFormTest, ATombstoneStaysADeadLetter) {
  const Headers headers = binary_with({});
  RecordView record;
  record.headers = headers;
  UsageEventDecoder decoder({});
  UsageEvent event;
  EXPECT_EQ(decoder.decode(record, event).code, ErrorCode::null_value);
}

TEST(CloudEventFormTest, TheContentTypeWinsOverAttributesInHeaders) {
  UsageEventDecoder decoder({});
  UsageEvent event;
  const std::string value = structured_with("");
  ASSERT_EQ(decode(decoder, binary_with({{"ce_id", "other"}, kStructured}), value, event).code,
            ErrorCode::none);
  EXPECT_EQ(event.event_id, "e1");
}

TEST(CloudEventFormTest, OtherHeadersLeaveOwnJsonAlone) {
  const HeaderView harmless[] = {
      {"content-type", "application/json"}, {"traceparent", "application/cloudevents"}, {"CE_ID", "x"}};
  const std::string value = event_with("");
  for (const HeaderView& header : harmless) {
    UsageEventDecoder decoder({});
    UsageEvent event;
    EXPECT_EQ(decode(decoder, {header}, value, event).code, ErrorCode::none) << header.name;
  }
}

TEST(CloudEventFormTest, ValueOfTheDataIsNoProperty) {
  UsageEventDecoder decoder({.paths = {PropertyPath{"value"}}});
  UsageEvent event;
  const std::string structured = structured_with(R"(,"data":{"value":7})");
  ASSERT_EQ(decode(decoder, {}, structured, event).code, ErrorCode::none);
  EXPECT_FALSE(event.selected[0].present);
  const std::string own = event_with(R"(,"properties":{"value":7})");
  ASSERT_EQ(decode(decoder, {}, own, event).code, ErrorCode::none);
  EXPECT_TRUE(event.selected[0].present) << "in own JSON it is one like any other";
}

TEST(CloudEventFormTest, ExtensionsInHeadersComeOnce) {
  const std::string no_data;
  UsageEventDecoder decoder({});
  UsageEvent event;
  Headers headers = binary_with({{"ce_x", "1"}, {"ce_y", "1"}});
  EXPECT_EQ(decode(decoder, headers, no_data, event).code, ErrorCode::none);
  headers.push_back({"ce_x", "1"});
  EXPECT_EQ(decode(decoder, headers, no_data, event).message, "a header ce_*: comes twice");
}

}  // namespace
}  // namespace tidemark::schemas

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

}  // namespace
}  // namespace tidemark::schemas

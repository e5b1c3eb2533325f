#include "cli/input_line.h"

#include <gtest/gtest.h>

namespace tidemark::cli {
namespace {

struct PlainCase {
  const char* name;
  const char* line;
};
class PlainLineTest : public ::testing::TestWithParam<PlainCase> {};

TEST_P(PlainLineTest, IsTheValueOfAnEvent) {
  const auto read = read_input_line(GetParam().line);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->value, GetParam().line);
  EXPECT_EQ(read->topic, "");
  EXPECT_FALSE(read->key || read->arrival);
}
INSTANTIATE_TEST_SUITE_P(
    InputLine, PlainLineTest,
    ::testing::Values(PlainCase{"event", R"({"event_id":"e1","customer_id":"c"})"},
                      PlainCase{"event_with_a_member_record", R"({"event_id":"e1","record":{}})"},
                      PlainCase{"cloud_event_with_a_member_raw", R"({"specversion":"1.0","raw":"x"})"},
                      PlainCase{"object_of_neither_kind", R"({"a":1})"},
                      PlainCase{"envelope_inside_of_an_object", R"({"a":{"record":{}}})"},
                      PlainCase{"name_of_an_envelope_as_a_value", R"({"a":"record"})"},
                      PlainCase{"list", R"([{"record":{}}])"}, PlainCase{"blank", ""},
                      PlainCase{"no_json", "cus_1,5"},
                      PlainCase{"envelope_cut_short", R"({"record":{"a":1})"},
                      PlainCase{"envelope_and_more", R"({"record":{}} x)"}, PlainCase{"empty_object", "{}"}),
    [](const auto& test) { return std::string(test.param.name); });

struct EnvelopeCase {
  const char* name;
  const char* line;
  const char* value;  // nullptr: a tombstone
};
class EnvelopeTest : public ::testing::TestWithParam<EnvelopeCase> {};

TEST_P(EnvelopeTest, HoldsTheRecordByteForByte) {
  const auto read = read_input_line(GetParam().line);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->value.has_value(), GetParam().value != nullptr);
  if (read->value) {
    EXPECT_EQ(*read->value, GetParam().value);
  }
}
INSTANTIATE_TEST_SUITE_P(
    InputLine, EnvelopeTest,
    ::testing::Values(EnvelopeCase{"object", R"({"record": {"a" : 1.50, "a":[ ]} })",
                                   R"({"a" : 1.50, "a":[ ]})"},
                      EnvelopeCase{"braces_and_quotes_in_texts", R"({"record":{"a":"}\"]{","b":"\\"},"n":1})",
                                   R"({"a":"}\"]{","b":"\\"})"},
                      EnvelopeCase{"number", R"({"n":1,"record":12})", "12"},
                      EnvelopeCase{"text", R"({"record":"x"})", R"("x")"},
                      EnvelopeCase{"raw_is_unescaped", R"({"raw":"{\"a\":\u00e9"})", "{\"a\":\xc3\xa9"},
                      EnvelopeCase{"raw_may_be_empty", R"({"raw":""})", ""},
                      EnvelopeCase{"tombstone", R"({"tombstone":true})", nullptr},
                      EnvelopeCase{"members_of_other_names",
                                   R"({"verdict":"counted","record":{},"event":{"event_id":1}})", "{}"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(InputLineTest, EnvelopeSaysHowTheRecordCame) {
  const auto read = read_input_line(
      R"({"topic":"usage.customers","arrival":"2026-11-10T10:00:00.123+01:00","key":"{\"a\":1}",)"
      R"("headers":{"ce_id":"1","x":""},"record":{}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->topic, "usage.customers");
  EXPECT_EQ(read->key, "{\"a\":1}");
  EXPECT_EQ(format_rfc3339(EventTime(read->arrival.value())), "2026-11-10T09:00:00.123Z");
  const std::vector<std::pair<std::string, std::string>> headers{{"ce_id", "1"}, {"x", ""}};
  EXPECT_EQ(read->headers, headers);
}

struct WrongCase {
  const char* name;
  const char* line;
  const char* member;  // that the message names
};
class WrongEnvelopeTest : public ::testing::TestWithParam<WrongCase> {};

TEST_P(WrongEnvelopeTest, IsRefused) {
  const auto read = read_input_line(GetParam().line);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "config_unreadable");
  EXPECT_NE(read.error().message.find(GetParam().member), std::string::npos) << read.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    InputLine, WrongEnvelopeTest,
    ::testing::Values(WrongCase{"two_records", R"({"record":{},"raw":""})", "one of"},
                      WrongCase{"tombstone_false", R"({"tombstone":false})", "tombstone"},
                      WrongCase{"raw_no_text", R"({"raw":{}})", "raw"},
                      WrongCase{"arrival_no_time", R"({"record":{},"arrival":"today"})", "arrival"},
                      WrongCase{"arrival_a_number", R"({"record":{},"arrival":5})", "arrival"},
                      WrongCase{"key_no_text", R"({"record":{},"key":null})", "key"},
                      WrongCase{"headers_a_list", R"({"record":{},"headers":[]})", "headers"},
                      WrongCase{"header_no_text", R"({"record":{},"headers":{"a":1}})", "headers"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::cli

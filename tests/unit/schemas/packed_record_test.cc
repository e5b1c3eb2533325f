#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/schemas/decoding.h"

namespace tidemark::schemas {
namespace {

using namespace std::string_literals;

using Texts = std::vector<std::string>;

constexpr HeaderView kLines{"content-type", "application/x-ndjson"};
constexpr HeaderView kBatch{"Content-Type", "application/cloudevents-batch+json; charset=utf-8"};
constexpr HeaderView kNone{"traceparent", "00-1"};

RecordView record_with(const HeaderView& header, std::string_view value) {
  RecordView record = record_of(value);
  record.headers = {&header, 1};
  return record;
}

struct UnpackCase {
  const char* name;
  HeaderView header;
  std::string value;
  bool looks_packed;
  bool packed;
  ErrorCode code;
  Texts elements;
};
class UnpackTest : public ::testing::TestWithParam<UnpackCase> {};

TEST_P(UnpackTest, TakesTheRecordApart) {
  const auto& [name, header, value, looks_packed, packed, code, elements] = GetParam();
  UsageEventDecoder decoder({});
  const RecordView record = record_with(header, value);
  EXPECT_EQ(UsageEventDecoder::looks_packed(record), looks_packed);
  const Unpacked unpacked = decoder.unpack(record);
  EXPECT_EQ(unpacked.packed, packed);
  EXPECT_EQ(unpacked.outcome.code, code) << unpacked.outcome.message;
  EXPECT_EQ(unpacked.outcome.message.empty(), code == ErrorCode::none);
  EXPECT_EQ(Texts(unpacked.elements.begin(), unpacked.elements.end()), elements);
  for (const std::string_view element : unpacked.elements) {
    EXPECT_GE(element.data(), value.data()) << "a view of the record";
    EXPECT_LE(element.data() + element.size(), value.data() + value.size());
  }
}

std::string array_of_size(std::size_t size) {
  return "[\"" + std::string(size - 4, 'x') + "\"]";
}
Texts ones(std::size_t count) {
  return Texts(count, "1");
}
std::string array_of_ones(std::size_t count) {
  std::string text = "[1";
  for (std::size_t i = 1; i < count; ++i) text += ",1";
  return text + "]";
}

constexpr auto kGood = ErrorCode::none;
// clang-format off
INSTANTIATE_TEST_SUITE_P(Arrays, UnpackTest, ::testing::Values(
  UnpackCase{"two_objects",      kNone, R"([{"a":1},{"b":[2]}])", true, true, kGood, {R"({"a":1})", R"({"b":[2]})"}},
  UnpackCase{"spaces",           kNone, " \t\r\n[ {\n\"a\": 1 } ,\n{} ]\n", true, true, kGood, {"{\n\"a\": 1 }", "{}"}},
  UnpackCase{"one_object",       kNone, "[{}]", true, true, kGood, {"{}"}},
  UnpackCase{"other_elements",   kNone, R"([1,"a\"",[{}],null,true,-1.5,""])", true, true, kGood, {"1", R"("a\"")", "[{}]", "null", "true", "-1.5", R"("")"}},
  UnpackCase{"empty",            kNone, "[]", true, true, ErrorCode::empty_batch, {}},
  UnpackCase{"empty_with_space", kNone, " [ \n] ", true, true, ErrorCode::empty_batch, {}},
  UnpackCase{"not_closed",       kNone, "[{}", true, true, ErrorCode::invalid_json, {}},
  UnpackCase{"comma_at_the_end", kNone, "[{},]", true, true, ErrorCode::invalid_json, {}},
  UnpackCase{"bytes_after",      kNone, "[{}]\n{}", true, true, ErrorCode::invalid_json, {}},
  UnpackCase{"broken_element",   kNone, R"([{},{"a":01}])", true, true, ErrorCode::invalid_json, {}},
  UnpackCase{"not_utf8",         kNone, "[{},\"\xff\"]", true, true, ErrorCode::invalid_utf8, {}},
  UnpackCase{"byte_order_mark",  kNone, "\xef\xbb\xbf[{}]", false, false, kGood, {}},
  UnpackCase{"deep",             kNone, "[" + std::string(5'000, '[') + std::string(5'000, ']') + "]", true, true, kGood, {std::string(5'000, '[') + std::string(5'000, ']')}},
  UnpackCase{"64_kib",           kNone, array_of_size(65'536), true, true, kGood, {'"' + std::string(65'532, 'x') + '"'}},
  UnpackCase{"one_byte_more",    kNone, array_of_size(65'537), true, true, ErrorCode::record_too_large, {}},
  UnpackCase{"as_many_as_fit",   kNone, array_of_ones(32'767), true, true, kGood, ones(32'767)}),
  [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(Lines, UnpackTest, ::testing::Values(
  UnpackCase{"two_lines",       kNone, "{\"a\":1}\n{\"b\":2}", true, true, kGood, {R"({"a":1})", R"({"b":2})"}},
  UnpackCase{"blank_lines",     kNone, "\r\n {\"a\":1} \r\n\n \t\r\n{\"b\":2}\n\n", true, true, kGood, {R"({"a":1})", R"({"b":2})"}},
  UnpackCase{"broken_line",     kNone, "{}\n{\"a\":\nx\n{}", true, true, kGood, {"{}", "{\"a\":", "x", "{}"}},
  UnpackCase{"line_not_utf8",   kNone, "{}\n\"\xff\"", true, true, kGood, {"{}", "\"\xff\""}},
  UnpackCase{"one_line",        kNone, "{}", false, false, kGood, {}},
  UnpackCase{"one_line_ended",  kNone, "\n{}\r\n", false, false, kGood, {}},
  UnpackCase{"pretty_object",   kNone, "{\n\"a\": 1,\n\"b\": {\n}\n}", true, false, kGood, {}},
  UnpackCase{"value_in_lines",  kNone, "{\"a\": 1,\n\"b\": 2}", true, false, kGood, {}},
  UnpackCase{"object_and_more", kNone, "{} {}\n{}", true, false, kGood, {}},
  UnpackCase{"first_broken",    kNone, "{\"a\":x}\n{}", true, false, kGood, {}},
  UnpackCase{"first_not_utf8",  kNone, "{\"\xff\":1}\n{}", true, false, kGood, {}},
  UnpackCase{"first_a_number",  kNone, "1\n{}", true, false, kGood, {}},
  UnpackCase{"byte_order_mark_first", kNone, "\xef\xbb\xbf{}\n{}", true, false, kGood, {}},
  UnpackCase{"too_large",       kNone, "{}\n" + std::string(65'534, 'x'), true, true, ErrorCode::record_too_large, {}}),
  [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(ContentTypes, UnpackTest, ::testing::Values(
  UnpackCase{"lines_one",         kLines, "{}", true, true, kGood, {"{}"}},
  UnpackCase{"lines_first_broken", kLines, "{\n{}", true, true, kGood, {"{", "{}"}},
  UnpackCase{"lines_of_arrays",   kLines, "[1]\n[2]", true, true, kGood, {"[1]", "[2]"}},
  UnpackCase{"lines_none",        kLines, "", true, true, ErrorCode::empty_batch, {}},
  UnpackCase{"lines_blank",       kLines, " \n\r\n", true, true, ErrorCode::empty_batch, {}},
  UnpackCase{"other_name",        {"content-type", "Application/NDJSON"}, "{}", true, true, kGood, {"{}"}},
  UnpackCase{"third_name",        {"content-type", "application/jsonl;charset=utf-8"}, "{}", true, true, kGood, {"{}"}},
  UnpackCase{"batch",             kBatch, "[{}]", true, true, kGood, {"{}"}},
  UnpackCase{"batch_none",        kBatch, "[]", true, true, ErrorCode::empty_batch, {}},
  UnpackCase{"batch_of_object",   kBatch, "{}", true, false, kGood, {}},  // an element that is sent again
  UnpackCase{"batch_of_lines",    kBatch, "{}\n{}", true, false, kGood, {}},
  UnpackCase{"batch_of_nothing",  kBatch, "", true, true, ErrorCode::invalid_json, {}},
  UnpackCase{"batch_marked",      kBatch, "\xef\xbb\xbf[]", true, true, ErrorCode::byte_order_mark, {}},
  UnpackCase{"structured_array",  {"content-type", "application/cloudevents+json"}, "[{}]", true, true, kGood, {"{}"}},
  UnpackCase{"binary_never",      {"ce_id", "e1"}, "[{}]", false, false, kGood, {}},
  UnpackCase{"avro_never",        {"content-type", "application/cloudevents+avro"}, "[{}]", false, false, kGood, {}},
  UnpackCase{"json",              {"content-type", "application/json"}, "{}", false, false, kGood, {}}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(PackedRecordTest, ATombstoneIsNotPacked) {
  RecordView record;
  record.headers = {&kLines, 1};
  UsageEventDecoder decoder({});
  EXPECT_FALSE(UsageEventDecoder::looks_packed(record));
  EXPECT_FALSE(decoder.unpack(record).packed);
}

std::vector<ErrorCode> codes_of(const RecordView& record) {
  UsageEventDecoder decoder({});
  const Unpacked unpacked = decoder.unpack(record);
  EXPECT_EQ(unpacked.outcome.code, ErrorCode::none);
  std::vector<ErrorCode> codes;
  for (const std::string_view element : unpacked.elements) {
    UsageEvent event;
    codes.push_back(decoder.decode_element(record, element, event).code);
  }
  return codes;
}

const std::string kCloudEvent =
    R"({"specversion":"1.0","id":"e1","subject":"c","type":"t","time":"2026-11-10T09:00:00Z","tenantid":"a"})";

TEST(PackedRecordTest, EachElementIsJudgedByItself) {
  const std::string array = "[" + event_with("") + ",[" + event_with("") + "],\"x\"," + kCloudEvent + "," +
                            event_with(R"(,"value":1.5)") + "," + event_with(R"(,"a":1,"a":2)") + "," +
                            event_with(R"(,"x":"\ud800")") + "]";
  EXPECT_EQ(codes_of(record_of(array)),
            (std::vector{kGood, ErrorCode::not_an_object, ErrorCode::not_an_object, kGood,
                         ErrorCode::value_is_float, ErrorCode::duplicate_field, ErrorCode::lone_surrogate}));
  const std::string lines =
      event_with("") + "\n{\"event_id\":\n\"\xff\"\n" + kCloudEvent + "\n\xef\xbb\xbf{}";
  EXPECT_EQ(codes_of(record_of(lines)), (std::vector{kGood, ErrorCode::invalid_json, ErrorCode::invalid_utf8,
                                                     kGood, ErrorCode::byte_order_mark}));
}

TEST(PackedRecordTest, DepthIsCountedFromTheElement) {
  std::string properties = "1";
  for (int i = 0; i < 15; ++i) properties = "{\"a\":" + properties + "}";
  const std::string deepest = event_with(",\"properties\":" + properties);
  const std::string deeper = event_with(",\"properties\":{\"a\":" + properties + "}");
  const std::string both = "[" + deepest + "," + deeper + "]";
  EXPECT_EQ(codes_of(record_of(both)), (std::vector{kGood, ErrorCode::too_deep}));
}

TEST(PackedRecordTest, ABatchHoldsCloudEventsOnly) {
  const std::string array = "[" + kCloudEvent + "," + event_with("") + "]";
  EXPECT_EQ(codes_of(record_with(kBatch, array)), (std::vector{kGood, ErrorCode::field_missing}));
}

TEST(PackedRecordTest, AnElementIsTheSameEventAsARecordOfItsOwn) {
  const std::string array = "[ " + event_with(R"(,"value":2,"properties":{"a":1})") + " , {} ]";
  UsageEventDecoder decoder({});
  const Unpacked unpacked = decoder.unpack(record_of(array));
  ASSERT_EQ(unpacked.elements.size(), 2u);
  UsageEvent element;
  UsageEvent alone;
  ASSERT_EQ(decoder.decode_element(record_of(array), unpacked.elements[0], element).code, kGood);
  ASSERT_EQ(decoder.decode(record_of(unpacked.elements[0]), alone).code, kGood);
  EXPECT_EQ(element.identity, alone.identity);
  EXPECT_EQ(element.fingerprint, alone.fingerprint);
}

}  // namespace
}  // namespace tidemark::schemas

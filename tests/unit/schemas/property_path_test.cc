#include "schemas/usage_event/property_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "schemas/base/json_canonical.h"
#include "tests/unit/schemas/decoding.h"

namespace tidemark::schemas {
namespace {

struct PathCase {
  const char* name;
  const char* text;
  PropertyPath names;  // empty: refused
  const char* why;
};
class PropertyPathTest : public ::testing::TestWithParam<PathCase> {};

TEST_P(PropertyPathTest, NamesWhatItSays) {
  const auto& [name, text, names, why] = GetParam();
  const Result<PropertyPath> path = parse_property_path(text);
  ASSERT_EQ(path.has_value(), !names.empty()) << text;
  if (path) {
    EXPECT_EQ(*path, names);
  } else {
    EXPECT_NE(path.error().message.find(why), std::string::npos) << path.error().message;
    EXPECT_EQ(path.error().code, "config_invalid");
  }
}

constexpr const char* kWantName = "must be followed by a name of letters";
constexpr const char* kWantString = "must be followed by a name as a JSON string";
constexpr const char* kOtherNames = "other names than of letters";

// clang-format off
INSTANTIATE_TEST_SUITE_P(Paths, PropertyPathTest, ::testing::Values(
  PathCase{"one_name",        "properties.tokens", {"tokens"}, ""},
  PathCase{"two_names",       "properties.usage.input", {"usage", "input"}, ""},
  PathCase{"plain_letters",   "properties.Az_09-", {"Az_09-"}, ""},
  PathCase{"quoted",          R"(properties["a.b"].c)", {"a.b", "c"}, ""},
  PathCase{"quoted_twice",    R"(properties["a b"]["]"])", {"a b", "]"}, ""},
  PathCase{"quoted_behind",   R"(properties.a["b"])", {"a", "b"}, ""},
  PathCase{"quoted_escapes",  R"(properties["\u0061\"\\"])", {"a\"\\"}, ""},
  PathCase{"quoted_empty",    R"(properties[""])", {""}, ""},
  PathCase{"other_alphabet",  "properties[\"é\"]", {"é"}, ""},
  PathCase{"event_value",     "value", {}, "must begin with 'properties.'"},
  PathCase{"empty",           "", {}, "must begin with 'properties.'"},
  PathCase{"properties_only", "properties", {}, "must name a property"},
  PathCase{"no_separator",    "propertiesx", {}, kOtherNames},
  PathCase{"odd_character",   "properties.a/b", {}, kOtherNames},
  PathCase{"space",           "properties.a b", {}, kOtherNames},
  PathCase{"unquoted_accent", "properties.é", {}, kWantName},
  PathCase{"dot_at_the_end",  "properties.a.", {}, kWantName},
  PathCase{"two_dots",        "properties..a", {}, kWantName},
  PathCase{"not_closed",      R"(properties["a")", {}, kWantString},
  PathCase{"quote_open",      R"(properties["a])", {}, kWantString},
  PathCase{"escape_at_end",   "properties[\"a\\", {}, kWantString},
  PathCase{"no_quotes",       "properties[a]", {}, kWantString},
  PathCase{"number",          "properties[0]", {}, kWantString},
  PathCase{"bad_escape",      R"(properties["\x"])", {}, kWantString},
  PathCase{"half_character",  R"(properties["\ud800"])", {}, kWantString},
  PathCase{"not_utf8",        "properties[\"\xff\"]", {}, "not UTF-8"}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

std::vector<PropertyPath> paths_of(const std::vector<const char*>& texts) {
  std::vector<PropertyPath> paths;
  for (const char* text : texts) paths.push_back(*parse_property_path(text));
  return paths;
}

// "absent", or the kind's number and the text.
std::vector<std::string> selected(const std::vector<const char*>& texts, const std::string& members) {
  UsageEventDecoder decoder({.paths = paths_of(texts)});
  UsageEvent event;
  const std::string json = event_with(members);
  EXPECT_EQ(decoder.decode(record_of(json), event).code, ErrorCode::none);
  std::vector<std::string> found;
  for (const PropertyValue& value : event.selected) {
    auto kind = std::to_string(static_cast<int>(value.kind));
    found.push_back(value.present ? kind.append(" ").append(value.text) : "absent");
  }
  return found;
}

struct SelectCase {
  const char* name;
  std::vector<const char*> paths;
  std::string properties;
  std::vector<std::string> expected;
};
class SelectTest : public ::testing::TestWithParam<SelectCase> {};

TEST_P(SelectTest, GivesOneValueForEachPath) {
  const auto& [name, paths, properties, expected] = GetParam();
  EXPECT_EQ(selected(paths, properties.empty() ? "" : ",\"properties\":" + properties), expected);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Properties, SelectTest, ::testing::Values(
  SelectCase{"no_properties", {"properties.a", "properties.b"}, "", {"absent", "absent"}},
  SelectCase{"empty",         {"properties.a"}, "{}", {"absent"}},
  SelectCase{"order_of_paths", {"properties.b", "properties.a"}, R"({"a":1,"b":2})", {"2 2", "2 1"}},
  SelectCase{"same_path_twice", {"properties.a", "properties.b", "properties.a"}, R"({"a":1})", {"2 1", "absent", "2 1"}},
  SelectCase{"all_kinds",     {"properties.a", "properties.b", "properties.c", "properties.d", "properties.e", "properties.f"},
    R"({"a":null,"b":true,"c":1.50,"d":"x","e":[1],"f":{"g":1}})", {"0 null", "1 true", "3 1.50", "4 x", "5 [1]", R"(6 {"g":1})"}},
  SelectCase{"unescaped",     {"properties.a"}, R"({"\u0061":"\u0062"})", {"4 b"}},
  SelectCase{"nested",        {"properties.a.b", "properties.a", "properties.a.c.d"}, R"({"a":{"x":{"b":3},"b":1,"c":{"d":false}}})",
    {"2 1", R"(6 {"x":{"b":3},"b":1,"c":{"d":false}})", "1 false"}},
  SelectCase{"not_an_object_on_the_way", {"properties.a.b"}, R"({"a":"b"})", {"absent"}},
  SelectCase{"no_way_into_arrays", {"properties.a.b"}, R"({"a":[{"b":1}]})", {"absent"}},
  SelectCase{"dot_in_a_name", {R"(properties["a.b"])", "properties.a.b"}, R"({"a.b":1,"a":{"b":2}})", {"2 1", "2 2"}},
  SelectCase{"other_depth",   {"properties.a"}, R"({"b":{"a":1}})", {"absent"}},
  SelectCase{"beginning_of_a_name", {"properties.ab"}, R"({"a":1,"abc":2})", {"absent"}}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(SelectedTest, LivesUntilTheBatchEndsAndIsResetFromTheEventBefore) {
  UsageEventDecoder decoder({.paths = paths_of({"properties.a"})});
  const std::string with = event_with(R"(,"properties":{"a":"\u0031"})");
  const std::string without = event_with("");
  UsageEvent first;
  UsageEvent second;
  ASSERT_EQ(decoder.decode(record_of(with), first).code, ErrorCode::none);
  second = first;
  ASSERT_EQ(decoder.decode(record_of(without), second).code, ErrorCode::none);
  ASSERT_EQ(second.selected.size(), 1u);
  EXPECT_FALSE(second.selected[0].present);
  EXPECT_EQ(first.selected[0].text, "1");
}

TEST(SelectedTest, IsEmptyWithoutPaths) {
  UsageEventDecoder decoder({});
  UsageEvent event;
  const std::string value = event_with(R"(,"properties":{"a":1})");
  ASSERT_EQ(decoder.decode(record_of(value), event).code, ErrorCode::none);
  EXPECT_TRUE(event.selected.empty());
}

TEST(CanonicalPropertyTest, HasTheBytesOfTheCanonicalizer) {
  for (const char* text : {"null", "true", "false", "0", "-0", "1", "1.0", "10e-1", "-12.50", "1e400",
                           R"("")", R"("5")", R"("\u0061\n")"}) {
    const std::string document = std::string("[").append(text).append("]");
    JsonScanner json;
    ASSERT_TRUE(json.scan(document));
    Arena arena;
    HashInput out;
    append_canonical(out, {true, json.node(1).kind, written_value(json, json.node(1), arena)});
    HashInput whole;
    JsonCanonicalizer canonicalizer;
    ASSERT_TRUE(canonicalizer.append(whole, json, 0));
    EXPECT_EQ(std::string("[").append(out.text()).append("]"), whole.text()) << text;
  }
}

struct QuantityCase {
  const char* name;
  PropertyValue value;
  bool json_floats;
  ErrorCode code;
  const char* said;  // the quantity, or the message
};
class PropertyQuantityTest : public ::testing::TestWithParam<QuantityCase> {};

TEST_P(PropertyQuantityTest, IsReadAsAnEventsOwnValue) {
  const auto& [name, value, json_floats, code, said] = GetParam();
  Quantity quantity;
  const DecodeOutcome outcome = read_quantity(value, json_floats, quantity);
  EXPECT_EQ(outcome.code, code) << outcome.message;
  EXPECT_EQ(code == ErrorCode::none ? to_string(quantity) : outcome.message, said);
}

constexpr auto kGood = ErrorCode::none;
// clang-format off
INSTANTIATE_TEST_SUITE_P(Values, PropertyQuantityTest, ::testing::Values(
  QuantityCase{"absent",        {}, false, ErrorCode::value_missing, "missing"},
  QuantityCase{"integer",       {true, JsonKind::integer, "12"}, false, kGood, "12"},
  QuantityCase{"string",        {true, JsonKind::string, "-12.50"}, false, kGood, "-12.5"},
  QuantityCase{"float",         {true, JsonKind::real, "1.0"}, false, ErrorCode::value_is_float, "\"1.0\" is a JSON float"},
  QuantityCase{"float_allowed", {true, JsonKind::real, "1.0"}, true, kGood, "1"},
  QuantityCase{"exponent",      {true, JsonKind::real, "1e3"}, true, ErrorCode::value_not_a_number, "\"1e3\" is not a plain decimal"},
  QuantityCase{"words",         {true, JsonKind::string, "many"}, false, ErrorCode::value_not_a_number, "\"many\" is not a plain decimal"},
  QuantityCase{"empty",         {true, JsonKind::string, ""}, false, ErrorCode::value_not_a_number, "\"\" is not a plain decimal"},
  QuantityCase{"too_precise",   {true, JsonKind::string, "0.0000000000001"}, false, ErrorCode::value_too_precise, "\"0.0000000000001\" has more than 12 decimals"},
  QuantityCase{"overflow",      {true, JsonKind::integer, "170141183460469231731687304"}, false, ErrorCode::value_overflow, "\"170141183460469231731687304\" is beyond 2^127 / 10^12"},
  QuantityCase{"null",          {true, JsonKind::null, "null"}, false, ErrorCode::field_wrong_type, "must be a decimal string or an integer"},
  QuantityCase{"boolean",       {true, JsonKind::boolean, "true"}, false, ErrorCode::field_wrong_type, "must be a decimal string or an integer"},
  QuantityCase{"object",        {true, JsonKind::object, "{}"}, false, ErrorCode::field_wrong_type, "must be a decimal string or an integer"},
  QuantityCase{"array",         {true, JsonKind::array, "[]"}, false, ErrorCode::field_wrong_type, "must be a decimal string or an integer"}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

}  // namespace
}  // namespace tidemark::schemas

#include "schemas/base/json_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace tidemark::schemas {
namespace {

using namespace std::string_literals;

struct ScanCase {
  const char* name;
  std::string text;
  bool accepted;
};
class JsonScanTest : public ::testing::TestWithParam<ScanCase> {};

TEST_P(JsonScanTest, TakesJsonAndNothingElse) {
  JsonScanner scanner;
  EXPECT_EQ(scanner.scan(GetParam().text), GetParam().accepted) << GetParam().text;
  EXPECT_EQ(scanner.error() == ""s, GetParam().accepted);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Json, JsonScanTest, ::testing::Values(
  ScanCase{"object", R"({"a":1,"b":[true,false,null,"x"],"c":{"d":{}}})", true},
  ScanCase{"spaces", " \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n", true},
  ScanCase{"empty_array", "[]", true},
  ScanCase{"scalar", "1", true},
  ScanCase{"string_of_16", R"("0123456789abcdef")", true},
  ScanCase{"string_of_15", R"("0123456789abcde")", true},
  ScanCase{"string_of_17", R"("0123456789abcdefg")", true},
  ScanCase{"delete_is_no_control", "\"\x7f\"", true},
  ScanCase{"every_escape", R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")", true},
  ScanCase{"numbers", "[0,-0,10,-1,1.5,1e5,1E+5,1e-5,-0.0e0,123456789012345678901234567890]", true},
  ScanCase{"huge_exponent", "1e999999999999999999", true},
  ScanCase{"empty", "", false},
  ScanCase{"only_space", "  ", false},
  ScanCase{"trailing_comma_in_object", R"({"a":1,})", false},
  ScanCase{"trailing_comma_in_array", "[1,]", false},
  ScanCase{"leading_comma", "[,1]", false},
  ScanCase{"two_commas", "[1,,2]", false},
  ScanCase{"missing_comma", R"({"a":1 "b":2})", false},
  ScanCase{"missing_comma_in_array", "[1 2]", false},
  ScanCase{"missing_colon", R"({"a" 1})", false},
  ScanCase{"missing_value", R"({"a":})", false},
  ScanCase{"missing_name", "{:1}", false},
  ScanCase{"name_without_quotes", "{a:1}", false},
  ScanCase{"number_as_name", "{1:1}", false},
  ScanCase{"single_quotes", "{'a':1}", false},
  ScanCase{"not_closed_object", R"({"a":1)", false},
  ScanCase{"not_closed_array", "[1", false},
  ScanCase{"not_closed_string", R"("abc)", false},
  ScanCase{"ends_in_escape", "\"\\", false},
  ScanCase{"ends_in_hex", R"("\u12)", false},
  ScanCase{"wrong_bracket", R"({"a":1])", false},
  ScanCase{"wrong_brace", "[1}", false},
  ScanCase{"closed_twice", "{}}", false},
  ScanCase{"two_values", "{}{}", false},
  ScanCase{"garbage_after", "{} x", false},
  ScanCase{"nul_after", "{}\0"s, false},
  ScanCase{"nul_between", "{\0}"s, false},
  ScanCase{"nul_in_string", "\"a\0b\""s, false},
  ScanCase{"comment", "{}//", false},
  ScanCase{"leading_zero", "01", false},
  ScanCase{"minus_leading_zero", "-01", false},
  ScanCase{"plus", "+1", false},
  ScanCase{"minus", "-", false},
  ScanCase{"point_first", ".5", false},
  ScanCase{"point_last", "5.", false},
  ScanCase{"no_exponent", "1e", false},
  ScanCase{"sign_without_exponent", "1e+", false},
  ScanCase{"hexadecimal", "0x1", false},
  ScanCase{"not_a_number", "NaN", false},
  ScanCase{"infinity", "-Infinity", false},
  ScanCase{"letters_after_number", "1a", false},
  ScanCase{"literal_cut", "tru", false},
  ScanCase{"literal_long", "truee", false},
  ScanCase{"literal_case", "True", false},
  ScanCase{"control_character", "\"a\nb\"", false},
  ScanCase{"control_1f", "\"\x1f\"", false},
  ScanCase{"tab_in_string", "\"a\tb\"", false},
  ScanCase{"unknown_escape", R"("\x41")", false},
  ScanCase{"bad_hex", R"("\u00g0")", false},
  ScanCase{"form_feed_as_space", "\f{}", false},
  ScanCase{"byte_order_mark", "\xef\xbb\xbf{}", false}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(JsonScannerTest, NodesKeepRawTextAndNesting) {
  const std::string text = R"({"a":[1,{"b":"x\ny"}],"c":-12.50})";
  JsonScanner scanner;
  ASSERT_TRUE(scanner.scan(text));
  EXPECT_EQ(scanner.depth_max(), 3u);
  const JsonNode& root = scanner.node(0);
  EXPECT_EQ(scanner.text_of(root), text);
  EXPECT_EQ(root.next, 9u);
  EXPECT_EQ(scanner.text_of(scanner.node(2)), R"([1,{"b":"x\ny"}])");
  EXPECT_EQ(scanner.node(2).next, 7u);
  EXPECT_EQ(scanner.text_of(scanner.node(6)), R"(x\ny)");
  EXPECT_TRUE(scanner.node(6).escaped);
  EXPECT_EQ(scanner.text_of(scanner.node(8)), "-12.50");
  EXPECT_EQ(scanner.node(8).kind, JsonKind::real);
}

TEST(JsonScannerTest, ReportsWhereAndWhy) {
  JsonScanner scanner;
  EXPECT_FALSE(scanner.scan(R"({"a":01})"));
  EXPECT_EQ(scanner.error_at(), 5u);
  EXPECT_STREQ(scanner.error(), "a number with a leading zero");
}

TEST(JsonScannerTest, DepthIsBoundByTheTextAlone) {
  const std::string opened(60'000, '[');
  JsonScanner scanner;
  EXPECT_TRUE(scanner.scan(opened + std::string(60'000, ']')));
  EXPECT_EQ(scanner.depth_max(), 60'000u);
  EXPECT_FALSE(scanner.scan(opened));
}

struct SurrogateCase {
  const char* name;
  const char* text;
  bool lone;
};
class LoneSurrogateTest : public ::testing::TestWithParam<SurrogateCase> {};

TEST_P(LoneSurrogateTest, IsFoundAnywhere) {
  JsonScanner scanner;
  ASSERT_TRUE(scanner.scan(GetParam().text));
  EXPECT_EQ(scanner.has_lone_surrogate(), GetParam().lone);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Json, LoneSurrogateTest, ::testing::Values(
  SurrogateCase{"pair",              R"("\ud83d\ude00")", false},
  SurrogateCase{"pair_in_upper_case", R"("\uD83D\uDE00")", false},
  SurrogateCase{"just_below",        R"("\ud7ff")", false},
  SurrogateCase{"just_above",        R"("\ue000")", false},
  SurrogateCase{"high_alone",        R"("\ud83d")", true},
  SurrogateCase{"high_then_text",    R"("\ud83dx")", true},
  SurrogateCase{"high_then_escape",  R"("\ud83d\n")", true},
  SurrogateCase{"high_then_other",   R"("\ud83d\u0041")", true},
  SurrogateCase{"high_then_pair",    R"("\ud83d\ud83d\ude00")", true},
  SurrogateCase{"low_alone",         R"("\ude00")", true},
  SurrogateCase{"low_before_high",   R"("\ude00\ud83d")", true},
  SurrogateCase{"in_a_name",         R"({"\ud800":1})", true},
  SurrogateCase{"escaped_backslash", R"("\\ud800")", false}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(JsonUnescapeTest, GivesTheValue) {
  const std::string_view raw = R"(a\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00z)";
  std::string out(raw.size(), '\0');
  out.resize(static_cast<std::size_t>(unescape_json(raw, out.data()) - out.data()));
  EXPECT_EQ(out, "a\"\\/\b\f\n\r\tA\u00e9\u20ac\U0001F600z");
}

// The other parser refuses numbers that its binary fractions cannot hold.
bool has_long_exponent(std::string_view text) {
  for (std::size_t e = text.find_first_of("eE"); e != std::string_view::npos;
       e = text.find_first_of("eE", e + 1)) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
    if (std::min(exponent.find_first_not_of("0123456789"), exponent.size()) > 2) return true;
  }
  return false;
}

// The same verdict as an independent parser, over mutations of a document that has everything in it.
TEST(JsonScannerTest, AgreesWithAnotherParserOnMutations) {
  const std::string seed =
      R"({"id":"0190f3c2-7b1e","t":"\u00e9\ud83d\ude00\n","v":[0,-1.5e+3,true,false,null,{}],"p":{"k":"é","e":[]} })";
  const std::string_view alphabet = "{}[]\",:\\u0123456789abcdefnrtl+-.eE \n\t\x01\x80\xc3\xa9\xed\xa0";
  std::mt19937 random(20'261'110);
  const auto pick = [&random](std::size_t size) { return random() % size; };
  JsonScanner scanner;
  int accepted_count = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = seed;
    for (std::size_t edits = 1 + pick(3); edits > 0; --edits) {
      const std::size_t at = pick(text.size());
      switch (pick(4)) {
        case 0:
          text[at] = alphabet[pick(alphabet.size())];
          break;
        case 1:
          text.erase(at, 1 + pick(3));
          break;
        case 2:
          text.insert(at, 1, alphabet[pick(alphabet.size())]);
          break;
        default:
          text.insert(at, seed.substr(pick(seed.size()), 1 + pick(6)));
          break;
      }
    }
    if (has_long_exponent(text)) continue;
    const bool accepted = is_utf8(text) && scanner.scan(text) && !scanner.has_lone_surrogate();
    ASSERT_EQ(accepted, nlohmann::json::accept(text)) << text;
    accepted_count += accepted ? 1 : 0;
  }
  EXPECT_GT(accepted_count, 5'000);  // both answers are tried
}

}  // namespace
}  // namespace tidemark::schemas

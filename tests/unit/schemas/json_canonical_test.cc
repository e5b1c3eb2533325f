#include "schemas/base/json_canonical.h"

#include <gtest/gtest.h>

#include <string>

namespace tidemark::schemas {
namespace {

std::string canonical(std::string_view text) {
  JsonScanner scanner;
  JsonCanonicalizer canonicalizer;
  HashInput out;
  EXPECT_TRUE(scanner.scan(text)) << text;
  EXPECT_TRUE(canonicalizer.append(out, scanner, 0)) << text;
  return std::string(out.text());
}

struct PairCase {
  const char* name;
  std::string left;
  std::string right;
  bool equal;
};
class CanonicalJsonTest : public ::testing::TestWithParam<PairCase> {};

TEST_P(CanonicalJsonTest, BytesAreEqualExactlyWhenValuesAre) {
  const auto& [name, left, right, equal] = GetParam();
  EXPECT_EQ(canonical(left) == canonical(right), equal);
}

const std::string kNines(40, '9');
const std::string kZeros(40, '0');

// clang-format off
INSTANTIATE_TEST_SUITE_P(Json, CanonicalJsonTest, ::testing::Values(
  PairCase{"one_and_decimal",        "1", "1.0", true},
  PairCase{"one_and_exponent",       "1", "10e-1", true},
  PairCase{"one_and_long_exponent",  "1", "0.00001E+0005", true},
  PairCase{"hundred",                "100", "1e2", true},
  PairCase{"hundred_and_ten",        "110", "11e1", true},
  PairCase{"mixed_number",           "10.50", "1050e-2", true},
  PairCase{"zero_and_minus_zero",    "0", "-0.0", true},
  PairCase{"zero_of_any_exponent",   "0", "0e999999999999999999999999", true},
  PairCase{"sign",                   "1", "-1", false},
  PairCase{"small_and_smaller",      "0.05", "0.5", false},
  PairCase{"ten_is_not_one",         "10", "1", false},
  PairCase{"beyond_binary_fractions", "0.1", "0.1000000000000000055511151231257827", false},
  PairCase{"beyond_53_bits",         "9007199254740993", "9007199254740992", false},
  PairCase{"long_integers_differ",   "1" + kZeros + "1", "1" + kZeros + "2", false},
  PairCase{"long_integer_as_decimal", kNines, kNines + ".000", true},
  PairCase{"long_integer_and_exponent", "1" + kZeros, "1e40", true},
  PairCase{"underflow_is_not_zero",  "1e-400", "0", false},
  PairCase{"overflow_is_not_one_value", "1e400", "1e401", false},
  PairCase{"exponent_of_17_digits",  "1e100000000000000000", "10e99999999999999999", true},
  PairCase{"exponent_carries",       "1e1000000000000000000", "10e999999999999999999", true},
  PairCase{"exponent_carries_far",   "1e1" + kZeros, "10e" + kNines, true},
  PairCase{"exponent_carries_once",  "1e29000000000000000000", "10e28999999999999999999", true},
  PairCase{"negative_exponent",      "1e-1" + kZeros, "0.1e-" + kNines, true},
  PairCase{"exponent_differs_far",   "1e1" + kZeros, "1e" + kNines, false},
  PairCase{"exponent_leading_zeros", "1e5", "1e" + kZeros + "5", true},
  PairCase{"string_is_no_number",    R"("5")", "5", false},
  PairCase{"string_is_no_boolean",   R"("true")", "true", false},
  PairCase{"null_is_not_false",      "null", "false", false},
  PairCase{"true_is_not_false",      "true", "false", false},
  PairCase{"escapes",                R"("A\u0042\u00e9\/")", "\"ABé/\"", true},
  PairCase{"pair_and_raw",           R"("\ud83d\ude00")", "\"😀\"", true},
  PairCase{"case_of_text",           R"("a")", R"("A")", false},
  PairCase{"order_of_names",         R"({"a":1,"b":2})", R"({"b":2.0,"a":1})", true},
  PairCase{"order_at_all_depths",    R"({"x":[{"a":1,"b":{"c":1,"d":2}}]})", R"({"x":[{"b":{"d":2,"c":1},"a":1}]})", true},
  PairCase{"order_after_unescaping", R"({"\u0062":1,"a":2})", R"({"a":2,"b":1})", true},
  PairCase{"order_in_arrays",        "[1,2]", "[2,1]", false},
  PairCase{"names_swapped",          R"({"a":1,"b":2})", R"({"a":2,"b":1})", false},
  PairCase{"member_or_member_of",    R"({"a":{"b":1}})", R"({"a":{},"b":1})", false},
  PairCase{"nested_or_flat_array",   "[[1],2]", "[[1,2]]", false},
  PairCase{"empty_object_or_array",  "{}", "[]", false},
  PairCase{"null_member_is_one",     R"({"a":null})", "{}", false},
  PairCase{"border_of_strings",      R"(["ab","c"])", R"(["a","bc"])", false},
  PairCase{"string_like_our_bytes",  R"(["a]"])", R"(["a"])", false},
  PairCase{"space_is_nothing",       "{ \"a\" : [ 1 ] }", R"({"a":[1]})", true}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

TEST(CanonicalJsonOrderTest, ManyNamesAreSortedToo) {
  std::string up = "{";
  std::string down = "{";
  for (int i = 0; i < 100; ++i) {
    up += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":" + std::to_string(i);
    down += (i == 0 ? "\"n" : ",\"n") + std::to_string(99 - i) + "\":" + std::to_string(99 - i);
  }
  EXPECT_EQ(canonical(up + "}"), canonical(down + "}"));
}

TEST(CanonicalJsonDuplicateTest, FindsANameThatComesTwice) {
  for (const std::string_view text : {R"({"a":1,"b":2,"a":3})", R"({"x":[{"y":{"a":1,"\u0061":2}}]})"}) {
    JsonScanner scanner;
    JsonCanonicalizer canonicalizer;
    ASSERT_TRUE(scanner.scan(text));
    EXPECT_FALSE(canonicalizer.names_are_unique(scanner, 0)) << text;
    EXPECT_EQ(canonicalizer.duplicate(), "a");
    ASSERT_TRUE(scanner.scan(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"));
    EXPECT_TRUE(canonicalizer.names_are_unique(scanner, 0)) << "the same name in several objects";
  }
}

}  // namespace
}  // namespace tidemark::schemas

#include "tidemark/quantity.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

struct ParseCase {
  const char* name;
  const char* text;
  const char* canonical;  // nullptr: refused
  int decimals;
  QuantityError error;
};
class ParseQuantityTest : public ::testing::TestWithParam<ParseCase> {};

TEST_P(ParseQuantityTest, IsExactOrRefuses) {
  const auto& [name, text, canonical, decimals, error] = GetParam();
  const ParsedQuantity parsed = parse_quantity(text);
  EXPECT_EQ(parsed.error, error);
  EXPECT_EQ(parsed.decimals, decimals);
  if (canonical != nullptr) {
    EXPECT_EQ(to_string(parsed.value), canonical);
  }
}

constexpr auto kGood = QuantityError::none;
constexpr auto kNotANumber = QuantityError::not_a_number;
constexpr auto kTooPrecise = QuantityError::too_precise;
constexpr auto kOverflow = QuantityError::overflow;

// clang-format off
INSTANTIATE_TEST_SUITE_P(Quantity, ParseQuantityTest, ::testing::Values(
  ParseCase{"zero",              "0",      "0",    0, kGood},
  ParseCase{"minus_zero",        "-0",     "0",    0, kGood},
  ParseCase{"minus_zero_decimal", "-0.00", "0",    0, kGood},
  ParseCase{"integer",           "12",     "12",   0, kGood},
  ParseCase{"negative",          "-3",     "-3",   0, kGood},
  ParseCase{"decimal",           "12.5",   "12.5", 1, kGood},
  ParseCase{"trailing_zeros",    "1.50",   "1.5",  1, kGood},
  ParseCase{"only_zeros",        "1.000",  "1",    0, kGood},
  ParseCase{"inner_zeros",       "-10.0203", "-10.0203", 4, kGood},
  ParseCase{"twelve_decimals",   "0.000000000001", "0.000000000001", 12, kGood},
  ParseCase{"twelve_and_zeros",  "0.00000000000100000", "0.000000000001", 12, kGood},
  ParseCase{"thirteen_decimals", "0.0000000000001", nullptr, 0, kTooPrecise},
  ParseCase{"thirteen_of_large", "99999999999999999999999999999999.0000000000001", nullptr, 0, kTooPrecise},
  ParseCase{"beyond_int64",      "9223372036854775808", "9223372036854775808", 0, kGood},
  ParseCase{"largest",           "170141183460469231731687303.715884105727", "170141183460469231731687303.715884105727", 12, kGood},
  ParseCase{"smallest",          "-170141183460469231731687303.715884105727", "-170141183460469231731687303.715884105727", 12, kGood},
  ParseCase{"one_step_too_large", "170141183460469231731687303.715884105728", nullptr, 0, kOverflow},
  ParseCase{"one_step_too_small", "-170141183460469231731687303.715884105728", nullptr, 0, kOverflow},
  ParseCase{"one_too_large",     "170141183460469231731687304", nullptr, 0, kOverflow},
  ParseCase{"27_nines",          "999999999999999999999999999", nullptr, 0, kOverflow},
  ParseCase{"28_digits",         "1000000000000000000000000000", nullptr, 0, kOverflow},
  ParseCase{"2_to_the_128",      "340282366920938463463374607.431768211456", nullptr, 0, kOverflow},
  ParseCase{"empty",             "",       nullptr, 0, kNotANumber},
  ParseCase{"minus",             "-",      nullptr, 0, kNotANumber},
  ParseCase{"leading_zeros",     "007",    nullptr, 0, kNotANumber},
  ParseCase{"two_zeros",         "00",     nullptr, 0, kNotANumber},
  ParseCase{"minus_leading_zero", "-01",   nullptr, 0, kNotANumber},
  ParseCase{"no_integer_part",   ".5",     nullptr, 0, kNotANumber},
  ParseCase{"no_decimals",       "5.",     nullptr, 0, kNotANumber},
  ParseCase{"point",             ".",      nullptr, 0, kNotANumber},
  ParseCase{"plus",              "+1",     nullptr, 0, kNotANumber},
  ParseCase{"two_minus",         "--1",    nullptr, 0, kNotANumber},
  ParseCase{"exponent",          "1e3",    nullptr, 0, kNotANumber},
  ParseCase{"decimal_exponent",  "1.5E3",  nullptr, 0, kNotANumber},
  ParseCase{"two_points",        "1.2.3",  nullptr, 0, kNotANumber},
  ParseCase{"comma",             "1,5",    nullptr, 0, kNotANumber},
  ParseCase{"not_a_number",      "NaN",    nullptr, 0, kNotANumber},
  ParseCase{"infinity",          "Infinity", nullptr, 0, kNotANumber},
  ParseCase{"hexadecimal",       "0x10",   nullptr, 0, kNotANumber},
  ParseCase{"letters_after",     "12abc",  nullptr, 0, kNotANumber},
  ParseCase{"leading_space",     " 1",     nullptr, 0, kNotANumber},
  ParseCase{"trailing_space",    "1 ",     nullptr, 0, kNotANumber},
  ParseCase{"newline",           "1\n",    nullptr, 0, kNotANumber},
  ParseCase{"arabic_digit",      "\xd9\xa1", nullptr, 0, kNotANumber}),
  [](const auto& test) { return std::string(test.param.name); });
// clang-format on

constexpr Quantity kLargest = Quantity::from_scaled(static_cast<int128>(~uint128{0} >> 1));

TEST(QuantityTest, AdditionIsCheckedAtTheEdge) {
  const Quantity step = Quantity::from_scaled(1);
  EXPECT_EQ(Quantity::add(kLargest, step), std::nullopt);
  EXPECT_EQ(Quantity::subtract(*Quantity::subtract(Quantity{}, kLargest), Quantity::from_scaled(2)),
            std::nullopt);
  EXPECT_EQ(Quantity::add(*Quantity::subtract(kLargest, step), step), kLargest);
}

TEST(QuantityTest, AppendKeepsWhatIsThere) {
  std::string out = "total=";
  append_to(out, Quantity::from_integer(-42));
  EXPECT_EQ(out, "total=-42");
}

TEST(QuantityTest, TheSmallestIntegerHasAText) {
  EXPECT_EQ(to_string(Quantity::from_scaled(-kLargest.scaled() - 1)),
            "-170141183460469231731687303.715884105728");
  EXPECT_EQ(to_string(Quantity::from_integer(INT64_MIN)), "-9223372036854775808");
}

TEST(QuantityTest, TextIsTheInverseOfParse) {
  uint128 state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005u * 1442695040888963407u + 0x9e3779b97f4a7c15u;
    const Quantity quantity = Quantity::from_scaled(static_cast<int128>(state) >> (i % 127));
    if (quantity.scaled() < -kLargest.scaled()) continue;
    const ParsedQuantity parsed = parse_quantity(to_string(quantity));
    ASSERT_EQ(parsed.error, QuantityError::none);
    ASSERT_EQ(parsed.value, quantity);
  }
}

TEST(QuantityTest, LongTextIsReadToItsEnd) {
  const std::string zeros(50'000, '0');
  EXPECT_EQ(parse_quantity("1." + zeros).value, Quantity::from_integer(1));
  EXPECT_EQ(parse_quantity("1." + zeros + "1").error, QuantityError::too_precise);
  EXPECT_EQ(parse_quantity("1" + zeros).error, QuantityError::overflow);
  EXPECT_EQ(parse_quantity("1" + zeros + "x").error, QuantityError::not_a_number);
}

}  // namespace
}  // namespace tidemark

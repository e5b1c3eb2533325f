#include "cli/text.h"

#include <gtest/gtest.h>

#include "cli/exit_codes.h"

namespace tidemark::cli {
namespace {

struct TextCase {
  const char* name;
  std::string bytes;
  const char* escaped;
  bool utf8;
};
void PrintTo(const TextCase& text, std::ostream* out) {
  *out << text.name;
}
class TextTest : public ::testing::TestWithParam<TextCase> {};
TEST_P(TextTest, EscapesWhatATerminalOrAReaderCouldMistake) {
  EXPECT_EQ(escape(GetParam().bytes), GetParam().escaped);
  EXPECT_EQ(is_utf8(GetParam().bytes), GetParam().utf8);
}
INSTANTIATE_TEST_SUITE_P(
    Cli, TextTest,
    ::testing::Values(TextCase{"plain", "{\"a\":1}", "{\"a\":1}", true}, TextCase{"empty", "", "", true},
                      TextCase{"lines", "a\nb\r\tc\\d", "a\\nb\\r\\tc\\\\d", true},
                      TextCase{"colour", "\x1b[31mred", "\\x1b[31mred", true},
                      TextCase{"nul", std::string("a\0b", 3), "a\\x00b", true},
                      TextCase{"delete", "\x7f", "\\x7f", true},
                      TextCase{"c1_control", "\xc2\x9b", "\\xc2\\x9b", true},
                      TextCase{"two_bytes", "\xc3\xbc", "\xc3\xbc", true},
                      TextCase{"three_bytes", "\xe9\xa1\xa7", "\xe9\xa1\xa7", true},
                      TextCase{"four_bytes", "\xf0\x9f\x8c\x8a", "\xf0\x9f\x8c\x8a", true},
                      TextCase{"cut_short", "\xe9\xa1", "\\xe9\\xa1", false},
                      TextCase{"overlong", "\xc0\xaf", "\\xc0\\xaf", false},
                      TextCase{"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", false},
                      TextCase{"past_unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", false},
                      TextCase{"latin_1", "\xfc", "\\xfc", false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TextTest, Base64) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("\xff\xfe\xfd\xfc"), "//79/A==");
}

TEST(TextTest, GroupDigits) {
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(999), "999");
  EXPECT_EQ(group_digits(1'000), "1,000");
  EXPECT_EQ(group_digits(-999), "-999");
  EXPECT_EQ(group_digits(-1'234'567), "-1,234,567");
}

struct ExitCase {
  const char* error_code;
  int exit_code;
};
class ExitCodeTest : public ::testing::TestWithParam<ExitCase> {};
TEST_P(ExitCodeTest, FollowsFromTheErrorCode) {
  EXPECT_EQ(exit_code_of(GetParam().error_code), GetParam().exit_code);
}
INSTANTIATE_TEST_SUITE_P(Cli, ExitCodeTest,
                         ::testing::Values(ExitCase{"usage", 2}, ExitCase{"refused", 4},
                                           ExitCase{"unreachable", 69}, ExitCase{"auth", 77},
                                           ExitCase{"config_invalid", 78}, ExitCase{"unknown_topic", 78},
                                           ExitCase{"never_heard_of", 1}),
                         [](const auto& test) { return std::string(test.param.error_code); });

struct TableTextCase {
  const char* name;
  std::string_view bytes;
  const char* text;
};

class TableTextTest : public ::testing::TestWithParam<TableTextCase> {};

TEST_P(TableTextTest, CanBePastedBackAndDrivesNoTerminal) {
  EXPECT_EQ(table_text(GetParam().bytes), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Text, TableTextTest,
    ::testing::Values(TableTextCase{"json_with_quotes", R"({"model":"é\"x"})", R"({"model":"é\"x"})"},
                      TableTextCase{"json_newline", R"({"a":"b\nc"})", R"({"a":"b\nc"})"},
                      TableTextCase{"json_backslash", R"({"a":"b\\c"})", R"({"a":"b\\c"})"},
                      TableTextCase{"newline", "a\nb", R"(a\x0ab)"},
                      TableTextCase{"escape", "\x1b[1m", R"(\x1b[1m)"},
                      TableTextCase{"c1_control", "\xc2\x9b", R"(\xc2\x9b)"},
                      TableTextCase{"no_utf8", "\xff", R"(\xff)"},
                      TableTextCase{"looks_like_an_escape", R"(\x1b)", R"(\\x1b)"},
                      TableTextCase{"backslash_before_an_escape", "\\\x1b", R"(\\\x1b)"},
                      TableTextCase{"backslash_at_the_end", "a\\", "a\\"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::cli

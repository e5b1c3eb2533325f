#include "cli/log_line.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace tidemark::cli {
namespace {

using Fields = std::map<std::string, std::string>;

// A strict reader of logfmt: key=value or key="value" with \" and \\, one space between. nullopt: not logfmt.
std::optional<Fields> parse(std::string_view line) {
  Fields fields;
  while (true) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0 || line.find(' ') < equals) return std::nullopt;
    const std::string key(line.substr(0, equals));
    line.remove_prefix(equals + 1);
    std::string value;
    if (line.starts_with('"')) {
      std::size_t at = 1;
      for (; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\') ++at;
        if (at == line.size() || static_cast<unsigned char>(line[at]) < 0x20) return std::nullopt;
        value += line[at];
      }
      if (at >= line.size()) return std::nullopt;
      line.remove_prefix(at + 1);
    } else {
      value = line.substr(0, line.find(' '));
      if (value.empty() || value.find('"') != std::string::npos) return std::nullopt;
      line.remove_prefix(value.size());
    }
    if (!fields.emplace(key, value).second) return std::nullopt;
    if (line.empty()) return fields;
    if (!line.starts_with(' ')) return std::nullopt;
    line.remove_prefix(1);
  }
}

struct LineCase {
  const char* name;
  const char* code;
  std::string message;
  Fields fields;
};
class LogLineTest : public ::testing::TestWithParam<LineCase> {};
TEST_P(LogLineTest, IsOneLineOfLogfmt) {
  const std::string line = log_line(GetParam().code, GetParam().message);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(parse("level=info " + line), GetParam().fields) << line;
}
INSTANTIATE_TEST_SUITE_P(
    Cli, LogLineTest,
    ::testing::Values(
        LineCase{"words", "", "owns 4 partitions", {{"level", "info"}, {"msg", "owns 4 partitions"}}},
        LineCase{"empty", "", "", {{"level", "info"}, {"msg", ""}}},
        LineCase{
            "code", "unreachable", "waits", {{"level", "info"}, {"code", "unreachable"}, {"msg", "waits"}}},
        LineCase{"quotes", "", R"(no topic "a=b")", {{"level", "info"}, {"msg", R"(no topic "a=b")"}}},
        LineCase{"backslash_at_the_end", "", R"(C:\)", {{"level", "info"}, {"msg", R"(C:\)"}}},
        LineCase{"lines", "", "a\nb=c\r", {{"level", "info"}, {"msg", "anb=cr"}}},
        LineCase{"control_and_foreign_bytes", "", "\x1b\xff", {{"level", "info"}, {"msg", "x1bxff"}}},
        LineCase{"letters_of_all_kinds", "", "ügyfél", {{"level", "info"}, {"msg", "ügyfél"}}}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::cli

#include <gtest/gtest.h>

#include "tidemark/config.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;

ConfigNode scalar(std::string text, bool quoted = false) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::scalar;
  node.scalar = std::move(text);
  node.quoted = quoted;
  node.mark = {"t.yaml", 3, 7};
  return node;
}

ConfigNode map_of(std::string key, ConfigNode value) {
  ConfigNode map;
  map.kind = ConfigNode::Kind::map;
  map.map.emplace_back(std::move(key), std::move(value));
  return map;
}

struct NearestCase {
  const char* name;
  const char* typed;
  const char* expected;
};
class NearestNameTest : public ::testing::TestWithParam<NearestCase> {};

TEST_P(NearestNameTest, Suggestion) {
  const std::vector<std::string> candidates{"dlq", "sum", "count", "events", "customers", "commit_interval"};
  EXPECT_EQ(nearest_name(GetParam().typed, candidates), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(ConfigNode, NearestNameTest,
                         ::testing::Values(
                             //          name                 typed               expected
                             NearestCase{"letter_missing", "customer", "customers"},
                             NearestCase{"letter_wrong", "evants", "events"},
                             NearestCase{"letters_swapped", "dql", "dlq"},
                             NearestCase{"case_only", "Sum", "sum"},
                             NearestCase{"dash_for_bar", "commit-interval", "commit_interval"},
                             NearestCase{"third_wrong", "evxxts", "events"},
                             NearestCase{"half_wrong", "evxxxs", ""}, NearestCase{"one_letter", "s", ""},
                             NearestCase{"empty", "", ""}, NearestCase{"nothing_like_it", "windows", ""},
                             NearestCase{"itself", "count", ""}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(NearestName, OfEqualsTheFirst) {
  EXPECT_EQ(nearest_name("abx", std::vector<std::string>{"aby", "abz"}), "aby");
}

struct DurationCase {
  const char* name;
  const char* text;
  std::int64_t expected;  // ms; -1: refused
};
class ReadDurationTest : public ::testing::TestWithParam<DurationCase> {};

TEST_P(ReadDurationTest, Value) {
  std::vector<Finding> findings;
  const auto duration =
      read_duration(map_of("grace", scalar(GetParam().text)), "grace", milliseconds{-1}, findings);
  EXPECT_EQ(duration.count(), GetParam().expected);
  EXPECT_EQ(findings.size(), GetParam().expected < 0 ? 1u : 0u);
}
INSTANTIATE_TEST_SUITE_P(
    ConfigNode, ReadDurationTest,
    ::testing::Values(DurationCase{"milliseconds", "250ms", 250},
                      DurationCase{"combined", "1d12h", 129'600'000}, DurationCase{"nothing", "0s", 0},
                      DurationCase{"longest", "36500d", 3'153'600'000'000},
                      DurationCase{"too_long", "36501d", -1}, DurationCase{"no_unit", "5", -1},
                      DurationCase{"negative", "-5m", -1}, DurationCase{"fraction", "1.5h", -1},
                      DurationCase{"word", "forever", -1}),
    [](const auto& test) { return std::string(test.param.name); });

struct IntegerCase {
  const char* name;
  ConfigNode node;
  std::int64_t expected;  // -1: refused
};
class ReadIntegerTest : public ::testing::TestWithParam<IntegerCase> {};

TEST_P(ReadIntegerTest, Value) {
  std::vector<Finding> findings;
  EXPECT_EQ(read_integer(map_of("n", GetParam().node), "n", -1, 1, 64, findings), GetParam().expected);
  EXPECT_EQ(findings.size(), GetParam().expected < 0 ? 1u : 0u);
}
INSTANTIATE_TEST_SUITE_P(
    ConfigNode, ReadIntegerTest,
    ::testing::Values(IntegerCase{"lowest", scalar("1"), 1}, IntegerCase{"highest", scalar("64"), 64},
                      IntegerCase{"below", scalar("0"), -1}, IntegerCase{"above", scalar("65"), -1},
                      IntegerCase{"quoted", scalar("5", true), -1}, IntegerCase{"plus", scalar("+5"), -1},
                      IntegerCase{"space_after", scalar("5 "), -1},
                      IntegerCase{"hexadecimal", scalar("0x5"), -1},
                      IntegerCase{"overflow", scalar("99999999999999999999"), -1},
                      IntegerCase{"a_map", map_of("x", scalar("1")), -1}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ConfigReaders, AbsentAndNullGiveTheFallback) {
  std::vector<Finding> findings;
  for (const ConfigNode& map : {map_of("other", scalar("x")), map_of("key", ConfigNode())}) {
    EXPECT_EQ(read_duration(map, "key", milliseconds{7}, findings), milliseconds{7});
    EXPECT_EQ(read_integer(map, "key", 7, 1, 9, findings), 7);
    EXPECT_TRUE(read_bool(map, "key", true, findings));
    EXPECT_EQ(read_string(map, "key", "seven", findings), "seven");
    EXPECT_TRUE(read_names(map, "key", findings).empty());
  }
  EXPECT_TRUE(findings.empty());
}

TEST(ConfigReaders, BoolIsTrueOrFalseOnly) {
  for (const char* text : {"yes", "on", "1", "True"}) {
    std::vector<Finding> findings;
    EXPECT_FALSE(read_bool(map_of("b", scalar(text)), "b", false, findings));
    EXPECT_EQ(findings.size(), 1u) << text;
  }
}

TEST(ConfigScalars, AmbiguousIsWhatYamlAndJsonReadDifferently) {
  using enum ConfigNode::JsonType;
  for (const char* word : {"True", "FALSE",    "yes",  "No",   "on",  "OFF",   "007",  "+5",    ".5",   "5.",
                           "1e3",  "-1.5E+10", "0x1F", "0o17", "0b1", "1_000", ".inf", "-.Inf", ".NaN", "00"})
    EXPECT_EQ(scalar(word).json_type(), ambiguous) << word;
  for (const char* word : {"true", "false"}) EXPECT_EQ(scalar(word).json_type(), boolean) << word;
  for (const char* number : {"5", "-5", "0", "-0"}) EXPECT_EQ(scalar(number).json_type(), integer) << number;
  for (const char* number : {"0.5", "-12.50"}) EXPECT_EQ(scalar(number).json_type(), decimal) << number;
  for (const char* word : {"eu", "gpt-4", "2026-11-10", "1.2.3", "5m", "36d", "n", "no-one", "e5", "10.0.0.1",
                           "12:30", "", "-", "x1", "1x"})
    EXPECT_EQ(scalar(word).json_type(), text) << word;
  ConfigNode quoted = scalar("yes");
  quoted.quoted = true;
  EXPECT_EQ(quoted.json_type(), text);
}

TEST(ConfigNodeTree, PathsAreDotted) {
  const ConfigNode tree = map_of("a", map_of("b", scalar("x")));
  ASSERT_NE(tree.at("a.b"), nullptr);
  EXPECT_EQ(tree.at("a.b")->scalar, "x");
  EXPECT_EQ(tree.at(""), &tree);
  EXPECT_EQ(tree.at("a.c"), nullptr);
  EXPECT_EQ(tree.at("a.b.c"), nullptr);
}

TEST(FindingText, FileLineColumnMessageSuggestion) {
  Finding finding{.mark = {"t.yaml", 3, 7}, .path = "a.b", .message = "wrong", .suggestion = "right"};
  EXPECT_EQ(to_string(finding), "t.yaml:3:7: wrong (did you mean 'right'?)");
  finding.suggestion.clear();
  finding.mark.line = 0;
  EXPECT_EQ(to_string(finding), "t.yaml: wrong");
}

}  // namespace
}  // namespace tidemark

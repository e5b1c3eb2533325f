#include "cli/verify/expectation.h"

#include <gtest/gtest.h>

#include "runtime/topology/yaml_document.h"
#include "tests/unit/topology/scratch.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;

Json total(const char* group, const char* value) {
  Json json{{"tenant_id", "acme"},
            {"customer_id", "cus_1"},
            {"meter", "tokens"},
            {"period_start", "2026-11-01T00:00:00Z"},
            {"period_end", "2026-12-01T00:00:00Z"}};
  if (*group != '\0') json["group"] = Json::parse(group);
  json["total"] = value;
  json["final"] = false;
  return json;
}

// Findings of a list of expected totals, in YAML, against these records.
std::vector<std::string> compare(const std::string& expected, const std::vector<Json>& records) {
  const runtime::testing::Scratch scratch;
  const auto document = runtime::read_yaml_document(scratch.write("t.yaml", "v: " + expected + "\n"));
  EXPECT_TRUE(document) << document.error().message;
  std::vector<Finding> findings;
  compare_records(*document->root.find("v"), records, total_fields(), "total", findings);
  std::vector<std::string> messages;
  for (const Finding& finding : findings) messages.push_back(finding.message);
  return messages;
}

struct GroupCase {
  const char* name;
  const char* expected;
  const char* group;
  bool fits;
};
class GroupTest : public ::testing::TestWithParam<GroupCase> {};

TEST_P(GroupTest, IsComparedByTypeAndValue) {
  const auto found = compare("[{meter: tokens, total: 1, group: " + std::string(GetParam().expected) + "}]",
                             {total(GetParam().group, "1")});
  EXPECT_EQ(found.empty(), GetParam().fits) << ::testing::PrintToString(found);
}
INSTANTIATE_TEST_SUITE_P(
    Expectation, GroupTest,
    ::testing::Values(GroupCase{"same", "{model: large}", R"({"model":"large"})", true},
                      GroupCase{"order_of_names", "{b: 1, a: x}", R"({"a":"x","b":1})", true},
                      GroupCase{"another_value", "{model: small}", R"({"model":"large"})", false},
                      GroupCase{"text_is_no_integer", "{n: \"5\"}", R"({"n":5})", false},
                      GroupCase{"integer", "{n: 5}", R"({"n":5})", true},
                      GroupCase{"boolean_is_no_text", "{n: true}", R"({"n":"true"})", false},
                      GroupCase{"one_name_too_few", "{a: x}", R"({"a":"x","b":1})", false},
                      GroupCase{"no_group_expected", "{}", "", true},
                      GroupCase{"a_group_where_none_is", "{a: x}", "", false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ExpectationTest, AnEntryLeavesTheRecordThatFitsAnotherBetter) {
  EXPECT_EQ(compare("[{meter: tokens, total: 2}, {meter: tokens, total: 1}]",
                    {total(R"({"m":"a"})", "1"), total(R"({"m":"b"})", "2")}),
            std::vector<std::string>{});
}

TEST(ExpectationTest, TitleHoldsTheGroup) {
  EXPECT_EQ(compare("[{meter: tokens, group: {m: a}, total: 2}]", {total(R"({"m":"a"})", "1.5")}),
            std::vector<std::string>{"total of tokens of cus_1 {\"m\":\"a\"} [2026-11-01T00:00:00Z, "
                                     "2026-12-01T00:00:00Z]: total is 1.5, expected 2"});
}

}  // namespace
}  // namespace tidemark::cli

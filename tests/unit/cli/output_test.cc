#include "cli/output.h"

#include <gtest/gtest.h>

namespace tidemark::cli {
namespace {

Table sample() {
  Table table({{"customer_id"}, {"total", true}, {"events", true}, {"final"}});
  table.add({std::string("cus_1"), std::string("12.5"), std::int64_t{3}, false});
  table.add({std::string("\xc3\xbcnic\xc3\xb8"), std::string("-100"), std::int64_t{12'345}, true});
  table.add({std::string("a\nb"), {}, {}, {}});
  return table;
}

TEST(TableTest, ColumnsAreAlignedByCharactersAndNumbersToTheRight) {
  EXPECT_EQ(sample().render(OutputFormat::table),
            "CUSTOMER ID  TOTAL  EVENTS  FINAL\n"
            "cus_1         12.5       3  no\n"
            "\xc3\xbcnic\xc3\xb8         -100   12345  yes\n"
            "a\\x0ab           -       -  -\n");
}

TEST(TableTest, TheHeaderIsBoldWhenAsked) {
  EXPECT_EQ(sample().render(OutputFormat::table, true).find("\x1b[1mCUSTOMER ID"), 0U);
}

TEST(TableTest, JsonKeepsOrderAndTypesAndLeavesDecimalsAsText) {
  Table table({{"total"}, {"events"}, {"final"}, {"group"}});
  table.add(
      {std::string("12345678901234567890.123456789012"), std::int64_t{9'007'199'254'740'993}, true, {}});
  EXPECT_EQ(table.render(OutputFormat::jsonl),
            "{\"total\":\"12345678901234567890.123456789012\",\"events\":9007199254740993,\"final\":true,"
            "\"group\":null}\n");
  EXPECT_EQ(
      table.render(OutputFormat::json),
      "[\n  {\n    \"total\": \"12345678901234567890.123456789012\",\n    \"events\": 9007199254740993,\n"
      "    \"final\": true,\n    \"group\": null\n  }\n]\n");
}

TEST(TableTest, NoRows) {
  const Table table({{"a"}});
  EXPECT_EQ(table.render(OutputFormat::table), "");
  EXPECT_EQ(table.render(OutputFormat::json), "[]\n");
  EXPECT_EQ(table.render(OutputFormat::jsonl), "");
}

TEST(TableTest, BytesThatAreNoUtf8AreReplacedInJson) {
  Table table({{"a"}});
  table.add({std::string("\xff")});
  EXPECT_EQ(table.render(OutputFormat::jsonl), "{\"a\":\"\xef\xbf\xbd\"}\n");
}

}  // namespace
}  // namespace tidemark::cli

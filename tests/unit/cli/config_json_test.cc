#include "cli/config_json.h"

#include <gtest/gtest.h>

#include "runtime/topology/yaml_document.h"
#include "tests/unit/topology/scratch.h"

namespace tidemark::cli {
namespace {

struct JsonCase {
  const char* name;
  const char* yaml;
  const char* json;
};
class ConfigJsonTest : public ::testing::TestWithParam<JsonCase> {};

TEST_P(ConfigJsonTest, TypesAreThoseWritten) {
  const runtime::testing::Scratch scratch;
  const auto document =
      runtime::read_yaml_document(scratch.write("t.yaml", std::string("v: ") + GetParam().yaml + "\n"));
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(json_of(*document->root.find("v")), GetParam().json);
}
INSTANTIATE_TEST_SUITE_P(
    ConfigJson, ConfigJsonTest,
    ::testing::Values(JsonCase{"integer", "1500", "1500"}, JsonCase{"quoted_integer", "\"1500\"", "\"1500\""},
                      JsonCase{"negative", "-3", "-3"}, JsonCase{"decimal_digit_by_digit", "1.50", "1.50"},
                      JsonCase{"longer_than_any_integer", "123456789012345678901234567890",
                               "123456789012345678901234567890"},
                      JsonCase{"leading_zero_is_a_text", "007", "\"007\""},
                      JsonCase{"hexadecimal_is_a_text", "0x10", "\"0x10\""},
                      JsonCase{"true_value", "true", "true"}, JsonCase{"quoted_true", "'true'", "\"true\""},
                      JsonCase{"yes_is_a_text", "yes", "\"yes\""}, JsonCase{"null_value", "null", "null"},
                      JsonCase{"quoted_null", "\"null\"", "\"null\""}, JsonCase{"empty_text", "\"\"", "\"\""},
                      JsonCase{"time", "2026-11-10T10:00:00+01:00", "\"2026-11-10T10:00:00+01:00\""},
                      JsonCase{"escapes", "\"a\\\"b\\n\"", "\"a\\\"b\\n\""},
                      JsonCase{"nested_in_the_order_written", "{b: [1, x, {}], a: {}}",
                               "{\"b\":[1,\"x\",{}],\"a\":{}}"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::cli

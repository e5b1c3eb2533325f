#include <gtest/gtest.h>

#include "schemas/command/codec.h"

namespace tidemark::schemas {
namespace {

RebaseCommand rebase(std::string group) {
  return {.command_id = "5f1c-1",
          .tenant_id = "acme",
          .customer_id = "cus_bud",
          .meter = "tokens",
          .group = std::move(group),
          .period_start = parse_rfc3339("2026-10-31T23:00:00Z").value(),
          .period_end = parse_rfc3339("2026-11-30T23:00:00Z").value(),
          .reason = "a \"gap\"",
          .requested_at = parse_rfc3339("2026-11-21T10:15:00.5Z").value()};
}

TEST(CommandTest, HasAFixedForm) {
  EXPECT_EQ(
      encode_rebase(rebase(R"({"model":"large"})")),
      R"({"schema":1,"command":"rebase","command_id":"5f1c-1","tenant_id":"acme","customer_id":"cus_bud",)"
      R"("meter":"tokens","period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z",)"
      R"("group":{"model":"large"},"reason":"a \"gap\"","requested_at":"2026-11-21T10:15:00.500Z"})");
}

TEST(CommandTest, IsReadBack) {
  for (const char* group : {"", R"({"model":"large"})"}) {
    const std::string text = encode_rebase(rebase(group));
    const auto decoded = decode_command(text);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(encode_rebase(*decoded), text);
  }
}

TEST(CommandTest, AnotherActIsNotJudgedByItsFields) {
  const auto decoded = decode_command(R"({"schema":1,"command":"replay","plan":"7"})");
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, "command_unsupported");
  EXPECT_EQ(decoded.error().disposition, Disposition::dead_letter);
}

}  // namespace
}  // namespace tidemark::schemas

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "schemas/dead_letter/codes.h"

namespace tidemark::schemas {
namespace {

std::string table_of_codes() {
  std::string table = "| number | code | stage | retryable | cause | cure |\n|---|---|---|---|---|---|\n";
  for (const ErrorCodeInfo& info : error_codes()) {
    table += "| " + std::to_string(static_cast<int>(info.code)) + " | `" + std::string(info.name) + "` | " +
             std::string(info.stage) + " | " + (info.retryable ? "yes" : "no") + " | " +
             std::string(info.cause) + " | " + std::string(info.cure) + " |\n";
  }
  return table;
}

TEST(ErrorPageTest, HoldsTheTableOfCodes) {
  std::ifstream file(TIDEMARK_SOURCE_DIR "/docs/errors.md");
  ASSERT_TRUE(file) << "docs/errors.md is missing";
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(table_of_codes()), std::string::npos)
      << "docs/errors.md must hold this table:\n\n"
      << table_of_codes();
}

}  // namespace
}  // namespace tidemark::schemas

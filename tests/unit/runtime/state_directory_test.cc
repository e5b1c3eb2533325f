#include "runtime/state_directory.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/store/scratch_directory.h"

namespace tidemark::runtime {
namespace {

std::string code_of(const Status& status) {
  return status ? "ok" : status.error().code;
}

TEST(StateDirectory, IsTheSameInstanceAfterARestart) {
  const ScratchDirectory scratch;
  std::string instance;
  for (int start = 0; start < 2; ++start) {
    auto directory = StateDirectory::open(scratch.path().string());
    ASSERT_TRUE(directory) << directory.error().message;
    if (start == 0) instance = (*directory)->instance();
    EXPECT_EQ((*directory)->instance(), instance);
    EXPECT_EQ(instance.size(), 12U);
  }
}

TEST(StateDirectory, BelongsToTheFirstApplicationAndClusterThatClaimIt) {
  struct Case {
    const char* application;
    const char* cluster;
    const char* outcome;
  };
  const ScratchDirectory scratch;
  for (const Case& each :
       {Case{"meters", "c-1", "ok"}, Case{"meters", "c-1", "ok"}, Case{"meters", "c-2", "state_of_another"},
        Case{"other", "c-1", "state_of_another"}, Case{"meters", "c-1", "ok"}}) {
    auto directory = StateDirectory::open(scratch.path().string());
    ASSERT_TRUE(directory) << directory.error().message;
    EXPECT_EQ(code_of((*directory)->claim(each.application, each.cluster)), each.outcome)
        << each.application << " on " << each.cluster;
  }
}

TEST(StateDirectory, SaysWhoseStateItIs) {
  const ScratchDirectory scratch;
  auto directory = StateDirectory::open(scratch.path().string());
  ASSERT_TRUE(directory);
  ASSERT_TRUE((*directory)->claim("meters", "staging"));
  const Status refused = (*directory)->claim("meters", "production");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("belongs to meters on staging"), std::string::npos)
      << refused.error().message;
}

}  // namespace
}  // namespace tidemark::runtime

#include "runtime/sim/random.h"

#include <gtest/gtest.h>

#include <map>

namespace tidemark::runtime::sim {
namespace {

TEST(RandomTest, SameSeedSameDraws) {
  Random a(7);
  Random b(7);
  Random c(8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto drawn = a.next();
    EXPECT_EQ(drawn, b.next());
    differs |= drawn != c.next();
  }
  EXPECT_TRUE(differs);
}

TEST(RandomTest, UniformStaysBelowItsBoundAndMeetsEveryValue) {
  Random random(1);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 6000; ++i) ++counts[random.uniform(6)];
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [value, count] : counts) {
    EXPECT_LT(value, 6u);
    EXPECT_NEAR(count, 1000, 150);
  }
}

TEST(RandomTest, BetweenIncludesBothEnds) {
  Random random(1);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 100; ++i) ++counts[random.between(3, 5)];
  EXPECT_EQ(counts.begin()->first, 3u);
  EXPECT_EQ(counts.rbegin()->first, 5u);
}

TEST(RandomTest, ChanceIsNeverAtZeroAndAlwaysAtOne) {
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(random.chance(0, 5));
    EXPECT_TRUE(random.chance(5, 5));
  }
}

}  // namespace
}  // namespace tidemark::runtime::sim

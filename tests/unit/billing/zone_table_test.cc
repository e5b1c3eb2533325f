#include "billing/zone_table.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tidemark::billing {
namespace {

constexpr std::int64_t kSinceEver = std::numeric_limits<std::int64_t>::min();

// The clock is two hours ahead, jumps from 12:00 to 15:00 (instants 36000) and back from 26:00 to 25:00.
const ZoneTable& example() {
  static const ZoneTable table({{kSinceEver, 7200}, {36'000, 18'000}, {75'600, 14'400}});
  return table;
}

struct EdgeCase {
  const char* name;
  std::int64_t local;
  std::int64_t expected;
};

class FirstInstantTest : public ::testing::TestWithParam<EdgeCase> {};

TEST_P(FirstInstantTest, IsWhenTheClockReachesIt) {
  EXPECT_EQ(example().first_instant_at(GetParam().local), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Billing, FirstInstantTest,
                         ::testing::Values(EdgeCase{"long_ago", -1'000'000, -1'007'200},
                                           EdgeCase{"before_the_gap", 43'199, 35'999},
                                           EdgeCase{"begin_of_the_gap", 43'200, 36'000},
                                           EdgeCase{"end_of_the_gap", 53'999, 36'000},
                                           EdgeCase{"after_the_gap", 54'000, 36'000},
                                           EdgeCase{"second_after_the_gap", 54'001, 36'001},
                                           EdgeCase{"shown_twice_first", 90'000, 72'000},
                                           EdgeCase{"shown_twice_last", 93'599, 75'599},
                                           EdgeCase{"shown_once_again", 93'600, 79'200},
                                           EdgeCase{"in_the_future", 1'000'000, 985'600}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ZoneTableTest, IsSharedByAllWhoLoadIt) {
  const auto first = ZoneTable::load("Europe/Budapest");
  const auto second = ZoneTable::load("Europe/Budapest");
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(first->get(), second->get());
}

TEST(ZoneTableTest, ChangesItsOffsetInTheInstantOfTheTransition) {
  EXPECT_EQ(example().to_local(35'999), 43'199);
  EXPECT_EQ(example().to_local(36'000), 54'000);
}

}  // namespace
}  // namespace tidemark::billing

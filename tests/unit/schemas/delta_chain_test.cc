#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/schemas/deltas.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kKey = "key";

DecodedDelta rebase(std::int64_t seq, std::int64_t total) {
  return delta_of(seq, total, 0, DeltaKind::rebase);
}
DecodedDelta with_id(DecodedDelta delta, const char* id) {
  delta.delta_id = id;
  return delta;
}

struct ChainCase {
  const char* name;
  std::vector<DecodedDelta> records;  // at offsets 0, 1, ...
  std::vector<ChainStep> steps;
  ChainBreak broken;  // in the end
  std::int64_t seq;   // of the head, in the end
  std::int64_t total;
};

class DeltaChainTest : public ::testing::TestWithParam<ChainCase> {};

TEST_P(DeltaChainTest, TakesWhatContinuesTheChainAlone) {
  const ChainCase& test = GetParam();
  DeltaChain chain(ChainStart::first);
  std::vector<ChainStep> steps;
  for (std::size_t i = 0; i < test.records.size(); ++i)
    steps.push_back(chain.accept(kKey, test.records[i], Offset(static_cast<std::int64_t>(i))));
  EXPECT_EQ(steps, test.steps);
  EXPECT_EQ(chain.head(kKey)->broken, test.broken);
  EXPECT_EQ(chain.head(kKey)->seq, test.seq);
  EXPECT_EQ(chain.head(kKey)->total, Quantity::from_integer(test.total));
}

using enum ChainStep;
INSTANTIATE_TEST_SUITE_P(
    Chains, DeltaChainTest,
    ::testing::Values(
        ChainCase{"next", {delta_of(1, 0, 5), delta_of(2, 5, -2)}, {taken, taken}, ChainBreak::none, 2, 3},
        ChainCase{"next_correction",
                  {delta_of(1, 0, 5), delta_of(2, 5, 1, DeltaKind::correction)},
                  {taken, taken},
                  ChainBreak::none,
                  2,
                  6},
        ChainCase{"begins_after_1", {delta_of(2, 5, 1)}, {stopped}, ChainBreak::gap, 0, 0},
        ChainCase{"begins_on_another_total", {delta_of(1, 5, 1)}, {stopped}, ChainBreak::mismatch, 0, 0},
        ChainCase{
            "last_again", {delta_of(1, 0, 5), delta_of(1, 0, 5)}, {taken, repeat}, ChainBreak::none, 1, 5},
        ChainCase{"earlier_again",
                  {delta_of(1, 0, 5), delta_of(2, 5, 1), delta_of(1, 0, 5), delta_of(3, 6, 1)},
                  {taken, taken, repeat, taken},
                  ChainBreak::none,
                  3,
                  7},
        ChainCase{"last_again_with_other_content",
                  {delta_of(1, 0, 5), delta_of(1, 0, 6)},
                  {taken, stopped},
                  ChainBreak::fork,
                  1,
                  5},
        ChainCase{"earlier_again_under_another_id",
                  {delta_of(1, 0, 5), delta_of(2, 5, 1), with_id(delta_of(1, 0, 5), "td_0")},
                  {taken, taken, stopped},
                  ChainBreak::fork,
                  2,
                  6},
        ChainCase{"gap", {delta_of(1, 0, 5), delta_of(3, 6, 1)}, {taken, stopped}, ChainBreak::gap, 1, 5},
        ChainCase{
            "mismatch", {delta_of(1, 0, 5), delta_of(2, 6, 1)}, {taken, stopped}, ChainBreak::mismatch, 1, 5},
        ChainCase{"stopped_waits_even_for_what_would_fit",
                  {delta_of(1, 0, 5), delta_of(3, 6, 1), delta_of(2, 5, 1)},
                  {taken, stopped, waiting},
                  ChainBreak::gap,
                  1,
                  5},
        ChainCase{"rebase_ends_a_stop",
                  {delta_of(1, 0, 5), delta_of(3, 6, 1), rebase(4, 7), delta_of(5, 7, 1)},
                  {taken, stopped, rebased, taken},
                  ChainBreak::none,
                  5,
                  8},
        ChainCase{"rebase_may_lie_behind_a_fork",
                  {delta_of(1, 0, 5), delta_of(2, 5, 9), rebase(2, 5), delta_of(3, 5, 1)},
                  {taken, taken, rebased, taken},
                  ChainBreak::none,
                  3,
                  6},
        ChainCase{"rebase_of_a_whole_chain",
                  {delta_of(1, 0, 5), rebase(2, 5), delta_of(3, 5, 1)},
                  {taken, rebased, taken},
                  ChainBreak::none,
                  3,
                  6},
        ChainCase{"rebase_begins_a_chain",
                  {rebase(9, 40), delta_of(10, 40, 1)},
                  {rebased, taken},
                  ChainBreak::none,
                  10,
                  41},
        ChainCase{"rebase_is_a_base_like_any",
                  {rebase(9, 40), delta_of(10, 41, 1)},
                  {rebased, stopped},
                  ChainBreak::mismatch,
                  9,
                  40}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(DeltaChainReaderTest, KeysStopAlone) {
  DeltaChain chain(ChainStart::first);
  EXPECT_EQ(chain.accept("a", delta_of(2, 5, 1), Offset(0)), stopped);
  EXPECT_EQ(chain.accept("b", delta_of(1, 0, 1), Offset(1)), taken);
}

// A reader that begins further back meets a rebase that it had taken: it must not go back to it.
TEST(DeltaChainReaderTest, WhatWasReadBeforeIsARepeatWhateverItSays) {
  DeltaChain chain(ChainStart::first);
  chain.resume(kKey, {.seq = 3,
                      .previous_total = Quantity::from_integer(5),
                      .total = Quantity::from_integer(6),
                      .offset = Offset(7),
                      .broken = ChainBreak::none});
  EXPECT_EQ(chain.accept(kKey, rebase(2, 5), Offset(6)), repeat);
  EXPECT_EQ(chain.accept(kKey, delta_of(3, 5, 1), Offset(7)), repeat);
  EXPECT_EQ(chain.accept(kKey, delta_of(4, 6, 1), Offset(8)), taken);
}

TEST(DeltaChainReaderTest, AStopOutlivesARestart) {
  DeltaChain before(ChainStart::first);
  before.accept(kKey, delta_of(2, 5, 1), Offset(0));
  DeltaChain chain(ChainStart::first);
  chain.resume(kKey, *before.head(kKey));
  EXPECT_EQ(chain.accept(kKey, delta_of(1, 0, 1), Offset(1)), waiting);
}

TEST(DeltaChainReaderTest, MayBeginWhereTheTopicBegins) {
  DeltaChain chain(ChainStart::anywhere);
  EXPECT_EQ(chain.accept(kKey, delta_of(7, 5, 1), Offset(3)), taken);
  EXPECT_EQ(chain.accept(kKey, delta_of(9, 6, 1), Offset(4)), stopped);
  EXPECT_EQ(chain.head("other"), nullptr);
}

}  // namespace
}  // namespace tidemark::schemas

#include <gtest/gtest.h>

#include <vector>

#include "schemas/usage_delta/chain.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kKey = "key";

// `delta` on `previous`, with the id that belongs to its seq.
DecodedDelta delta(std::int64_t seq, std::int64_t previous, std::int64_t change,
                   DeltaKind kind = DeltaKind::usage) {
  DecodedDelta out;
  out.tenant_id = "acme";
  out.customer_id = "cus_1";
  out.meter = "tokens";
  out.seq = seq;
  out.kind = kind;
  out.previous_total = Quantity::from_integer(previous);
  out.delta = Quantity::from_integer(change);
  out.total = Quantity::from_integer(previous + change);
  out.delta_id = delta_id({.tenant_id = out.tenant_id,
                           .customer_id = out.customer_id,
                           .meter = out.meter,
                           .period_start = out.period_start,
                           .period_end = out.period_end,
                           .group = out.group},
                          seq);
  return out;
}
DecodedDelta rebase(std::int64_t seq, std::int64_t total) {
  return delta(seq, total, 0, DeltaKind::rebase);
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
        ChainCase{"next", {delta(1, 0, 5), delta(2, 5, -2)}, {taken, taken}, ChainBreak::none, 2, 3},
        ChainCase{"next_correction",
                  {delta(1, 0, 5), delta(2, 5, 1, DeltaKind::correction)},
                  {taken, taken},
                  ChainBreak::none,
                  2,
                  6},
        ChainCase{"begins_after_1", {delta(2, 5, 1)}, {stopped}, ChainBreak::gap, 0, 0},
        ChainCase{"begins_on_another_total", {delta(1, 5, 1)}, {stopped}, ChainBreak::mismatch, 0, 0},
        ChainCase{"last_again", {delta(1, 0, 5), delta(1, 0, 5)}, {taken, repeat}, ChainBreak::none, 1, 5},
        ChainCase{"earlier_again",
                  {delta(1, 0, 5), delta(2, 5, 1), delta(1, 0, 5), delta(3, 6, 1)},
                  {taken, taken, repeat, taken},
                  ChainBreak::none,
                  3,
                  7},
        ChainCase{"last_again_with_other_content",
                  {delta(1, 0, 5), delta(1, 0, 6)},
                  {taken, stopped},
                  ChainBreak::fork,
                  1,
                  5},
        ChainCase{"earlier_again_under_another_id",
                  {delta(1, 0, 5), delta(2, 5, 1), with_id(delta(1, 0, 5), "td_0")},
                  {taken, taken, stopped},
                  ChainBreak::fork,
                  2,
                  6},
        ChainCase{"gap", {delta(1, 0, 5), delta(3, 6, 1)}, {taken, stopped}, ChainBreak::gap, 1, 5},
        ChainCase{"mismatch", {delta(1, 0, 5), delta(2, 6, 1)}, {taken, stopped}, ChainBreak::mismatch, 1, 5},
        ChainCase{"stopped_waits_even_for_what_would_fit",
                  {delta(1, 0, 5), delta(3, 6, 1), delta(2, 5, 1)},
                  {taken, stopped, waiting},
                  ChainBreak::gap,
                  1,
                  5},
        ChainCase{"rebase_ends_a_stop",
                  {delta(1, 0, 5), delta(3, 6, 1), rebase(4, 7), delta(5, 7, 1)},
                  {taken, stopped, rebased, taken},
                  ChainBreak::none,
                  5,
                  8},
        ChainCase{"rebase_may_lie_behind_a_fork",
                  {delta(1, 0, 5), delta(2, 5, 9), rebase(2, 5), delta(3, 5, 1)},
                  {taken, taken, rebased, taken},
                  ChainBreak::none,
                  3,
                  6},
        ChainCase{"rebase_of_a_whole_chain",
                  {delta(1, 0, 5), rebase(2, 5), delta(3, 5, 1)},
                  {taken, rebased, taken},
                  ChainBreak::none,
                  3,
                  6},
        ChainCase{"rebase_begins_a_chain",
                  {rebase(9, 40), delta(10, 40, 1)},
                  {rebased, taken},
                  ChainBreak::none,
                  10,
                  41},
        ChainCase{"rebase_is_a_base_like_any",
                  {rebase(9, 40), delta(10, 41, 1)},
                  {rebased, stopped},
                  ChainBreak::mismatch,
                  9,
                  40}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(DeltaChainReaderTest, KeysStopAlone) {
  DeltaChain chain(ChainStart::first);
  EXPECT_EQ(chain.accept("a", delta(2, 5, 1), Offset(0)), stopped);
  EXPECT_EQ(chain.accept("b", delta(1, 0, 1), Offset(1)), taken);
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
  EXPECT_EQ(chain.accept(kKey, delta(3, 5, 1), Offset(7)), repeat);
  EXPECT_EQ(chain.accept(kKey, delta(4, 6, 1), Offset(8)), taken);
}

TEST(DeltaChainReaderTest, AStopOutlivesARestart) {
  DeltaChain before(ChainStart::first);
  before.accept(kKey, delta(2, 5, 1), Offset(0));
  DeltaChain chain(ChainStart::first);
  chain.resume(kKey, *before.head(kKey));
  EXPECT_EQ(chain.accept(kKey, delta(1, 0, 1), Offset(1)), waiting);
}

TEST(DeltaChainReaderTest, MayBeginWhereTheTopicBegins) {
  DeltaChain chain(ChainStart::anywhere);
  EXPECT_EQ(chain.accept(kKey, delta(7, 5, 1), Offset(3)), taken);
  EXPECT_EQ(chain.accept(kKey, delta(9, 6, 1), Offset(4)), stopped);
  EXPECT_EQ(chain.head("other"), nullptr);
}

}  // namespace
}  // namespace tidemark::schemas

#include <gtest/gtest.h>

#include "runtime/kafka/producer.h"

namespace tidemark::runtime::kafka {
namespace {

using namespace std::chrono_literals;

struct OutcomeCase {
  const char* name;
  EndTxnTally tally;
  CommitOutcome expected;
};

class SuccessTest : public ::testing::TestWithParam<OutcomeCase> {};

TEST_P(SuccessTest, Outcome) {
  EXPECT_EQ(judge_success(GetParam().tally), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Commit, SuccessTest,
    ::testing::Values(OutcomeCase{"one_sent_one_answered", {1, 1, 0, 0, 2ms}, CommitOutcome::committed},
                      OutcomeCase{"answer_told_twice", {1, 2, 0, 0, 2ms}, CommitOutcome::committed},
                      OutcomeCase{"exactly_a_second", {1, 2, 0, 0, 1'000ms}, CommitOutcome::committed},
                      OutcomeCase{"over_a_second", {1, 2, 0, 0, 1'001ms}, CommitOutcome::suspect},
                      OutcomeCase{"sent_twice", {2, 2, 0, 0, 2ms}, CommitOutcome::suspect},
                      OutcomeCase{"one_failed", {1, 1, 1, 0, 2ms}, CommitOutcome::suspect},
                      OutcomeCase{"failed_before_it_was_sent", {0, 0, 1, 0, 2ms}, CommitOutcome::suspect},
                      OutcomeCase{"never_answered", {1, 0, 0, 0, 2ms}, CommitOutcome::suspect},
                      OutcomeCase{
                          "offsets_or_partitions_were_cut_off", {1, 2, 0, 1, 2ms}, CommitOutcome::suspect},
                      OutcomeCase{"nothing_to_commit", {0, 0, 0, 0, 0ms}, CommitOutcome::committed}),
    [](const auto& test) { return std::string(test.param.name); });

class AbortableTest : public ::testing::TestWithParam<OutcomeCase> {};

TEST_P(AbortableTest, Outcome) {
  EXPECT_EQ(judge_abortable(GetParam().tally), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Commit, AbortableTest,
    ::testing::Values(OutcomeCase{"before_the_request", {0, 0, 0, 0, 2ms}, CommitOutcome::aborted},
                      OutcomeCase{"after_the_request", {1, 0, 1, 0, 2ms}, CommitOutcome::unknown},
                      OutcomeCase{"after_the_answer", {1, 1, 0, 0, 2ms}, CommitOutcome::unknown}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::runtime::kafka

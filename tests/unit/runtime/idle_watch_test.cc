#include "runtime/idle_watch.h"

#include <gtest/gtest.h>

#include <array>

namespace tidemark::runtime {
namespace {

using namespace std::chrono_literals;

constexpr SourceIndex kEvents{0};
constexpr SourceIndex kRekey{2};
constexpr ArrivalTime kAppended{1'767'225'600'000ms};

TEST(BrokerTimeTest, GoesOnFromWhatTheBrokerSaidAndNeverAheadOfIt) {
  const BrokerTime time{.appended_at = kAppended, .known_at = 10s};
  EXPECT_EQ(time.at(10s), kAppended);
  EXPECT_EQ(time.at(10s + 999us), kAppended);
  EXPECT_EQ(time.at(10s + 1ms), kAppended + 1ms);
  EXPECT_EQ(time.at(10s - 1us), kAppended - 1ms);  // asked before it was known
}

// Rule: 5 s of silence on two sources. Restored at 100 s; the broker said its time at 101 s.
IdleWatch make_watch() {
  IdleWatch watch({.after = 5s, .sources = {kEvents, kRekey}});
  watch.start(100s);
  watch.know({.appended_at = kAppended, .known_at = 101s});
  return watch;
}

struct QuestionCase {
  const char* name;
  std::chrono::nanoseconds now;
  void (*before)(IdleWatch&);
  bool expected;
};
class QuestionTest : public testing::TestWithParam<QuestionCase> {};

TEST_P(QuestionTest, IsDue) {
  IdleWatch watch = make_watch();
  GetParam().before(watch);
  EXPECT_EQ(watch.is_question_due(GetParam().now), GetParam().expected);
}

void nothing(IdleWatch&) {}
void step_at_110(IdleWatch& watch) {
  watch.asked(110s);
  watch.stepped();
}

INSTANTIATE_TEST_SUITE_P(
    IdleWatch, QuestionTest,
    testing::Values(
        QuestionCase{"silent_long_enough", 105s, nothing, true},
        QuestionCase{"silent_too_short", 105s - 1ns, nothing, false},
        QuestionCase{"off", 105s, [](IdleWatch& watch) { watch = IdleWatch(); }, false},
        QuestionCase{"broker_time_unknown", 105s, [](IdleWatch& watch) { watch.start(0s); }, false},
        QuestionCase{"record_of_a_source_that_breaks_no_silence", 105s,
                     [](IdleWatch& watch) {
                       watch = IdleWatch({.after = 5s, .sources = {kEvents, kRekey}, .unheard = {kRekey}});
                       watch.start(100s);
                       watch.know({.appended_at = kAppended, .known_at = 101s});
                       watch.saw_records(kRekey, 104s);
                     },
                     true},
        QuestionCase{"record_of_a_usage_source", 105s,
                     [](IdleWatch& watch) { watch.saw_records(kRekey, 101s); }, false},
        QuestionCase{"silent_again", 106s, [](IdleWatch& watch) { watch.saw_records(kRekey, 101s); }, true},
        QuestionCase{"record_of_another_source", 105s,
                     [](IdleWatch& watch) { watch.saw_records(SourceIndex(1), 104s); }, true},
        QuestionCase{"asked_lately", 110s - 1ns, [](IdleWatch& watch) { watch.asked(105s); }, false},
        QuestionCase{"asked_in_vain_before", 110s, [](IdleWatch& watch) { watch.asked(105s); }, true},
        QuestionCase{"stepped_less_than_a_minute_ago", 170s - 1ns, step_at_110, false},
        QuestionCase{"stepped_a_minute_ago", 170s, step_at_110, true},
        QuestionCase{"records_after_a_step_begin_anew", 120s,
                     [](IdleWatch& watch) {
                       step_at_110(watch);
                       watch.saw_records(kEvents, 115s);
                     },
                     true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IdleWatchTest, StepsNoOftenerThanTheRuleSays) {
  IdleWatch watch({.after = 10min, .sources = {kEvents}});
  watch.start(0s);
  watch.know({.appended_at = kAppended, .known_at = 0s});
  watch.asked(10min);
  watch.stepped();
  EXPECT_FALSE(watch.is_question_due(20min - 1ns));
  EXPECT_TRUE(watch.is_question_due(20min));
}

struct AnswerCase {
  const char* name;
  std::array<SourceEnd, 2> ends;
  bool is_idle;
};
class AnswerTest : public testing::TestWithParam<AnswerCase> {};

TEST_P(AnswerTest, IsATimeOrNone) {
  IdleWatch watch = make_watch();
  watch.asked(107s);
  const auto of_the_question = kAppended + 6s;
  EXPECT_EQ(watch.answer(GetParam().ends),
            GetParam().is_idle ? std::optional(of_the_question) : std::nullopt);
}

constexpr SourceEnd at(std::int64_t read_to, std::int64_t high_watermark) {
  return {.read_to = Offset(read_to), .high_watermark = Offset(high_watermark)};
}

INSTANTIATE_TEST_SUITE_P(
    IdleWatch, AnswerTest,
    testing::Values(
        AnswerCase{"all_read_to_the_high_watermark", {at(7, 7), at(0, 0)}, true},
        AnswerCase{"read_beyond_it_since", {at(9, 7), at(0, 0)}, true},
        AnswerCase{"lagging", {at(6, 7), at(0, 0)}, false},
        AnswerCase{"open_transaction_in_the_other_source", {at(7, 7), at(3, 4)}, false},
        AnswerCase{"end_never_told", {at(7, 7), {.read_to = {}, .high_watermark = Offset(0)}}, false},
        AnswerCase{"leader_did_not_answer", {at(7, 7), {.read_to = Offset(0), .high_watermark = {}}}, false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IdleAnswerTest, ComesTooLateWhenRecordsCameMeanwhile) {
  IdleWatch watch = make_watch();
  watch.asked(107s);
  watch.saw_records(kEvents, 108s);
  EXPECT_EQ(watch.answer(std::array{at(8, 7), at(0, 0)}), std::nullopt);
}

TEST(IdleAnswerTest, OfAQuestionBeforeTheRestoreIsNone) {
  IdleWatch watch = make_watch();
  watch.asked(107s);
  watch.start(107s);
  watch.know({.appended_at = kAppended, .known_at = 107s});
  EXPECT_EQ(watch.answer(std::array{at(7, 7), at(0, 0)}), std::nullopt);
}

TEST(IdleAnswerTest, GoesByTheNewestTimeOfTheBroker) {
  IdleWatch watch = make_watch();
  watch.know({.appended_at = kAppended - 1h, .known_at = 106s});  // its clock was set back
  watch.asked(107s);
  EXPECT_EQ(watch.answer(std::array{at(7, 7), at(0, 0)}), kAppended - 1h + 1s);
}

}  // namespace
}  // namespace tidemark::runtime

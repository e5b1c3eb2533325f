#include "billing/timeline.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/billing/civil.h"
#include "tests/unit/billing/print_period.h"

namespace tidemark::billing {
namespace {

using schemas::IntervalUnit;
using schemas::ProfileVersion;
using std::chrono::nanoseconds;

const GridRule kDay{"UTC", IntervalUnit::day, 1, ""};
const GridRule kWeek{"UTC", IntervalUnit::week, 1, ""};  // Mondays: 1 June, 6 July 2026
const GridRule kMonth{"UTC", IntervalUnit::month, 1, ""};
const GridRule kBudapest{"Europe/Budapest", IntervalUnit::month, 1, ""};
const GridRule kFifteenth{"UTC", IntervalUnit::month, 1, "2026-01-15"};

struct Version {
  const char* effective_from;
  GridRule rule;
};
using Versions = std::vector<Version>;

std::vector<ProfileVersion> profile(const Versions& versions) {
  std::vector<ProfileVersion> profile;
  for (const auto& [effective_from, rule] : versions) {
    ProfileVersion version;
    version.effective_from = *parse_rfc3339(effective_from);
    version.time_zone = rule.time_zone;
    version.unit = rule.unit;
    version.n = rule.n;
    version.anchor = rule.anchor;
    profile.push_back(version);
  }
  return profile;
}

Timeline line_of(const Versions& versions) {
  auto line = Timeline::of(profile(versions));
  EXPECT_TRUE(line.has_value());
  return *line;
}

std::string short_text(EventTime time) {  // "ever", "2026-07-01", "2026-06-30T22:00:00Z"
  if (time == kEventTimeMin) return "ever";
  std::string text = format_rfc3339(time);
  return text.ends_with("T00:00:00Z") ? text.substr(0, 10) : text;
}

std::string name_of(const GridRule& rule) {
  constexpr const char* kUnits[] = {"hour", "day", "week", "month", "year"};
  return kUnits[static_cast<std::size_t>(rule.unit)] + (rule.time_zone == "UTC" ? "" : " " + rule.time_zone) +
         (rule.anchor.empty() ? "" : " from " + rule.anchor);
}

// "ever month, 2026-07-01 week"
std::string rules_of(const Timeline& line) {
  std::string text;
  for (const Timeline::Segment& segment : line.segments()) {
    text.append(text.empty() ? "" : ", ").append(short_text(segment.from));
    text.append(" ").append(name_of(segment.grid.rule()));
  }
  return text;
}

// The edges after `from`, one by one: through after(), each checked against containing().
std::vector<std::string> edges_after(const Timeline& line, EventTime from, std::size_t count) {
  std::vector<std::string> edges;
  for (Period period = line.containing(from); edges.size() < count; period = line.after(period)) {
    EXPECT_EQ(line.containing(period.start), period);
    EXPECT_EQ(line.containing(period.end - nanoseconds{1}), period);
    EXPECT_EQ(line.after(period).start, period.end);
    edges.push_back(short_text(period.end));
  }
  return edges;
}

struct LineCase {
  const char* name;
  Versions versions;
  const char* rules;
  const char* from;  // edges after it
  std::vector<std::string> edges;
};
void PrintTo(const LineCase& test, std::ostream* out) {
  *out << test.name;
}

class TimelineTest : public ::testing::TestWithParam<LineCase> {};

TEST_P(TimelineTest, IsRuledFromEdgesOfTheLineBefore) {
  const LineCase& test = GetParam();
  const Timeline line = line_of(test.versions);
  EXPECT_EQ(rules_of(line), test.rules);
  EXPECT_EQ(edges_after(line, utc(test.from), test.edges.size()), test.edges);
}

const Version kMonthSince2020{"2020-01-01T00:00:00Z", kMonth};

INSTANTIATE_TEST_SUITE_P(
    Billing, TimelineTest,
    ::testing::Values(
        LineCase{"the_first_version_reaches_back",
                 {{"2026-06-15T00:00:00Z", kMonth}},
                 "ever month",
                 "1999-12-31T00:00:00Z",
                 {"2000-01-01", "2000-02-01"}},
        LineCase{"a_version_begins_at_an_edge_it_names",
                 {kMonthSince2020, {"2026-07-01T00:00:00Z", kWeek}},
                 "ever month, 2026-07-01 week",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-07-06", "2026-07-13"}},
        LineCase{"a_nanosecond_after_an_edge_waits_for_the_next",
                 {kMonthSince2020, {"2026-07-01T00:00:00.000000001Z", kWeek}},
                 "ever month, 2026-08-01 week",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-08-01", "2026-08-03", "2026-08-10"}},
        LineCase{"no_stub_where_both_grids_have_the_edge",
                 {{"2020-01-01T00:00:00Z", kWeek}, {"2026-06-10T00:00:00Z", kDay}},
                 "ever week, 2026-06-15 day",
                 "2026-06-09T00:00:00Z",
                 {"2026-06-15", "2026-06-16"}},
        LineCase{"another_zone_to_the_east",
                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kBudapest}},
                 "ever month, 2026-07-01 month Europe/Budapest",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-07-31T22:00:00Z"}},
        LineCase{"back_to_utc_with_a_stub_of_two_hours",
                 {{"2020-01-01T00:00:00Z", kBudapest}, {"2026-06-10T00:00:00Z", kMonth}},
                 "ever month Europe/Budapest, 2026-06-30T22:00:00Z month",
                 "2026-06-15T00:00:00Z",
                 {"2026-06-30T22:00:00Z", "2026-07-01", "2026-08-01"}},
        LineCase{"another_anchor",
                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kFifteenth}},
                 "ever month, 2026-07-01 month from 2026-01-15",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-07-15", "2026-08-15"}},
        LineCase{"the_same_rule_changes_nothing",
                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kMonth}},
                 "ever month",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-08-01"}},
        LineCase{"the_later_of_two_at_one_edge_rules",
                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kWeek}, {"2026-06-20T00:00:00Z", kDay}},
                 "ever month, 2026-07-01 day",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-07-02"}},
        LineCase{"at_the_edge_where_the_one_before_begins_it_replaces_it",
                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kWeek}, {"2026-07-01T00:00:00Z", kDay}},
                 "ever month, 2026-07-01 day",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-07-02"}},
        LineCase{"replaced_by_the_rule_before_it_never_ruled",
                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kWeek}, {"2026-06-20T00:00:00Z", kMonth}},
                 "ever month",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-08-01"}},
        LineCase{"the_end_of_a_stub_is_an_edge",
                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kWeek}, {"2026-07-02T00:00:00Z", kMonth}},
                 "ever month, 2026-07-01 week, 2026-07-06 month",
                 "2026-06-15T00:00:00Z",
                 {"2026-07-01", "2026-07-06", "2026-08-01"}},
        LineCase{"beyond_the_last_edge_it_never_rules",
                 {kMonthSince2020, {"2261-06-01T00:00:00Z", kWeek}},
                 "ever month",
                 "2260-12-15T00:00:00Z",
                 {"2261-01-01"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TimelineErrorTest, NamesTheVersion) {
  const auto line = Timeline::of(
      profile({kMonthSince2020, {"2026-06-10T00:00:00Z", {"Mars/Olympus", IntervalUnit::day, 1, ""}}}));
  ASSERT_FALSE(line.has_value());
  EXPECT_EQ(line.error().code, "profile_invalid");
  EXPECT_EQ(line.error().message.find("versions[1]: time_zone 'Mars/Olympus'"), 0U);
}

constexpr const char* kNothing = "";

struct ChangeCase {
  const char* name;
  Versions before;
  const char* locked_until;  // kNothing: nothing is locked
  Versions versions;
  const char* rules;
  bool late;
  const char* effective;  // kNothing: nothing changes
  bool stays = false;     // late, and yet no other line: the version was to begin at the locked edge anyway
};
void PrintTo(const ChangeCase& test, std::ostream* out) {
  *out << test.name;
}

EventTime locked(const char* text) {
  return *text == '\0' ? kEventTimeMin : *parse_rfc3339(text);
}

class TimelineChangeTest : public ::testing::TestWithParam<ChangeCase> {};

TEST_P(TimelineChangeTest, LeavesThePastAndSaysWhatIsLate) {
  const ChangeCase& test = GetParam();
  const Timeline before = line_of(test.before);
  const auto change = before.changed_to(profile(test.versions), locked(test.locked_until));
  ASSERT_TRUE(change.has_value()) << change.error().message;
  EXPECT_EQ(rules_of(change->timeline), test.rules);
  EXPECT_EQ(change->late, test.late);
  EXPECT_EQ(change->effective == EventTime::max() ? "" : short_text(change->effective), test.effective);
  EXPECT_EQ(change->timeline == before, test.effective == std::string(kNothing) || test.stays);
}

std::string name_of_change(const ::testing::TestParamInfo<ChangeCase>& test) {
  return test.param.name;
}

// The watermark lies in June: what begins before 1 July is locked.
constexpr const char* kJuly = "2026-07-01T00:00:00Z";
const Versions kMonthly{kMonthSince2020};
const Versions kWeekSinceFebruary{kMonthSince2020, {"2026-01-10T00:00:00Z", kWeek}};

INSTANTIATE_TEST_SUITE_P(
    OnTime, TimelineChangeTest,
    ::testing::Values(ChangeCase{"the_same_again", kMonthly, kJuly, kMonthly, "ever month", false, kNothing},
                      ChangeCase{"a_version_at_the_locked_edge",
                                 kMonthly,
                                 kJuly,
                                 {kMonthSince2020, {"2026-07-01T00:00:00Z", kWeek}},
                                 "ever month, 2026-07-01 week",
                                 false,
                                 "2026-07-01"},
                      ChangeCase{"a_version_from_within_the_running_period",
                                 kMonthly,
                                 kJuly,
                                 {kMonthSince2020, {"2026-06-01T00:00:00.000000001Z", kWeek}},
                                 "ever month, 2026-07-01 week",
                                 false,
                                 "2026-07-01"},
                      ChangeCase{"a_version_of_the_future",
                                 kMonthly,
                                 kJuly,
                                 {kMonthSince2020, {"2026-07-10T00:00:00Z", kWeek}},
                                 "ever month, 2026-08-01 week",
                                 false,
                                 "2026-08-01"},
                      ChangeCase{"a_scheduled_version_withdrawn",
                                 {kMonthSince2020, {"2026-07-10T00:00:00Z", kWeek}},
                                 kJuly,
                                 kMonthly,
                                 "ever month",
                                 false,
                                 "2026-08-01"},
                      ChangeCase{"a_version_withdrawn_that_was_to_begin_at_the_locked_edge",
                                 {kMonthSince2020, {"2026-06-10T00:00:00Z", kWeek}},
                                 kJuly,
                                 kMonthly,
                                 "ever month",
                                 false,
                                 "2026-07-01"},
                      ChangeCase{"a_scheduled_version_moved",
                                 {kMonthSince2020, {"2026-08-10T00:00:00Z", kWeek}},
                                 kJuly,
                                 {kMonthSince2020, {"2026-07-10T00:00:00Z", kWeek}},
                                 "ever month, 2026-08-01 week",
                                 false,
                                 "2026-08-01"},
                      ChangeCase{"nothing_is_locked",
                                 kMonthly,
                                 kNothing,
                                 {{"2026-01-01T00:00:00Z", kWeek}, {"2026-06-10T00:00:00Z", kDay}},
                                 "ever week, 2026-06-15 day",
                                 false,
                                 "ever"},
                      ChangeCase{"nothing_is_locked_and_the_same_again", kMonthly, kNothing, kMonthly,
                                 "ever month", false, kNothing},
                      ChangeCase{"an_old_version_changed_but_the_present_grid_is_the_same",
                                 kWeekSinceFebruary,
                                 "2026-06-15T00:00:00Z",
                                 {{"2020-01-01T00:00:00Z", kDay}, {"2026-01-10T00:00:00Z", kWeek}},
                                 "ever month, 2026-02-01 week",
                                 false,
                                 kNothing},
                      ChangeCase{"an_old_version_removed_but_the_present_grid_is_the_same",
                                 kWeekSinceFebruary,
                                 "2026-06-15T00:00:00Z",
                                 {{"2026-01-10T00:00:00Z", kWeek}},
                                 "ever month, 2026-02-01 week",
                                 false,
                                 kNothing},
                      ChangeCase{"an_old_version_removed_and_a_new_one_scheduled",
                                 kWeekSinceFebruary,
                                 "2026-06-15T00:00:00Z",
                                 {{"2026-01-10T00:00:00Z", kWeek}, {"2026-06-20T00:00:00Z", kDay}},
                                 "ever month, 2026-02-01 week, 2026-06-22 day",
                                 false,
                                 "2026-06-22"}),
    name_of_change);

INSTANTIATE_TEST_SUITE_P(
    Late, TimelineChangeTest,
    ::testing::Values(
        ChangeCase{"a_version_whose_edge_began_the_running_period",
                   kMonthly,
                   kJuly,
                   {kMonthSince2020, {"2026-06-01T00:00:00Z", kWeek}},
                   "ever month, 2026-07-01 week",
                   true,
                   "2026-07-01"},
        ChangeCase{"a_version_of_years_ago",
                   kMonthly,
                   kJuly,
                   {kMonthSince2020, {"2022-01-01T00:00:00Z", kWeek}},
                   "ever month, 2026-07-01 week",
                   true,
                   "2026-07-01"},
        ChangeCase{"the_last_of_several",
                   kMonthly,
                   kJuly,
                   {kMonthSince2020, {"2022-01-01T00:00:00Z", kWeek}, {"2023-01-01T00:00:00Z", kDay}},
                   "ever month, 2026-07-01 day",
                   true,
                   "2026-07-01"},
        ChangeCase{"the_first_version_changed",
                   kMonthly,
                   kJuly,
                   {{"2020-01-01T00:00:00Z", kWeek}},
                   "ever month, 2026-07-01 week",
                   true,
                   "2026-07-01"},
        ChangeCase{"the_first_version_replaced_by_one_of_the_future",
                   kMonthly,
                   kJuly,
                   {{"2027-01-01T00:00:00Z", kWeek}},
                   "ever month, 2026-07-01 week",
                   true,
                   "2026-07-01"},
        ChangeCase{"the_version_in_effect_removed", kWeekSinceFebruary, "2026-06-15T00:00:00Z", kMonthly,
                   "ever month, 2026-02-01 week, 2026-06-15 month", true, "2026-06-15"},
        ChangeCase{"what_comes_later_is_scheduled_as_wanted",
                   kMonthly,
                   kJuly,
                   {kMonthSince2020, {"2026-06-01T00:00:00Z", kWeek}, {"2026-07-10T00:00:00Z", kDay}},
                   "ever month, 2026-07-01 week, 2026-07-13 day",
                   true,
                   "2026-07-01"},
        ChangeCase{"replaced_at_the_locked_edge_it_never_rules",
                   kMonthly,
                   kJuly,
                   {kMonthSince2020, {"2026-06-01T00:00:00Z", kDay}, {"2026-07-01T00:00:00Z", kWeek}},
                   "ever month, 2026-07-01 week",
                   true,
                   "2026-07-01"},
        ChangeCase{"a_scheduled_version_moved_into_the_past",
                   {kMonthSince2020, {"2026-07-01T00:00:00Z", kWeek}},
                   kJuly,
                   {kMonthSince2020, {"2026-06-01T00:00:00Z", kWeek}},
                   "ever month, 2026-07-01 week",
                   true,
                   "2026-07-01",
                   true}),
    name_of_change);

class LateVersionTest : public ::testing::Test {
 protected:
  // Days were wanted from 1 July on, and the watermark was in July when that was read.
  const Versions versions_{kMonthSince2020, {"2026-06-10T00:00:00Z", kDay}};
  const EventTime august_ = utc("2026-08-01T00:00:00Z");
  const Timeline line_ = line_of(kMonthly).changed_to(profile(versions_), august_)->timeline;
};

TEST_F(LateVersionTest, IsToldAgainWhileItWaits) {
  const auto again = line_.changed_to(profile(versions_), august_);
  EXPECT_EQ(again->timeline, line_);
  EXPECT_TRUE(again->late);
  EXPECT_EQ(again->effective, august_);
}

TEST_F(LateVersionTest, IsNoLongerLateOnceItRules) {
  const auto later = line_.changed_to(profile(versions_), utc("2026-08-02T00:00:00Z"));
  EXPECT_EQ(later->timeline, line_);
  EXPECT_FALSE(later->late);
  EXPECT_EQ(later->effective, EventTime::max());
}

// On the line in effect the first edge after 25 July is 1 August, and nothing has reached it yet.
TEST_F(LateVersionTest, MakesRoomForOneThatIsOnTime) {
  Versions versions = versions_;
  versions.push_back({"2026-07-25T00:00:00Z", kWeek});
  const auto change = line_.changed_to(profile(versions), august_);
  EXPECT_EQ(rules_of(change->timeline), "ever month, 2026-08-01 week");
  EXPECT_FALSE(change->late);
  EXPECT_EQ(change->effective, august_);
}

TEST(TimelineErrorTest, RefusesTheWholeChange) {
  const auto change = line_of(kMonthly).changed_to(
      profile({kMonthSince2020, {"2030-01-01T00:00:00Z", {"UTC", IntervalUnit::day, 1, "soon"}}}),
      locked(kJuly));
  ASSERT_FALSE(change.has_value());
  EXPECT_EQ(change.error().code, "profile_invalid");
}

}  // namespace
}  // namespace tidemark::billing

#include "processors/meter_catalog.h"

#include "runtime/topology/yaml_document.h"
#include "tests/unit/topology/scratch.h"

namespace tidemark::processors {
namespace {

using runtime::testing::Scratch;

struct Outcome {
  MeterCatalog catalog;
  std::vector<std::string> findings;
};

Outcome read(const std::string& text) {
  const Scratch scratch;
  auto document = runtime::read_yaml_document(scratch.write("t.yaml", text));
  EXPECT_TRUE(document) << document.error().message;
  Outcome outcome;
  outcome.catalog = MeterCatalog::from(document->root, document->findings);
  outcome.findings = runtime::testing::lines_of(document->findings);
  return outcome;
}

TEST(MeterCatalogTest, WhatIsLeftOutHasADefault) {
  const auto [catalog, findings] = read(R"(meters:
  - {name: calls, event_types: [api.request, api.batch], aggregation: count, stripe: null}
)");
  EXPECT_TRUE(findings.empty());
  ASSERT_EQ(catalog.meters().size(), 1u);
  const MeterDefinition& calls = catalog.meters().front();
  EXPECT_EQ(calls.name, "calls");
  EXPECT_EQ(calls.late, "carry_forward");
  EXPECT_FALSE(calls.carry_over);
  ASSERT_EQ(calls.versions.size(), 1u);
  const MeterVersion& version = calls.versions.front();
  EXPECT_EQ(version.number, 1u);
  EXPECT_EQ(version.effective_from, kEventTimeMin);
  EXPECT_EQ(version.event_types, (std::vector<std::string>{"api.request", "api.batch"}));
  EXPECT_FALSE(version.any);
  EXPECT_EQ(version.aggregation, Aggregation::count);
  EXPECT_FALSE(version.value);
  EXPECT_TRUE(version.where.empty());
  EXPECT_TRUE(version.group_by.empty());
  EXPECT_EQ(version.scale, 12);
  EXPECT_EQ(version.distinct_max, 100'000);
  EXPECT_TRUE(catalog.paths().empty());
}

TEST(MeterCatalogTest, ReadsAllThatAMeterMaySay) {
  const auto [catalog, findings] = read(R"(meters:
  - name: seats
    event_types: "*"
    aggregation: unique
    value: properties.user.id
    where: {properties.region: [eu, us], 'properties["a.b"]': true}
    group_by: [properties.region, properties.user.plan]
    scale: 0
    late: hold
    distinct_max: 10000000
  - {name: level, event_types: [gauge], aggregation: last, value: value, carry_over: true}
)");
  EXPECT_TRUE(findings.empty());
  ASSERT_EQ(catalog.meters().size(), 2u);
  const MeterVersion& seats = catalog.meters()[0].versions.front();
  EXPECT_TRUE(seats.any);
  EXPECT_TRUE(seats.event_types.empty());
  EXPECT_EQ(seats.aggregation, Aggregation::unique);
  EXPECT_EQ(seats.scale, 0);
  EXPECT_EQ(seats.distinct_max, 10'000'000);
  EXPECT_EQ(catalog.meters()[0].late, "hold");
  using Path = schemas::PropertyPath;
  EXPECT_EQ(catalog.paths(), (std::vector<Path>{{"user", "id"}, {"region"}, {"a.b"}, {"user", "plan"}}));
  EXPECT_EQ(seats.value, PathIndex{0});
  ASSERT_EQ(seats.where.size(), 2u);
  EXPECT_EQ(seats.where[0].path, 1);
  EXPECT_EQ(seats.where[0].any_of.size(), 2u);
  ASSERT_EQ(seats.group_by.size(), 2u);
  EXPECT_EQ(seats.group_by[0].name, "region");
  EXPECT_EQ(seats.group_by[0].path, 1) << "a path is selected once";
  EXPECT_EQ(seats.group_by[1].name, "plan");
  const MeterDefinition& level = catalog.meters()[1];
  EXPECT_TRUE(level.carry_over);
  EXPECT_EQ(level.versions.front().aggregation, Aggregation::last);
  EXPECT_FALSE(level.versions.front().value) << "the event's own";
}

TEST(MeterCatalogTest, VersionsAreOverlaysOnTheBase) {
  const auto [catalog, findings] = read(R"(meters:
  - name: tokens
    event_types: [a]
    aggregation: sum
    scale: 3
    versions:
      - {effective_from: 2026-01-01T00:00:00Z}
      - {effective_from: 2026-02-01T01:00:00+01:00, aggregation: count, scale: 0}
      - {effective_from: 2026-03-01T00:00:00Z, event_types: [a, b]}
)");
  EXPECT_TRUE(findings.empty());
  const auto& versions = catalog.meters().front().versions;
  ASSERT_EQ(versions.size(), 3u);
  EXPECT_EQ(versions[0].effective_from, parse_rfc3339("2026-01-01T00:00:00Z"));
  EXPECT_EQ(versions[1].effective_from, parse_rfc3339("2026-02-01T00:00:00Z"));
  EXPECT_EQ(versions[1].aggregation, Aggregation::count);
  EXPECT_EQ(versions[1].scale, 0);
  EXPECT_EQ(versions[2].number, 3u);
  EXPECT_EQ(versions[2].aggregation, Aggregation::sum) << "of the base, not of the version before";
  EXPECT_EQ(versions[2].scale, 3);
  EXPECT_EQ(catalog.meters_for("a").size(), 1u);
  EXPECT_EQ(catalog.meters_for("b").size(), 1u) << "of any version";
}

TEST(MeterCatalogTest, FindsTheMetersOfAType) {
  const auto [catalog, findings] = read(R"(meters:
  - {name: a, event_types: [x, y], aggregation: count}
  - {name: b, event_types: "*", aggregation: count}
  - {name: c, event_types: [y], aggregation: sum}
  - {name: d, event_types: "*", aggregation: sum}
)");
  EXPECT_TRUE(findings.empty());
  const auto meters_for = [&](std::string_view type) {
    const auto positions = catalog.meters_for(type);
    return std::vector<std::uint16_t>(positions.begin(), positions.end());
  };
  EXPECT_EQ(meters_for("x"), (std::vector<std::uint16_t>{0, 1, 3}));
  EXPECT_EQ(meters_for("y"), (std::vector<std::uint16_t>{0, 1, 2, 3}));
  EXPECT_EQ(meters_for("z"), (std::vector<std::uint16_t>{1, 3}));
  EXPECT_EQ(meters_for("*"), (std::vector<std::uint16_t>{1, 3}));
}

TEST(MeterCatalogTest, WithoutMetersNoTypeFeedsAny) {
  for (const char* text : {"version: 1\n", "meters: []\n", "meters: null\n"}) {
    const auto [catalog, findings] = read(text);
    EXPECT_TRUE(findings.empty()) << text;
    EXPECT_TRUE(catalog.meters_for("x").empty()) << text;
  }
}

struct MeterCase {
  const char* name;
  const char* meter;
  const char* finding;
};
class MeterLintTest : public ::testing::TestWithParam<MeterCase> {};

TEST_P(MeterLintTest, LeftOutWithAFinding) {
  const auto [catalog, findings] = read(std::string("meters:\n- ") + GetParam().meter + "\n");
  EXPECT_EQ(findings, std::vector<std::string>{GetParam().finding});
  EXPECT_TRUE(catalog.meters().empty());
}
const MeterCase kMeters[] = {
    {"no_map", "calls", "t.yaml:2:3: a meter must be a map with a name"},
    {"no_name", "{event_types: [x], aggregation: sum}", "t.yaml:2:3: a meter must have a name"},
    {"name_with_capital", "{name: Calls, event_types: [x], aggregation: sum}",
     "t.yaml:2:10: 'Calls' cannot name a meter: small letters, digits and _, a letter first, at most 63"},
    {"name_of_64",
     "{name: a234567890123456789012345678901234567890123456789012345678901234, event_types: [x], "
     "aggregation: sum}",
     "t.yaml:2:10: 'a234567890123456789012345678901234567890123456789012345678901234' cannot name a meter: "
     "small "
     "letters, digits and _, a letter first, at most 63"},
    {"no_event_types", "{name: a, aggregation: sum}",
     "t.yaml:2:3: event_types is missing: a list of types, or \"*\" for all"},
    {"event_types_empty", "{name: a, event_types: [], aggregation: sum}",
     "t.yaml:2:13: event_types must be a list of types, such as [api.request], or \"*\" for all"},
    {"event_types_scalar", "{name: a, event_types: x, aggregation: sum}",
     "t.yaml:2:26: event_types must be a list of types, such as [api.request], or \"*\" for all"},
    {"star_among_types", "{name: a, event_types: [x, \"*\"], aggregation: sum}",
     "t.yaml:2:30: \"*\" stands alone: write event_types: \"*\""},
    {"no_aggregation", "{name: a, event_types: [x]}",
     "t.yaml:2:3: aggregation is missing: sum, count, max, min, last or unique"},
    {"aggregation_unknown", "{name: a, event_types: [x], aggregation: summ}",
     "t.yaml:2:44: aggregation must be one of: sum, count, max, min, last, unique; found 'summ' (did you "
     "mean 'sum'?)"},
    {"unique_without_a_property", "{name: a, event_types: [x], aggregation: unique}",
     "t.yaml:2:3: unique counts the distinct values of a property: say which, such as value: "
     "properties.user_id"},
    {"unique_of_the_event_value", "{name: a, event_types: [x], aggregation: unique, value: value}",
     "t.yaml:2:59: unique counts the distinct values of a property: say which, such as value: "
     "properties.user_id"},
    {"count_of_a_property", "{name: a, event_types: [x], aggregation: count, value: properties.n}",
     "t.yaml:2:58: count counts events, whatever their value: leave value out, or say sum"},
    {"value_no_text", "{name: a, event_types: [x], aggregation: sum, value: [properties.n]}",
     "t.yaml:2:49: must be a property path, such as properties.region"},
    {"value_no_path", "{name: a, event_types: [x], aggregation: sum, value: tokens}",
     "t.yaml:2:56: \"tokens\" is not a property path: it must begin with 'properties.'"},
    {"value_of_all_properties", "{name: a, event_types: [x], aggregation: sum, value: properties}",
     "t.yaml:2:56: \"properties\" is not a property path: it must name a property, as in properties.tokens"},
    {"scale_13", "{name: a, event_types: [x], aggregation: sum, scale: 13}",
     "t.yaml:2:56: scale must be an integer from 0 to 12, not 13"},
    {"scale_below_0", "{name: a, event_types: [x], aggregation: sum, scale: -1}",
     "t.yaml:2:56: scale must be an integer from 0 to 12, not -1"},
    {"distinct_max_0",
     "{name: a, event_types: [x], aggregation: unique, value: properties.u, distinct_max: 0}",
     "t.yaml:2:87: distinct_max must be an integer from 1 to 10000000, not 0"},
    {"distinct_max_too_large",
     "{name: a, event_types: [x], aggregation: unique, value: properties.u, distinct_max: 10000001}",
     "t.yaml:2:87: distinct_max must be an integer from 1 to 10000000, not 10000001"},
    {"distinct_max_of_sum", "{name: a, event_types: [x], aggregation: sum, distinct_max: 5}",
     "t.yaml:2:63: distinct_max is a limit of unique"},
    {"late_unknown", "{name: a, event_types: [x], aggregation: sum, late: holt}",
     "t.yaml:2:55: late must be one of: carry_forward, post_to_period, hold; found 'holt' (did you mean "
     "'hold'?)"},
    {"where_no_map", "{name: a, event_types: [x], aggregation: sum, where: [properties.region]}",
     "t.yaml:2:49: where must be a map: {properties.region: eu, properties.model: [a, b]}"},
    {"where_no_path", "{name: a, event_types: [x], aggregation: sum, where: {region: eu}}",
     "t.yaml:2:65: \"region\" is not a property path: it must begin with 'properties.'"},
    {"where_of_a_map", "{name: a, event_types: [x], aggregation: sum, where: {properties.r: {in: [eu]}}}",
     "t.yaml:2:57: must be a string, a number, true or false, or a list of these"},
    {"where_of_a_list_in_a_list",
     "{name: a, event_types: [x], aggregation: sum, where: {properties.r: [[eu]]}}",
     "t.yaml:2:72: must be a string, a number, true or false, or a list of these"},
    {"where_of_nothing", "{name: a, event_types: [x], aggregation: sum, where: {properties.r: null}}",
     "t.yaml:2:57: must be a string, a number, true or false, or a list of these"},
    {"where_of_an_empty_list", "{name: a, event_types: [x], aggregation: sum, where: {properties.r: []}}",
     "t.yaml:2:57: an empty list is never matched"},
    {"where_of_another_true", "{name: a, event_types: [x], aggregation: sum, where: {properties.r: True}}",
     "t.yaml:2:71: 'True' is one thing in YAML and another in JSON: quote it if it is a text, else write "
     "true, false or plain digits"},
    {"group_by_no_list", "{name: a, event_types: [x], aggregation: sum, group_by: properties.r}",
     "t.yaml:2:59: group_by must be a list of property paths: [properties.model]"},
    {"group_by_no_path", "{name: a, event_types: [x], aggregation: sum, group_by: [model]}",
     "t.yaml:2:60: \"model\" is not a property path: it must begin with 'properties.'"},
    {"group_by_of_a_map", "{name: a, event_types: [x], aggregation: sum, group_by: [{properties.r: 1}]}",
     "t.yaml:2:60: must be a property path, such as properties.region"},
    {"group_by_of_one_name_twice",
     "{name: a, event_types: [x], aggregation: sum, group_by: [properties.in.id, properties.out.id]}",
     "t.yaml:2:78: two paths of group_by end in 'id', which names the group"},
    {"carry_over_no_boolean", "{name: a, event_types: [x], aggregation: sum, carry_over: 1}",
     "t.yaml:2:61: carry_over must be true or false, not '1'"},
    {"carry_over_of_unique",
     "{name: a, event_types: [x], aggregation: unique, value: properties.u, carry_over: true}",
     "t.yaml:2:85: unique has no closing value to carry over"},
    {"stripe", "{name: a, event_types: [x], aggregation: sum, stripe: {}}",
     "t.yaml:2:49: 'stripe' of a meter is not built yet"},
    {"key_unknown", "{name: a, event_type: [x], event_types: [x], aggregation: sum}",
     "t.yaml:2:13: unknown key 'event_type' (did you mean 'event_types'?)"},
};
INSTANTIATE_TEST_SUITE_P(MeterCatalog, MeterLintTest, ::testing::ValuesIn(kMeters),
                         [](const auto& test) { return std::string(test.param.name); });

struct VersionsCase {
  const char* name;
  const char* versions;
  std::vector<std::string> findings;
};
class VersionsLintTest : public ::testing::TestWithParam<VersionsCase> {};

TEST_P(VersionsLintTest, LeavesTheMeterOut) {
  const auto [catalog, findings] = read(
      std::string("meters:\n- {name: a, event_types: [x], aggregation: sum}\n- name: b\n  event_types: [x]\n"
                  "  aggregation: last\n") +
      GetParam().versions);
  EXPECT_EQ(findings, GetParam().findings);
  EXPECT_EQ(catalog.meters().size(), 1u);
}
const char* const kListed = "versions must be a list: - {effective_from: 2026-12-01T00:00:00Z, ...}";
const char* const kTime = "effective_from must be a time with an offset, such as 2026-12-01T00:00:00Z";
INSTANTIATE_TEST_SUITE_P(
    MeterCatalog, VersionsLintTest,
    ::testing::Values(
        VersionsCase{"empty", "  versions: []\n", {std::string("t.yaml:6:3: ") + kListed}},
        VersionsCase{"no_list", "  versions: {effective_from: 1}\n", {std::string("t.yaml:6:3: ") + kListed}},
        VersionsCase{"of_no_map",
                     "  versions: [1]\n",
                     {"t.yaml:6:14: a version must be a map with an effective_from"}},
        VersionsCase{"without_a_date",
                     "  versions:\n  - {scale: 3}\n",
                     {"t.yaml:7:5: a version must have an effective_from"}},
        VersionsCase{
            "no_time", "  versions:\n  - {effective_from: soon}\n", {std::string("t.yaml:7:22: ") + kTime}},
        VersionsCase{"local_time",
                     "  versions:\n  - {effective_from: 2026-01-01T00:00:00}\n",
                     {std::string("t.yaml:7:22: ") + kTime}},
        VersionsCase{"out_of_order",
                     "  versions:\n  - {effective_from: 2026-02-01T00:00:00Z}\n"
                     "  - {effective_from: 2026-01-01T00:00:00Z}\n",
                     {"t.yaml:8:22: versions must stand in the order of their effective_from"}},
        VersionsCase{"two_of_one_instant",
                     "  versions:\n  - {effective_from: 2026-02-01T00:00:00Z}\n"
                     "  - {effective_from: 2026-02-01T01:00:00+01:00}\n",
                     {"t.yaml:8:22: versions must stand in the order of their effective_from"}},
        VersionsCase{"with_a_key_of_the_meter",
                     "  versions:\n  - {effective_from: 2026-02-01T00:00:00Z, late: hold}\n",
                     {"t.yaml:7:44: unknown key 'late'"}},
        VersionsCase{"with_a_fault_of_its_own",
                     "  versions:\n  - {effective_from: 2026-02-01T00:00:00Z, scale: 13}\n",
                     {"t.yaml:7:51: scale must be an integer from 0 to 12, not 13"}},
        VersionsCase{"with_a_fault_of_the_base_told_once",
                     "  scale: 13\n  versions:\n  - {effective_from: 2026-02-01T00:00:00Z}\n"
                     "  - {effective_from: 2026-03-01T00:00:00Z}\n",
                     {"t.yaml:6:10: scale must be an integer from 0 to 12, not 13"}},
        VersionsCase{"another_aggregation_of_a_gauge",
                     "  carry_over: true\n  versions:\n"
                     "  - {effective_from: 2026-02-01T00:00:00Z, aggregation: max}\n",
                     {"t.yaml:8:57: a meter that carries over keeps its aggregation: name a new meter"}},
        VersionsCase{"another_group_of_a_gauge",
                     "  carry_over: true\n  versions:\n"
                     "  - {effective_from: 2026-02-01T00:00:00Z, group_by: [properties.r]}\n",
                     {"t.yaml:8:44: a meter that carries over keeps its group_by: name a new meter"}},
        VersionsCase{"unique_in_one_of_a_gauge",
                     "  carry_over: true\n  value: properties.u\n  versions:\n"
                     "  - {effective_from: 2026-02-01T00:00:00Z, aggregation: unique}\n",
                     {"t.yaml:9:57: a meter that carries over keeps its aggregation: name a new meter",
                      "t.yaml:6:15: unique has no closing value to carry over"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MeterCatalogTest, AThousandVersionsAndNoMore) {
  const auto with_versions = [](int count) {
    std::string text = "meters:\n- name: a\n  event_types: [x]\n  aggregation: sum\n  versions:\n";
    for (int i = 0; i < count; ++i)
      text += "  - {effective_from: " + format_rfc3339(EventTime() + std::chrono::hours(i)) + "}\n";
    return read(text);
  };
  EXPECT_EQ(with_versions(1'000).catalog.meters().size(), 1u);
  EXPECT_EQ(with_versions(1'001).findings, std::vector<std::string>{std::string("t.yaml:5:3: ") + kListed});
}

// What a scalar of `where` is in JSON, shown by whether a value of the event equals it.
struct ScalarCase {
  const char* name;
  const char* yaml;
  const char* same;
};
class WhereScalarTest : public ::testing::TestWithParam<ScalarCase> {};

TEST_P(WhereScalarTest, IsWhatItLooksLike) {
  const auto condition = [](const std::string& yaml) {
    const auto [catalog, findings] = read(
        "meters:\n- {name: a, event_types: [x], aggregation: sum, where: "
        "{properties.p: " +
        yaml + "}}\n");
    EXPECT_TRUE(findings.empty()) << yaml;
    return catalog.meters().at(0).versions.front().where.at(0).any_of;
  };
  EXPECT_EQ(condition(GetParam().yaml), condition(GetParam().same));
  for (const char* other : {"true", "\"true\"", "5", "\"5\"", "5.5", "\"5.5\"", "eu", "-0.5", "\"007\""}) {
    if (std::string(other) == GetParam().same) continue;
    EXPECT_NE(condition(GetParam().yaml), condition(other)) << other;
  }
}
INSTANTIATE_TEST_SUITE_P(
    MeterCatalog, WhereScalarTest,
    ::testing::Values(ScalarCase{"integer", "5", "5"}, ScalarCase{"integer_with_decimals", "5.0", "5"},
                      ScalarCase{"decimal", "5.50", "5.5"}, ScalarCase{"negative_decimal", "-0.50", "-0.5"},
                      ScalarCase{"quoted_number", "'5'", "\"5\""}, ScalarCase{"boolean", "true", "true"},
                      ScalarCase{"quoted_boolean", "'true'", "\"true\""},
                      ScalarCase{"quoted_text", "'eu'", "eu"}, ScalarCase{"quoted_zeros", "'007'", "\"007\""},
                      ScalarCase{"text_by_its_tag", "!!str 5", "\"5\""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MeterCatalogTest, ANameStandsOnce) {
  const auto [catalog, findings] = read(R"(meters:
  - {name: a, event_types: [x], aggregation: sum}
  - {name: a, event_types: [y], aggregation: sum}
)");
  EXPECT_EQ(findings, std::vector<std::string>{"t.yaml:3:12: there is a meter 'a' already"});
  EXPECT_EQ(catalog.meters().size(), 1u);
}

}  // namespace
}  // namespace tidemark::processors

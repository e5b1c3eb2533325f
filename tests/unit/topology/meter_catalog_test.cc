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

TEST(MeterCatalogTest, ReadsWhatIsBuilt) {
  const auto [catalog, findings] = read(R"(meters:
  - {name: calls, event_types: [api.request, api.batch], aggregation: count, stripe: null}
  - {name: tokens, event_types: "*", aggregation: sum, scale: 0, late: hold, value: value, carry_over: false}
)");
  EXPECT_TRUE(findings.empty());
  ASSERT_EQ(catalog.meters().size(), 2u);
  const MeterDefinition& calls = catalog.meters()[0];
  EXPECT_EQ(calls.name, "calls");
  EXPECT_EQ(calls.event_types, (std::vector<std::string>{"api.request", "api.batch"}));
  EXPECT_FALSE(calls.any);
  EXPECT_EQ(calls.aggregation, Aggregation::count);
  EXPECT_EQ(calls.scale, 12);
  EXPECT_EQ(calls.late, "carry_forward");
  EXPECT_EQ(calls.version, 1);
  const MeterDefinition& tokens = catalog.meters()[1];
  EXPECT_TRUE(tokens.any);
  EXPECT_TRUE(tokens.event_types.empty());
  EXPECT_EQ(tokens.aggregation, Aggregation::sum);
  EXPECT_EQ(tokens.scale, 0);
  EXPECT_EQ(tokens.late, "hold");
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
    {"no_aggregation", "{name: a, event_types: [x]}", "t.yaml:2:3: aggregation is missing: sum or count"},
    {"aggregation_unknown", "{name: a, event_types: [x], aggregation: summ}",
     "t.yaml:2:44: aggregation must be one of: sum, count, max, min, last, unique; found 'summ' (did you "
     "mean 'sum'?)"},
    {"max", "{name: a, event_types: [x], aggregation: max}",
     "t.yaml:2:44: the aggregation 'max' is not built yet; there are sum and count"},
    {"unique", "{name: a, event_types: [x], aggregation: unique}",
     "t.yaml:2:44: the aggregation 'unique' is not built yet; there are sum and count"},
    {"scale_13", "{name: a, event_types: [x], aggregation: sum, scale: 13}",
     "t.yaml:2:56: scale must be an integer from 0 to 12, not 13"},
    {"late_unknown", "{name: a, event_types: [x], aggregation: sum, late: holt}",
     "t.yaml:2:55: late must be one of: carry_forward, post_to_period, hold; found 'holt' (did you mean "
     "'hold'?)"},
    {"value_path", "{name: a, event_types: [x], aggregation: sum, value: properties.tokens}",
     "t.yaml:2:56: 'value' with a property path is not built yet: a meter takes the event's own value"},
    {"where", "{name: a, event_types: [x], aggregation: sum, where: {region: eu}}",
     "t.yaml:2:49: 'where' of a meter is not built yet"},
    {"group_by", "{name: a, event_types: [x], aggregation: sum, group_by: [model]}",
     "t.yaml:2:49: 'group_by' of a meter is not built yet"},
    {"carry_over", "{name: a, event_types: [x], aggregation: sum, carry_over: true}",
     "t.yaml:2:49: 'carry_over' of a meter is not built yet"},
    {"versions", "{name: a, event_types: [x], aggregation: sum, versions: []}",
     "t.yaml:2:49: 'versions' of a meter is not built yet"},
    {"stripe", "{name: a, event_types: [x], aggregation: sum, stripe: {}}",
     "t.yaml:2:49: 'stripe' of a meter is not built yet"},
    {"key_unknown", "{name: a, event_type: [x], event_types: [x], aggregation: sum}",
     "t.yaml:2:13: unknown key 'event_type' (did you mean 'event_types'?)"},
};
INSTANTIATE_TEST_SUITE_P(MeterCatalog, MeterLintTest, ::testing::ValuesIn(kMeters),
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

// What `idle` of the meter accepts, over the topology of this tree.
#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime::testing {
namespace {

struct IdleCase {
  const char* name;
  const char* idle;
  const char* topics;    // more of `topics`
  const char* findings;  // one per line
};

class IdleLintTest : public ::testing::TestWithParam<IdleCase> {};

TEST_P(IdleLintTest, Says) {
  const IdleCase& test = GetParam();
  const Scratch scratch;
  const std::string text = std::string("extends: " TIDEMARK_SOURCE_DIR "/topology.yaml\n") + "topics: {" +
                           test.topics + "}\nsub_topologies:\n  metering:\n    processors:\n" +
                           "      meter: {idle: " + test.idle + "}\n";
  const auto loaded = load_topology(scratch.write("t.yaml", text), real_catalog());
  ASSERT_TRUE(loaded) << loaded.error().message;
  std::string lines;
  for (const auto& line : lines_of(loaded->findings)) lines += (lines.empty() ? "" : "\n") + line;
  EXPECT_EQ(lines, test.findings);
}

constexpr const char* kCreate = "events: {timestamps: create}";

INSTANTIATE_TEST_SUITE_P(
    Topology, IdleLintTest,
    ::testing::Values(
        IdleCase{"off", "off", "", ""}, IdleCase{"absent", "null", "", ""},
        IdleCase{"off_with_times_of_producers", "off", kCreate, ""}, IdleCase{"least", "1s", "", ""},
        IdleCase{"less_than_least", "999ms", "", "t.yaml:6:21: idle must be at least 1s"},
        IdleCase{"no_duration", "on", "",
                 "t.yaml:6:21: idle: 'on' is no duration; write it like 500ms, 5m, 36d or 1d12h"},
        IdleCase{"times_of_producers", "30s", kCreate,
                 "t.yaml:6:21: idle goes by the broker's clock, but 'events' has timestamps: create "
                 "(did you mean 'off'?)"},
        IdleCase{"commands_with_times_of_producers", "30s", "commands: {timestamps: create}", ""}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::runtime::testing

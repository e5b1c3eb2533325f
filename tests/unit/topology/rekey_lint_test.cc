// The way home for records in wrong partitions: may be left out, and is refused where it is half of one.
#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime::testing {
namespace {

const std::string kTopology = std::string(TIDEMARK_SOURCE_DIR) + "/topology.yaml";

struct RekeyCase {
  const char* name;
  const char* overlay;  // over the shipped topology
  const char* message;  // of the first finding; "": there is none
};
class RekeyLintTest : public ::testing::TestWithParam<RekeyCase> {};

TEST_P(RekeyLintTest, Says) {
  const Scratch scratch;
  const auto loaded = load_topology(
      scratch.write("t.yaml", "extends: " + kTopology + "\n" + GetParam().overlay), real_catalog());
  ASSERT_TRUE(loaded) << loaded.error().message;
  const std::string all = [&] {
    std::string lines;
    for (const Finding& finding : loaded->findings) lines += to_string(finding) + "\n";
    return lines;
  }();
  if (*GetParam().message == '\0') {
    EXPECT_EQ(all, "");
  } else {
    ASSERT_FALSE(loaded->findings.empty());
    EXPECT_NE(all.find(GetParam().message), std::string::npos) << all;
  }
}

const RekeyCase kCases[] = {
    {"as_shipped", "", ""},
    {"left_out",
     "topics: {rekey: null}\nsub_topologies: {metering: {sources: {rekeyed: null}, sinks: {rekey: null}, "
     "processors: {decode: {from: [events]}}}}",
     ""},
    {"a_topic_that_is_only_declared",
     "sub_topologies: {metering: {sources: {rekeyed: null}, sinks: {rekey: null}, "
     "processors: {decode: {from: [events]}}}}",
     ""},
    {"kept_longer", "topics: {rekey: {retention: 200d}}", ""},
    {"kept_for_ever", "topics: {rekey: {retention: forever}}", ""},
    {"kept_for_a_shorter_time", "topics: {rekey: {retention: 99d}}",
     "retention (99d) must not be shorter than that of 'events'"},
    {"usage_kept_for_ever", "topics: {events: {retention: forever}}",
     "retention (100d) must not be shorter than that of 'events'"},
    {"of_another_application", "application: other", "(did you mean 'other-rekey'?)"},
    {"written_and_not_read",
     "sub_topologies: {metering: {sources: {rekeyed: null}, processors: {decode: {from: [events]}}}}",
     "nobody reads 'rekey'"},
    {"read_and_not_taken", "sub_topologies: {metering: {processors: {decode: {from: [events]}}}}",
     "'rekeyed' brings back what 'decode' sent: name it here, too (did you mean 'rekeyed'?)"},
    {"taken_by_another_too",
     "sub_topologies: {metering: {processors: {meter: {from: [dedup, commands, rekeyed]}}}}",
     "'meter' must not read it"},
    {"nothing_else_is_read",
     "sub_topologies: {metering: {sources: {events: null}, processors: {decode: {from: [rekeyed]}}}}",
     "'decode' reads nothing but what it sent itself"},
    {"of_another_codec", "sub_topologies: {metering: {sources: {rekeyed: {codec: command}}}}",
     "so its codec must be the same (did you mean 'usage_event'?)"},
    {"a_table", "sub_topologies: {metering: {sources: {rekeyed: {role: table}}}}",
     "the topic of a table must have cleanup: compact"},
    {"compacted", "topics: {rekey: {cleanup: compact, retention: null}}", "must have cleanup: delete"},
    {"stamped_by_producers", "topics: {rekey: {timestamps: create}}",
     "has timestamps: create, which is for topics that others write"},
    {"fed_by_another_too", "sub_topologies: {metering: {sinks: {rekey: {from: [decode, delta]}}}}",
     "so it must come from there alone"},
    {"another_sink_writes_there", "sub_topologies: {metering: {sinks: {deltas: {topic: rekey}}}}",
     "records would go round in a cycle"},
    {"dead_letters_go_there", "sub_topologies: {metering: {dead_letters: rekey}}",
     "records would go round in a cycle"},
    {"sent_to_usage",
     "sub_topologies: {metering: {sources: {rekeyed: null}, sinks: {rekey: {topic: events}}, processors: "
     "{decode: {from: [events]}}}}",
     "'decode' reads nothing but what it sent itself"},
};
INSTANTIATE_TEST_SUITE_P(Rekey, RekeyLintTest, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::runtime::testing

// What the real processors need of the topology around them: each of these topologies once passed lint and
// then ended the process.
#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime::testing {
namespace {

struct WiringCase {
  const char* name;
  const char* metering;               // laid over that of topology.yaml
  std::vector<std::string> findings;  // without their places
};
class WiringTest : public ::testing::TestWithParam<WiringCase> {};

TEST_P(WiringTest, IsRefused) {
  const Scratch scratch;
  const auto loaded = load_topology(
      scratch.write("t.yaml", std::string("extends: " TIDEMARK_SOURCE_DIR "/topology.yaml\n") +
                                  "sub_topologies: {metering: {" + GetParam().metering + "}}\n"),
      real_catalog());
  ASSERT_TRUE(loaded);
  std::vector<std::string> found;
  for (const Finding& finding : loaded->findings) {
    EXPECT_GT(finding.mark.line, 0) << finding.message;
    found.push_back(finding.message + (finding.suggestion.empty() ? "" : " -> " + finding.suggestion));
  }
  EXPECT_EQ(found, GetParam().findings);
}
INSTANTIATE_TEST_SUITE_P(
    Processors, WiringTest,
    ::testing::Values(
        WiringCase{"a_table_of_another_name",
                   "sources: {customers: null, customer: {topic: customers, role: table}}, "
                   "processors: {meter: {tables: [customer]}}",
                   {"a processor of type meter uses no table 'customer'; it uses: customers -> customers",
                    "a processor of type meter needs the table 'customers': name it under 'tables'"}},
        WiringCase{"stores_of_exchanged_kinds",
                   "stores: {windows: {kind: generations, changelog: packed, purge_margin: null}, "
                   "event_ids: {kind: keyed, changelog: compact, horizon: null}}",
                   {"the store 'windows' must be of kind keyed for the processors that use it",
                    "the store 'event_ids' must be of kind generations for the processors that use it"}},
        WiringCase{
            "events_past_dedup",
            "processors: {meter: {from: [decode, commands]}}",
            {"'decode' gives decoded events, a processor of type meter takes distinct events, records; "
             "it can take from: events, commands, rekeyed, dedup",
             "no processor takes the distinct events of 'dedup': name it under 'from' of one"}},
        WiringCase{"bytes_into_dedup",
                   "processors: {dedup: {from: [events]}}",
                   {"'events' gives records, a processor of type dedup takes decoded events; it can take "
                    "from: decode",
                    "no processor takes the decoded events of 'decode': name it under 'from' of one"}},
        WiringCase{"deltas_of_no_windows",
                   "processors: {delta: {from: [dedup]}}",
                   {"'dedup' gives distinct events, a processor of type delta takes changed windows; it can "
                    "take from: meter",
                    "no processor takes the changed windows of 'meter': name it under 'from' of one"}},
        WiringCase{"a_sink_of_another_name",
                   "sinks: {totals: null, total: {topic: totals, from: [delta]}}",
                   {"a processor of type delta writes to no sink 'total'; it writes to: totals, deltas -> "
                    "totals",
                    "a processor of type delta needs a sink 'totals' that takes from 'delta'"}},
        WiringCase{
            "a_store_that_is_not_named",
            "processors: {meter: {stores: [windows, event_ids]}, dedup: {stores: [event_ids, parked]}}",
            {"a processor of type dedup uses no store 'parked'; it uses: event_ids",
             "a processor of type meter needs the store 'parked': name it under 'stores'"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SinkCleanupTest, DeltasAreNotCompacted) {
  const Scratch scratch;
  const auto loaded = load_topology(
      scratch.write("t.yaml", "extends: " TIDEMARK_SOURCE_DIR
                              "/topology.yaml\ntopics: {deltas: {cleanup: compact, retention: null}}\n"),
      real_catalog());
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->findings.size(), 1U);
  EXPECT_EQ(
      loaded->findings.front().message,
      "'deltas' must have cleanup: delete: every record that 'delta' writes there counts, and compaction "
      "would eat those of one key");
}

}  // namespace
}  // namespace tidemark::runtime::testing

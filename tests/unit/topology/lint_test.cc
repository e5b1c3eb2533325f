// One change to a valid topology: where it is found, what is said, what was meant.
#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime::testing {
namespace {

struct LintCase {
  const char* name;
  const char* from;  // text of kValid
  const char* to;
  const char* findings;  // one per line
};

class LintTest : public ::testing::TestWithParam<LintCase> {};

TEST_P(LintTest, OneChange) {
  const LintCase& test = GetParam();
  const Scratch scratch;
  const auto loaded = load_topology(scratch.write("t.yaml", valid_but(test.from, test.to)), fake_catalog());
  ASSERT_TRUE(loaded) << loaded.error().message;
  std::string lines;
  for (const auto& line : lines_of(loaded->findings)) lines += (lines.empty() ? "" : "\n") + line;
  EXPECT_EQ(lines, test.findings);
  print_text(loaded->topology);  // printing bears with findings
  print_mermaid(loaded->topology);
}

const LintCase kShape[] = {
    {"unknown_top_level_key", "version: 1", "verison: 1",
     "t.yaml:1:1: unknown key 'verison' (did you mean 'version'?)"},
    {"version_of_the_future", "version: 1", "version: 2",
     "t.yaml:1:10: version must be an integer from 1 to 1, not 2"},
    {"application_missing", "application: app\n", "", "t.yaml:1:1: 'application' is missing"},
    {"application_is_no_topic_name", "application: app", "application: a/b",
     "t.yaml:2:14: application names topics: letters, digits, '.', '_' and '-', at most 100"},
    {"duplicate_key", "default_tenant: acme", "default_tenant: acme\ndefault_tenant: bob",
     "t.yaml:4:1: the key 'default_tenant' stands here twice, first in line 3"},
    {"duplicate_key_deep", "memory: 512MiB", "threads: 3",
     "t.yaml:12:3: the key 'threads' stands here twice, first in line 11"},
    {"partitions_missing", "  partitions: 4\n", "",
     "t.yaml:4:1: 'partitions' is missing: it is pinned in the state and cannot change later"},
    {"partitions_zero", "partitions: 4", "partitions: 0",
     "t.yaml:5:15: partitions must be an integer from 1 to 1024, not 0"},
    {"partitions_too_many", "partitions: 4", "partitions: 1025",
     "t.yaml:5:15: partitions must be an integer from 1 to 1024, not 1025"},
    {"partitions_quoted", "partitions: 4", "partitions: \"4\"",
     "t.yaml:5:15: partitions must be an integer from 1 to 1024, not the text \"4\""},
    {"unknown_number_of_topics", "partitions: 4", "partitions: 4\n  replicaton: 3",
     "t.yaml:6:3: unknown key 'replicaton': a topic is a map with a name (did you mean 'replication'?)"},
    {"unequal_partitions", "name: in,", "name: in, partitions: 8,",
     "t.yaml:6:37: all topics have the same number of partitions, topics.partitions = 4; a topic cannot have "
     "its own"},
    {"topic_key_unknown", "{name: in, retention: 100d}", "{name: in, retension: 100d}",
     "t.yaml:6:25: unknown key 'retension' (did you mean 'retention'?)"},
    {"topic_without_name", "{name: dead}", "{cleanup: delete}", "t.yaml:9:3: 'name' is missing"},
    {"topic_name_with_space", "name: dead", "name: a b",
     "t.yaml:9:21: 'a b' is no topic name: letters, digits, '.', '_' and '-', at most 249"},
    {"topic_declared_twice", "name: dead", "name: in", "t.yaml:9:21: 'in' is declared already, as 'events'"},
    {"cleanup_unknown", "name: dead", "name: dead, cleanup: delte",
     "t.yaml:9:36: cleanup must be one of: delete, compact; found 'delte' (did you mean 'delete'?)"},
    {"retention_unknown", "retention: 100d", "retention: forver",
     "t.yaml:6:36: retention must be a duration above 0, such as 36d, or forever (did you mean 'forever'?)"},
    {"retention_of_compacted", "out, cleanup: compact", "out, cleanup: compact, retention: 1d",
     "t.yaml:8:55: a compacted topic keeps the newest record of each key for ever; remove the retention"},
    {"retention_beyond_all_bounds", "retention: 100d", "retention: 36501d",
     "t.yaml:6:36: retention: no duration is longer than 36500d"},
    {"timestamps_unknown", "name: in,", "name: in, timestamps: created,",
     "t.yaml:6:37: timestamps must be one of: log_append, create; found 'created' (did you mean 'create'?)"},
    {"broker_setting_with_a_key_of_its_own", "name: in,", "name: in, config: {retention.ms: 1},",
     "t.yaml:6:34: retention.ms is set by the key 'retention' of the topic"},
    {"engine_key_unknown", "threads: 2", "treads: 2",
     "t.yaml:11:3: unknown key 'treads' (did you mean 'threads'?)"},
    {"threads_zero", "threads: 2", "threads: 0",
     "t.yaml:11:12: threads must be an integer from 1 to 64, not 0"},
    {"threads_65", "threads: 2", "threads: 65",
     "t.yaml:11:12: threads must be an integer from 1 to 64, not 65"},
    {"threads_fraction", "threads: 2", "threads: 2.5",
     "t.yaml:11:12: threads must be an integer from 1 to 64, not 2.5"},
    {"memory_in_wrong_unit", "512MiB", "1GB",
     "t.yaml:12:11: memory: '1GB' is no size; write it like 512MiB or 1GiB"},
    {"memory_too_small", "512MiB", "63MiB", "t.yaml:12:11: memory must be between 64MiB and 1TiB, not 63MiB"},
    {"memory_overflows", "512MiB", "99999999TiB",
     "t.yaml:12:11: memory: '99999999TiB' is no size; write it like 512MiB or 1GiB"},
    {"duration_without_unit", "100ms", "100",
     "t.yaml:13:20: commit_interval: '100' is no duration; write it like 500ms, 5m, 36d or 1d12h"},
    {"transaction_timeout_over_10s", "timeout: 10s", "timeout: 10001ms",
     "t.yaml:14:24: transaction_timeout must be between 1s and 10s, not 10s1ms"},
    {"commit_interval_over_a_quarter", "100ms", "2501ms",
     "t.yaml:13:20: commit_interval (2s501ms) must be at most a quarter of transaction_timeout (10s), that "
     "is 2s500ms"},
    {"admin_without_port", "threads: 2", "admin: localhost",
     "t.yaml:11:10: admin must be host:port, such as 127.0.0.1:8080; port 0 takes any that is free"},
    {"kafka_setting_no_scalar", "threads: 2", "kafka: {acks: [all]}",
     "t.yaml:11:11: acks must be a single value"},
    {"connectors", "", "connectors:\n  stripe: {}\n",
     "t.yaml:32:1: connectors are not built yet; remove the section, or write connectors: null"},
    {"second_document", "", "---\nversion: 1\n",
     "t.yaml:33:1: a second document starts here; the file may hold only one"},
};
INSTANTIATE_TEST_SUITE_P(Shape, LintTest, ::testing::ValuesIn(kShape),
                         [](const auto& test) { return std::string(test.param.name); });

const LintCase kParts[] = {
    {"second_sub_topology", "meters:", R"(  other:
    sources: {people: {topic: events}}
    processors: {reader: {type: dedup, from: [people]}}
    dead_letters: dlq
meters:)",
     "t.yaml:30:3: one sub-topology is supported; 'other' is the second"},
    {"section_unknown", "    sinks:", "    snks:", "t.yaml:27:5: unknown key 'snks' (did you mean 'sinks'?)"},
    {"sink_name", "      out: {topic", "      Out: {topic",
     "t.yaml:28:7: 'Out' cannot name a sink: small letters, digits and _, a letter first, at most 63"},
    {"role_unknown", "role: stream", "role: steam",
     "t.yaml:18:40: role must be one of: stream, table; found 'steam' (did you mean 'stream'?)"},
    {"store_kind_unknown", "kind: keyed", "kind: keyd",
     "t.yaml:22:25: kind must be one of: keyed, generations; found 'keyd' (did you mean 'keyed'?)"},
    {"store_key_unknown", "purge_margin: 24h", "purge_margn: 24h",
     "t.yaml:22:32: unknown key 'purge_margn' (did you mean 'purge_margin'?)"},
    {"changelog_does_not_fit", "kind: keyed,", "kind: keyed, changelog: packed,",
     "t.yaml:22:43: a store of kind keyed has a changelog of kind compact, not packed"},
    {"horizon_of_keyed", "purge_margin: 24h", "horizon: 36d",
     "t.yaml:22:41: horizon is for stores of kind generations only"},
    {"purge_of_generations", "horizon: 36d", "purge: never",
     "t.yaml:21:45: purge is for stores of kind keyed only"},
    {"purge_unknown", "purge_margin: 24h", "purge: nevr",
     "t.yaml:22:39: purge must be one of: never; found 'nevr' (did you mean 'never'?)"},
    {"horizon_too_short", "horizon: 36d", "horizon: 35d23h4m59s999ms",
     "t.yaml:21:47: horizon (35d23h4m59s999ms) must be forever or at least decode's max_age + max_future + "
     "arrival_slack = 35d23h5m, or a late repeat would count twice"},
    {"horizon_too_short_for_decode", "max_age: 35d", "max_age: 36d",
     "t.yaml:21:47: horizon (36d) must be forever or at least decode's max_age + max_future + arrival_slack "
     "= 36d23h5m, "
     "or a late repeat would count twice"},
    {"processor_type_unknown", "type: dedup", "type: dedupe",
     "t.yaml:25:22: unknown processor type 'dedupe' (did you mean 'dedup'?)"},
    {"processor_type_missing", "{type: dedup, from", "{from", "t.yaml:25:7: 'type' is missing"},
    {"processor_key_unknown", "max_age: 35d", "max_aeg: 35d",
     "t.yaml:24:46: unknown key 'max_aeg' (did you mean 'max_age'?)"},
    {"sink_not_a_map", "      out: {topic: totals, from: [meter]}", "      out: 1",
     "t.yaml:28:12: the sink 'out' must be a map"},
    {"topic_alias_unknown", "out: {topic: totals", "out: {topic: total",
     "t.yaml:28:20: no topic 'total' under topics (did you mean 'totals'?)"},
    {"topic_by_its_name_at_the_broker", "dead_letters: dlq", "dead_letters: dead",
     "t.yaml:29:19: 'dead' is the name at the broker; here stands the key under topics (did you mean "
     "'dlq'?)"},
    {"dead_letters_missing", "    dead_letters: dlq\n", "", "t.yaml:16:3: 'dead_letters' is missing"},
    {"meter_wrong", "aggregation: count", "aggregation: cuont",
     "t.yaml:31:50: aggregation must be one of: sum, count, max, min, last, unique; found 'cuont' (did you "
     "mean 'count'?)"},
};

INSTANTIATE_TEST_SUITE_P(Parts, LintTest, ::testing::ValuesIn(kParts),
                         [](const auto& test) { return std::string(test.param.name); });

const LintCase kGraph[] = {
    {"from_unknown", "from: [dedup]", "from: [dedupe]",
     "t.yaml:26:36: no source or processor 'dedupe' in this sub-topology (did you mean 'dedup'?)"},
    {"from_missing", "from: [decode], ", "",
     "t.yaml:25:7: the processor 'dedup' has no input: 'from' is missing"},
    {"from_a_table", "from: [dedup]", "from: [dedup, customers]",
     "t.yaml:26:43: 'customers' is a table: name it under 'tables', not 'from'"},
    {"from_no_list", "from: [decode]", "from: decode",
     "t.yaml:25:35: from must be a list of names, such as [a, b]"},
    {"from_empty", "from: [decode]", "from: []",
     "t.yaml:25:7: the processor 'dedup' has no input: 'from' is missing"},
    {"from_twice", "from: [decode]", "from: [decode, decode]", "t.yaml:25:44: from names 'decode' twice"},
    {"table_is_a_stream", "tables: [customers]", "tables: [customers, events]",
     "t.yaml:26:64: 'events' is a stream: name it under 'from', or give it the role table"},
    {"table_unknown", "tables: [customers]", "tables: [customers, customer]",
     "t.yaml:26:64: no source 'customer' of role table (did you mean 'customers'?)"},
    {"source_unused", "tables: [customers], ", "",
     "t.yaml:19:7: no processor reads the source 'customers': name it under 'tables' of one"},
    {"source_read_twice", "      customers: {topic: customers",
     "      again: {topic: events}\n      customers: {topic: customers",
     "t.yaml:19:7: no processor reads the source 'again': name it under 'from' of one\n"
     "t.yaml:19:22: the source 'events' reads this topic already"},
    {"store_unknown", "stores: [windows]", "stores: [windows, window]",
     "t.yaml:26:83: no store 'window' in this sub-topology (did you mean 'windows'?)"},
    {"store_unowned", "dedup, from: [decode], stores: [event_ids]", "dedup, from: [decode]",
     "t.yaml:21:7: no processor owns the store 'event_ids': name it under 'stores' of one"},
    {"sink_unfed", "topic: totals, from: [meter]", "topic: totals",
     "t.yaml:28:7: nothing feeds the sink 'out': 'from' is missing"},
    {"sink_from_a_source", "totals, from: [meter]", "totals, from: [events]",
     "t.yaml:28:35: a sink takes from processors only; 'events' is a source"},
    {"sink_from_unknown", "totals, from: [meter]", "totals, from: [metre]",
     "t.yaml:28:35: no processor 'metre' in this sub-topology (did you mean 'meter'?)"},
    {"cycle", "from: [events]", "from: [events, meter]",
     "t.yaml:24:30: the processors run in a cycle: decode -> dedup -> meter -> decode"},
    {"cycle_of_one", "from: [decode]", "from: [decode, dedup]",
     "t.yaml:25:29: the processors run in a cycle: dedup -> dedup"},
    {"cycle_through_kafka", "out: {topic: totals", "out: {topic: events",
     "t.yaml:28:20: 'events' is read by the source 'events': records would go round in a cycle\n"
     "t.yaml:28:20: 'events' must have cleanup: compact: 'meter' writes a key again only when it changes, "
     "and "
     "the last record of a key would be deleted"},
    {"names_are_shared", "      out: {topic", "      meter: {topic",
     "t.yaml:28:7: the name 'meter' is taken: sources, processors and sinks share their names"},
    {"table_of_a_deleted_topic", "name: people, cleanup: compact", "name: people",
     "t.yaml:19:26: the topic of a table must have cleanup: compact, or its older rows are lost"},
    {"stream_of_a_compacted_topic", "{name: in, retention: 100d}", "{name: in, cleanup: compact}",
     "t.yaml:18:26: the topic of a stream must have cleanup: delete; compaction would eat records of one "
     "key"},
    {"last_of_a_key_in_a_deleted_topic", "name: out, cleanup: compact",
     "name: out, cleanup: delete, retention: 7d",
     "t.yaml:28:20: 'totals' must have cleanup: compact: 'meter' writes a key again only when it changes, "
     "and "
     "the last record of a key would be deleted"},
    {"last_of_a_key_in_a_topic_of_default_cleanup", "name: out, cleanup: compact", "name: out",
     "t.yaml:28:20: 'totals' must have cleanup: compact: 'meter' writes a key again only when it changes, "
     "and "
     "the last record of a key would be deleted"},
    {"output_with_times_of_others", "name: out,", "name: out, timestamps: create,",
     "t.yaml:28:20: 'totals' has timestamps: create, which is for topics that others write"},
    {"dead_letters_compacted", "name: dead", "name: dead, cleanup: compact",
     "t.yaml:29:19: the topic of dead letters must have cleanup: delete; compaction would eat letters of one "
     "key"},
    {"name_of_a_changelog_taken", "name: dead", "name: app-windows-changelog",
     "t.yaml:9:21: 'app-windows-changelog' is the name of a topic that the engine makes for itself"},
};
INSTANTIATE_TEST_SUITE_P(Graph, LintTest, ::testing::ValuesIn(kGraph),
                         [](const auto& test) { return std::string(test.param.name); });

const LintCase kWiring[] = {
    {"input_of_another_kind", "from: [decode]", "from: [events]",
     "t.yaml:24:7: no processor takes the decoded events of 'decode': name it under 'from' of one\n"
     "t.yaml:25:36: 'events' gives records, a processor of type dedup takes decoded events; it can take "
     "from: decode"},
    {"input_past_a_stage", "from: [dedup]", "from: [decode]",
     "t.yaml:25:7: no processor takes the distinct events of 'dedup': name it under 'from' of one\n"
     "t.yaml:26:36: 'decode' gives decoded events, a processor of type meter takes distinct events; it can "
     "take from: dedup"},
    {"input_from_one_that_gives_nothing",
     "    sinks:", "      again:  {type: decode, from: [events, meter]}\n    sinks:",
     "t.yaml:27:7: no processor takes the decoded events of 'again': name it under 'from' of one\n"
     "t.yaml:27:45: 'meter' gives nothing, a processor of type decode takes records; it can take from: "
     "events"},
    {"store_of_another_kind", "{kind: keyed, purge_margin: 24h}", "{kind: generations}",
     "t.yaml:22:25: the store 'windows' must be of kind keyed for the processors that use it"},
    {"store_of_another_kind_by_default", "{kind: generations, horizon: 36d}", "{kind: keyed}",
     "t.yaml:21:25: the store 'event_ids' must be of kind generations for the processors that use it"},
    {"store_that_is_not_used", "stores: [event_ids]}", "stores: [event_ids, windows]}",
     "t.yaml:25:65: a processor of type dedup uses no store 'windows'; it uses: event_ids"},
    {"table_that_is_not_used", "max_age: 35d", "tables: [customers]",
     "t.yaml:24:55: a processor of type decode uses no table 'customers'; it uses: none"},
    {"sink_of_another_name", "      out: {topic", "      outs: {topic",
     "t.yaml:26:7: a processor of type meter needs a sink 'out' that takes from 'meter'\n"
     "t.yaml:28:7: a processor of type meter writes to no sink 'outs'; it writes to: out (did you mean "
     "'out'?)"},
    {"sink_fed_by_another", "totals, from: [meter]", "totals, from: [dedup]",
     "t.yaml:26:7: a processor of type meter needs a sink 'out' that takes from 'meter'\n"
     "t.yaml:28:7: a processor of type dedup writes to no sink 'out'; it writes to: none"},
};
INSTANTIATE_TEST_SUITE_P(Wiring, LintTest, ::testing::ValuesIn(kWiring),
                         [](const auto& test) { return std::string(test.param.name); });

struct PathCase {
  const char* name;
  const char* from;
  const char* to;
  const char* path;
};
class PathTest : public ::testing::TestWithParam<PathCase> {};

TEST_P(PathTest, OfTheFinding) {
  const Scratch scratch;
  const auto loaded =
      load_topology(scratch.write("t.yaml", valid_but(GetParam().from, GetParam().to)), fake_catalog());
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->findings.size(), 1u);
  EXPECT_EQ(loaded->findings[0].path, GetParam().path);
}
INSTANTIATE_TEST_SUITE_P(
    Lint, PathTest,
    ::testing::Values(PathCase{"missing_at_the_top", "application: app", "", "application"},
                      PathCase{"missing_below", "{name: dead}", "{}", "topics.dlq.name"},
                      PathCase{"unknown_at_the_top", "version: 1", "verison: 1", "verison"},
                      PathCase{"unknown_below", "kind: keyed", "kinds: keyed",
                               "sub_topologies.metering.stores.windows.kinds"},
                      PathCase{"value", "threads: 2", "threads: 0", "engine.threads"},
                      PathCase{"item_of_a_list", "from: [dedup]", "from: [dedup, nobody]",
                               "sub_topologies.metering.processors.meter.from[1]"},
                      PathCase{"meter", "aggregation: count", "aggregation: cuont", "meters[0].aggregation"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Lint, AllFindingsAtOnceInTheOrderOfTheFile) {
  const Scratch scratch;
  const auto loaded =
      load_topology(scratch.write("t.yaml", "application: app\ntopics: 3\nengine: [1]\n"), fake_catalog());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(lines_of(loaded->findings),
            (std::vector<std::string>{"t.yaml:1:1: 'sub_topologies' is missing",
                                      "t.yaml:2:9: topics must be a map of names",
                                      "t.yaml:3:1: engine must be a map of names"}));
}

}  // namespace
}  // namespace tidemark::runtime::testing

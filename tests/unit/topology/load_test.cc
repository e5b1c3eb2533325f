#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime::testing {
namespace {

using namespace std::chrono_literals;

Topology load_valid(const std::string& path, const ProcessorCatalog& catalog = fake_catalog()) {
  auto loaded = load_topology(path, catalog);
  EXPECT_TRUE(loaded) << loaded.error().message;
  if (!loaded) return {};
  EXPECT_EQ(lines_of(loaded->findings), std::vector<std::string>());
  return loaded->topology;
}

template <class Settings>
std::vector<std::string> names(const std::vector<Settings>& all) {
  std::vector<std::string> out;
  for (const auto& one : all) out.push_back(one.name);
  return out;
}

TEST(Load, DefaultTopologyOfTheProject) {
  const Topology topology = load_valid(TIDEMARK_SOURCE_DIR "/topology.yaml", real_catalog());
  EXPECT_EQ(topology.application, "tidemark");
  EXPECT_EQ(topology.partitions, 8);
  EXPECT_EQ(topology.topics.size(), 9u);
  EXPECT_EQ(topology.topic("events")->name, "usage.events");
  EXPECT_EQ(topology.topic("events")->retention, 100 * 24h);
  EXPECT_EQ(topology.topic("totals")->cleanup, Cleanup::compact);
  EXPECT_EQ(topology.topic("usage.events"), nullptr);
  EXPECT_EQ(topology.engine.memory_bytes, 1 << 30);
  EXPECT_EQ(topology.engine.admin_listen, "127.0.0.1:0");
  EXPECT_EQ(topology.engine.kafka.at("bootstrap.servers"), "127.0.0.1:9092");
  ASSERT_EQ(topology.sub_topologies.size(), 1u);
  const SubTopologySettings& metering = topology.sub_topologies[0];
  EXPECT_EQ(names(metering.sources),
            (std::vector<std::string>{"events", "customers", "commands", "rekeyed"}));
  EXPECT_EQ(metering.sources[1].role, SourceRole::table);
  EXPECT_EQ(names(metering.processors), (std::vector<std::string>{"decode", "dedup", "meter", "delta"}));
  EXPECT_EQ(metering.stores[0].kind, StoreKind::generations);
  EXPECT_EQ(metering.stores[0].changelog, ChangelogKind::packed);
  EXPECT_EQ(metering.stores[0].horizon, 36 * 24h);
  EXPECT_EQ(metering.stores[1].purge_margin, std::nullopt);
  EXPECT_EQ(metering.stores[2].purge_margin, 24h);
  EXPECT_EQ(metering.dead_letters, "dlq");
  EXPECT_EQ(topology.changelog_topic("windows"), "tidemark-windows-changelog");
  EXPECT_EQ(topology.epochs_topic("metering"), "tidemark-metering-epochs");
}

TEST(Load, BackfillOverlay) {
  const Topology topology =
      load_valid(TIDEMARK_SOURCE_DIR "/examples/backfill.topology.yaml", real_catalog());
  EXPECT_EQ(topology.application, "tidemark-backfill");
  EXPECT_EQ(topology.document.find("default_tenant")->scalar, "duckdb");
  EXPECT_EQ(topology.topic("events")->name, "usage.backfill");
  EXPECT_EQ(topology.topic("events")->timestamps, Timestamps::create);
  EXPECT_EQ(topology.topic("events")->retention, std::nullopt);
  EXPECT_EQ(topology.topic("customers")->name, "usage.customers");
  EXPECT_EQ(topology.sub_topologies[0].stores[0].horizon, std::nullopt);
  EXPECT_EQ(topology.sub_topologies[0].stores[2].purge_margin, std::nullopt);
  EXPECT_EQ(topology.document.find("connectors"), nullptr);
  std::vector<Finding> findings;
  const auto meters = processors::MeterCatalog::from(topology.document, findings);
  EXPECT_EQ(names(meters.meters()), (std::vector<std::string>{"events", "value"}));
}

TEST(Load, LeftOutKeysHaveTheirDefaults) {
  const Scratch scratch;
  const Topology topology = load_valid(scratch.write("t.yaml", valid_but("", "")));
  EXPECT_EQ(topology.replication, 1);
  EXPECT_EQ(topology.engine.state_dir, "./state");
  EXPECT_EQ(topology.engine.session_timeout, 6s);
  EXPECT_EQ(topology.engine.admin_listen, "");
  EXPECT_EQ(topology.topic("dlq")->retention, 100 * 24h);
  EXPECT_EQ(topology.topic("dlq")->timestamps, Timestamps::log_append);
  EXPECT_EQ(topology.sub_topologies[0].stores[0].changelog, ChangelogKind::packed);
}

TEST(Load, ProcessorsComeAfterWhatTheyTakeFrom) {
  const Scratch scratch;
  const std::string reversed =
      valid_but(R"(      decode: {type: decode, from: [events], max_age: 35d}
      dedup:  {type: dedup, from: [decode], stores: [event_ids]}
      meter:  {type: meter, from: [dedup], tables: [customers], stores: [windows]}
)",
                R"(      meter:  {type: meter, from: [dedup], tables: [customers], stores: [windows]}
      dedup:  {type: dedup, from: [decode], stores: [event_ids]}
      decode: {type: decode, from: [events], max_age: 35d}
)");
  const Topology topology = load_valid(scratch.write("t.yaml", reversed));
  EXPECT_EQ(names(topology.sub_topologies[0].processors),
            (std::vector<std::string>{"decode", "dedup", "meter"}));
}

TEST(Load, HorizonAtItsShortest) {
  const Scratch scratch;
  load_valid(scratch.write("t.yaml", valid_but("horizon: 36d", "horizon: 35d23h5m")));
  load_valid(scratch.write("t.yaml", valid_but("horizon: 36d", "horizon: forever")));
}

struct UnreadableCase {
  const char* name;
  const char* text;  // nullptr: no such file
  const char* message;
};
class UnreadableTest : public ::testing::TestWithParam<UnreadableCase> {};

TEST_P(UnreadableTest, Error) {
  const Scratch scratch;
  if (GetParam().text != nullptr) scratch.write("t.yaml", GetParam().text);
  const auto loaded = load_topology(scratch.path("t.yaml"), fake_catalog());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, "config_unreadable");
  EXPECT_EQ(loaded.error().disposition, Disposition::fatal);
  EXPECT_EQ(loaded.error().message.substr(scratch.path("").size()), GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(Load, UnreadableTest,
                         ::testing::Values(UnreadableCase{"absent", nullptr, "t.yaml: no such file"},
                                           UnreadableCase{
                                               "bracket_left_open", "a: [1,\n",
                                               "t.yaml:2:1: not YAML: end of sequence flow not found"},
                                           UnreadableCase{"tab_for_indent", "a:\n\tb: 1\n",
                                                          "t.yaml:2:3: not YAML: illegal map value"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Load, ADirectoryIsNoFile) {
  const Scratch scratch;
  const auto loaded = load_topology(scratch.path(""), fake_catalog());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, scratch.path("") + ": is a directory, not a file");
}

TEST(Load, AnEmptyFileLacksEverything) {
  const Scratch scratch;
  const auto loaded = load_topology(scratch.write("t.yaml", "# nothing\n"), fake_catalog());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(
      lines_of(loaded->findings),
      (std::vector<std::string>{"t.yaml:1:1: 'application' is missing", "t.yaml:1:1: 'topics' is missing",
                                "t.yaml:1:1: 'sub_topologies' is missing"}));
}

TEST(Load, AnAliasOfItsOwnAncestorEnds) {
  const Scratch scratch;
  const auto loaded =
      load_topology(scratch.write("t.yaml", kValid + "connectors: null\nextends: null\nmeters_: &x [*x]\n"),
                    fake_catalog());
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->findings.empty());
}

}  // namespace
}  // namespace tidemark::runtime::testing

#include "runtime/topology/topic_plan.h"

#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime {
namespace {

using Config = std::map<std::string, std::string>;
using Kind = TopicChange::Kind;

std::vector<PlannedTopic> plan_of(const std::string& text) {
  const testing::Scratch scratch;
  const auto loaded = load_topology(scratch.write("t.yaml", text), testing::fake_catalog());
  EXPECT_TRUE(loaded);
  EXPECT_EQ(testing::lines_of(loaded->findings), std::vector<std::string>());
  return plan_topics(loaded->topology);
}

struct PlanCase {
  const char* name;
  const char* from;  // text of kValid
  const char* to;
  const char* topic;
  Config config;
};
class PlanTest : public ::testing::TestWithParam<PlanCase> {};

TEST_P(PlanTest, ConfigOfATopic) {
  const PlanCase& test = GetParam();
  for (const PlannedTopic& topic : plan_of(testing::valid_but(test.from, test.to))) {
    if (topic.name != test.topic) continue;
    EXPECT_EQ(topic.config, test.config);
    EXPECT_EQ(topic.partitions, 4);
    return;
  }
  FAIL() << "no topic " << test.topic;
}

constexpr auto kAny = "9223372036854775807";
const PlanCase kPlans[] = {
    {"stream",
     "",
     "",
     "in",
     {{"cleanup.policy", "delete"},
      {"retention.ms", "8640000000"},
      {"message.timestamp.type", "LogAppendTime"}}},
    {"stream_for_ever",
     "retention: 100d",
     "retention: forever",
     "in",
     {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"message.timestamp.type", "LogAppendTime"}}},
    {"stream_with_times_of_its_own",
     "retention: 100d",
     "retention: 1d, timestamps: create",
     "in",
     {{"cleanup.policy", "delete"},
      {"retention.ms", "86400000"},
      {"message.timestamp.type", "CreateTime"},
      {"message.timestamp.after.max.ms", kAny},
      {"message.timestamp.before.max.ms", kAny}}},
    {"clocks_count",
     "retention: 100d",
     "timestamps: create, config: {message.timestamp.after.max.ms: 300000}",
     "in",
     {{"cleanup.policy", "delete"},
      {"retention.ms", "8640000000"},
      {"message.timestamp.type", "CreateTime"},
      {"message.timestamp.after.max.ms", "300000"},
      {"message.timestamp.before.max.ms", kAny}}},
    {"compacted",
     "",
     "",
     "out",
     {{"cleanup.policy", "compact"}, {"message.timestamp.type", "LogAppendTime"}}},
    {"further_settings",
     "name: out,",
     "name: out, config: {segment.bytes: 1048576},",
     "out",
     {{"cleanup.policy", "compact"},
      {"message.timestamp.type", "LogAppendTime"},
      {"segment.bytes", "1048576"}}},
    {"compact_changelog",
     "",
     "",
     "app-windows-changelog",
     {{"cleanup.policy", "compact"},
      {"delete.retention.ms", "86400000"},
      {"min.compaction.lag.ms", "86400000"},
      {"message.timestamp.type", "LogAppendTime"}}},
    {"packed_changelog_keeps_horizon_and_input",
     "",
     "",
     "app-event_ids-changelog",
     {{"cleanup.policy", "delete"},
      {"retention.ms", "11750400000"},
      {"message.timestamp.type", "LogAppendTime"}}},
    {"packed_changelog_horizon_forever",
     "horizon: 36d",
     "horizon: forever",
     "app-event_ids-changelog",
     {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"message.timestamp.type", "LogAppendTime"}}},
    {"packed_changelog_input_forever",
     "retention: 100d",
     "retention: forever",
     "app-event_ids-changelog",
     {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"message.timestamp.type", "LogAppendTime"}}},
    {"epochs",
     "",
     "",
     "app-metering-epochs",
     {{"cleanup.policy", "delete"},
      {"retention.ms", "8640000000"},
      {"message.timestamp.type", "LogAppendTime"}}},
};
INSTANTIATE_TEST_SUITE_P(TopicPlan, PlanTest, ::testing::ValuesIn(kPlans),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(TopicPlanTest, DeclaredThenChangelogsThenEpochs) {
  std::vector<std::string> names;
  for (const auto& topic : plan_of(testing::valid_but("partitions: 4", "partitions: 4\n  replication: 3"))) {
    names.push_back(topic.name);
    EXPECT_EQ(topic.replication, 3);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"in", "people", "out", "dead", "app-event_ids-changelog",
                                             "app-windows-changelog", "app-metering-epochs"}));
}

struct DiffCase {
  const char* name;
  std::vector<TopicState> found;
  std::vector<TopicChange> changes;
};
class DiffTest : public ::testing::TestWithParam<DiffCase> {};

TEST_P(DiffTest, Changes) {
  const std::vector<PlannedTopic> plan{{.name = "t",
                                        .partitions = 4,
                                        .replication = 3,
                                        .config = {{"cleanup.policy", "delete"}, {"retention.ms", "100"}}}};
  const auto changes = diff_topics(plan, GetParam().found);
  ASSERT_EQ(changes.size(), GetParam().changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const TopicChange& expected = GetParam().changes[i];
    EXPECT_EQ(changes[i].kind, expected.kind);
    EXPECT_EQ(changes[i].topic, "t");
    EXPECT_EQ(changes[i].setting, expected.setting);
    EXPECT_EQ(changes[i].wanted, expected.wanted);
    EXPECT_EQ(changes[i].found, expected.found);
  }
}
const DiffCase kDiffs[] = {
    {"absent", {}, {{Kind::create, "t"}}},
    {"others_do_not_count", {{"u", 9, 3, {}}}, {{Kind::create, "t"}}},
    {"same", {{"t", 4, 3, {{"cleanup.policy", "delete"}, {"retention.ms", "100"}}}}, {{Kind::ok, "t"}}},
    {"further_settings_do_not_count",
     {{"t", 4, 3, {{"cleanup.policy", "delete"}, {"retention.ms", "100"}, {"x", "1"}}}},
     {{Kind::ok, "t"}}},
    {"one_differs",
     {{"t", 4, 3, {{"cleanup.policy", "delete"}, {"retention.ms", "101"}}}},
     {{Kind::differs, "t", "retention.ms", "100", "101"}}},
    {"setting_unknown_to_the_broker",
     {{"t", 4, 3, {{"cleanup.policy", "delete"}}}},
     {{Kind::differs, "t", "retention.ms", "100", ""}}},
    {"fewer_replicas",
     {{"t", 4, 2, {{"cleanup.policy", "delete"}, {"retention.ms", "100"}}}},
     {{Kind::differs, "t", "replication", "3", "2"}}},
    {"more_replicas",
     {{"t", 4, 4, {{"cleanup.policy", "delete"}, {"retention.ms", "100"}}}},
     {{Kind::differs, "t", "replication", "3", "4"}}},
    {"all_differ",
     {{"t", 8, 1, {{"cleanup.policy", "compact"}, {"retention.ms", "1"}}}},
     {{Kind::partitions_differ, "t", "partitions", "4", "8"},
      {Kind::differs, "t", "replication", "3", "1"},
      {Kind::differs, "t", "cleanup.policy", "delete", "compact"},
      {Kind::differs, "t", "retention.ms", "100", "1"}}},
};
INSTANTIATE_TEST_SUITE_P(TopicPlan, DiffTest, ::testing::ValuesIn(kDiffs),
                         [](const auto& test) { return std::string(test.param.name); });

struct LossCase {
  const char* name;
  const char* topic;
  const char* setting;
  const char* found;
  bool refused;
};
class LossTest : public ::testing::TestWithParam<LossCase> {};

// Every topic as planned, but one setting.
TEST_P(LossTest, IsRefusedBeforeItHappens) {
  const testing::Scratch scratch;
  const auto loaded =
      load_topology(scratch.write("t.yaml", testing::valid_but("", "")), testing::fake_catalog());
  ASSERT_TRUE(loaded);
  const auto plan = plan_topics(loaded->topology);
  std::vector<TopicState> found;
  for (const PlannedTopic& topic : plan) {
    found.push_back({topic.name, topic.partitions, topic.replication, topic.config});
    if (topic.name == GetParam().topic) found.back().config[GetParam().setting] = GetParam().found;
  }
  const Status refused = refuse_losses(loaded->topology, diff_topics(plan, found));
  ASSERT_EQ(!refused, GetParam().refused);
  if (refused) return;
  EXPECT_EQ(refused.error().code, "topic_settings");
  EXPECT_NE(refused.error().message.find(std::string("--entity-name ") + GetParam().topic + " --add-config " +
                                         GetParam().setting + "="),
            std::string::npos)
      << refused.error().message;
}
constexpr auto kRows = "app-windows-changelog";
constexpr auto kIds = "app-event_ids-changelog";
INSTANTIATE_TEST_SUITE_P(
    TopicPlan, LossTest,
    ::testing::Values(
        LossCase{"as_planned", "-", "", "", false},
        LossCase{"changelog_deleted", kRows, "cleanup.policy", "delete", true},
        LossCase{"changelog_compacted_and_deleted", kRows, "cleanup.policy", "compact,delete", true},
        LossCase{"changelog_compacted_at_once", kRows, "min.compaction.lag.ms", "0", true},
        LossCase{"changelog_compacted_a_little_early", kRows, "min.compaction.lag.ms", "86399999", true},
        LossCase{"changelog_compacted_later", kRows, "min.compaction.lag.ms", "86400001", false},
        LossCase{"tombstones_dropped_early", kRows, "delete.retention.ms", "3600000", true},
        LossCase{"ids_kept_for_ever", kIds, "retention.ms", "-1", false},
        LossCase{"ids_kept_shorter", kIds, "retention.ms", "11750399999", true},
        LossCase{"epochs_kept_shorter", "app-metering-epochs", "retention.ms", "86400000", true},
        LossCase{"table_deleted", "people", "cleanup.policy", "delete", true},
        LossCase{"stream_compacted", "in", "cleanup.policy", "compact", true},
        LossCase{"stream_kept_shorter", "in", "retention.ms", "86400000", false},
        LossCase{"timestamps_of_others", "in", "message.timestamp.type", "CreateTime", false}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::runtime

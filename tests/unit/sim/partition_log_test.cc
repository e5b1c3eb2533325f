#include "tests/unit/sim/rig.h"

namespace tidemark::runtime::sim {
namespace {

constexpr std::int64_t kA = 1;
constexpr std::int64_t kB = 2;

SimRecord record(const std::string& key, std::optional<std::string> value, int at_ms = 0) {
  return {.key = key,
          .value = std::move(value),
          .timestamp = ArrivalTime{std::chrono::milliseconds{at_ms}},
          .headers = {}};
}

std::vector<std::int64_t> offsets_of(const PartitionLog& log) {
  std::vector<std::int64_t> offsets;
  for (const Entry& entry : log.entries()) offsets.push_back(entry.offset.value());
  return offsets;
}

TEST(PartitionLogTest, LastStableIsTheFirstOffsetOfTheOldestOpenTransaction) {
  PartitionLog log;
  log.append(record("x", "0"));
  log.append(record("x", "1"), kA, 0);
  log.append(record("x", "2"), kB, 0);
  EXPECT_EQ(log.last_stable(), Offset(1));
  log.end_transaction(kA, 0, true, {});
  EXPECT_EQ(log.last_stable(), Offset(2));
  log.end_transaction(kB, 0, true, {});
  EXPECT_EQ(log.last_stable(), Offset(5));
  EXPECT_EQ(log.high_watermark(), Offset(5));
}

TEST(PartitionLogTest, ReadersStopAtLastStableAndSkipAbortedAndMarkers) {
  PartitionLog log;
  log.append(record("x", "0"), kA, 0);
  log.append(record("x", "1"), kB, 0);
  log.end_transaction(kA, 0, false, {});
  log.append(record("x", "3"));
  std::vector<const Entry*> seen;
  EXPECT_EQ(log.read_committed(Offset(0), 10, seen), Offset(1));
  EXPECT_TRUE(seen.empty());
  log.end_transaction(kB, 0, true, {});
  EXPECT_EQ(log.read_committed(Offset(1), 1, seen), Offset(2));
  EXPECT_EQ(log.read_committed(Offset(2), 10, seen), Offset(5));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0]->offset, Offset(1));
  EXPECT_EQ(seen[1]->offset, Offset(3));
}

TEST(PartitionLogTest, CompactionKeepsTheLastCommittedValueAndItsOffset) {
  PartitionLog log;
  log.append(record("x", "old"));
  log.append(record("y", "kept"));
  log.append(record("x", "new"));
  log.append(record("x", "aborted"), kA, 0);
  log.end_transaction(kA, 0, false, {});
  log.append(record("z", std::nullopt));
  log.append(record("y", "open"), kB, 0);
  log.compact(false);
  EXPECT_EQ(offsets_of(log), (std::vector<std::int64_t>{1, 2, 5, 6}));
  log.compact(true);
  EXPECT_EQ(offsets_of(log), (std::vector<std::int64_t>{1, 2, 6}));
  EXPECT_EQ(log.high_watermark(), Offset(7));
  EXPECT_EQ(log.log_start(), Offset(0));
}

TEST(PartitionLogTest, DeletionMovesTheStartAndSparesOpenTransactions) {
  PartitionLog log;
  for (int i = 0; i < 3; ++i) log.append(record("x", "v"));
  log.append(record("x", "open"), kA, 0);
  log.delete_before(Offset(2));
  EXPECT_EQ(log.log_start(), Offset(2));
  log.delete_before(Offset(4));
  EXPECT_EQ(log.log_start(), Offset(3));
  EXPECT_EQ(offsets_of(log), (std::vector<std::int64_t>{3}));
}

TEST(PartitionLogTest, OffsetAtTimeIsTheFirstAtOrAfter) {
  PartitionLog log;
  for (const int at_ms : {10, 20, 20, 30}) log.append(record("x", "v", at_ms));
  const auto at = [&](int ms) { return log.offset_at(ArrivalTime{std::chrono::milliseconds{ms}}).value(); };
  EXPECT_EQ(at(0), 0);
  EXPECT_EQ(at(20), 1);
  EXPECT_EQ(at(21), 3);
  EXPECT_EQ(at(31), 4);
}

TEST(WitnessTest, ReportsWhatChangedButNotWhatWasCompactedOrDeleted) {
  Rig rig;
  SimCluster& cluster = rig.world.cluster;
  Witness witness(cluster, "in");
  for (const char* value : {"1", "2", "3"}) cluster.append("in", 0, "k", value, SimClock::kStart);
  cluster.append("in", 1, "k", "4", SimClock::kStart);
  witness.observe();
  witness.observe();
  EXPECT_EQ(witness.seen(0).size(), 3u);
  cluster.compact("in");
  cluster.delete_records("in", 1, Offset(1));
  EXPECT_TRUE(witness.vanished().empty());

  Witness other(cluster, "out");
  cluster.append("out", 0, "k", "seen", SimClock::kStart);
  other.observe();
  cluster.log({1, 0}) = PartitionLog();
  EXPECT_EQ(other.vanished(), std::vector<std::string>{"out[0]@0"});
}

}  // namespace
}  // namespace tidemark::runtime::sim

// The fault that the engine's new-producer rule exists for: an EndTxn that lands in a later transaction.
#include "tests/unit/sim/rig.h"

namespace tidemark::runtime::sim {
namespace {

using Values = std::vector<std::string>;

struct LateEndCase {
  const char* name;
  const char* site;     // of the first commit
  bool new_producer;    // what the engine does after it
  Values before_abort;  // visible once the late request has landed in or before the second transaction
  bool torn;            // something of the second transaction, which aborts, became visible
};

class LateEndTest : public ::testing::TestWithParam<LateEndCase> {};

TEST_P(LateEndTest, SecondTransaction) {
  const LateEndCase& row = GetParam();
  Rig rig(1, {.crashes = {}, .errors = {}, .sites = {}, .script = {{row.site, 1, ""}}});
  auto producer = rig.machine.new_producer("app-0");
  send_open(*producer, {"first"});
  const CommitOutcome outcome = producer->commit(kTimeout);
  EXPECT_TRUE(outcome == CommitOutcome::unknown || outcome == CommitOutcome::suspect);
  if (row.new_producer) producer = rig.machine.new_producer("app-0");
  send_open(*producer, {"second"});
  tick(rig.world, 20);
  EXPECT_EQ(visible(rig.world), row.before_abort);
  const Status aborted = producer->abort(kTimeout);
  EXPECT_EQ(code_of(aborted), row.torn ? "invalid_txn_state" : "ok");
  const auto seen = visible(rig.world);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "second"), row.torn ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Sim, LateEndTest,
    ::testing::Values(
        // name, site of the first commit, new producer, visible, torn
        LateEndCase{"delayed_same_producer", "P4.commit.unknown_delayed", false, {"first", "second"}, true},
        LateEndCase{"delayed_new_producer", "P4.commit.unknown_delayed", true, {}, false},
        LateEndCase{"repeated_same_producer", "P4.commit.suspect_repeated", false, {"first", "second"}, true},
        LateEndCase{"repeated_new_producer", "P4.commit.suspect_repeated", true, {"first"}, false},
        LateEndCase{"applied_new_producer", "P4.commit.unknown_applied", true, {"first"}, false},
        LateEndCase{"lost_new_producer", "P4.commit.unknown_lost", true, {}, false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(LateEndTest, RequestsInFlightSurviveTheProcessThatSentThem) {
  Rig rig(1, {.crashes = {}, .errors = {}, .sites = {}, .script = {{"P4.commit.in_flight", 1, ""}}});
  auto producer = rig.machine.new_producer("app-0");
  send_open(*producer, {"first"});
  EXPECT_THROW(producer->commit(kTimeout), Crash);
  EXPECT_EQ(visible(rig.world), Values{});
  rig.world.cluster.settle();
  EXPECT_EQ(visible(rig.world), Values{"first"});
}

TEST(LateEndTest, ALateAbortTearsTheNextTransactionOfTheSameProducer) {
  Rig rig(1, {.crashes = {}, .errors = {}, .sites = {}, .script = {{"abort.unknown_delayed", 1, ""}}});
  auto producer = rig.machine.new_producer("app-0");
  send_open(*producer, {"first"});
  EXPECT_EQ(code_of(producer->abort(kTimeout)), "abort_unknown");
  send_open(*producer, {"second"});
  tick(rig.world, 20);
  ASSERT_TRUE(send(*producer, "third"));
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(rig.world), Values{"third"});
}

}  // namespace
}  // namespace tidemark::runtime::sim

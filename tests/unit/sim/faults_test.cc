#include "tests/unit/sim/rig.h"

namespace tidemark::runtime::sim {
namespace {

FaultPlan scripted(const std::string& site, std::uint64_t visit = 1, const std::string& process = "") {
  return {.crashes = {}, .errors = {}, .sites = {}, .script = {{site, visit, process}}};
}

std::string crash_site(const std::function<void()>& action) {
  try {
    action();
  } catch (const Crash& crash) {
    return crash.site;
  }
  return "";
}

TEST(FaultsTest, AScriptedCrashComesAtItsVisitOnly) {
  Rig rig(1, scripted("engine.P5", 3));
  rig.machine.process.at("engine.P5");
  rig.machine.process.at("engine.P5");
  EXPECT_EQ(crash_site([&] { rig.machine.process.at("engine.P5"); }), "engine.P5");
  Process next("a", rig.world.faults);
  next.at("engine.P5");
  EXPECT_EQ(rig.world.faults.visits("engine.P5"), 4u);
  EXPECT_EQ(rig.world.faults.fired().at("engine.P5"), 1u);
}

TEST(FaultsTest, AScriptMayNameTheProcess) {
  Rig rig(1, scripted("x", 2, "b"));
  Process b("b", rig.world.faults);
  rig.machine.process.at("x");
  rig.machine.process.at("x");
  b.at("x");
  EXPECT_EQ(crash_site([&] { b.at("x"); }), "x");
}

TEST(FaultsTest, NothingFiresWhileDisabled) {
  Rig rig(1, {.crashes = {1, 1}, .errors = {1, 1}, .sites = {}, .script = {}});
  rig.world.faults.enable(false);
  auto producer = rig.machine.new_producer("app-0");
  send_open(*producer, {"1"});
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::committed);
}

TEST(FaultsTest, ANamedSiteOverrulesTheDefault) {
  Rig rig(1, {.crashes = {1, 1}, .errors = {}, .sites = {{"x", {0, 1}}}, .script = {}});
  rig.machine.process.at("x");
  EXPECT_EQ(crash_site([&] { rig.machine.process.at("y"); }), "y");
}

struct CommitSiteCase {
  const char* name;
  const char* site;
  std::vector<std::string> visible_then;
};
class CommitCrashTest : public ::testing::TestWithParam<CommitSiteCase> {};

TEST_P(CommitCrashTest, LeavesWhatItSays) {
  Rig rig(1, scripted(GetParam().site));
  auto producer = rig.machine.new_producer("app-0");
  EXPECT_EQ(crash_site([&] {
              send_open(*producer, {"1"});
              static_cast<void>(producer->commit(kTimeout));
            }),
            GetParam().site);
  producer.reset();
  Machine restarted(rig.world, "a");
  auto next = restarted.new_producer("app-0");
  EXPECT_EQ(visible(rig.world), GetParam().visible_then);
}

INSTANTIATE_TEST_SUITE_P(Sim, CommitCrashTest,
                         ::testing::Values(CommitSiteCase{"produce_before", "P1.produce.before", {}},
                                           CommitSiteCase{"produce_after", "P1.produce.after", {}},
                                           CommitSiteCase{"flush_before", "P2.flush.before", {}},
                                           CommitSiteCase{"flush_after", "P2.flush.after", {}},
                                           CommitSiteCase{"commit_before", "P4.commit.before", {}},
                                           CommitSiteCase{"commit_in_flight", "P4.commit.in_flight", {}},
                                           CommitSiteCase{
                                               "commit_reply_lost", "P4.commit.reply_lost", {"1"}}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(FaultsTest, ADeadProcessReachesNothing) {
  Rig rig(1, scripted("P4.commit.before"));
  SimDisk disk(rig.world);
  SimStorageFactory stores(rig.world, disk, rig.machine.process);
  auto store = std::move(*stores.open("t_0", "s"));
  auto producer = rig.machine.new_producer("app-0");
  auto consumer = rig.machine.new_consumer("0");
  send_open(*producer, {"1"});
  EXPECT_THROW(producer->commit(kTimeout), Crash);
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::unknown);
  EXPECT_EQ(code_of(producer->abort(kTimeout)), "crashed");
  EXPECT_EQ(code_of(store->write(std::vector<StorageWrite>{{"k", "v"}})), "crashed");
  EXPECT_EQ(code_of(store->flush()), "crashed");
  EXPECT_EQ(code_of(consumer->assign({})), "crashed");
  EXPECT_EQ(code_of(rig.machine.clients.fence("app-0")), "crashed");
  EXPECT_TRUE(rig.world.cluster.has_open_transaction("app-0"));
}

TEST(FaultsTest, ALostRecordFailsTheFlushAndTheCommit) {
  Rig rig(1, scripted("P1.produce.lost"));
  auto producer = rig.machine.new_producer("app-0");
  ASSERT_TRUE(producer->begin());
  ASSERT_TRUE(send(*producer, "1"));
  const auto flushed = producer->flush(kTimeout);
  EXPECT_EQ(code_of(flushed), "delivery_failed");
  EXPECT_EQ(flushed.error().disposition, Disposition::abort_txn);
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::aborted);
  send_open(*producer, {"2"});
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(rig.world), std::vector<std::string>{"2"});
}

TEST(FaultsTest, ARefusedCallDidNothing) {
  Rig rig(1, scripted("P1.produce.retry"));
  auto producer = rig.machine.new_producer("app-0");
  ASSERT_TRUE(producer->begin());
  const Status refused = send(*producer, "1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().disposition, Disposition::retry);
  ASSERT_TRUE(send(*producer, "1"));
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(rig.world), std::vector<std::string>{"1"});
}

TEST(FaultsTest, AnInjectedAbortLeavesTheProducerUsable) {
  Rig rig(1, scripted("P4.commit.aborted"));
  auto producer = rig.machine.new_producer("app-0");
  send_open(*producer, {"1"});
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::aborted);
  send_open(*producer, {"2"});
  EXPECT_EQ(producer->commit(kTimeout), CommitOutcome::committed);
  EXPECT_EQ(visible(rig.world), std::vector<std::string>{"2"});
}

}  // namespace
}  // namespace tidemark::runtime::sim

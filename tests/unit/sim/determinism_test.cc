// Two processes copy "in" to "out" under every fault there is: the same seed gives the same run, a copier
// that keeps the rules is exact, and one that goes on with a suspect producer is caught.
#include <map>

#include "tests/unit/sim/rig.h"

namespace tidemark::runtime::sim {
namespace {

class Copier {
 public:
  Copier(World& world, const std::string& name, bool renews_producer)
      : machine_(world, name), name_(name), renews_producer_(renews_producer) {}

  void step() {
    if (!consumer_ && !open_consumer()) return;
    if (!producer_ && !open_producer()) return;
    const auto events = consumer_->poll(*batch_, 5, 10ms);
    if (!events) return fail(events.error());
    if (events->revoked) {
      given_.clear();
      static_cast<void>(consumer_->acknowledge_revoke());
      return;
    }
    if (events->assigned) {
      given_ = *events->assigned;
      rewinds_ = true;
    }
    ASSERT_TRUE(events->out_of_range.empty());
    if (rewinds_) return rewind();
    if (!batch_->records.empty()) copy();
  }

 private:
  bool open_consumer() {
    given_.clear();
    auto consumer = machine_.clients.group_consumer(name_);
    if (!consumer) return false;
    consumer_ = std::move(*consumer);
    batch_ = consumer_->new_batch();
    return consumer_->subscribe(std::vector{kIn}).has_value();
  }

  bool open_producer() {
    auto producer = machine_.clients.producer("copy-" + name_);
    if (!producer || !(*producer)->init(kTimeout)) return false;
    producer_ = std::move(*producer);
    return true;
  }

  void rewind() {
    const auto committed = consumer_->committed(given_, true, 100ms);
    if (!committed) return fail(committed.error());
    std::vector<StartingOffset> from;
    for (std::size_t i = 0; i < given_.size(); ++i) {
      from.push_back({given_[i], (*committed)[i].next_offset.value_or(Offset(0))});
    }
    const Status assigned = consumer_->assign(from);
    if (!assigned) return fail(assigned.error());
    rewinds_ = false;
  }

  template <class Call>
  static auto until_definite(Call call) {
    auto result = call();
    while (!result && result.error().disposition == Disposition::retry) result = call();
    return result;
  }

  Status fill_transaction() {
    TM_TRY(producer_->begin());
    std::map<TopicPartition, Offset> next;
    for (const auto& [topic, record] : batch_->records) {
      const OutputRecord copy{.key = record.key, .value = record.value, .has_value = true, .headers = {}};
      const TopicPartition target{kOut, record.partition};
      TM_TRY(until_definite([&] { return producer_->produce(target, std::span(&copy, 1)); }));
      next[{topic, record.partition}] = record.offset.next();
    }
    TM_TRY(until_definite([&] { return producer_->flush(kTimeout); }));
    std::vector<OffsetToCommit> offsets;
    for (const auto& [from, offset] : next) offsets.push_back({from, offset, "m"});
    return until_definite([&] { return producer_->send_offsets(offsets, *consumer_, kTimeout); });
  }

  void copy() {
    if (const Status filled = fill_transaction(); !filled) return fail(filled.error());
    switch (producer_->commit(kTimeout)) {
      case CommitOutcome::committed:
        return;
      case CommitOutcome::suspect:
        if (renews_producer_) producer_.reset();
        return;
      case CommitOutcome::aborted:
        rewinds_ = true;
        return;
      case CommitOutcome::unknown:
        break;
    }
    producer_.reset();
    rewinds_ = true;
  }

  void fail(const Error& error) {
    if (error.disposition == Disposition::retry) return;
    if (error.disposition == Disposition::abort_txn) {
      if (!producer_->abort(kTimeout)) producer_.reset();
      rewinds_ = true;
      return;
    }
    ASSERT_TRUE(error.code == "fenced" || error.code == "invalid_txn_state")
        << error.code << ": " << error.message;
    consumer_.reset();
    producer_.reset();
  }

  Machine machine_;
  const std::string name_;
  const bool renews_producer_;
  std::unique_ptr<GroupConsumer> consumer_;
  std::unique_ptr<RecordBatch> batch_;
  std::unique_ptr<TransactionalProducer> producer_;
  std::vector<TopicPartition> given_;
  bool rewinds_ = false;
};

struct RunResult {
  std::uint64_t trace = 0;
  std::uint64_t crashes = 0;
  bool exact = false;
  std::vector<std::string> vanished;
};

void step(std::unique_ptr<Copier>& copier, World& world, const std::string& name, bool renews,
          std::uint64_t& crashes) {
  try {
    if (!copier) copier = std::make_unique<Copier>(world, name, renews);
    copier->step();
  } catch (const Crash&) {
    ++crashes;
    copier.reset();
  }
}

RunResult run(std::uint64_t seed, FaultPlan plan, bool renews_producer) {
  constexpr int kRecords = 120;
  World world(seed, std::move(plan));
  world.cluster.create_topic("in", 4);
  world.cluster.create_topic("out", 4);
  Witness witness(world.cluster, "out");
  RunResult result;
  std::map<std::string, std::unique_ptr<Copier>> copiers;
  std::map<std::int32_t, std::vector<std::string>> expected;
  int appended = 0;
  for (int i = 0; i < 3000; ++i) {
    if (i == 2000) world.faults.enable(false);
    if (appended < kRecords && world.random.chance(1, 8)) {
      const auto number = static_cast<std::int32_t>(world.random.uniform(4));
      world.cluster.append("in", number, "k", std::to_string(appended), world.clock.wall());
      expected[number].push_back(std::to_string(appended++));
    }
    if (i < 2000 && world.random.chance(1, 200))
      world.clock.advance(8s);  // somebody's session or transaction ends
    const std::string name = world.random.chance(1, 2) ? "a" : "b";
    step(copiers[name], world, name, renews_producer, result.crashes);
    witness.observe();
  }
  result.exact = true;
  for (auto& [number, values] : expected) {
    auto copied = visible(world, number);
    result.exact &= copied == values;
  }
  result.vanished = witness.vanished();
  result.trace = world.trace.hash();
  return result;
}

FaultPlan everything() {
  return {.crashes = {1, 200}, .errors = {1, 40}, .sites = {{"group.expired_lost", {1, 2}}}, .script = {}};
}

TEST(DeterminismTest, TheSameSeedGivesTheSameRun) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(run(seed, everything(), true).trace, run(seed, everything(), true).trace);
  }
  EXPECT_NE(run(1, everything(), true).trace, run(2, everything(), true).trace);
}

TEST(DeterminismTest, ACopierThatKeepsTheRulesIsExactUnderEveryFault) {
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const RunResult result = run(seed, everything(), true);
    ASSERT_TRUE(result.exact) << "seed " << seed;
    ASSERT_EQ(result.vanished, std::vector<std::string>{}) << "seed " << seed;
    crashes += result.crashes;
  }
  EXPECT_GT(crashes, 500u);
}

TEST(DeterminismTest, ACopierThatTrustsASuspectProducerIsCaught) {
  FaultPlan plan;
  plan.sites["P4.commit.suspect_repeated"] = {1, 2};
  plan.sites["P1.produce.lost"] = {1, 4};
  int torn = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    torn += run(seed, plan, false).exact ? 0 : 1;  // the plan is the same, the rule is broken
    ASSERT_TRUE(run(seed, plan, true).exact) << "seed " << seed;
  }
  EXPECT_GT(torn, 0);
}

}  // namespace
}  // namespace tidemark::runtime::sim

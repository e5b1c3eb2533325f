#include "tests/sim/metering_run.h"

#include "runtime/sim/oracle.h"
#include "schemas/customer_profile/codec.h"
#include "tests/sim/checks.h"
#include "tests/sim/crew.h"
#include "tests/sim/usage_input.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {
namespace {

using runtime::sim::FaultPlan;
using runtime::sim::World;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::uint64_t kStepsMax = 200'000;

class Run {
 public:
  explicit Run(const RunOptions& options)
      : world_(options.seed, options.faults,
               {.transaction_timeout = milliseconds(10'000),
                .session_timeout = milliseconds(6'000),
                .late_operations_max = options.late_operations_max}),
        input_(make_usage_input(world_.random, options.event_count, InputKind::all)),
        crew_(world_, topology(), {options.lose_disks, options.rocksdb_dir}, outcome_.complaints) {
    create_topics(world_, topology());
    for (const char* topic : {"usage.totals", "usage.deltas", "usage.dlq"})
      witnesses_.emplace_back(world_.cluster, topic);
  }

  RunOutcome go() {
    crew_.start();
    while (steps_ < kStepsMax && (produced_ < input_.events.size() || world_.random.uniform(200) != 0))
      turn();
    crew_.calm_down();
    crew_.stop();
    world_.cluster.settle();
    for (auto& witness : witnesses_) witness.observe();
    if (outcome_.complaints.empty()) check();
    for (const auto& [site, count] : world_.faults.fired()) outcome_.fired[site] += count;
    for (const auto& machine : crew_.machines())
      outcome_.fired["store.set_aside"] += machine->disk().quarantined_count();
    outcome_.trace_hash = world_.trace.hash();
    return std::move(outcome_);
  }

 private:
  void produce_some() {
    for (std::uint64_t left = world_.random.uniform(12); left > 0 && produced_ < input_.events.size();
         --left) {
      const std::size_t begin = produced_;
      const InputRecord record = take_record(input_.events, produced_);
      for (const InputProfile& profile : input_.profiles) {
        if (begin <= profile.before_event && profile.before_event < produced_) produce_profile(profile);
      }
      world_.cluster.append("usage.events", home_partition(record.customer_id, topology().partitions).value(),
                            record.customer_id, record.value, record.arrival, record.headers);
    }
  }

  void produce_profile(const InputProfile& profile) {
    const std::string key = schemas::encode_customer_key(profile.tenant_id, profile.customer_id);
    world_.cluster.append("usage.customers",
                          home_partition(profile.customer_id, topology().partitions).value(), key,
                          profile.json(), world_.clock.wall());
  }

  // Days in which nobody works: what is old is compacted, or deleted if nobody needs it any more.
  void let_days_pass() {
    ++outcome_.fired["days.passed"];
    world_.clock.advance(hours(world_.random.uniform(60)));
    const ArrivalTime yesterday = world_.clock.wall() - hours(24);
    for (const auto& store : topology().sub_topologies.front().stores) {
      if (store.changelog == runtime::ChangelogKind::compact)
        world_.cluster.clean(topology().changelog_topic(store.name));
    }
    const std::string epochs = topology().epochs_topic("metering");
    for (std::int32_t partition = 0; partition < topology().partitions; ++partition) {
      if (const auto read =
              world_.cluster.committed_offset(topology().application, "usage.events", partition))
        world_.cluster.delete_records("usage.events", partition, read->next_offset);
      const auto records = world_.cluster.committed_records(epochs, partition);
      if (records.empty()) continue;
      const Offset old = world_.cluster.log(epochs, partition).offset_at(yesterday);
      world_.cluster.delete_records(epochs, partition, std::min(old, records.back().offset));
    }
  }

  void turn() {
    ++steps_;
    if (world_.random.chance(1, 200)) let_days_pass();
    if (world_.random.chance(1, 10)) produce_some();
    world_.clock.advance(milliseconds(world_.random.uniform(15)));
    crew_.turn();
    for (auto& witness : witnesses_) witness.observe();
  }

  void check() {
    const Truth truth = compute_truth(input_, topology().partitions);
    outcome_.totals = truth.totals.size();
    auto& complaints = outcome_.complaints;
    check_totals(world_.cluster, truth, complaints);
    check_kinds(world_.cluster, truth, complaints);
    check_chains(world_.cluster, complaints);
    check_verdicts(world_.cluster, input_, truth, complaints);
    check_dead_letters(world_.cluster, complaints);
    check_metrics(crew_.machines(), complaints);
    for (const auto& witness : witnesses_) {
      for (const std::string& line : witness.vanished()) complaints.push_back("vanished: " + line);
    }
    for (const auto& machine : crew_.machines()) {
      check_state(world_.cluster, *machine, topology(), complaints);
    }
  }

  World world_;
  const UsageInput input_;
  std::vector<runtime::sim::Witness> witnesses_;
  std::size_t produced_ = 0;
  std::uint64_t steps_ = 0;
  RunOutcome outcome_;
  Crew crew_;  // it complains to outcome_
};

}  // namespace

FaultPlan random_faults() {
  FaultPlan plan;
  plan.crashes = {1, 400};
  plan.errors = {1, 300};
  // Sites that are passed often would otherwise eat all the crashes.
  plan.sites["P0.poll.before"] = {1, 3'000};
  plan.sites["P0.poll.after"] = {1, 3'000};
  plan.sites["P0.multi_get.before"] = {1, 3'000};
  plan.sites["store.scan.before"] = {1, 3'000};
  plan.sites["cluster.marker_lag"] = {1, 10};
  plan.sites["P4.commit.reply_lost"] = {1, 60};
  plan.sites["P4.commit.in_flight"] = {1, 60};
  plan.sites["P4.commit.before"] = {1, 60};
  plan.sites["P6.ingest.before"] = {1, 100};
  plan.sites["P6.ingest.during"] = {1, 100};
  plan.sites["P3.send_offsets.after"] = {1, 60};
  plan.sites["P2.flush.before"] = {1, 60};
  plan.sites["restore.poll.after"] = {1, 100};
  // Sites that are hardly ever passed.
  for (const char* site :
       {"fence.before", "fence.after", "fence.retry", "abort.before", "abort.after", "abort.unknown_applied",
        "abort.unknown_lost", "abort.unknown_delayed", "abort.repeated"})
    plan.sites[site] = {1, 8};
  for (const char* site : {"store.erase_range.before", "store.erase_range.after"}) plan.sites[site] = {1, 20};
  for (const char* site : {"init.before", "init.after"}) plan.sites[site] = {1, 40};
  plan.stalls = {1, 200};
  for (const char* site : {"P0.poll.before", "P0.poll.after", "P0.multi_get.before", "store.scan.before",
                           "P1.produce.before", "P1.produce.after", "restore.offsets.before"})
    plan.sites[site + std::string(".stall")] = {1, 5'000};
  plan.sites["process.leaves"] = {1, 1'000};
  plan.sites["group.expired_lost"] = {1, 2};
  plan.sites["store.open.corrupt"] = {1, 40};
  plan.sites["store.verify.corrupt"] = {1, 40'000};  // passed in each step, by each store
  plan.sites["P0.multi_get.corrupt"] = {1, 3'000};
  plan.sites["P6.ingest.disk_full"] = {1, 200};
  plan.sites["store.space.short"] = {1, 200};
  return plan;
}

FaultPlan late_requests() {
  FaultPlan plan = random_faults();
  for (const char* site : kLateSites) plan.sites[site] = {1, 8};
  plan.sites["abort.repeated"] = {1, 2};
  for (const char* site : {"P1.produce.lost", "P4.commit.aborted"}) plan.sites[site] = {1, 20};
  return plan;
}

RunOutcome run_metering(const RunOptions& options) {
  return Run(options).go();
}

std::string describe(const RunOptions& options, const RunOutcome& outcome) {
  std::string text = "seed " + std::to_string(options.seed) + ":";
  for (std::size_t i = 0; i < outcome.complaints.size() && i < 12; ++i)
    text += "\n  " + outcome.complaints[i];
  return text + "\nreplay: TIDEMARK_SIM_SEED=" + std::to_string(options.seed) +
         " TIDEMARK_SIM_LOG=1 build/release/tests/sim/metering_sim_test --gtest_filter='MeteringSim.OneSeed'";
}

}  // namespace tidemark::sim_test

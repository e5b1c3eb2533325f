#include "tests/sim/idle_run.h"

#include <algorithm>
#include <optional>

#include "runtime/epoch_record.h"
#include "schemas/customer_profile/codec.h"
#include "tests/sim/checks.h"
#include "tests/sim/crew.h"
#include "tests/sim/usage_input.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {
namespace {

using runtime::sim::World;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kDisorder{1};  // as in idle.topology.yaml
constexpr minutes kGrace{10};
constexpr int kCustomers = 8;
constexpr std::uint64_t kStepsMax = 20'000;
constexpr const char* kUsage = "usage.events";

bool is_closed(EventTime period_end, EventTime watermark) {
  return watermark != kEventTimeMin && watermark >= period_end + kGrace;
}

runtime::sim::ClusterSettings cluster_settings(std::uint64_t seed) {
  // Sessions and transactions outlast what one step lets pass. Ahead, behind, or as our own clock.
  return {.transaction_timeout = minutes(15),
          .session_timeout = minutes(15),
          .broker_clock_ahead = hours(2) * (static_cast<int>(seed % 3) - 1)};
}

class Run {
 public:
  explicit Run(const IdleOptions& options)
      : world_(options.seed, options.faults, cluster_settings(options.seed)),
        events_left_(options.event_count),
        crew_(world_, idle_topology(), {}, outcome_.complaints) {
    create_topics(world_, idle_topology());
    for (int customer = 0; customer < kCustomers; ++customer)
      append_profile("cus_" + std::to_string(customer));
  }

  IdleOutcome go() {
    crew_.start();
    for (std::uint64_t step = 0; step < kStepsMax && events_left_ > 0 && outcome_.complaints.empty(); ++step)
      turn();
    if (foreign_since_) end_foreign();
    crew_.calm_down();
    wait_for_closing();
    crew_.stop();
    world_.cluster.settle();
    if (outcome_.complaints.empty()) check();
    for (const auto& [site, count] : world_.faults.fired()) outcome_.met[site] += count;
    outcome_.trace_hash = world_.trace.hash();
    return std::move(outcome_);
  }

 private:
  static std::int32_t home(const std::string& customer) {
    return home_partition(customer, idle_topology().partitions).value();
  }

  void append_profile(const std::string& customer) {
    world_.cluster.append(
        "usage.customers", home(customer), schemas::encode_customer_key("acme", customer),
        "{\"tenant_id\":\"acme\",\"customer_id\":\"" + customer +
            "\",\"versions\":[{\"effective_from\":\"2020-01-01T00:00:00Z\",\"time_zone\":\"UTC\","
            "\"interval\":{\"unit\":\"hour\",\"n\":1},\"mode\":\"test\"}]}",
        world_.cluster.wall());
  }

  InputEvent make_event() {
    --events_left_;
    InputEvent event;
    event.event_id = "e" + std::to_string(events_left_);
    event.tenant_id = "acme";
    event.customer_id = "cus_" + std::to_string(world_.random.uniform(kCustomers));
    event.type = "data";
    event.value_milli = static_cast<std::int64_t>(world_.random.uniform(20'000));
    event.arrival = world_.cluster.wall();
    event.event_time = event.arrival - seconds(world_.random.uniform(900));
    if (world_.random.chance(1, 8)) event.event_time -= hours(world_.random.between(1, 6));
    return event;
  }

  void produce_some() {
    for (std::uint64_t left = world_.random.uniform(4); left > 0 && events_left_ > 0; --left) {
      const InputEvent event = make_event();
      const std::int32_t partition = home(event.customer_id);
      const Offset offset =
          world_.cluster.append(kUsage, partition, event.customer_id, event.json(), event.arrival);
      written_[{partition, offset}] = event;
    }
  }

  // A producer that is none of ours: what comes behind its open transaction waits, and grows old.
  void begin_foreign() {
    foreign_ = world_.cluster.init_producer("foreign", hours(24));
    foreign_since_ = world_.clock.monotonic();
    for (std::uint64_t left = world_.random.between(1, 3); left > 0 && events_left_ > 0; --left) {
      const InputEvent event = make_event();
      const std::int32_t partition = home(event.customer_id);
      const auto offset = world_.cluster.produce(
          foreign_, {*world_.cluster.find_topic(kUsage), partition},
          {.key = event.customer_id, .value = event.json(), .timestamp = {}, .headers = {}});
      TM_ASSERT(offset.has_value());
      written_[{partition, *offset}] = event;
    }
  }

  void end_foreign() {
    const bool commits = world_.random.chance(3, 4);
    TM_ASSERT(world_.cluster.end_transaction(foreign_, commits).has_value());
    ++outcome_.met[commits ? "foreign.committed" : "foreign.aborted"];
    if (world_.clock.monotonic() - *foreign_since_ > hours(1) + kGrace + kDisorder)
      ++outcome_.met["foreign.held_for_a_period"];
    foreign_since_.reset();
  }

  void turn() {
    if (world_.random.chance(1, 4)) produce_some();
    if (events_left_ > 0 && world_.random.chance(1, 30)) foreign_since_ ? end_foreign() : begin_foreign();
    if (world_.random.chance(1, 40)) return stay_silent();
    world_.clock.advance(world_.random.chance(1, 20) ? milliseconds(world_.random.uniform(120'000))
                                                     : milliseconds(world_.random.uniform(15)));
    crew_.turn();
    watch();
  }

  void stay_silent() {
    for (std::uint64_t left = world_.random.between(5, 90); left > 0; --left) {
      world_.clock.advance(seconds(world_.random.between(5, 120)));
      for (int i = 0; i < 6; ++i) {
        crew_.turn();
        watch();
      }
    }
  }

  // Every period that anything was counted in ends by silence, at the latest.
  void wait_for_closing() {
    for (int minute = 0; minute < 150 && outcome_.complaints.empty(); ++minute) {
      world_.clock.advance(minutes(1));
      for (int i = 0; i < 6; ++i) crew_.step_all();
      watch();
    }
  }

  void watch() {
    for (const auto& machine : crew_.machines()) {
      if (!machine->running()) continue;
      for (const auto& task : machine->thread().status().tasks) {
        if (task.watermark > EventTime(world_.cluster.wall()) - kDisorder)
          outcome_.complaints.push_back("a watermark is ahead of the broker's clock");
      }
    }
  }

  // What holds however idle steps fall: a record is surely a correction if the records before it closed its
  // period, and surely usage if even a step at its arrival had not.
  Truth compute_truth() {
    Truth truth;
    for (std::int32_t partition = 0; partition < idle_topology().partitions; ++partition) {
      EventTime watermark = kEventTimeMin;
      for (const auto& [offset, record] : world_.cluster.committed_records(kUsage, partition)) {
        const InputEvent& event = written_.at({partition, offset});
        const EventTime begin = std::chrono::floor<hours>(event.event_time);
        const TotalKey key{event.tenant_id, event.customer_id, "volume", begin, begin + hours(1)};
        TotalTruth& total = truth.totals[key];
        total.total = *Quantity::add(
            total.total, Quantity::from_scaled(static_cast<int128>(event.value_milli) * 1'000'000'000));
        ++total.event_count;
        total.is_final = true;
        const bool is_correction = is_closed(begin + hours(1), watermark);
        const EventTime at_most = std::max(watermark, EventTime(record.timestamp) - kDisorder);
        const bool is_either = !is_correction && is_closed(begin + hours(1), at_most);
        truth.counted.push_back({PartitionId(partition), offset, 0, key, is_correction, 1, is_either});
        ++outcome_.met[is_correction ? "kind.correction" : is_either ? "kind.either" : "kind.usage"];
        watermark = std::max(watermark, event.event_time - kDisorder);
        visible_.events.push_back(event);
      }
    }
    truth.final_verdicts["counted"] = visible_.events.size();
    return truth;
  }

  // A step stands in an epoch of its own, and no record that is read later arrived before its time.
  void check_steps(std::int32_t partition) {
    const auto records = world_.cluster.committed_records(kUsage, partition);
    EventTime before = kEventTimeMin;
    for (const auto& committed :
         world_.cluster.committed_records(idle_topology().epochs_topic("metering"), partition)) {
      const auto epoch = runtime::decode_epoch_record(committed.record.value.value_or(""));
      TM_ASSERT(epoch.has_value());
      if (epoch->watermark < before) outcome_.complaints.push_back("a watermark goes back");
      const Offset next = epoch->inputs.front().to;
      EventTime by_records = before;
      for (const auto& record : records) {
        if (record.offset < next)
          by_records = std::max(by_records, written_.at({partition, record.offset}).event_time - kDisorder);
      }
      if (epoch->watermark > by_records) check_step(*epoch, committed.record.timestamp, records);
      before = epoch->watermark;
    }
  }

  void check_step(const runtime::EpochRecord& epoch, ArrivalTime written_at,
                  const std::vector<runtime::sim::CommittedRecord>& records) {
    ++outcome_.met["idle.steps"];
    const EventTime step = epoch.watermark + kDisorder;
    if (step > written_at) outcome_.complaints.push_back("a step is ahead of the broker's clock");
    for (const auto& input : epoch.inputs) {
      if (input.from != input.to) outcome_.complaints.push_back("a step in an epoch with records");
    }
    for (const auto& record : records) {
      if (record.offset >= epoch.inputs.front().to && record.record.timestamp < step)
        outcome_.complaints.push_back("a step has passed a record that was not read yet");
    }
  }

  void check() {
    const Truth truth = compute_truth();
    auto& complaints = outcome_.complaints;
    check_totals(world_.cluster, truth, complaints);
    check_kinds(world_.cluster, truth, complaints);
    check_chains(world_.cluster, complaints);
    check_verdicts(world_.cluster, visible_, truth, complaints);
    check_metrics(crew_.machines(), complaints);
    for (std::int32_t partition = 0; partition < idle_topology().partitions; ++partition)
      check_steps(partition);
    for (const auto& machine : crew_.machines())
      check_state(world_.cluster, *machine, idle_topology(), complaints);
  }

  World world_;
  std::size_t events_left_;
  std::map<std::pair<std::int32_t, Offset>, InputEvent> written_;
  UsageInput visible_;
  runtime::sim::ProducerIdentity foreign_;
  std::optional<std::chrono::nanoseconds> foreign_since_;  // its transaction is open
  IdleOutcome outcome_;
  Crew crew_;  // it complains to outcome_
};

}  // namespace

IdleOutcome run_idle(const IdleOptions& options) {
  return Run(options).go();
}

std::string describe(const IdleOptions& options, const IdleOutcome& outcome) {
  std::string text = "seed " + std::to_string(options.seed) + ":";
  for (std::size_t i = 0; i < outcome.complaints.size() && i < 12; ++i)
    text += "\n  " + outcome.complaints[i];
  return text + "\nreplay: TIDEMARK_SIM_SEED=" + std::to_string(options.seed) +
         " TIDEMARK_SIM_LOG=1 build/release/tests/sim/metering_sim_test --gtest_filter='IdleSim.OneSeed'";
}

}  // namespace tidemark::sim_test

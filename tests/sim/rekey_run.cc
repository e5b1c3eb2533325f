#include "tests/sim/rekey_run.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "billing/timeline.h"
#include "processors/judged_event.h"
#include "processors/rekey.h"
#include "runtime/epoch_record.h"
#include "runtime/state/packed_changelog.h"
#include "schemas/customer_profile/codec.h"
#include "tests/sim/checks.h"
#include "tests/sim/crew.h"
#include "tests/sim/usage_input.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {
namespace {

using processors::Verdict;
using runtime::sim::CommittedRecord;
using runtime::sim::World;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr ArrivalTime kBegin{milliseconds{1'767'268'800'000}};  // 2026-01-01T12:00:00Z
constexpr std::int32_t kPartitions = 4;                         // as in metering.topology.yaml
constexpr int kCustomers = 10;
constexpr std::uint64_t kStepsMax = 100'000;
constexpr const char* kUsage = "usage.events";
constexpr const char* kRekeyTopic = "sim-rekey";
constexpr std::uint8_t kUsageSource = 0;
constexpr std::uint8_t kRekeyedSource = 3;

using Place = std::tuple<std::uint8_t, std::int32_t, std::int64_t, std::uint16_t>;  // source, partition, ..

std::string text(const Place& place) {
  const auto& [source, partition, offset, element] = place;
  return std::string(source == kUsageSource ? kUsage : kRekeyTopic) + "/" + std::to_string(partition) + "/" +
         std::to_string(offset) + "/" + std::to_string(element);
}

std::int32_t home_of(const InputEvent& event) {
  return home_partition(event.customer_id, kPartitions).value();
}

// By itself: what may count, if nothing counted under its id before.
bool is_acceptable(const InputEvent& event) {
  return event.event_time <= event.arrival + minutes(5);
}

class Run {
 public:
  explicit Run(const RekeyOptions& options)
      : world_(options.seed, options.faults,
               {.transaction_timeout = milliseconds(10'000), .session_timeout = milliseconds(6'000)}),
        crew_(world_, topology(), {}, outcome_.complaints) {
    create_topics(world_, topology());
    for (std::size_t i = 0; i < options.event_count; ++i) make_event();
    for (int customer = 0; customer < kCustomers; ++customer)
      profile_at_.push_back(world_.random.chance(1, 3) ? world_.random.uniform(options.event_count) : 0);
  }

  RekeyOutcome go() {
    crew_.start();
    for (std::uint64_t step = 0;
         step < kStepsMax && (sent_ < events_.size() || world_.random.uniform(200) != 0); ++step)
      turn();
    crew_.calm_down();
    crew_.stop();
    world_.cluster.settle();
    if (outcome_.complaints.empty()) check();
    for (const auto& [site, count] : world_.faults.fired()) outcome_.met[site] += count;
    return std::move(outcome_);
  }

 private:
  void complain(const std::string& line) { outcome_.complaints.push_back(line); }

  // Half a day in all: nothing can be late where it is judged, however far it lags behind.
  void make_event() {
    auto& random = world_.random;
    arrival_ += seconds(random.uniform(240));
    InputEvent event;
    event.event_id = "e" + std::to_string(events_.size());
    event.tenant_id = "acme";
    event.customer_id = "cus_" + std::to_string(random.uniform(kCustomers));
    event.type = random.chance(1, 8) ? "page.view" : random.chance(1, 2) ? "api.request" : "data";
    event.value_milli = static_cast<std::int64_t>(random.uniform(20'000)) - 4'000;
    event.event_time = arrival_ - seconds(random.uniform(600));
    // Around the limit that the arrival draws.
    if (random.chance(1, 6)) event.event_time = arrival_ + seconds(random.between(240, 360));
    if (!events_.empty() && random.chance(1, 4)) {
      const InputEvent& earlier =
          events_[events_.size() - 1 - random.uniform(std::min<std::size_t>(events_.size(), 30))];
      if (!earlier.poison) event = earlier;
    }
    event.poison = random.chance(1, 30);
    event.arrival = arrival_;
    events_.push_back(std::move(event));
  }

  void turn() {
    if (world_.random.chance(1, 5)) produce_some();
    world_.clock.advance(milliseconds(world_.random.uniform(15)));
    if (world_.random.chance(1, 400)) delete_read();
    crew_.turn();
  }

  void produce_some() {
    for (std::uint64_t left = world_.random.uniform(8); left > 0 && sent_ < events_.size(); --left) {
      send_profiles();
      send_record();
    }
    if (sent_ == events_.size()) send_profiles();
  }

  void send_profiles() {
    for (int customer = 0; customer < kCustomers; ++customer) {
      auto& at = profile_at_[static_cast<std::size_t>(customer)];
      if (!at || *at > sent_) continue;
      send_profile(customer);
      at.reset();
    }
  }

  // At home, where another hash says, or anywhere because it has no key. A record of several events has
  // events of several customers.
  void send_record() {
    auto& random = world_.random;
    const std::size_t first = sent_;
    sent_ += random.chance(1, 6) ? std::min<std::size_t>(random.between(2, 5), events_.size() - sent_) : 1;
    const InputEvent& event = events_[first];
    std::string value;
    for (std::size_t i = first; i < sent_; ++i) {
      events_[i].arrival = event.arrival;
      value += (i == first ? "" : "\n") + events_[i].json();
    }
    std::vector<std::pair<std::string, std::string>> headers{{"trace", std::to_string(first)}};
    if (sent_ - first > 1) headers.emplace_back("content-type", "application/x-ndjson");
    const std::uint64_t kind = random.uniform(3);
    const std::int32_t partition = kind == 0   ? home_of(event)
                                   : kind == 1 ? (home_of(event) + 1) % kPartitions
                                               : static_cast<std::int32_t>(random.uniform(kPartitions));
    const std::optional<std::string> key =
        kind == 2 ? std::nullopt : std::optional(kind == 1 ? "some key" : event.customer_id);
    const Offset offset = world_.cluster.append(kUsage, partition, key, value, event.arrival, headers);
    for (std::size_t i = first; i < sent_; ++i) {
      stands_[{kUsageSource, partition, offset.value(), static_cast<std::uint16_t>(i - first)}] = i;
    }
    if (kind == 2) ++outcome_.met["keys missing"];
  }

  void send_profile(int customer) {
    InputProfile profile{.tenant_id = "acme",
                         .customer_id = "cus_" + std::to_string(customer),
                         .time_zone = "Europe/Budapest"};
    world_.cluster.append("usage.customers", home_partition(profile.customer_id, kPartitions).value(),
                          schemas::encode_customer_key("acme", profile.customer_id), profile.json(),
                          world_.clock.wall());
  }

  // What is read grows old and is deleted, markers and all.
  void delete_read() {
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      const auto read = world_.cluster.committed_offset("sim", kRekeyTopic, partition);
      if (!read) continue;
      const auto records = world_.cluster.committed_records(kRekeyTopic, partition);
      for (const CommittedRecord& record : records) {
        if (record.offset < read->next_offset) kept_[partition][record.offset.value()] = record;
      }
      world_.cluster.delete_records(kRekeyTopic, partition, read->next_offset);
      ++outcome_.met["rekey.deleted"];
    }
  }

  void check() {
    read_verdicts();
    check_found();
    check_brought();
    check_clocks();
    check_totals_and_counts();
    check_chains(world_.cluster, outcome_.complaints);
    check_dead_letters(world_.cluster, outcome_.complaints);
    check_metrics(crew_.machines(), outcome_.complaints);
    for (const auto& machine : crew_.machines())
      check_state(world_.cluster, *machine, topology(), outcome_.complaints);
    for (const auto& [place, verdict] : last_)
      ++outcome_.met[std::string(std::get<0>(place) == kUsageSource ? "found " : "home ") +
                     std::string(processors::name_of(verdict))];
  }

  void read_verdicts() {
    std::vector<runtime::IdEntry> entries;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      for (const auto& committed : world_.cluster.committed_records("sim-event_ids-changelog", partition)) {
        if (!runtime::unpack(committed.record.value.value_or(""), entries))
          complain("a ledger is unreadable");
        for (const auto& entry : entries) take_verdict(partition, entry);
      }
    }
  }

  void take_verdict(std::int32_t partition, const runtime::IdEntry& entry) {
    const bool said_again = entry.kind == runtime::IdEntry::Kind::remembered && entry.moved;
    if (entry.kind == runtime::IdEntry::Kind::forgotten || said_again) return;
    const Place place{entry.source.value(), partition, entry.offset.value(), entry.element};
    if (!entry.moved && first_.contains(place)) complain(text(place) + " was judged twice");
    const auto verdict = static_cast<Verdict>(entry.verdict & 0x0f);
    if (!entry.moved) first_[place] = verdict;
    last_[place] = verdict;
  }

  // Where it was found: one verdict, and it is `rerouted` where the event belongs elsewhere and can be read.
  void check_found() {
    for (const auto& [place, index] : stands_) {
      const InputEvent& event = events_[index];
      const auto found = first_.find(place);
      if (found == first_.end()) {
        complain(text(place) + " has no verdict");
        continue;
      }
      const bool foreign = home_of(event) != std::get<1>(place) && !event.poison;
      if (foreign != (found->second == Verdict::rerouted))
        complain(text(place) + " is " + std::string(processors::name_of(found->second)));
      if (event.poison && found->second != Verdict::dead_letter) complain(text(place) + " is poison");
    }
    for (const auto& [place, verdict] : first_) {
      if (std::get<0>(place) == kUsageSource && !stands_.contains(place))
        complain(text(place) + " has a verdict and no event");
    }
  }

  // Each that was rerouted stands in the rekey topic once, at its home, as it was; and has one verdict there.
  void check_brought() {
    std::map<std::string, Place> wanted;  // by place as the header says it
    for (const auto& [place, verdict] : first_) {
      if (std::get<0>(place) == kUsageSource && verdict == Verdict::rerouted) wanted[text(place)] = place;
    }
    std::size_t judged = 0;
    for (const auto& [place, verdict] : first_) judged += std::get<0>(place) == kRekeyedSource ? 1 : 0;
    std::size_t brought = 0;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      auto records = kept_[partition];
      for (const auto& record : world_.cluster.committed_records(kRekeyTopic, partition))
        records[record.offset.value()] = record;
      for (const auto& [offset, committed] : records) {
        ++brought;
        check_brought(partition, committed, wanted);
      }
    }
    for (const auto& [where, place] : wanted) complain(where + " did not come home");
    if (judged != brought)
      complain(std::to_string(brought) + " records came home, " + std::to_string(judged) +
               " were judged there");
  }

  void check_brought(std::int32_t partition, const CommittedRecord& committed,
                     std::map<std::string, Place>& wanted) {
    const auto& headers = committed.record.headers;
    const std::string from = headers.size() < 2 ? "" : headers[headers.size() - 2].second;
    const auto found = wanted.find(from);
    if (found == wanted.end()) return complain("not rerouted, or brought home twice: '" + from + "'");
    const InputEvent& event = events_[stands_.at(found->second)];
    const auto origin = origin_of(found->second);
    if (home_of(event) != partition) complain(from + " was brought to a wrong home");
    if (committed.record.value != event.json()) complain(from + " came home with other bytes");
    if (committed.record.key != origin.record.key) complain(from + " came home with another key");
    auto kept = headers;
    kept.resize(headers.size() - processors::kRekeyHeaders);
    if (kept != origin.record.headers) complain(from + " came home with other headers");
    const Place place{kRekeyedSource, partition, committed.offset.value(), 0};
    if (!first_.contains(place)) complain(text(place) + " has no verdict");
    const bool acceptable = is_acceptable(event);
    if (first_[place] == Verdict::rerouted) complain(text(place) + " was sent on");
    if (acceptable == (first_[place] == Verdict::dead_letter))
      complain(text(place) + " was not judged by the arrival of " + from);
    wanted.erase(found);
  }

  CommittedRecord origin_of(const Place& place) const {
    const auto records = world_.cluster.committed_records(kUsage, std::get<1>(place));
    return *std::find_if(records.begin(), records.end(), [&place](const CommittedRecord& record) {
      return record.offset.value() == std::get<2>(place);
    });
  }

  // Both go by the records that stand in the partition and were judged there.
  void check_clocks() {
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      ArrivalTime clock = kArrivalMin;
      EventTime watermark = kEventTimeMin;
      for (const auto& [place, index] : stands_) {
        if (std::get<1>(place) != partition) continue;
        const InputEvent& event = events_[index];
        clock = std::max(clock, event.arrival);
        const auto verdict = first_.find(place);
        if (verdict == first_.end() || verdict->second == Verdict::dead_letter ||
            verdict->second == Verdict::rerouted)
          continue;
        watermark = std::max(watermark, std::min<EventTime>(event.event_time, event.arrival) - minutes(5));
      }
      const auto epochs = world_.cluster.committed_records("sim-metering-epochs", partition);
      const auto last =
          runtime::decode_epoch_record(epochs.empty() ? "" : epochs.back().record.value.value_or(""));
      if (!last) return complain("the last epoch cannot be read");
      if (last->stream_time != clock)
        complain("the dedup clock of " + std::to_string(partition) + " was moved");
      if (last->watermark != watermark)
        complain("the watermark of " + std::to_string(partition) + " was moved");
    }
  }

  void check_totals_and_counts() {
    Truth truth;
    std::set<std::string> counted;
    std::map<std::string, std::uint64_t> expected;
    const auto timeline = *billing::Timeline::of(
        schemas::decode_profile(
            InputProfile{.tenant_id = "acme", .customer_id = "c", .time_zone = "Europe/Budapest"}.json(), "")
            ->versions);
    for (const InputEvent& event : events_) {
      if (event.poison || !is_acceptable(event)) {
        ++expected["dead_letter"];
      } else if (!counted.insert(event.event_id).second) {
        ++expected["duplicate"];
      } else {
        ++expected[event.type == "page.view" ? "ignored" : "counted"];
        add(truth, event, timeline.containing(event.event_time));
      }
    }
    std::map<std::string, std::uint64_t> found;
    for (const auto& [place, verdict] : last_) ++found[std::string(processors::name_of(verdict))];
    found.erase("rerouted");
    if (found != expected) complain(text(found) + ", expected " + text(expected));
    check_totals(world_.cluster, truth, outcome_.complaints);
  }

  static std::string text(const std::map<std::string, std::uint64_t>& counts) {
    std::string out;
    for (const auto& [name, count] : counts)
      out += (out.empty() ? "" : ", ") + std::to_string(count) + " " + name;
    return out;
  }
  static std::string text(const Place& place) { return sim_test::text(place); }

  static void add(Truth& truth, const InputEvent& event, const billing::Period& period) {
    if (event.type == "page.view") return;
    const auto value = Quantity::from_scaled(static_cast<int128>(event.value_milli) * 1'000'000'000);
    const auto add_to = [&](const char* meter, Quantity quantity) {
      auto& total = truth.totals[{event.tenant_id, event.customer_id, meter, period.start, period.end}];
      total.total = *Quantity::add(total.total, quantity);
      ++total.event_count;
    };
    if (event.type == "api.request") add_to("api_calls", Quantity::from_integer(1));
    add_to("volume", value);
  }

  World world_;
  RekeyOutcome outcome_;
  ArrivalTime arrival_ = kBegin;
  std::vector<InputEvent> events_;
  std::vector<std::optional<std::size_t>>
      profile_at_;  // by customer: before the event of this index; none: sent
  std::size_t sent_ = 0;
  std::map<Place, std::size_t> stands_;                                   // which event stands there
  std::map<std::int32_t, std::map<std::int64_t, CommittedRecord>> kept_;  // of the rekey topic, deleted since
  std::map<Place, Verdict> first_;
  std::map<Place, Verdict> last_;
  Crew crew_;  // it complains to outcome_
};

}  // namespace

RekeyOutcome run_rekey(const RekeyOptions& options) {
  return Run(options).go();
}

}  // namespace tidemark::sim_test

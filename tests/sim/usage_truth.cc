// Brute force: every event that counts is kept, and totals are added up from what is left at the end.
#include <algorithm>
#include <optional>

#include "billing/timeline.h"
#include "schemas/customer_profile/codec.h"
#include "tests/sim/usage_input.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

bool is_closed(EventTime period_end, EventTime watermark) {
  return watermark != kEventTimeMin && watermark >= period_end + hours(48);
}

Quantity quantity_of(const InputEvent& event) {
  return Quantity::from_scaled(static_cast<int128>(event.value_milli) * 1'000'000'000);
}

struct Meter {
  std::string name;
  std::vector<std::string> types;
  enum { count, sum, max, min, last, unique } aggregation;
  bool by_region = false;
  bool carry_over = false;
};
const std::vector<Meter>& meters() {
  static const std::vector<Meter> all{
      {"api_calls", {"api.request"}, Meter::count}, {"volume", {"api.request", "data"}, Meter::sum},
      {"peak", {"sample"}, Meter::max, true},       {"least", {"sample"}, Meter::min},
      {"latest", {"sample"}, Meter::last, true},    {"users", {"sample"}, Meter::unique},
      {"seats", {"sample"}, Meter::max, true, true}};
  return all;
}

struct Sample {
  const InputEvent* event;
  bool voided = false;
};

const Meter& meter_of(const TotalKey& key) {
  const std::string name = std::get<2>(key).substr(0, std::get<2>(key).find('{'));
  return *std::ranges::find(meters(), name, &Meter::name);
}

// Samples in the order in which they were taken; `opening` of a gauge, where it has one.
TotalTruth total_of(const Meter& meter, const std::vector<Sample>& samples,
                    const std::optional<Quantity>& opening) {
  TotalTruth total{.total = opening.value_or(Quantity())};
  std::set<std::uint64_t> users;
  std::optional<EventTime> last_time;
  for (const Sample& sample : samples) {
    if (sample.voided) continue;
    const Quantity value = quantity_of(*sample.event);
    const bool is_first = total.event_count++ == 0 && !opening;
    users.insert(sample.event->user);
    switch (meter.aggregation) {
      case Meter::count:
        total.total = Quantity::from_integer(total.event_count);
        break;
      case Meter::sum:
        total.total = *Quantity::add(total.total, value);
        break;
      case Meter::max:
        total.total = is_first ? value : std::max(total.total, value);
        break;
      case Meter::min:
        total.total = is_first ? value : std::min(total.total, value);
        break;
      case Meter::last:
        if (!last_time || sample.event->event_time >= *last_time) total.total = value;
        last_time = std::max(last_time.value_or(kEventTimeMin), sample.event->event_time);
        break;
      case Meter::unique:
        total.total = Quantity::from_integer(static_cast<std::int64_t>(users.size()));
        break;
    }
  }
  return total;
}

// What a gauge says last. REQUIRES: it says something.
Quantity closing_of(const std::vector<Sample>& samples, const std::optional<Quantity>& opening) {
  Quantity closing = opening.value_or(Quantity());
  EventTime last_time = kEventTimeMin;
  for (const Sample& sample : samples) {
    if (sample.event->event_time < last_time) continue;
    last_time = sample.event->event_time;
    closing = quantity_of(*sample.event);
  }
  return closing;
}

enum class State { parked, ignored, counted, void_event };

// An event whose id is remembered.
struct Seen {
  const InputEvent* event;
  ArrivalTime inserted_at;
  State state;
  bool voided = false;
  bool waits = false;  // a void, for its event
  std::vector<std::pair<TotalKey, std::size_t>> samples = {};
};

class Judge {
 public:
  Judge(const UsageInput& input, std::int32_t partition_count) : partition_count_(partition_count) {
    for (const InputProfile& profile : input.profiles) {
      timelines_.emplace(std::pair(profile.tenant_id, profile.customer_id),
                         *billing::Timeline::of(schemas::decode_profile(profile.json(), "")->versions));
    }
  }

  void take(const InputEvent& event) {
    home_ = home_partition(event.customer_id, partition_count_);
    ArrivalTime& clock = clocks_.try_emplace(home_, kArrivalMin).first->second;
    clock_ = clock = std::max(clock, event.arrival);
    if (event.joins) {
      ++element_;
    } else {
      offset_ = next_offsets_[home_];
      next_offsets_[home_] = offset_.next();
      element_ = 0;
    }
    EventTime& watermark = watermarks_.try_emplace(home_, kEventTimeMin).first->second;
    watermark_before_ = watermark;
    if (event.poison || event.event_time > event.arrival + minutes(5) ||
        event.event_time < event.arrival - days(35) || is_conflict(event) || is_mismatch(event)) {
      ++verdicts_["dead_letter"];
      return;
    }
    // Whatever is no dead letter moves the watermark, after it was judged by the one before.
    watermark = std::max(watermark, std::min<EventTime>(event.event_time, event.arrival) - minutes(5));
    if (find(event, event.event_id) != nullptr) {
      ++verdicts_["duplicate"];
    } else if (!timelines_.contains({event.tenant_id, event.customer_id})) {
      remember(event, State::parked);
    } else if (!event.voids.empty()) {
      take_back(event);
    } else {
      count(event);
    }
  }

  Truth finish() {
    for (const auto& [key, samples] : samples_) {
      const Meter& meter = meter_of(key);
      const auto opening = openings_.find(key);
      const auto opened = opening == openings_.end() ? std::nullopt : std::optional(opening->second);
      const EventTime watermark = watermarks_.at(home_partition(std::get<1>(key), partition_count_));
      TotalTruth& total = truth_.totals[key] = total_of(meter, samples, opened);
      total.is_final = is_closed(std::get<4>(key), watermark);
      if (meter.carry_over) open_next(key, closing_of(samples, opened), watermark);
    }
    for (const auto& [identity, seen] : seen_) settle(seen);
    truth_.final_verdicts = std::move(verdicts_);
    return std::move(truth_);
  }

 private:
  // The period after `key` opens with `closing`, as soon as the watermark reaches it. It comes next in
  // samples_.
  void open_next(const TotalKey& key, Quantity closing, EventTime watermark) {
    const auto& [tenant, customer, meter, start, end] = key;
    const billing::Period next = timelines_.at({tenant, customer}).after({start, end});
    if (next.start > watermark) return;
    const TotalKey next_key{tenant, customer, meter, next.start, next.end};
    samples_[next_key];
    openings_[next_key] = closing;
  }

  using Identity = std::tuple<std::string, std::string, std::string>;

  // A parked id goes with its event after 35 days, that of a waiting void with its void.
  static ArrivalTime forgotten_after(const Seen& seen) {
    return seen.inserted_at + (seen.state == State::parked || seen.waits ? days(35) : days(36));
  }
  Seen* find(const InputEvent& event, const std::string& event_id) {
    const auto found = seen_.find({event.tenant_id, event.customer_id, event_id});
    return found == seen_.end() || forgotten_after(found->second) < clock_ ? nullptr : &found->second;
  }
  bool is_conflict(const InputEvent& event) {
    const Seen* seen = find(event, event.event_id);
    return seen != nullptr &&
           (seen->event->content() != event.content() || seen->event->voids != event.voids);
  }
  bool is_mismatch(const InputEvent& event) {
    if (event.voids.empty() || find(event, event.event_id) != nullptr) return false;
    const Seen* target = find(event, event.voids);
    return target != nullptr && target->state != State::parked && target->event->content() != event.content();
  }
  bool waits_for(const Seen& seen, const InputEvent& event, const std::string& event_id) const {
    return seen.waits && seen.event->voids == event_id && seen.event->tenant_id == event.tenant_id &&
           seen.event->customer_id == event.customer_id && forgotten_after(seen) >= clock_;
  }
  Seen& remember(const InputEvent& event, State state) {
    const Identity identity(event.tenant_id, event.customer_id, event.event_id);
    if (const auto before = seen_.find(identity); before != seen_.end()) {
      settle(before->second);
      seen_.erase(before);
    }
    return seen_.emplace(identity, Seen{&event, clock_, state}).first->second;
  }

  // The last word on an event whose id was remembered.
  void settle(const Seen& seen) {
    const PartitionId home = home_partition(seen.event->customer_id, partition_count_);
    const bool is_over = seen.inserted_at + days(35) < clocks_.at(home);
    if (seen.state == State::parked) ++verdicts_[is_over ? "dead_letter" : "parked"];
    if (seen.state == State::ignored) ++verdicts_["ignored"];
    if (seen.state == State::counted) ++verdicts_[seen.voided ? "voided" : "counted"];
    if (seen.state == State::void_event) ++verdicts_[seen.waits && is_over ? "dead_letter" : "void"];
  }

  void count(const InputEvent& event) {
    const billing::Period period =
        timelines_.at({event.tenant_id, event.customer_id}).containing(event.event_time);
    Seen& seen = remember(event, event.type == "page.view" ? State::ignored : State::counted);
    for (const Meter& meter : meters()) {
      if (std::find(meter.types.begin(), meter.types.end(), event.type) == meter.types.end()) continue;
      const std::string group = meter.by_region ? "{\"region\":\"" + event.region + "\"}" : "";
      const TotalKey key{event.tenant_id, event.customer_id, meter.name + group, period.start, period.end};
      seen.samples.emplace_back(key, samples_[key].size());
      samples_[key].push_back({&event});
      note(key, 1);
    }
    meet_voids(event, seen);
  }

  // Those that came before their event.
  void meet_voids(const InputEvent& event, Seen& seen) {
    for (auto each = seen_.begin(); each != seen_.end();) {
      Seen& waiting = each->second;
      if (!waits_for(waiting, event, event.event_id)) {
        ++each;
      } else if (waiting.event->content() != event.content()) {
        ++verdicts_["dead_letter"];
        each = seen_.erase(each);
      } else {
        waiting.waits = false;
        cancel(seen);
        ++each;
      }
    }
  }

  void take_back(const InputEvent& event) {
    Seen* target = find(event, event.voids);
    if (target == nullptr) {
      const bool is_second = std::any_of(seen_.begin(), seen_.end(), [&](const auto& each) {
        return waits_for(each.second, event, event.voids) && each.second.event->content() == event.content();
      });
      if (is_second)
        ++verdicts_["duplicate"];
      else
        remember(event, State::void_event).waits = true;
    } else if (target->voided) {
      ++verdicts_["duplicate"];
    } else {
      cancel(*target);
      remember(event, State::void_event);
    }
  }

  void cancel(Seen& target) {
    target.voided = true;
    for (const auto& [key, at] : target.samples) {
      samples_[key][at].voided = true;
      note(key, -1);
    }
  }

  void note(const TotalKey& key, std::int64_t count) {
    truth_.counted.push_back(
        {home_, offset_, element_, key, is_closed(std::get<4>(key), watermark_before_), count});
  }

  const std::int32_t partition_count_;
  std::map<std::pair<std::string, std::string>, billing::Timeline> timelines_;
  std::map<Identity, Seen> seen_;
  std::map<TotalKey, std::vector<Sample>> samples_;
  std::map<TotalKey, Quantity> openings_;  // of gauges
  std::map<PartitionId, ArrivalTime> clocks_;
  std::map<PartitionId, EventTime> watermarks_;
  std::map<PartitionId, Offset> next_offsets_;
  std::map<std::string, std::uint64_t> verdicts_;
  Truth truth_;
  // Of the event at hand.
  PartitionId home_{0};
  Offset offset_;
  std::uint16_t element_ = 0;
  ArrivalTime clock_;
  EventTime watermark_before_;
};

}  // namespace

// Profiles are known from the start: what is parked for one that comes later becomes the same.
Truth compute_truth(const UsageInput& input, std::int32_t partition_count) {
  Judge judge(input, partition_count);
  for (const InputEvent& event : input.events) judge.take(event);
  return judge.finish();
}

}  // namespace tidemark::sim_test

#include "tests/sim/usage_input.h"

#include "billing/period.h"
#include "tidemark/partitioner.h"

namespace tidemark::sim_test {
namespace {

using runtime::sim::Random;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr ArrivalTime kBegin{milliseconds{1'767'225'600'000}};  // 2026-01-01T00:00:00Z
constexpr const char* kZones[] = {"UTC", "Europe/Budapest", "America/New_York", "Pacific/Auckland"};
constexpr int kCustomers = 10;
constexpr int kUnknownCustomers = 2;  // never get a profile

std::string value_text(std::int64_t milli) {
  return to_string(Quantity::from_scaled(static_cast<int128>(milli) * 1'000'000'000));
}

bool is_closed(EventTime period_end, EventTime watermark) {
  return watermark != kEventTimeMin && watermark >= period_end + hours(48);
}

InputEvent fresh_event(Random& random, std::uint64_t number, ArrivalTime arrival) {
  InputEvent event;
  event.event_id = "e" + std::to_string(number);
  event.tenant_id = random.chance(1, 4) ? "beta" : "acme";
  event.customer_id = "cus_" + std::to_string(random.uniform(kCustomers + kUnknownCustomers));
  const std::uint64_t kind = random.uniform(10);
  event.type = kind < 5 ? "api.request" : kind < 9 ? "data" : "page.view";
  event.value_milli = static_cast<std::int64_t>(random.uniform(20'000)) - 4'000;
  event.arrival = arrival;
  event.event_time = arrival - seconds(random.uniform(600));
  if (random.chance(1, 10))
    event.event_time = arrival - hours(random.between(1, 36 * 24));  // late, some too old
  if (random.chance(1, 40))
    event.event_time = arrival + minutes(random.between(1, 10));  // some in the future
  return event;
}

}  // namespace

std::string InputEvent::json() const {
  if (poison) return "{\"event_id\":\"" + event_id + "\",";
  return "{\"event_id\":\"" + event_id + "\",\"tenant_id\":\"" + tenant_id + "\",\"customer_id\":\"" +
         customer_id + "\",\"type\":\"" + type + "\",\"timestamp\":\"" + format_rfc3339(event_time) +
         "\",\"value\":\"" + value_text(value_milli) + "\"}";
}

UsageInput make_usage_input(Random& random, std::size_t event_count) {
  UsageInput input;
  ArrivalTime arrival = kBegin;
  for (std::size_t i = 0; i < event_count; ++i) {
    arrival +=
        minutes(random.uniform(900));  // two months in all: periods close, ids and parked events expire
    InputEvent event = fresh_event(random, i, arrival);
    if (i > 0 && random.chance(1, 6)) {  // a repeat, near or far; now and then with other content
      const std::size_t reach = random.chance(1, 2) ? 5 : i;
      event = input.events[i - 1 - random.uniform(std::min(reach, i))];
      if (event.poison) event = fresh_event(random, i, arrival);
      event.arrival = arrival;
      if (random.chance(1, 8)) event.value_milli += 1;
    }
    event.poison = event.poison || random.chance(1, 40);
    input.events.push_back(std::move(event));
  }
  for (const char* tenant : {"acme", "beta"}) {
    for (int customer = 0; customer < kCustomers; ++customer) {
      InputProfile profile{.tenant_id = tenant,
                           .customer_id = "cus_" + std::to_string(customer),
                           .time_zone = kZones[random.uniform(std::size(kZones))],
                           .before_event = 0};
      if (random.chance(1, 3))  // soon enough for what is parked till then
        profile.before_event = random.uniform(std::min<std::size_t>(event_count / 2, 50));
      input.profiles.push_back(std::move(profile));
    }
  }
  return input;
}

Truth compute_truth(const UsageInput& input, std::int32_t partition_count) {
  std::map<std::pair<std::string, std::string>, billing::PeriodGrid> grids;
  for (const InputProfile& profile : input.profiles) {
    grids.emplace(std::pair(profile.tenant_id, profile.customer_id),
                  *billing::PeriodGrid::make({.time_zone = profile.time_zone, .anchor = {}}));
  }
  struct Seen {
    std::string content;
    ArrivalTime inserted_at;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Seen> seen;
  std::map<PartitionId, ArrivalTime> clocks;
  std::map<PartitionId, EventTime> watermarks;
  std::map<PartitionId, Offset> next_offsets;
  std::vector<std::pair<PartitionId, ArrivalTime>> parked;
  Truth truth;
  for (const InputEvent& event : input.events) {
    const PartitionId home = home_partition(event.customer_id, partition_count);
    ArrivalTime& clock = clocks.try_emplace(home, kArrivalMin).first->second;
    clock = std::max(clock, event.arrival);
    Offset& next_offset = next_offsets[home];
    const Offset offset = next_offset;
    next_offset = next_offset.next();
    EventTime& watermark = watermarks.try_emplace(home, kEventTimeMin).first->second;
    const bool undecodable = event.poison;
    if (undecodable || event.event_time > event.arrival + minutes(5) ||
        event.event_time < event.arrival - days(35)) {
      ++truth.final_verdicts["dead_letter"];
      continue;
    }
    const std::string content =
        event.type + "|" + format_rfc3339(event.event_time) + "|" + std::to_string(event.value_milli);
    const auto identity = std::tuple(event.tenant_id, event.customer_id, event.event_id);
    const auto grid = grids.find({event.tenant_id, event.customer_id});
    const auto known = seen.find(identity);
    const auto span = grid == grids.end() ? days(35) : days(36);  // a parked id goes with its event
    const bool is_repeat = known != seen.end() && known->second.inserted_at + span >= clock;
    if (is_repeat && known->second.content != content) {
      ++truth.final_verdicts["dead_letter"];
      continue;
    }
    // Whatever is no dead letter moves the watermark, after it was judged by the one before.
    const EventTime watermark_before = watermark;
    watermark = std::max(watermark, std::min<EventTime>(event.event_time, event.arrival) - minutes(5));
    if (is_repeat) {
      ++truth.final_verdicts["duplicate"];
      continue;
    }
    seen[identity] = {content, clock};
    if (grid == grids.end()) {
      parked.emplace_back(home, clock);
      continue;
    }
    if (event.type == "page.view") {
      ++truth.final_verdicts["ignored"];
      continue;
    }
    ++truth.final_verdicts["counted"];
    const billing::Period period = grid->second.containing(event.event_time);
    const auto book = [&](const char* meter, Quantity amount) {
      const TotalKey key{event.tenant_id, event.customer_id, meter, period.start, period.end};
      TotalTruth& total = truth.totals[key];
      total.total = *Quantity::add(total.total, amount);
      ++total.event_count;
      truth.counted.push_back({home, offset, key, is_closed(period.end, watermark_before)});
    };
    book("volume", Quantity::from_scaled(static_cast<int128>(event.value_milli) * 1'000'000'000));
    if (event.type == "api.request") book("api_calls", Quantity::from_integer(1));
  }
  for (auto& [key, total] : truth.totals) {
    const PartitionId home = home_partition(std::get<1>(key), partition_count);
    total.is_final = is_closed(std::get<4>(key), watermarks.at(home));
  }
  // What stayed parked for longer than 35 days became a dead letter.
  for (const auto& [partition, parked_at] : parked) {
    ++truth.final_verdicts[parked_at + days(35) < clocks.at(partition) ? "dead_letter" : "parked"];
  }
  return truth;
}

}  // namespace tidemark::sim_test

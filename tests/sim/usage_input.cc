#include "tests/sim/usage_input.h"

#include <algorithm>
#include <span>
#include <utility>

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

// Some of the events as gauges.
void make_gauge(Random& random, InputEvent& event) {
  if (event.type == "page.view" || !random.chance(1, 4)) return;
  event.type = "sample";
  event.region = random.chance(1, 2) ? "eu" : "us";
  event.user = random.uniform(6);
}

// Takes back what came within two days: its period is not yet purged. Of gauges nothing can be taken back,
// and of what was altered or is poison nothing is known.
bool make_void(Random& random, const std::vector<InputEvent>& events, InputEvent& event) {
  if (events.empty() || !random.chance(1, 8)) return false;
  const InputEvent& target =
      events[events.size() - 1 - random.uniform(std::min<std::size_t>(events.size(), 8))];
  if (target.event_id.front() != 'e' || target.poison || target.type == "sample") return false;
  const InputEvent& original = events[std::stoul(target.event_id.substr(1))];
  const bool is_refused = original.poison || original.event_time > original.arrival + minutes(5) ||
                          original.event_time < original.arrival - days(35);
  if (is_refused || original.content() != target.content() || event.arrival - target.arrival > hours(48))
    return false;
  const std::string event_id = "v" + event.event_id;
  const ArrivalTime arrival = event.arrival;
  event = target;
  event.voids = std::exchange(event.event_id, event_id);
  event.arrival = arrival;
  return true;
}

std::string version_json(const std::string& from, const std::string& zone, const std::string& unit) {
  return "{\"effective_from\":\"" + from + "\",\"time_zone\":\"" + zone + "\",\"interval\":{\"unit\":\"" +
         unit + "\",\"n\":1},\"mode\":\"test\"}";
}

}  // namespace

std::string InputProfile::json() const {
  std::string versions = version_json("2020-01-01T00:00:00Z", time_zone, "month");
  if (!later_zone.empty()) versions += "," + version_json(format_rfc3339(later_from), later_zone, "week");
  return "{\"tenant_id\":\"" + tenant_id + "\",\"customer_id\":\"" + customer_id + "\",\"versions\":[" +
         versions + "]}";
}

std::string InputEvent::content() const {
  return type + "|" + format_rfc3339(event_time) + "|" + std::to_string(value_milli) + "|" + region + "|" +
         std::to_string(user);
}

std::string InputEvent::json() const {
  if (poison) return "{\"event_id\":\"" + event_id + "\",";
  return "{\"event_id\":\"" + event_id + "\",\"tenant_id\":\"" + tenant_id + "\",\"customer_id\":\"" +
         customer_id + "\",\"type\":\"" + type + "\",\"timestamp\":\"" + format_rfc3339(event_time) +
         "\",\"value\":\"" + value_text(value_milli) + "\"" +
         (voids.empty() ? "" : ",\"voids\":\"" + voids + "\"") +
         (region.empty()
              ? ""
              : ",\"properties\":{\"region\":\"" + region + "\",\"user\":" + std::to_string(user) + "}") +
         "}";
}

// Lines or an array; an array with a broken element is no array.
InputRecord take_record(const std::vector<InputEvent>& events, std::size_t& first) {
  const InputEvent& event = events[first++];
  InputRecord record{.customer_id = event.customer_id, .value = event.json(), .arrival = event.arrival};
  if (first == events.size() || !events[first].joins) return record;
  const std::size_t begin = first - 1;
  while (first < events.size() && events[first].joins) ++first;
  const auto all = std::span(events).subspan(begin, first - begin);
  const bool as_lines = begin % 2 == 0 || std::ranges::any_of(all, &InputEvent::poison);
  for (const InputEvent& next : all.subspan(1)) record.value += (as_lines ? "\n" : ",") + next.json();
  if (as_lines)
    record.headers.emplace_back("content-type", "application/x-ndjson");
  else
    record.value = "[" + record.value + "]";
  return record;
}

UsageInput make_usage_input(Random& random, std::size_t event_count, InputKind kind) {
  UsageInput input;
  ArrivalTime arrival = kBegin;
  for (std::size_t i = 0; i < event_count; ++i) {
    const bool beside = kind == InputKind::all && i > 0 && random.chance(1, 6);
    // Three months in all: periods close, ids and parked events expire, generations of ids are dropped.
    if (!beside) arrival += minutes(random.uniform(1'900));
    InputEvent event = fresh_event(random, i, arrival);
    if (beside) event.customer_id = input.events.back().customer_id;
    if (kind == InputKind::all) {
      make_gauge(random, event);
      if (make_void(random, input.events, event)) {
        event.joins = beside && event.customer_id == input.events.back().customer_id;
        input.events.push_back(std::move(event));
        continue;
      }
    }
    if (i > 0 && random.chance(1, 6)) {  // a repeat, near or far; now and then with other content
      const std::size_t reach = random.chance(1, 2) ? 5 : i;
      event = input.events[i - 1 - random.uniform(std::min(reach, i))];
      if (event.poison) event = fresh_event(random, i, arrival);
      event.arrival = arrival;
      if (random.chance(1, 8) && event.voids.empty()) event.value_milli += 1;
    }
    event.poison = event.poison || random.chance(1, 40);
    event.joins = beside && event.customer_id == input.events.back().customer_id;
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
      if (kind == InputKind::all && profile.before_event == 0 && random.chance(1, 3)) {
        profile.later_zone = kZones[random.uniform(std::size(kZones))];
        profile.later_from = EventTime(kBegin) + hours(random.uniform(60 * 24));
      }
      input.profiles.push_back(std::move(profile));
    }
  }
  return input;
}

}  // namespace tidemark::sim_test

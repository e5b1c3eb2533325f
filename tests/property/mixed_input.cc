#include "tests/property/mixed_input.h"

#include <random>

namespace tidemark::processors::testing {
namespace {

constexpr ArrivalTime kBegin{std::chrono::milliseconds{1'767'225'600'000}};  // 2026-01-01T00:00:00Z
constexpr int kCustomers = 8;                                                // the last two get no profile
constexpr const char* kTypes[] = {"api.request", "data", "page.view", "gauge", "disk", "seat", "visit"};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::vector<MixedStep> make(std::size_t record_count) {
    for (int i = 0; i < kCustomers - 2; ++i) {
      if (one_in(2)) add_profile(i);  // the others come with what is parked by then
    }
    while (records_ < record_count) {
      arrival_ += std::chrono::minutes(below(100));
      // A profile ends a batch: later there are none, so that batches get long.
      const bool profiles_change = records_ < record_count / 3;
      if (profiles_change && one_in(40)) add_profile(static_cast<int>(below(kCustomers - 2)));
      if (profiles_change && one_in(150))
        steps_.push_back({.event = {}, .customer_id = "cus_0", .profile = {}});
      add_record();
    }
    return std::move(steps_);
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

  void add_profile(int customer) {
    const char* const zones[] = {"UTC", "Europe/Budapest", "America/New_York"};
    const char* const units[] = {"month", "month", "week", "day"};
    const std::string name = "cus_" + std::to_string(customer);
    const std::string version = R"({"effective_from":"2020-01-01T00:00:00Z","mode":"test","time_zone":")" +
                                std::string(zones[below(3)]) + R"(","interval":{"unit":")" + units[below(4)] +
                                R"(","n":1}})";
    steps_.push_back({.event = {}, .customer_id = name, .profile = profile_json(name, version)});
  }

  void add_record() {
    if (!one_in(6)) return add(one());
    std::string raw;
    for (std::uint64_t left = 2 + below(5); left > 0; --left)
      raw.append(raw.empty() ? "[" : ",").append(one_in(20) ? "{}" : one().json());
    add({.arrival = arrival_, .raw = raw + "]"});
  }
  void add(TestEvent event) {
    if (one_in(60)) event.raw = "{";
    event.arrival = arrival_;
    steps_.push_back({.event = std::move(event), .customer_id = {}, .profile = {}});
    ++records_;
  }

  // A fresh one, one that was announced by its void, a repeat, or a void of any.
  TestEvent one() {
    if (!announced_.empty() && one_in(4)) {
      const std::size_t at = below(announced_.size());
      TestEvent event = announced_[at];
      announced_.erase(announced_.begin() + static_cast<std::ptrdiff_t>(at));
      return known(event);
    }
    if (!known_.empty() && one_in(6)) return changed(recent());
    if (!known_.empty() && one_in(8)) return void_of(recent());
    const TestEvent event = fresh();
    if (!one_in(10)) return known(event);
    announced_.push_back(event);
    return known(void_of(event));
  }
  TestEvent known(const TestEvent& event) {
    known_.push_back(event);
    return event;
  }
  TestEvent recent() {
    const std::size_t reach = std::min<std::size_t>(known_.size(), one_in(2) ? 8 : known_.size());
    return known_[known_.size() - 1 - below(reach)];
  }
  TestEvent changed(TestEvent event) {
    if (one_in(6)) event.value = "7";
    return event;
  }
  TestEvent void_of(TestEvent event) {
    event.voids = event.event_id;
    event.event_id = "v" + std::to_string(number_++);
    return changed(event);
  }

  TestEvent fresh() {
    TestEvent event;
    event.event_id = "e" + std::to_string(number_++);
    event.customer_id = "cus_" + std::to_string(below(kCustomers));
    event.type = kTypes[below(std::size(kTypes))];
    event.value = std::to_string(static_cast<int>(below(2'000)) - 400) + (one_in(40) ? ".0005" : ".5");
    event.arrival = arrival_;
    event.event_time = one_in(6)    ? arrival_ - std::chrono::hours(below(36 * 24))
                       : one_in(10) ? arrival_ + std::chrono::minutes(below(7))
                                    : arrival_ - std::chrono::seconds(below(900));
    event.properties = R"({"region":")" + std::string(one_in(2) ? "eu" : "us") + R"(","n":)" +
                       (one_in(30) ? "\"x\"" : std::to_string(below(50))) + R"(,"model":)" +
                       (one_in(2) ? "\"1\"" : "1") + R"(,"disk":)" + std::to_string(below(3)) + R"(,"u":)" +
                       std::to_string(below(12)) + "}";
    return event;
  }

  std::mt19937_64 random_;
  ArrivalTime arrival_ = kBegin;
  std::vector<MixedStep> steps_;
  std::size_t records_ = 0;
  int number_ = 0;
  std::vector<TestEvent> known_;      // that came
  std::vector<TestEvent> announced_;  // whose void came
};

}  // namespace

std::vector<TestMeter> mixed_meters() {
  return {{.name = "volume", .event_types = {"api.request", "data"}, .scale = 3},
          {.name = "calls",
           .event_types = {},
           .aggregation = "count",
           .where = {{"properties.region", {R"("eu")"}}}},
          {.name = "tokens",
           .event_types = {"api.request"},
           .value = "properties.n",
           .group_by = {"properties.model"}},
          {.name = "peak", .event_types = {"gauge"}, .aggregation = "max", .carry_over = true},
          {.name = "low", .event_types = {"gauge"}, .aggregation = "min"},
          {.name = "level",
           .event_types = {"disk"},
           .aggregation = "last",
           .group_by = {"properties.disk"},
           .carry_over = true},
          {.name = "seats", .event_types = {"seat"}, .carry_over = true},
          {.name = "users",
           .event_types = {"visit"},
           .aggregation = "unique",
           .value = "properties.u",
           .distinct_max = 8},
          {.name = "moved",
           .event_types = {"data", "seat"},
           .versions = {{.effective_from = "2026-01-01T00:00:00Z"},
                        {.effective_from = "2026-02-01T00:00:00Z", .aggregation = "count"}}}};
}

std::vector<MixedStep> make_mixed_input(std::uint64_t seed, std::size_t record_count) {
  return Generator(seed).make(record_count);
}

}  // namespace tidemark::processors::testing

#include "cli/generate/events_generate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "cli/generate/generated_profiles.h"
#include "tidemark/assert.h"
#include "tidemark/quantity.h"

namespace tidemark::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

struct TypeShare {
  std::string_view type;
  std::uint64_t share;  // per cent
};
constexpr std::array<TypeShare, 5> kTypes{{{"api.request", 50},
                                           {"llm.completion", 25},
                                           {"storage.snapshot", 12},
                                           {"compute.job", 10},
                                           {"page.view", 3}}};  // no meter's
constexpr std::array<TypeShare, 7> kVariedTypes{{{"api.request", 34},
                                                 {"llm.completion", 18},
                                                 {"storage.snapshot", 10},
                                                 {"compute.job", 12},
                                                 {"seats.snapshot", 10},
                                                 {"session.end", 13},
                                                 {"page.view", 3}}};
constexpr std::array<std::string_view, 3> kPlans{R"("free")", R"("team")", R"("pro")"};
constexpr std::array<std::string_view, 4> kRegions{"eu-west-1", "us-east-1", "us-west-2", "ap-south-1"};
constexpr std::array<std::string_view, 3> kModels{"small", "medium", "large"};
constexpr std::array<std::int32_t, 6> kOffsetMinutes{0, 60, -300, 540, 345, 0};

// In turn, so that every kind comes.
const EventPoison& next_poison(std::size_t& drawn, bool tombstones, bool conflicts) {
  const auto all = event_poison();
  for (;;) {
    const EventPoison& poison = all[drawn++ % all.size()];
    if (poison.info.code == kTombstoneCode && !tombstones) continue;
    if (poison.info.code == kConflictCode && !conflicts) continue;
    return poison;
  }
}

}  // namespace

std::vector<FaultInfo> poison_kinds() {
  std::vector<FaultInfo> kinds;
  for (const EventPoison& poison : event_poison()) kinds.push_back(poison.info);
  return kinds;
}

Status check(const GeneratorOptions& options) {
  const auto refuse = [](std::string message) {
    return Error{Disposition::fatal, "config_invalid", std::move(message)};
  };
  if (options.events < 0) return refuse("events must not be negative");
  if (options.customers < 1 || options.customers > 999'999)
    return refuse("customers must lie between 1 and 999999");
  if (options.days < 1 || options.days > 3'650) return refuse("days must lie between 1 and 3650");
  if (options.disorder < milliseconds{1} || options.disorder > hours{24})
    return refuse("disorder must lie between 1 ms and 24 h");
  std::int64_t shares = 0;
  for (const std::int32_t share :
       {options.near_duplicates, options.far_duplicates, options.late, options.corrections,
        options.unknown_customers, options.edges, options.poison, options.voids, options.misfits}) {
    if (share < 0) return refuse("a share must not be negative");
    shares += share;
  }
  if (shares > 900)
    return refuse("the shares of all but ordinary events add up to " + std::to_string(shares) +
                  " per mille, at most 900");
  for (const std::int32_t share : {options.cloud_events, options.packed}) {
    if (share < 0 || share > 1'000) return refuse("a share lies between 0 and 1000 per mille");
  }
  return {};
}

EventGenerator::EventGenerator(const GeneratorOptions& options) : options_(options), state_(options.seed) {
  TM_ASSERT(check(options).has_value());
  std::uint64_t sum = 0;
  customer_weights_.reserve(static_cast<std::size_t>(options.customers));
  for (std::int32_t rank = 1; rank <= options.customers; ++rank) {
    sum += static_cast<std::uint64_t>(1e9 / std::pow(rank, 1.1)) + 1;  // who gets an event, never how much
    customer_weights_.push_back(sum);
  }
}

std::uint64_t EventGenerator::draw() {  // SplitMix64
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::string EventGenerator::event_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  const std::uint64_t high = (draw() & ~0xf000ULL) | 0x4000;
  const std::uint64_t low = (draw() & ~(3ULL << 62)) | (2ULL << 62);
  std::string id;
  for (unsigned digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) id += '-';
    id += kHex[((digit < 16 ? high : low) >> (4 * (15 - digit % 16))) & 15];
  }
  return id;
}

std::string EventGenerator::customer() {
  const std::uint64_t ticket = below(customer_weights_.back());
  const auto at = std::upper_bound(customer_weights_.begin(), customer_weights_.end(), ticket);
  return customer_name(static_cast<std::uint64_t>(at - customer_weights_.begin()) + 1);
}

void EventGenerator::set_value(EventContent& event) {
  if (event.type == "llm.completion") {
    event.value = std::to_string(1 + below(std::uint64_t{64} << below(8)));
    event.value_quoted = chance(1, 4);
    event.extra_properties = ",\"tokens\":" + event.value;
  } else if (event.type == "storage.snapshot") {
    event.value = std::to_string(below(5'000)) + '.' + padded(below(1'000'000), 6);
    event.value_quoted = true;
  } else if (event.type == "compute.job") {
    const std::size_t decimals = 1 + below(12);
    event.value =
        std::to_string(below(100)) + '.' + padded(below(1'000'000'000'000), 12).substr(12 - decimals);
    event.value_quoted = true;
  } else if (event.type == "seats.snapshot") {
    event.value = std::to_string(below(200));
    add_property(event, "plan", kPlans[below(kPlans.size())]);
  } else if (event.type == "session.end") {
    const std::string user = std::to_string(below(500));
    add_property(event, "user", chance(1, 4) ? user : "\"u" + user + '"');
    add_property(event, "latency_ms",
                 '"' + std::to_string(below(5'000)) + '.' + padded(below(1'000), 3) + '"');
  }
}

EventContent EventGenerator::ordinary() {
  EventContent event;
  const auto span = milliseconds{hours{24}} * options_.days;
  event.arrival = options_.start +
                  milliseconds{static_cast<std::int64_t>(int128{span.count()} * line_ / options_.events)};
  // Most gaps are short and a few long: each doubling of the gap is half as likely. One event in eight is
  // from a fast clock.
  const int doublings = std::min(__builtin_ctzll(draw() | (1ULL << 63)), 6);
  const milliseconds gap{
      static_cast<std::int64_t>(below(static_cast<std::uint64_t>(options_.disorder.count()) << doublings))};
  event.event_time = chance(1, 8) ? event.arrival + std::min(gap, kMaxFuture) : event.arrival - gap;
  event.event_id = event_id();
  event.customer_id = customer();
  std::uint64_t ticket = below(100);
  for (const auto& [type, share] : options_.varied ? std::span<const TypeShare>(kVariedTypes) : kTypes) {
    event.type = type;
    if (ticket < share) break;
    ticket -= share;
  }
  event.region = kRegions[below(kRegions.size())];
  event.model = kModels[below(kModels.size())];
  event.offset_minutes = kOffsetMinutes[below(kOffsetMinutes.size())];
  set_value(event);
  if (options_.varied && chance(1, 8)) event.source = "agent-2";
  return event;
}

// REQUIRES: the line at hand is not the last one.
std::int64_t EventGenerator::later_line(std::int64_t reach_max) {
  const std::int64_t reach = std::min(options_.events - line_ - 1, reach_max);
  return line_ + 1 + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(reach)));
}

void EventGenerator::repeat_later(const EventContent& event) {
  const std::int64_t ordinary_lines = 1'000 - options_.near_duplicates - options_.far_duplicates;
  const bool near = chance(options_.near_duplicates, ordinary_lines);
  if (!near && !chance(options_.far_duplicates, ordinary_lines)) return;
  if (options_.events - line_ < 2) return;
  Repeat repeat{later_line(near ? 64 : 200'000), repeats_drawn_++, event, GeneratedKind::duplicate};
  if (chance(1, 4)) {
    respell(repeat.event);
    if (spell(repeat.event).size() > kRecordBytesMax) repeat.event = event;
  }
  repeats_.push(std::move(repeat));
}

void EventGenerator::set_edge(EventContent& event, GeneratedEvent& out) {
  const EventEdge& edge = event_edges()[edges_drawn_++ % event_edges().size()];
  edge.content(event);
  out.kind = GeneratedKind::edge;
  out.variant = edge.variant;
}

void EventGenerator::make_poison(EventContent event, GeneratedEvent& out) {
  const EventPoison& poison = next_poison(poison_drawn_, options_.tombstones, !last_.event_id.empty());
  if (poison.info.code == kConflictCode) event = last_;
  if (poison.content != nullptr) poison.content(event);
  out.value = spell(event);
  if (poison.line != nullptr) poison.line(out.value);
  out.key = event.customer_id;
  out.arrival = event.arrival;
  out.tombstone = out.value.empty();
  out.kind = GeneratedKind::poison;
  out.variant = poison.info.variant;
  out.expected_code = poison.info.code;
}

void EventGenerator::make_misfit(EventContent event, GeneratedEvent& out) {
  const EventMisfit& misfit = event_misfits()[misfits_drawn_++ % event_misfits().size()];
  event.type = misfit.type;
  event.value.clear();
  event.extra_properties = ',' + std::string(misfit.properties);
  write_record(RecordForm::own_json, {&event, 1}, out);
  out.kind = GeneratedKind::poison;
  out.variant = misfit.info.variant;
  out.expected_code = misfit.info.code;
}

bool EventGenerator::next(GeneratedEvent& out) {
  if (line_ >= options_.events) return false;
  out = GeneratedEvent{};
  if (!repeats_.empty() && repeats_.top().line <= line_) {
    const Repeat repeat = repeats_.top();
    repeats_.pop();
    out.kind = repeat.kind;
    write(repeat.event, out);
  } else {
    make_new(out);
  }
  ++line_;
  return true;
}

void EventGenerator::make_new(GeneratedEvent& out) {
  EventContent event = ordinary();
  // Shares are of all lines, and repeats are drawn elsewhere.
  auto ticket = static_cast<std::int64_t>(
      below(static_cast<std::uint64_t>(1'000 - options_.near_duplicates - options_.far_duplicates)));
  const auto drawn = [&ticket](std::int32_t share) {
    ticket -= share;
    return ticket < 0;
  };
  if (drawn(options_.poison)) return make_poison(std::move(event), out);
  if (drawn(options_.late)) {
    out.kind = GeneratedKind::late;
    event.event_time =
        event.arrival - hours{1} - milliseconds{static_cast<std::int64_t>(below(59 * 3'600'000))};
  } else if (drawn(options_.corrections)) {
    out.kind = GeneratedKind::correction;
    event.value = '-' + (event.value.empty() ? "1" : event.value);
    if (event.type == "llm.completion") event.extra_properties = ",\"tokens\":" + event.value;
  } else if (drawn(options_.unknown_customers)) {
    out.kind = GeneratedKind::unknown_customer;
    event.customer_id = "cus_unknown_" + padded(1 + below(20), 2);
  } else if (drawn(options_.edges)) {
    set_edge(event, out);
  } else if (drawn(options_.misfits)) {
    return make_misfit(std::move(event), out);
  } else if (drawn(options_.voids) && make_void(event, out)) {
    return write(event, out);
  }
  repeat_later(event);
  if (out.kind != GeneratedKind::edge) {
    last_ = event;  // an edge with other content may lie beyond its limit
    remember(event);
  }
  write(event, out);
}

std::vector<std::string> EventGenerator::profiles() const {
  if (!options_.varied) return plain_profiles(options_.customers);
  return varied_profiles(options_.customers, options_.start, options_.days, options_.late_profiles).first;
}

std::vector<std::string> EventGenerator::late_profiles() const {
  if (!options_.varied) return {};
  return varied_profiles(options_.customers, options_.start, options_.days, options_.late_profiles).later;
}

}  // namespace tidemark::cli

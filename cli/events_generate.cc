#include "cli/events_generate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "tidemark/assert.h"
#include "tidemark/quantity.h"

namespace tidemark::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr milliseconds kMaxFuture = minutes{5};
constexpr milliseconds kMaxAge = hours{24 * 35};
constexpr std::size_t kRecordBytesMax = 64 * 1024;

constexpr std::string_view kTombstone = "null_value";
constexpr std::string_view kConflict = "event_id_conflict";

struct TypeShare {
  std::string_view type;
  std::uint64_t share;  // per cent
};
constexpr std::array<TypeShare, 5> kTypes{{{"api.request", 50},
                                           {"llm.completion", 25},
                                           {"storage.snapshot", 12},
                                           {"compute.job", 10},
                                           {"page.view", 3}}};  // no meter's
constexpr std::array<std::string_view, 4> kRegions{"eu-west-1", "us-east-1", "us-west-2", "ap-south-1"};
constexpr std::array<std::string_view, 3> kModels{"small", "medium", "large"};
constexpr std::array<std::int32_t, 6> kOffsetMinutes{0, 60, -300, 540, 345, 0};
constexpr std::array<std::string_view, 7> kZones{"Europe/Budapest",    "America/New_York", "Asia/Tokyo",
                                                 "Africa/Cairo",       "Pacific/Auckland", "UTC",
                                                 "Australia/Lord_Howe"};

std::string padded(std::uint64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  return std::string(width > digits.size() ? width - digits.size() : 0, '0') + digits;
}

std::string customer_name(std::uint64_t number) {
  return "cus_" + padded(number, 6);
}

// RFC 3339 with milliseconds, or with nine digits where the instant needs them, as seen at `offset_minutes`.
std::string rfc3339(EventTime time, std::int32_t offset_minutes) {
  const auto local = time + minutes{offset_minutes};
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{local - day};
  const auto fraction = clock.subseconds().count();
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()));
  std::string out(text.data(), static_cast<std::size_t>(length));
  out += fraction % 1'000'000 == 0 ? padded(static_cast<std::uint64_t>(fraction / 1'000'000), 3)
                                   : padded(static_cast<std::uint64_t>(fraction), 9);
  if (offset_minutes == 0) return out + 'Z';
  const auto distance = static_cast<std::uint64_t>(offset_minutes < 0 ? -offset_minutes : offset_minutes);
  return out + (offset_minutes < 0 ? '-' : '+') + padded(distance / 60, 2) + ':' + padded(distance % 60, 2);
}

std::string nested_arrays(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

// REQUIRES: `from` occurs in `line`.
void replace(std::string& line, std::string_view from, std::string_view to) {
  const auto at = line.find(from);
  TM_ASSERT(at != std::string::npos);
  line.replace(at, from.size(), to);
}

// The text of `"name":"..."`, and the comma after it.
std::string field_text(const std::string& line, std::string_view name) {
  const auto from = line.find('"' + std::string(name) + "\":\"");
  TM_ASSERT(from != std::string::npos);
  const auto to = line.find("\",", from);
  return line.substr(from, to + 2 - from);
}

std::string spell(const EventContent& event) {
  std::string line = "{\"event_id\":\"" + event.event_id + "\",\"tenant_id\":\"acme\",\"customer_id\":\"" +
                     event.customer_id + "\",\"type\":\"" + std::string(event.type) + "\",\"timestamp\":\"" +
                     rfc3339(event.event_time, event.offset_minutes) + "\",";
  if (!event.value.empty()) {
    line += event.value_quoted ? "\"value\":\"" + event.value + "\"," : "\"value\":" + event.value + ',';
  }
  const std::string arrived = "\"arrived\":\"" + rfc3339(event.arrival, 0) + '"';
  const std::string region = "\"region\":\"" + std::string(event.region) + '"';
  const std::string model = "\"model\":\"" + std::string(event.model) + '"';
  line += "\"properties\":{";
  line +=
      event.properties_turned ? model + ',' + region + ',' + arrived : arrived + ',' + region + ',' + model;
  return line + event.extra_properties + "}}";
}

// The same content in other letters: a repeat that only a fingerprint over the meaning recognises.
void respell(EventContent& event) {
  event.offset_minutes = event.offset_minutes == 0 ? 330 : 0;
  event.properties_turned = !event.properties_turned;
  if (event.value.empty()) {
    event.value = "1";
  } else if (event.value.find('.') != std::string::npos) {
    event.value += '0';
  } else {
    event.value_quoted = !event.value_quoted;
  }
}

void quoted(EventContent& event, std::string_view value) {
  event.value = value;
  event.value_quoted = true;
}
void bare(EventContent& event, std::string_view value) {
  event.value = value;
  event.value_quoted = false;
}
void property(EventContent& event, std::string_view name, std::string_view json) {
  event.extra_properties.append(",\"").append(name).append("\":").append(json);
}
void retime(std::string& line, std::string_view timestamp) {
  replace(line, field_text(line, "timestamp"), "\"timestamp\":\"" + std::string(timestamp) + "\",");
}

struct Edge {
  std::string_view variant;
  void (*content)(EventContent&);
};
using Content = EventContent;
constexpr Edge kEdges[] = {
    {"in_future_by_5_minutes", [](Content& e) { e.event_time = e.arrival + kMaxFuture; }},
    {"35_days_old", [](Content& e) { e.event_time = e.arrival - kMaxAge; }},
    {"nanoseconds", [](Content& e) { e.event_time -= std::chrono::nanoseconds{1}; }},
    {"value_2_to_64", [](Content& e) { bare(e, "18446744073709551616"); }},
    {"value_smallest", [](Content& e) { quoted(e, "0.000000000001"); }},
    {"value_minus_zero", [](Content& e) { quoted(e, "-0"); }},
    {"value_trailing_zeros", [](Content& e) { quoted(e, "1.50000000000000000000"); }},
    {"id_128_bytes", [](Content& e) { e.event_id += std::string(128 - e.event_id.size(), 'x'); }},
    {"nested_16", [](Content& e) { property(e, "deep", nested_arrays(14)); }},  // inside of two objects
    {"escapes", [](Content& e) { property(e, "note", R"("\u00e9\ud83d\ude00 \"\\\/ ł")"); }},
    {"64_KiB",
     [](Content& e) {
       const std::size_t rest = spell(e).size() + std::string_view(R"(,"note":"")").size();
       property(e, "note", '"' + std::string(kRecordBytesMax - rest, 'x') + '"');
     }},
};

struct Poison {
  PoisonInfo info;
  void (*content)(EventContent&);        // what the content says; may be null
  void (*line)(std::string&) = nullptr;  // what is done to the spelled line; may be null
};
using Line = std::string;
constexpr Poison kPoison[] = {
    {{"tombstone", kTombstone}, nullptr, [](Line& l) { l.clear(); }},
    {{"truncated", "invalid_json"}, nullptr, [](Line& l) { l.resize(l.size() / 2); }},
    {{"trailing_comma", "invalid_json"}, nullptr, [](Line& l) { l.insert(l.size() - 1, 1, ','); }},
    {{"trailing_text", "invalid_json"}, nullptr, [](Line& l) { l += " and more"; }},
    {{"single_quotes", "invalid_json"},
     nullptr,
     [](Line& l) { std::replace(l.begin(), l.end(), '"', '\''); }},
    {{"raw_tab", "invalid_json"}, [](Content& e) { property(e, "note", "\"a\tb\""); }},
    {{"bare_nan", "invalid_json"}, [](Content& e) { bare(e, "NaN"); }},
    {{"bare_infinity", "invalid_json"}, [](Content& e) { bare(e, "-Infinity"); }},
    {{"bare_leading_zero", "invalid_json"}, [](Content& e) { bare(e, "007"); }},
    {{"broken_utf8", "invalid_utf8"}, [](Content& e) { property(e, "note", "\"\xff\xfe\""); }},
    {{"overlong_utf8", "invalid_utf8"}, [](Content& e) { property(e, "note", "\"\xc0\xaf\""); }},
    {{"surrogate_in_utf8", "invalid_utf8"}, [](Content& e) { property(e, "note", "\"\xed\xa0\x80\""); }},
    {{"byte_order_mark", "byte_order_mark"}, nullptr, [](Line& l) { l.insert(0, "\xef\xbb\xbf"); }},
    {{"array", "not_an_object"}, nullptr, [](Line& l) { l = '[' + l + ']'; }},
    {{"json_null", "not_an_object"}, nullptr, [](Line& l) { l = "null"; }},
    {{"json_number", "not_an_object"}, nullptr, [](Line& l) { l = "42"; }},
    {{"nested_17", "too_deep"}, [](Content& e) { property(e, "deep", nested_arrays(15)); }},
    {{"nested_20000", "too_deep"}, [](Content& e) { property(e, "deep", nested_arrays(20'000)); }},
    {{"id_twice", "duplicate_field"},
     nullptr,
     [](Line& l) {
       const Line id = field_text(l, "event_id");
       replace(l, id, id + id);
     }},
    {{"property_twice", "duplicate_field"}, [](Content& e) { property(e, "region", "\"eu-west-1\""); }},
    {{"lone_surrogate", "lone_surrogate"}, [](Content& e) { property(e, "note", R"("\ud800")"); }},
    {{"no_id", "field_missing"}, nullptr, [](Line& l) { replace(l, field_text(l, "event_id"), ""); }},
    {{"no_customer", "field_missing"},
     nullptr,
     [](Line& l) { replace(l, field_text(l, "customer_id"), ""); }},
    {{"no_type", "field_missing"}, nullptr, [](Line& l) { replace(l, field_text(l, "type"), ""); }},
    {{"no_timestamp", "field_missing"}, nullptr, [](Line& l) { replace(l, field_text(l, "timestamp"), ""); }},
    {{"id_null", "field_wrong_type"},
     nullptr,
     [](Line& l) { replace(l, field_text(l, "event_id"), "\"event_id\":null,"); }},
    {{"id_number", "field_wrong_type"},
     nullptr,
     [](Line& l) { replace(l, field_text(l, "event_id"), "\"event_id\":12,"); }},
    {{"properties_array", "field_wrong_type"},
     nullptr,
     [](Line& l) { l.replace(l.find("\"properties\":{"), Line::npos, "\"properties\":[]}"); }},
    {{"id_empty", "field_empty"}, [](Content& e) { e.event_id.clear(); }},
    {{"id_129_bytes", "id_too_long"},
     [](Content& e) { e.event_id += std::string(129 - e.event_id.size(), 'x'); }},
    {{"nul_in_id", "nul_in_id"}, [](Content& e) { e.event_id += R"(\u0000)"; }},
    {{"no_offset", "invalid_timestamp"}, nullptr, [](Line& l) { retime(l, "2025-03-10T10:00:00"); }},
    {{"leap_second", "invalid_timestamp"}, nullptr, [](Line& l) { retime(l, "2025-03-10T23:59:60Z"); }},
    {{"no_such_day", "invalid_timestamp"}, nullptr, [](Line& l) { retime(l, "2025-02-29T10:00:00Z"); }},
    {{"value_float", "value_is_float"}, [](Content& e) { bare(e, "0.1"); }},
    {{"value_1e400", "value_is_float"}, [](Content& e) { bare(e, "1e400"); }},
    {{"value_exponent", "value_not_a_number"}, [](Content& e) { quoted(e, "1e3"); }},
    {{"value_word", "value_not_a_number"}, [](Content& e) { quoted(e, "twelve"); }},
    {{"value_nan", "value_not_a_number"}, [](Content& e) { quoted(e, "NaN"); }},
    {{"value_plus", "value_not_a_number"}, [](Content& e) { quoted(e, "+1"); }},
    {{"value_leading_zero", "value_not_a_number"}, [](Content& e) { quoted(e, "007"); }},
    {{"value_13_decimals", "value_too_precise"}, [](Content& e) { quoted(e, "0.1234567890123"); }},
    {{"value_1e27", "value_overflow"}, [](Content& e) { bare(e, "1000000000000000000000000000"); }},
    {{"too_large", "record_too_large"},
     [](Content& e) { property(e, "note", '"' + std::string(kRecordBytesMax, 'x') + '"'); }},
    {{"in_future", "timestamp_in_future"},
     [](Content& e) { e.event_time = e.arrival + kMaxFuture + milliseconds{1}; }},
    {{"too_old", "too_old"}, [](Content& e) { e.event_time = e.arrival - kMaxAge - milliseconds{1}; }},
    {{"other_content", kConflict}, [](Content& e) { quoted(e, e.value == "4711" ? "4712" : "4711"); }},
};

// In turn, so that every kind comes.
const Poison& next_poison(std::size_t& drawn, bool tombstones, bool conflicts) {
  for (;;) {
    const Poison& poison = kPoison[drawn++ % std::size(kPoison)];
    if (poison.info.code == kTombstone && !tombstones) continue;
    if (poison.info.code == kConflict && !conflicts) continue;
    return poison;
  }
}

}  // namespace

std::vector<PoisonInfo> poison_kinds() {
  std::vector<PoisonInfo> kinds;
  for (const Poison& poison : kPoison) kinds.push_back(poison.info);
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
        options.unknown_customers, options.edges, options.poison}) {
    if (share < 0) return refuse("a share must not be negative");
    shares += share;
  }
  if (shares > 900)
    return refuse("the shares of all but ordinary events add up to " + std::to_string(shares) +
                  " per mille, at most 900");
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
  for (const auto& [type, share] : kTypes) {
    event.type = type;
    if (ticket < share) break;
    ticket -= share;
  }
  event.region = kRegions[below(kRegions.size())];
  event.model = kModels[below(kModels.size())];
  event.offset_minutes = kOffsetMinutes[below(kOffsetMinutes.size())];
  set_value(event);
  return event;
}

void EventGenerator::repeat_later(const EventContent& event) {
  const std::int64_t ordinary_lines = 1'000 - options_.near_duplicates - options_.far_duplicates;
  const bool near = chance(options_.near_duplicates, ordinary_lines);
  if (!near && !chance(options_.far_duplicates, ordinary_lines)) return;
  const std::int64_t left = options_.events - line_;
  if (left < 2) return;
  const std::int64_t reach = std::min<std::int64_t>(left - 1, near ? 64 : 200'000);
  const auto distance = static_cast<std::int64_t>(1 + below(static_cast<std::uint64_t>(reach)));
  Repeat repeat{line_ + distance, repeats_drawn_++, event};
  if (chance(1, 4)) {
    respell(repeat.event);
    if (spell(repeat.event).size() > kRecordBytesMax) repeat.event = event;
  }
  repeats_.push(std::move(repeat));
}

void EventGenerator::set_edge(EventContent& event, GeneratedEvent& out) {
  const Edge& edge = kEdges[edges_drawn_++ % std::size(kEdges)];
  edge.content(event);
  out.kind = GeneratedKind::edge;
  out.variant = edge.variant;
}

void EventGenerator::make_poison(EventContent event, GeneratedEvent& out) {
  const Poison& poison = next_poison(poison_drawn_, options_.tombstones, !last_.event_id.empty());
  if (poison.info.code == kConflict) event = last_;
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

bool EventGenerator::next(GeneratedEvent& out) {
  if (line_ >= options_.events) return false;
  out = GeneratedEvent{};
  EventContent event;
  if (!repeats_.empty() && repeats_.top().line <= line_) {
    event = repeats_.top().event;
    repeats_.pop();
    out.kind = GeneratedKind::duplicate;
  } else {
    event = ordinary();
    // Shares are of all lines, and repeats are drawn elsewhere.
    auto ticket = static_cast<std::int64_t>(
        below(static_cast<std::uint64_t>(1'000 - options_.near_duplicates - options_.far_duplicates)));
    const auto drawn = [&ticket](std::int32_t share) {
      ticket -= share;
      return ticket < 0;
    };
    if (drawn(options_.poison)) {
      make_poison(std::move(event), out);
      ++line_;
      return true;
    }
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
    }
    repeat_later(event);
    if (out.kind != GeneratedKind::edge)
      last_ = event;  // an edge with other content may lie beyond its limit
  }
  out.key = event.customer_id;
  out.arrival = event.arrival;
  out.value = spell(event);
  ++line_;
  return true;
}

std::vector<std::string> EventGenerator::profiles() const {
  std::vector<std::string> lines;
  for (std::int32_t number = 1; number <= options_.customers; ++number) {
    const std::string customer_id = customer_name(static_cast<std::uint64_t>(number));
    // Ten and seven have no common divisor: every zone meets every interval.
    const std::string_view unit = number % 10 == 8 ? "hour" : number % 10 >= 6 ? "day" : "month";
    lines.push_back(R"({"tenant_id":"acme","customer_id":")" + customer_id +
                    R"(","versions":[{"effective_from":"2020-01-01T00:00:00Z","stripe_customer_id":"cus_S)" +
                    customer_id.substr(4) + R"(","time_zone":")" +
                    std::string(kZones[static_cast<std::size_t>(number) % kZones.size()]) +
                    R"(","interval":{"unit":")" + std::string(unit) + R"(","n":1},"mode":"test"}]})");
  }
  return lines;
}

}  // namespace tidemark::cli

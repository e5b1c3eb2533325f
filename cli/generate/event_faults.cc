#include "cli/generate/event_faults.h"

#include <algorithm>

#include "tidemark/assert.h"

namespace tidemark::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr milliseconds kMaxAge = hours{24 * 35};

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

void quoted(EventContent& event, std::string_view value) {
  event.value = value;
  event.value_quoted = true;
}
void bare(EventContent& event, std::string_view value) {
  event.value = value;
  event.value_quoted = false;
}
void retime(std::string& line, std::string_view timestamp) {
  replace(line, field_text(line, "timestamp"), "\"timestamp\":\"" + std::string(timestamp) + "\",");
}

using Content = EventContent;
using Line = std::string;

constexpr EventEdge kEdges[] = {
    {"in_future_by_5_minutes", [](Content& e) { e.event_time = e.arrival + kMaxFuture; }},
    {"35_days_old", [](Content& e) { e.event_time = e.arrival - kMaxAge; }},
    {"nanoseconds", [](Content& e) { e.event_time -= std::chrono::nanoseconds{1}; }},
    {"value_2_to_64", [](Content& e) { bare(e, "18446744073709551616"); }},
    {"value_smallest", [](Content& e) { quoted(e, "0.000000000001"); }},
    {"value_minus_zero", [](Content& e) { quoted(e, "-0"); }},
    {"value_trailing_zeros", [](Content& e) { quoted(e, "1.50000000000000000000"); }},
    {"id_128_bytes", [](Content& e) { e.event_id += std::string(128 - e.event_id.size(), 'x'); }},
    {"nested_16", [](Content& e) { add_property(e, "deep", nested_arrays(14)); }},  // inside of two objects
    {"escapes", [](Content& e) { add_property(e, "note", R"("\u00e9\ud83d\ude00 \"\\\/ ł")"); }},
    {"64_KiB",
     [](Content& e) {
       const std::size_t rest = spell(e).size() + std::string_view(R"(,"note":"")").size();
       add_property(e, "note", '"' + std::string(kRecordBytesMax - rest, 'x') + '"');
     }},
};

constexpr EventPoison kPoison[] = {
    {{"tombstone", kTombstoneCode}, nullptr, [](Line& l) { l.clear(); }},
    {{"truncated", "invalid_json"}, nullptr, [](Line& l) { l.resize(l.size() / 2); }},
    {{"trailing_comma", "invalid_json"}, nullptr, [](Line& l) { l.insert(l.size() - 1, 1, ','); }},
    {{"trailing_text", "invalid_json"}, nullptr, [](Line& l) { l += " and more"; }},
    {{"single_quotes", "invalid_json"},
     nullptr,
     [](Line& l) { std::replace(l.begin(), l.end(), '"', '\''); }},
    {{"raw_tab", "invalid_json"}, [](Content& e) { add_property(e, "note", "\"a\tb\""); }},
    {{"bare_nan", "invalid_json"}, [](Content& e) { bare(e, "NaN"); }},
    {{"bare_infinity", "invalid_json"}, [](Content& e) { bare(e, "-Infinity"); }},
    {{"bare_leading_zero", "invalid_json"}, [](Content& e) { bare(e, "007"); }},
    {{"broken_utf8", "invalid_utf8"}, [](Content& e) { add_property(e, "note", "\"\xff\xfe\""); }},
    {{"overlong_utf8", "invalid_utf8"}, [](Content& e) { add_property(e, "note", "\"\xc0\xaf\""); }},
    {{"surrogate_in_utf8", "invalid_utf8"}, [](Content& e) { add_property(e, "note", "\"\xed\xa0\x80\""); }},
    {{"byte_order_mark", "byte_order_mark"}, nullptr, [](Line& l) { l.insert(0, "\xef\xbb\xbf"); }},
    {{"array_in_an_array", "not_an_object"}, nullptr, [](Line& l) { l = "[[" + l + "]]"; }},
    {{"json_null", "not_an_object"}, nullptr, [](Line& l) { l = "null"; }},
    {{"json_number", "not_an_object"}, nullptr, [](Line& l) { l = "42"; }},
    {{"nested_17", "too_deep"}, [](Content& e) { add_property(e, "deep", nested_arrays(15)); }},
    {{"nested_20000", "too_deep"}, [](Content& e) { add_property(e, "deep", nested_arrays(20'000)); }},
    {{"id_twice", "duplicate_field"},
     nullptr,
     [](Line& l) {
       const Line id = field_text(l, "event_id");
       replace(l, id, id + id);
     }},
    {{"property_twice", "duplicate_field"}, [](Content& e) { add_property(e, "region", "\"eu-west-1\""); }},
    {{"lone_surrogate", "lone_surrogate"}, [](Content& e) { add_property(e, "note", R"("\ud800")"); }},
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
     [](Content& e) { add_property(e, "note", '"' + std::string(kRecordBytesMax, 'x') + '"'); }},
    {{"in_future", "timestamp_in_future"},
     [](Content& e) { e.event_time = e.arrival + kMaxFuture + milliseconds{1}; }},
    {{"too_old", "too_old"}, [](Content& e) { e.event_time = e.arrival - kMaxAge - milliseconds{1}; }},
    {{"other_content", kConflictCode}, [](Content& e) { quoted(e, e.value == "4711" ? "4712" : "4711"); }},
};

constexpr EventMisfit kMisfits[] = {
    {{"session_without_latency", "value_missing"}, "session.end", "\"user\":\"u1\""},
    {{"latency_too_precise", "value_too_precise"},
     "session.end",
     "\"user\":\"u1\",\"latency_ms\":\"1.2345\""},
    {{"latency_a_word", "value_not_a_number"}, "session.end", "\"user\":\"u1\",\"latency_ms\":\"soon\""},
    {{"user_null", "field_wrong_type"}, "session.end", "\"user\":null,\"latency_ms\":\"1.5\""},
    {{"seats_without_plan", "field_missing"}, "seats.snapshot", "\"team\":\"a\""},
    {{"plan_a_list", "field_wrong_type"}, "seats.snapshot", "\"plan\":[\"pro\"]"},
};

}  // namespace

std::span<const EventEdge> event_edges() {
  return kEdges;
}

std::span<const EventPoison> event_poison() {
  return kPoison;
}

std::span<const EventMisfit> event_misfits() {
  return kMisfits;
}

}  // namespace tidemark::cli

#pragma once
// Points in time. Event time is what the producer wrote (nanoseconds: RFC 3339 with up to 9 digits);
// arrival is the Kafka record timestamp (milliseconds). Both are UTC instants; comparing them is exact.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

using EventTime = std::chrono::sys_time<std::chrono::nanoseconds>;
using ArrivalTime = std::chrono::sys_time<std::chrono::milliseconds>;

// Arrivals outside of [0, kArrivalMax] cannot be compared with event times without overflow.
inline constexpr ArrivalTime kArrivalMax{
    std::chrono::milliseconds{7'258'118'400'000}};                              // 2200-01-01T00:00:00Z
inline constexpr EventTime kEventTimeMin{std::chrono::nanoseconds{INT64_MIN}};  // "never seen"
inline constexpr ArrivalTime kArrivalMin{std::chrono::milliseconds{-1}};        // "never seen"

// The dedup clock after a record that arrived at `arrival`: monotone; an arrival that cannot be is ignored.
constexpr ArrivalTime advance_stream_time(ArrivalTime stream_time, ArrivalTime arrival) {
  const bool usable = arrival >= ArrivalTime{} && arrival <= kArrivalMax;
  return usable && arrival > stream_time ? arrival : stream_time;
}

// RFC 3339 with a mandatory offset ("Z", "+01:00"), 0-9 fractional digits, "T" and "Z" in upper case,
// no leap second (":60" is refused), years 1678..2261 (what nanoseconds can hold). nullopt otherwise.
std::optional<EventTime> parse_rfc3339(std::string_view text);

// "2026-11-10T09:00:00Z", with as many fractional digits (3, 6, 9) as the instant needs. Inverse of parse.
std::string format_rfc3339(EventTime time);

// "90s", "48h", "35d", "250ms", "5m", "36d12h" -> milliseconds. nullopt when it is not of that form or
// overflows.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace tidemark

#include "tidemark/time.h"

#include <array>

#include "schemas/base/text.h"

namespace tidemark {
namespace {

constexpr int kYearMin = 1678;
constexpr int kYearMax = 2261;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr EventTime kFirstInstant = std::chrono::sys_days{std::chrono::year{kYearMin} / 1 / 1};
constexpr EventTime kEndInstant = std::chrono::sys_days{std::chrono::year{kYearMax + 1} / 1 / 1};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Two digits as a number; anything else sets `bad`.
inline int two_digits(const char* at, unsigned& bad) {
  const auto tens = static_cast<unsigned>(at[0]) - '0';
  const auto ones = static_cast<unsigned>(at[1]) - '0';
  bad |= static_cast<unsigned>(tens > 9) | static_cast<unsigned>(ones > 9);
  return static_cast<int>(tens * 10 + ones);
}

// Takes ".5" (1-9 digits) off the front, as nanoseconds; no point: 0; anything else: nullopt.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  std::int64_t nanos = 0;
  std::size_t count = 1;
  for (; count < text.size() && count <= 9 && is_digit(text[count]); ++count)
    nanos = nanos * 10 + (text[count] - '0');
  if (count == 1) return std::nullopt;
  text.remove_prefix(count);
  constexpr std::int64_t kPowersOfTen[] = {1,       10,        100,        1'000,      10'000,
                                           100'000, 1'000'000, 10'000'000, 100'000'000};
  nanos *= kPowersOfTen[10 - count];
  return nanos;
}

// "Z" or "+hh:mm", as seconds ahead of UTC.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  unsigned bad = 0;
  const int hours = two_digits(text.data() + 1, bad);
  const int minutes = two_digits(text.data() + 4, bad);
  if (bad != 0 || hours > 23 || minutes > 59) return std::nullopt;
  const int seconds = hours * 3'600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

struct DurationUnit {
  std::string_view name;
  std::int64_t milliseconds;
};
// Largest first: a duration names them in this order, each at most once.
constexpr std::array<DurationUnit, 5> kDurationUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::optional<EventTime> parse_rfc3339(std::string_view text) {
  constexpr std::size_t kLocalSize = std::string_view("2026-11-10T09:00:00").size();
  if (text.size() <= kLocalSize) return std::nullopt;
  const char* const at = text.data();
  if (at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':') return std::nullopt;
  unsigned bad = 0;
  const int century = two_digits(at, bad);
  const int year = century * 100 + two_digits(at + 2, bad);
  const int month = two_digits(at + 5, bad);
  const int day = two_digits(at + 8, bad);
  const int hour = two_digits(at + 11, bad);
  const int minute = two_digits(at + 14, bad);
  const int second = two_digits(at + 17, bad);
  if (bad != 0 || year < kYearMin || year > kYearMax || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  text.remove_prefix(kLocalSize);
  const auto nanos = take_fraction(text);
  if (!nanos) return std::nullopt;
  const auto offset = parse_offset(text);
  if (!offset) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + hour * 3'600 + minute * 60 + second - *offset;
  const EventTime time{std::chrono::nanoseconds{seconds * kNanosPerSecond + *nanos}};
  if (time < kFirstInstant || time >= kEndInstant) return std::nullopt;  // what we write must be readable
  return time;
}

std::string format_rfc3339(EventTime time) {
  std::string out;
  schemas::append_rfc3339(out, time);
  return out;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::int64_t amount = 0;
    std::size_t digit_count = 0;
    for (; digit_count < text.size() && is_digit(text[digit_count]); ++digit_count) {
      if (__builtin_mul_overflow(amount, 10, &amount)) return std::nullopt;
      if (__builtin_add_overflow(amount, text[digit_count] - '0', &amount)) return std::nullopt;
    }
    if (digit_count == 0) return std::nullopt;
    text.remove_prefix(digit_count);
    std::size_t letter_count = 0;
    while (letter_count < text.size() && !is_digit(text[letter_count])) ++letter_count;
    const std::string_view name = text.substr(0, letter_count);
    while (next_unit < kDurationUnits.size() && kDurationUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kDurationUnits.size()) return std::nullopt;
    if (__builtin_mul_overflow(amount, kDurationUnits[next_unit].milliseconds, &amount)) return std::nullopt;
    if (__builtin_add_overflow(total, amount, &total)) return std::nullopt;
    ++next_unit;
    text.remove_prefix(letter_count);
  }
  return std::chrono::milliseconds{total};
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  std::uint64_t rest = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  std::string out = count < 0 ? "-" : "";
  for (const DurationUnit& unit : kDurationUnits) {
    const std::uint64_t amount = rest / static_cast<std::uint64_t>(unit.milliseconds);
    if (amount == 0) continue;
    schemas::append_integer(out, amount);
    out += unit.name;
    rest -= amount * static_cast<std::uint64_t>(unit.milliseconds);
  }
  return out;
}

namespace schemas {
namespace {

// `value` in exactly `width` digits.
char* put_digits(char* at, std::int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
  return at + width;
}

}  // namespace

void append_rfc3339(std::string& out, EventTime time) {
  // By remainder, not by floor<seconds>(time): the smallest instant's floor is no nanosecond count any more.
  const std::int64_t count = time.time_since_epoch().count();
  std::int64_t nanos = count % kNanosPerSecond;
  std::int64_t seconds = count / kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const std::chrono::sys_seconds whole{std::chrono::seconds{seconds}};
  const auto midnight = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date{midnight};
  const std::int64_t second_of_day = (whole - midnight).count();

  char text[32];
  char* at = put_digits(text, static_cast<int>(date.year()), 4);
  *at++ = '-';
  at = put_digits(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  at = put_digits(at, static_cast<unsigned>(date.day()), 2);
  *at++ = 'T';
  at = put_digits(at, second_of_day / 3'600, 2);
  *at++ = ':';
  at = put_digits(at, second_of_day / 60 % 60, 2);
  *at++ = ':';
  at = put_digits(at, second_of_day % 60, 2);
  if (nanos != 0) {
    *at++ = '.';
    if (nanos % 1'000'000 == 0) {
      at = put_digits(at, nanos / 1'000'000, 3);
    } else if (nanos % 1'000 == 0) {
      at = put_digits(at, nanos / 1'000, 6);
    } else {
      at = put_digits(at, nanos, 9);
    }
  }
  *at++ = 'Z';
  out.append(text, at);
}

}  // namespace schemas
}  // namespace tidemark

#include "billing/posix_rule.h"

#include <charconv>
#include <chrono>
#include <limits>

namespace tidemark::billing {
namespace {

constexpr std::int32_t kHour = 3600;
constexpr std::int64_t kDay = 86'400;

// One date of the rule: "M10.5.0" (week 5 = the last), "J60" (29 February is never counted), "59" (it is).
struct RuleDate {
  enum class Form : std::uint8_t { month_week_day, julian_without_leap_day, zero_based_day };
  Form form = Form::month_week_day;
  int month = 1;
  int week = 1;
  int day = 0;                    // weekday from Sunday, or day of the year
  std::int32_t time = 2 * kHour;  // of the local clock before the change; may be negative or beyond 24 h

  std::int64_t local_seconds(int year) const {
    using namespace std::chrono;
    const std::chrono::year y{year};
    sys_days date = sys_days{y / January / 1};
    switch (form) {
      case Form::month_week_day: {
        const std::chrono::month m{static_cast<unsigned>(month)};
        const std::chrono::weekday weekday{static_cast<unsigned>(day)};
        date = week == 5 ? sys_days{y / m / weekday[last]}
                         : sys_days{y / m / weekday[static_cast<unsigned>(week)]};
        break;
      }
      case Form::julian_without_leap_day:
        date += days{day - 1 + (y.is_leap() && day >= 60 ? 1 : 0)};
        break;
      case Form::zero_based_day:
        date += days{day};
        break;
    }
    return date.time_since_epoch().count() * kDay + time;
  }
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // "CEST" or "<+0330>": what it is called does not matter here.
  bool skip_name() {
    if (take('<')) {
      const std::size_t end = text_.find('>');
      if (end == std::string_view::npos) return false;
      text_.remove_prefix(end + 1);
      return true;
    }
    std::size_t length = 0;
    while (length < text_.size() && is_letter(text_[length])) ++length;
    text_.remove_prefix(length);
    return length >= 3;
  }

  std::optional<int> integer(int min, int max) {
    int value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{} || text_.front() == '-' || value < min || value > max) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }

  // "[+-]hh[:mm[:ss]]" in seconds.
  std::optional<std::int32_t> clock() {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hours = integer(0, 167);
    if (!hours) return std::nullopt;
    std::int32_t seconds = *hours * kHour;
    for (const std::int32_t unit : {60, 1}) {
      if (!take(':')) break;
      const auto part = integer(0, 59);
      if (!part) return std::nullopt;
      seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
  }

  std::optional<RuleDate> date() {
    RuleDate date;
    if (!day_of(date)) return std::nullopt;
    if (take('/')) {
      const auto time = clock();
      if (!time) return std::nullopt;
      date.time = *time;
    }
    return date;
  }

 private:
  static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

  bool day_of(RuleDate& date) {
    if (take('M')) {
      const auto month = integer(1, 12);
      if (!month || !take('.')) return false;
      const auto week = integer(1, 5);
      if (!week || !take('.')) return false;
      const auto weekday = integer(0, 6);
      if (!weekday) return false;
      date = {RuleDate::Form::month_week_day, *month, *week, *weekday};
      return true;
    }
    const bool julian = take('J');
    const auto day = julian ? integer(1, 365) : integer(0, 365);
    if (!day) return false;
    date.form = julian ? RuleDate::Form::julian_without_leap_day : RuleDate::Form::zero_based_day;
    date.day = *day;
    return true;
  }

  std::string_view text_;
};

void append(std::vector<Transition>& transitions, Transition next) {
  // Daylight saving time all year ends and starts in the same instant: the later entry stands.
  if (!transitions.empty() && transitions.back().at == next.at) transitions.pop_back();
  transitions.push_back(next);
}

}  // namespace

std::optional<std::vector<Transition>> expand_posix_rule(std::string_view rule, int first_year,
                                                         int last_year) {
  Parser parser(rule);
  if (!parser.skip_name()) return std::nullopt;
  const auto west = parser.clock();  // POSIX counts offsets to the west
  if (!west) return std::nullopt;
  const std::int32_t standard = -*west;
  if (parser.done()) return std::vector<Transition>{{std::numeric_limits<std::int64_t>::min(), standard}};

  if (!parser.skip_name()) return std::nullopt;
  std::int32_t daylight = standard + kHour;
  if (!parser.take(',')) {
    const auto daylight_west = parser.clock();
    if (!daylight_west || !parser.take(',')) return std::nullopt;
    daylight = -*daylight_west;
  }
  const auto begin = parser.date();
  if (!begin || !parser.take(',')) return std::nullopt;
  const auto end = parser.date();
  if (!end || !parser.done()) return std::nullopt;

  std::vector<Transition> transitions;
  for (int year = first_year; year <= last_year; ++year) {
    const Transition to_daylight{begin->local_seconds(year) - standard, daylight};
    const Transition to_standard{end->local_seconds(year) - daylight, standard};
    const bool northern = to_daylight.at < to_standard.at;
    append(transitions, northern ? to_daylight : to_standard);
    append(transitions, northern ? to_standard : to_daylight);
  }
  return transitions;
}

}  // namespace tidemark::billing

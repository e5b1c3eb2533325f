#pragma once
// "2026-10-31T23:00:00Z" -> instant, for tables of expected edges. REQUIRES: that very form.
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

#include "tidemark/time.h"

namespace tidemark::billing {

inline EventTime utc(std::string_view text) {
  const auto number = [text](std::size_t from, std::size_t length) {
    int value = 0;
    std::from_chars(text.data() + from, text.data() + from + length, value);
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  return sys_days{date} + hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
}

}  // namespace tidemark::billing

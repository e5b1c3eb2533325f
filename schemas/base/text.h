#pragma once
// Appending to text without allocation beyond the string's own growth. Records of ours are written by hand:
// fixed field order, no spaces, minimal escaping, so that equal records are equal bytes.
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "tidemark/time.h"

namespace tidemark::schemas {

template <std::integral Integer>
void append_integer(std::string& out, Integer value) {
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, written.ptr);
}

// As format_rfc3339.
void append_rfc3339(std::string& out, EventTime time);

// Quoted. Escapes only what JSON demands: the quote, the backslash, and control characters.
void append_json_string(std::string& out, std::string_view text);

// For messages: quoted, at most 64 bytes of `text`, cut between characters.
std::string quoted_for_message(std::string_view text);

}  // namespace tidemark::schemas

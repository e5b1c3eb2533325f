#pragma once
// Bytes as text. Pure.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::cli {

// Length of the UTF-8 sequence at the start of `bytes`; 0 when it is none. Strict: no overlong forms, no
// surrogates. REQUIRES: not empty.
std::size_t utf8_length(std::string_view bytes);
bool is_utf8(std::string_view bytes);

// Control characters, backslashes and bytes that are no UTF-8 as \n, \x1b, \\: data must not drive the
// terminal.
std::string escape(std::string_view bytes);

// As a table shows a text. Control characters and bytes that are no UTF-8 as \x1b; all else as it is, so that
// what is printed can be pasted back, JSON too. Backslashes are doubled only where they stand before an x or
// before such an escape: no two texts look the same.
std::string table_text(std::string_view bytes);

std::string to_base64(std::string_view bytes);

// "1,234,567"
std::string group_digits(std::int64_t number);

}  // namespace tidemark::cli

#include "cli/text.h"

#include <algorithm>

namespace tidemark::cli {
namespace {

void append_hex(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

// Length of the character at the start of `bytes` if it may go to a terminal as it is, else 0.
std::size_t plain_length(std::string_view bytes) {
  const auto length = utf8_length(bytes);
  const auto first = static_cast<unsigned char>(bytes[0]);
  const bool c1_control = length == 2 && first == 0xc2 && static_cast<unsigned char>(bytes[1]) < 0xa0;
  return first < 0x20 || first == 0x7f || c1_control ? 0 : length;
}

}  // namespace

std::size_t utf8_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto follows = [&](std::size_t i) { return i < bytes.size() && (at(i) & 0xc0) == 0x80; };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!follows(1) || !follows(2)) return 0;
    if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) >= 0xa0)) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if ((first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) >= 0x90)) return 0;
    return 4;
  }
  return 0;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string escape(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto length = plain_length(bytes);
    const auto first = static_cast<unsigned char>(bytes[0]);
    if (first == '\n')
      out += "\\n";
    else if (first == '\r')
      out += "\\r";
    else if (first == '\t')
      out += "\\t";
    else if (first == '\\')
      out += "\\\\";
    else if (length == 0)
      append_hex(out, first);
    else
      out += bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string table_text(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t backslashes = std::min(bytes.find_first_not_of('\\'), bytes.size());
    out.append(backslashes, '\\');
    bytes.remove_prefix(backslashes);
    if (bytes.empty()) break;
    const auto length = plain_length(bytes);
    if (length == 0 || bytes[0] == 'x') out.append(backslashes, '\\');
    if (length == 0)
      append_hex(out, static_cast<unsigned char>(bytes[0]));
    else
      out += bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string group_digits(std::int64_t number) {
  std::string out = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = out.size(); at > first + 3;) {
    at -= 3;
    out.insert(at, 1, ',');
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
      return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
    };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (unsigned digit = 0; digit < 4; ++digit) {
      out += at + digit <= bytes.size() ? kDigits[group >> (18 - 6 * digit) & 63] : '=';
    }
  }
  return out;
}

}  // namespace tidemark::cli

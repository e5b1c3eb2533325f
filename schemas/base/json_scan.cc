#include "schemas/base/json_scan.h"

#include <simdjson.h>

#include <bit>
#include <cstring>

namespace tidemark::schemas {
namespace {

using Bytes16 [[gnu::vector_size(16)]] = unsigned char;

constexpr std::size_t kPadding = 32;  // covers every look ahead: sixteen bytes of a string, five of a literal

// Of the next sixteen bytes, the index of the first that ends a run of plain string bytes; 16: none.
inline std::size_t plain_run(const char* at) {
  static_assert(std::endian::native == std::endian::little);
  Bytes16 bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  const auto special = (bytes == '"') | (bytes == '\\') | (bytes < 0x20);
  std::uint64_t halves[2];
  std::memcpy(halves, &special, sizeof halves);
  if (halves[0] != 0) return static_cast<std::size_t>(std::countr_zero(halves[0])) / 8;
  if (halves[1] != 0) return static_cast<std::size_t>(std::countr_zero(halves[1])) / 8 + 8;
  return sizeof bytes;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
// One comparison where there is no space, as in most texts.
inline const char* skip_space(const char* at) {
  while (static_cast<unsigned char>(*at) <= ' ' && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    ++at;
  return at;
}

const char* skip_digits(const char* at) {
  while (is_digit(*at)) ++at;
  return at;
}

constexpr bool is_high_surrogate(std::uint32_t unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}
constexpr bool is_low_surrogate(std::uint32_t unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

constexpr std::uint32_t hex_value(char c) {  // 16: not a hex digit
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return 16;
}

constexpr std::uint32_t hex4(const char* at) {
  return hex_value(at[0]) << 12 | hex_value(at[1]) << 8 | hex_value(at[2]) << 4 | hex_value(at[3]);
}

char* put_utf8(std::uint32_t code_point, char* out) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
  return out;
}

constexpr char simple_escape(char c) {  // '\0': none
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

[[gnu::flatten]] bool JsonScanner::scan(std::string_view text) {  // one loop out of the small steps below
  text_ = text;
  if (padded_.size() < text.size() + kPadding) padded_.resize(text.size() + kPadding);
  if (nodes_.size() < text.size() + 1) nodes_.resize(text.size() + 1);  // a node takes a byte at least
  text.copy(padded_.data(), text.size());
  std::memset(padded_.data() + text.size(), 0, kPadding);
  begin_ = padded_.data();
  end_ = begin_ + text.size();
  node_count_ = 0;
  open_.clear();
  depth_max_ = 0;
  lone_surrogate_ = false;
  error_ = "";

  const char* at = begin_;
  do {
    at = after_value(value(at));
  } while (at != nullptr && !open_.empty());
  if (at == nullptr) return false;
  at = skip_space(at);
  return at == end_ || fail(at, "bytes after the value") != nullptr;
}

// An object or array that holds something is read up to its first member, with the member's name.
const char* JsonScanner::value(const char* at) {
  while (at != nullptr) {
    at = skip_space(at);
    switch (*at) {
      case '"':
        return string(at);
      case 't':
        return literal(at, "true", JsonKind::boolean);
      case 'f':
        return literal(at, "false", JsonKind::boolean);
      case 'n':
        return literal(at, "null", JsonKind::null);
      case '{':
        at = skip_space(open(at, JsonKind::object));
        if (*at == '}') return close(at);
        at = name(at);
        break;
      case '[':
        at = skip_space(open(at, JsonKind::array));
        if (*at == ']') return close(at);
        break;
      default:
        return number(at);
    }
  }
  return nullptr;
}

// Closes what ends here; goes to where the next value begins, past its name in an object.
const char* JsonScanner::after_value(const char* at) {
  while (at != nullptr && !open_.empty()) {
    at = skip_space(at);
    if (*at == ',') return nodes_[open_.back()].kind == JsonKind::object ? name(at + 1) : at + 1;
    at = close(at);
  }
  return at;
}

const char* JsonScanner::name(const char* at) {
  at = skip_space(at);
  if (*at != '"') return fail(at, "a name in quotes is wanted");
  at = string(at);
  if (at == nullptr) return nullptr;
  at = skip_space(at);
  return *at == ':' ? at + 1 : fail(at, "':' is wanted");
}

const char* JsonScanner::open(const char* at, JsonKind kind) {
  open_.push_back(node_count_);
  if (open_.size() > depth_max_) depth_max_ = static_cast<std::uint32_t>(open_.size());
  add(at, at, kind, false);
  return at + 1;
}

const char* JsonScanner::close(const char* at) {
  JsonNode& container = nodes_[open_.back()];
  if (container.kind == JsonKind::object) {
    if (*at != '}') return fail(at, "',' or '}' is wanted");
  } else {
    if (*at != ']') return fail(at, "',' or ']' is wanted");
  }
  open_.pop_back();
  container.size = offset_of(at + 1) - container.begin;
  container.next = node_count_;
  return at + 1;
}

const char* JsonScanner::string(const char* at) {
  const char* const begin = ++at;
  bool escaped = false;
  while (true) {
    const std::size_t run = plain_run(at);
    at += run;
    if (run == sizeof(Bytes16)) continue;
    if (*at == '"') break;
    if (*at != '\\')
      return fail(at, at == end_ ? "the text ends inside a string" : "a control character in a string");
    escaped = true;
    at = escape(at + 1);
    if (at == nullptr) return nullptr;
  }
  add(begin, at, JsonKind::string, escaped);
  return at + 1;
}

const char* JsonScanner::escape(const char* at) {
  if (simple_escape(*at) != '\0') return at + 1;
  std::uint32_t unit = 0;
  at = hex_escape(at, unit);
  if (at == nullptr) return nullptr;
  if (is_low_surrogate(unit)) lone_surrogate_ = true;
  if (!is_high_surrogate(unit)) return at;
  if (at[0] != '\\' || at[1] != 'u') {
    lone_surrogate_ = true;
    return at;
  }
  const char* const after = hex_escape(at + 1, unit);
  if (after == nullptr) return nullptr;
  if (is_low_surrogate(unit)) return after;
  lone_surrogate_ = true;
  return at;  // what follows may itself be the first half of a pair
}

const char* JsonScanner::hex_escape(const char* at, std::uint32_t& unit) {
  if (*at != 'u') return fail(at, "not an escape sequence");
  for (int i = 1; i <= 4; ++i) {
    if (hex_value(at[i]) > 15) return fail(at + i, "four hex digits are wanted");
  }
  unit = hex4(at + 1);
  return at + 5;
}

const char* JsonScanner::number(const char* at) {
  const char* const begin = at;
  JsonKind kind = JsonKind::integer;
  if (*at == '-') ++at;
  if (!is_digit(*at)) return fail(begin, at == end_ ? "the text ends too early" : "no JSON value begins so");
  if (*at == '0' && is_digit(at[1])) return fail(at, "a number with a leading zero");
  at = skip_digits(at);
  if (*at == '.') {
    kind = JsonKind::real;
    if (!is_digit(at[1])) return fail(at + 1, "a digit is wanted after the point");
    at = skip_digits(at + 1);
  }
  if (*at == 'e' || *at == 'E') {
    kind = JsonKind::real;
    ++at;
    if (*at == '+' || *at == '-') ++at;
    if (!is_digit(*at)) return fail(at, "a digit is wanted in the exponent");
    at = skip_digits(at);
  }
  add(begin, at, kind, false);
  return at;
}

const char* JsonScanner::literal(const char* at, std::string_view word, JsonKind kind) {
  if (std::memcmp(at, word.data(), word.size()) != 0) return fail(at, "no JSON value begins so");
  add(at, at + word.size(), kind, false);
  return at + word.size();
}

const char* JsonScanner::fail(const char* at, const char* why) {
  error_ = why;
  error_at_ = offset_of(at);
  return nullptr;
}

void JsonScanner::add(const char* from, const char* to, JsonKind kind, bool escaped) {
  JsonNode& node = nodes_.data()[node_count_++];
  node.begin = offset_of(from);
  node.size = static_cast<std::uint32_t>(to - from);
  node.next = node_count_;
  node.kind = kind;
  node.escaped = escaped;
}

char* unescape_json(std::string_view raw, char* out) {
  const char* at = raw.data();
  const char* const end = at + raw.size();
  while (at != end) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    ++at;
    if (*at != 'u') {
      *out++ = simple_escape(*at++);
      continue;
    }
    std::uint32_t code_point = hex4(at + 1);
    at += 5;
    if (is_high_surrogate(code_point) && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
      const std::uint32_t second = hex4(at + 2);
      if (is_low_surrogate(second)) {
        code_point = 0x10000 + ((code_point - 0xd800) << 10) + (second - 0xdc00);
        at += 6;
      }
    }
    out = put_utf8(code_point, out);
  }
  return out;
}

}  // namespace tidemark::schemas

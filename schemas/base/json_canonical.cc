#include "schemas/base/json_canonical.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tidemark::schemas {
namespace {

// Canonical bytes per raw byte, at most: the digit 1 becomes twelve (tag, sign, and two lengths of four
// bytes).
constexpr std::size_t kGrowthMax = 16;
constexpr std::ptrdiff_t kInsertionSortMax = 16;
constexpr std::size_t kExponentTailDigits = 18;
constexpr std::int64_t kExponentTailBase = 1'000'000'000'000'000'000;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Adds `delta` (|delta| < 10^17) to a natural number written in digits. REQUIRES: the sum is not negative.
void add_to_digits(std::string& digits, std::int64_t delta) {
  const std::size_t head_size = digits.size() - kExponentTailDigits;
  std::int64_t tail = 0;
  std::from_chars(digits.data() + head_size, digits.data() + digits.size(), tail);
  tail += delta;
  const char overflowing = tail < 0 ? '0' : '9';
  if (tail < 0 || tail >= kExponentTailBase) {
    tail += tail < 0 ? kExponentTailBase : -kExponentTailBase;
    std::size_t i = head_size;
    while (i > 0 && digits[i - 1] == overflowing) digits[--i] = overflowing == '9' ? '0' : '9';
    if (i > 0) {
      digits[i - 1] = static_cast<char>(digits[i - 1] + (overflowing == '9' ? 1 : -1));
    } else {
      digits.insert(digits.begin(), '1');  // carried out of 99..9; a borrow never gets here, the sum is >= 0
    }
  }
  for (std::size_t i = digits.size(); i > digits.size() - kExponentTailDigits; tail /= 10) {
    digits[--i] = static_cast<char>('0' + tail % 10);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

// The decimal text of `exponent` + `shift`, where exponent is a JSON exponent of any length.
std::string shifted_exponent(std::string_view exponent, std::int64_t shift) {
  bool negative = false;
  if (exponent.starts_with('+') || exponent.starts_with('-')) {
    negative = exponent.front() == '-';
    exponent.remove_prefix(1);
  }
  exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size()));
  if (exponent.size() < kExponentTailDigits) {
    std::int64_t value = 0;
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
    return std::to_string((negative ? -value : value) + shift);
  }
  std::string digits(exponent);
  add_to_digits(digits, negative ? -shift : shift);  // far larger than any shift: its sign stays
  return negative ? '-' + digits : digits;
}

struct Decimal {
  bool negative = false;
  std::string_view integer;
  std::string_view fraction;
  std::string_view exponent;
};

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits(text.data(), count);
  text.remove_prefix(count);
  return digits;
}

Decimal split_number(std::string_view number) {
  Decimal decimal;
  if (number.starts_with('-')) {
    decimal.negative = true;
    number.remove_prefix(1);
  }
  decimal.integer = take_digits(number);
  if (number.starts_with('.')) {
    number.remove_prefix(1);
    decimal.fraction = take_digits(number);
  }
  if (!number.empty()) decimal.exponent = number.substr(1);
  return decimal;
}

std::size_t count_trailing_zeros(std::string_view digits) {
  std::size_t count = 0;
  while (count < digits.size() && digits[digits.size() - 1 - count] == '0') ++count;
  return count;
}

std::size_t count_leading_zeros(std::string_view digits) {
  std::size_t count = 0;
  while (count < digits.size() && digits[count] == '0') ++count;
  return count;
}

// A tag, then the text with its length.
char* put_string(char* at, std::string_view text) {
  *at = '"';
  return HashInput::put_text(at + 1, text);
}

// Sign, digits and power of ten of a JSON number of any length: 1, 1.0 and 10e-1 give the same bytes.
char* put_number(char* at, std::string_view number) {
  auto [negative, integer, fraction, exponent] = split_number(number);
  fraction.remove_suffix(count_trailing_zeros(fraction));
  auto shift = -static_cast<std::int64_t>(fraction.size());  // of the digits' power of ten
  if (fraction.empty()) {
    const std::size_t zeros = count_trailing_zeros(integer);
    integer.remove_suffix(zeros);
    shift += static_cast<std::int64_t>(zeros);
  }
  if (integer.starts_with('0')) integer.remove_prefix(1);
  if (integer.empty()) fraction.remove_prefix(count_leading_zeros(fraction));
  *at++ = '#';
  if (integer.empty() && fraction.empty()) {
    *at++ = '0';
    return at;
  }
  *at++ = negative ? '-' : '+';
  const auto digit_count = static_cast<std::uint32_t>(integer.size() + fraction.size());
  std::memcpy(at, &digit_count, sizeof digit_count);
  at = HashInput::put_raw(at + sizeof digit_count, integer);
  at = HashInput::put_raw(at, fraction);
  if (!exponent.empty()) return HashInput::put_text(at, shifted_exponent(exponent, shift));
  if (shift >= 0 && shift <= 9) return HashInput::put_text(at, {"0123456789" + shift, 1});
  char digits[24];
  return HashInput::put_text(at, {digits, std::to_chars(digits, digits + sizeof digits, shift).ptr});
}

char* put_scalar(char* at, JsonKind kind, std::string_view text) {
  switch (kind) {
    case JsonKind::integer:
    case JsonKind::real:
      return put_number(at, text);
    case JsonKind::string:
      return put_string(at, text);
    default:  // null, true or false
      *at = text.front();
      return at + 1;
  }
}

}  // namespace

void append_canonical_scalar(HashInput& out, JsonKind kind, std::string_view text) {
  out.commit(put_scalar(out.reserve(kGrowthMax * (text.size() + 1)), kind, text));
}

bool JsonCanonicalizer::append(HashInput& out, const JsonScanner& json, std::uint32_t node,
                               std::uint32_t left_out) {
  const Arena::Mark mark = arena_.mark();
  members_.clear();
  left_out_ = left_out;
  char* const begin = out.reserve(kGrowthMax * json.node(node).size);
  char* const end = put_value(begin, json, node);
  if (end != nullptr) out.commit(end);
  arena_.release(mark);
  return end != nullptr;
}

bool JsonCanonicalizer::names_are_unique(const JsonScanner& json, std::uint32_t node) {
  discarded_.clear();
  return append(discarded_, json, node);
}

std::optional<std::string_view> JsonCanonicalizer::find_duplicate(std::vector<std::string_view>& names) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return std::nullopt;
  return *twice;
}

char* JsonCanonicalizer::put_value(char* at, const JsonScanner& json, std::uint32_t index) {
  const JsonNode& node = json.node(index);
  switch (node.kind) {
    case JsonKind::array:
      return put_array(at, json, index);
    case JsonKind::object:
      return put_object(at, json, index);
    case JsonKind::string:
      return put_string(at, string_value(json, node, arena_));
    default:
      return put_scalar(at, node.kind, json.text_of(node));
  }
}

char* JsonCanonicalizer::put_array(char* at, const JsonScanner& json, std::uint32_t index) {
  *at++ = '[';
  const std::uint32_t end = json.node(index).next;
  for (std::uint32_t i = index + 1; i < end; i = json.node(i).next) {
    at = put_value(at, json, i);
    if (at == nullptr) return nullptr;
  }
  *at++ = ']';
  return at;
}

void JsonCanonicalizer::sort_members(std::size_t first) {
  Member* const begin = members_.data() + first;
  Member* const end = members_.data() + members_.size();
  if (end - begin > kInsertionSortMax) {
    std::sort(begin, end, [](const Member& a, const Member& b) { return a.name < b.name; });
    return;
  }
  for (Member* it = begin; it != end; ++it) {
    const Member member = *it;
    Member* hole = it;
    for (; hole != begin && member.name < hole[-1].name; --hole) *hole = hole[-1];
    *hole = member;
  }
}

char* JsonCanonicalizer::put_object(char* at, const JsonScanner& json, std::uint32_t index) {
  const std::size_t first = members_.size();
  const std::uint32_t end_node = json.node(index).next;
  for (std::uint32_t i = index + 1; i < end_node; i = json.node(i + 1).next) {
    members_.push_back({string_value(json, json.node(i), arena_), i + 1});
  }
  sort_members(first);
  *at++ = '{';
  const std::size_t end = members_.size();
  for (std::size_t i = first; i < end; ++i) {
    const Member member = members_[i];  // a copy: what is nested grows the stack
    if (i > first && member.name == members_[i - 1].name) {
      duplicate_ = member.name;
      return nullptr;
    }
    char* const after = put_value(put_string(at, member.name), json, member.value);
    if (after == nullptr) return nullptr;
    if (member.value != left_out_) at = after;  // what is left out is looked through, too
  }
  *at++ = '}';
  members_.resize(first);
  return at;
}

}  // namespace tidemark::schemas

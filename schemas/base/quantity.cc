#include "tidemark/quantity.h"

#include <array>

namespace tidemark {
namespace {

constexpr std::uint64_t kScaleFactor = 1'000'000'000'000;
constexpr std::array<std::uint64_t, kQuantityScale + 1> kPowersOfTen = [] {
  std::array<std::uint64_t, kQuantityScale + 1> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();
constexpr std::size_t kIntegerDigitsMax = 27;  // 2^127 / 10^12 has 27 digits
constexpr uint128 kMagnitudeMax = ~uint128{0} >> 1;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The leading digits of `text`.
std::string_view take_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return text.substr(0, count);
}

// REQUIRES: at most 27 digits.
uint128 value_of(std::string_view digits) {
  std::uint64_t head = 0;
  std::size_t i = 0;
  for (; i < digits.size() && i < 18; ++i) head = head * 10 + static_cast<std::uint64_t>(digits[i] - '0');
  uint128 value = head;
  for (; i < digits.size(); ++i) value = value * 10 + static_cast<std::uint64_t>(digits[i] - '0');
  return value;
}

struct Parts {
  bool negative = false;
  std::string_view integer;
  std::string_view decimals;  // without trailing zeros
};

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  if (text.starts_with('-')) {
    parts.negative = true;
    text.remove_prefix(1);
  }
  parts.integer = take_digits(text);
  if (parts.integer.empty()) return std::nullopt;
  if (parts.integer.size() > 1 && parts.integer.front() == '0') return std::nullopt;
  text.remove_prefix(parts.integer.size());
  if (text.empty()) return parts;
  if (text.front() != '.') return std::nullopt;
  text.remove_prefix(1);
  parts.decimals = take_digits(text);
  if (parts.decimals.empty() || parts.decimals.size() != text.size()) return std::nullopt;
  while (parts.decimals.ends_with('0')) parts.decimals.remove_suffix(1);
  return parts;
}

ParsedQuantity refuse(QuantityError error) {
  return {.value = {}, .decimals = 0, .error = error};
}

}  // namespace

ParsedQuantity parse_quantity(std::string_view text) {
  const std::optional<Parts> parts = split(text);
  if (!parts) return refuse(QuantityError::not_a_number);
  if (parts->decimals.size() > kQuantityScale) return refuse(QuantityError::too_precise);
  if (parts->integer.size() > kIntegerDigitsMax) return refuse(QuantityError::overflow);
  const int decimals = static_cast<int>(parts->decimals.size());
  const auto fraction = static_cast<std::uint64_t>(value_of(parts->decimals)) *
                        kPowersOfTen[static_cast<std::size_t>(kQuantityScale - decimals)];
  const uint128 integer = value_of(parts->integer);
  if (integer > kMagnitudeMax / kScaleFactor) return refuse(QuantityError::overflow);
  const uint128 magnitude = integer * kScaleFactor + fraction;
  if (magnitude > kMagnitudeMax) return refuse(QuantityError::overflow);
  const auto scaled = static_cast<int128>(magnitude);
  return {.value = Quantity::from_scaled(parts->negative ? -scaled : scaled),
          .decimals = decimals,
          .error = QuantityError::none};
}

std::string to_string(Quantity quantity) {
  std::string out;
  append_to(out, quantity);
  return out;
}

void append_to(std::string& out, Quantity quantity) {
  const int128 scaled = quantity.scaled();
  const uint128 magnitude = scaled < 0 ? 0 - static_cast<uint128>(scaled) : static_cast<uint128>(scaled);
  auto fraction = static_cast<std::uint64_t>(magnitude % kScaleFactor);
  uint128 integer = magnitude / kScaleFactor;

  char text[48];
  char* const end = text + sizeof text;
  char* at = end;
  if (fraction != 0) {
    int width = kQuantityScale;
    for (; fraction % 10 == 0; fraction /= 10) --width;
    for (; width > 0; --width, fraction /= 10) *--at = static_cast<char>('0' + fraction % 10);
    *--at = '.';
  }
  do {
    *--at = static_cast<char>('0' + static_cast<int>(integer % 10));
    integer /= 10;
  } while (integer != 0);
  if (scaled < 0) *--at = '-';
  out.append(at, end);
}

}  // namespace tidemark

#pragma once
// Quantity is a decimal with 12 fractional digits held as a 128-bit integer: value * 10^12.
// Range: +-(2^127 - 1) / 10^12. Every operation is checked; nothing rounds; there is no conversion to
// or from floating point. Trivially copyable.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;

inline constexpr int kQuantityScale = 12;

class Quantity {
 public:
  constexpr Quantity() = default;
  static constexpr Quantity from_scaled(int128 scaled) {
    Quantity q;
    q.scaled_ = scaled;
    return q;
  }
  static constexpr Quantity from_integer(std::int64_t n) {
    return from_scaled(static_cast<int128>(n) * 1'000'000'000'000);
  }
  constexpr int128 scaled() const { return scaled_; }
  constexpr auto operator<=>(const Quantity&) const = default;

  // nullopt on overflow.
  static constexpr std::optional<Quantity> add(Quantity a, Quantity b) {
    int128 sum = 0;
    if (__builtin_add_overflow(a.scaled_, b.scaled_, &sum) || sum == kBelowRange) return std::nullopt;
    return from_scaled(sum);
  }
  static constexpr std::optional<Quantity> subtract(Quantity a, Quantity b) {
    int128 difference = 0;
    if (__builtin_sub_overflow(a.scaled_, b.scaled_, &difference) || difference == kBelowRange)
      return std::nullopt;
    return from_scaled(difference);
  }

 private:
  // -2^127 would fit, but its opposite would not: no reader takes it.
  static constexpr int128 kBelowRange = static_cast<int128>(uint128{1} << 127);
  int128 scaled_ = 0;
};

enum class QuantityError : std::uint8_t {
  none,
  not_a_number,  // "", "007", ".5", "5.", "+1", "1e3", "NaN", "12abc"
  too_precise,   // more than 12 significant decimals
  overflow,      // outside of the range
};

struct ParsedQuantity {
  Quantity value;
  int decimals = 0;  // significant decimals, 0..12: "1.50" has one
  QuantityError error = QuantityError::none;
};

// Plain decimal: -?(0|[1-9][0-9]*)(\.[0-9]+)? ; "-0" is 0. Trailing zeros are free.
ParsedQuantity parse_quantity(std::string_view text);

// Canonical decimal without trailing zeros or exponent: "12.5", "-3", "0".
std::string to_string(Quantity quantity);
// Appends the same text; no allocation beyond `out`'s own growth.
void append_to(std::string& out, Quantity quantity);

}  // namespace tidemark

// Reads decimals and what they are from standard input (tests/oracle/decimals.py says how) and checks that
// Quantity reads, adds, subtracts and prints them alike. Exit 1 and one line per difference, if any.
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/quantity.h"

namespace {

using tidemark::ParsedQuantity;
using tidemark::Quantity;
using tidemark::QuantityError;

constexpr int kDifferencesPrinted = 20;

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

// The digits of an integer, by another way than Quantity prints them.
std::string text_of(tidemark::int128 number) {
  const bool negative = number < 0;
  std::string digits;
  do {
    const int digit = static_cast<int>(number % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (negative ? -digit : digit)));
    number /= 10;
  } while (number != 0);
  return (negative ? "-" : "") + digits;
}

std::string_view name_of(QuantityError error) {
  switch (error) {
    case QuantityError::none:
      return "none";
    case QuantityError::not_a_number:
      return "!not_a_number";
    case QuantityError::too_precise:
      return "!too_precise";
    case QuantityError::overflow:
      return "!overflow";
  }
  return "?";
}

class Checker {
 public:
  void check(std::string_view line) {
    const auto fields = split(line);
    if (fields.front() == "=") return check_sum(fields);
    ++checked_;
    const ParsedQuantity parsed = tidemark::parse_quantity(fields.front());
    check_parsed(parsed, fields, line);
    if (parsed.error == QuantityError::none) add(parsed.value);
  }

  int finish(bool complete) const {
    std::cout << checked_ << " decimals, " << differences_ << " differences, " << left_out_
              << " would have left the range" << (complete ? "" : "; the list is not complete") << "\n";
    return complete && checked_ > 0 && left_out_ > 0 && differences_ == 0 ? 0 : 1;
  }

 private:
  void check_parsed(const ParsedQuantity& parsed, const std::vector<std::string_view>& fields,
                    std::string_view line) {
    if (parsed.error != QuantityError::none) {
      if (fields.at(1) != name_of(parsed.error)) report(line, name_of(parsed.error));
    } else if (fields.size() != 4 || fields[1] != text_of(parsed.value.scaled()) ||
               fields[2] != std::to_string(parsed.decimals) || fields[3] != to_string(parsed.value)) {
      report(line, to_string(parsed.value));
    }
  }

  void add(Quantity value) {
    const auto moved = checked_ % 3 == 0 ? Quantity::subtract(sum_, value) : Quantity::add(sum_, value);
    if (moved) sum_ = *moved;
    if (!moved) ++left_out_;
  }

  void check_sum(const std::vector<std::string_view>& fields) {
    const std::string left_out = std::to_string(left_out_);
    if (fields.at(1) != text_of(sum_.scaled()) || fields.at(2) != to_string(sum_) || fields.at(3) != left_out)
      report("sum " + std::string(fields[2]), to_string(sum_) + ", " + left_out + " left out");
  }

  void report(std::string_view expected, std::string_view found) {
    if (++differences_ > kDifferencesPrinted) return;
    std::cout << "expected " << expected << ", found " << found << "\n";
  }

  Quantity sum_;
  std::int64_t checked_ = 0;
  std::int64_t left_out_ = 0;
  std::int64_t differences_ = 0;
};

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  Checker checker;
  std::string line;
  while (std::getline(std::cin, line) && line != "# end") checker.check(line);
  return checker.finish(line == "# end");
}

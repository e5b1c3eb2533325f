// Reads periods from standard input, one a line (zone, unit, n, anchor or "-", start, end; tab-separated,
// times in seconds), and checks that the same periods come out of PeriodGrid. Exit 1 and one line per
// difference, if any.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "billing/period.h"

namespace {

using tidemark::EventTime;
using tidemark::billing::Period;
using tidemark::billing::PeriodGrid;
using tidemark::schemas::IntervalUnit;

constexpr int kDifferencesPrinted = 20;
constexpr std::array<std::string_view, 5> kUnits{"hour", "day", "week", "month", "year"};

struct Line {
  std::string zone;
  std::string unit;
  std::int32_t n = 0;
  std::string anchor;
  std::int64_t start = 0;
  std::int64_t end = 0;

  std::string grid() const { return zone + " " + std::to_string(n) + " x " + unit + " from " + anchor; }
  Period period() const {
    return {EventTime{std::chrono::seconds{start}}, EventTime{std::chrono::seconds{end}}};
  }
};

class Checker {
 public:
  void check(const Line& line) {
    ++checked_;
    const auto known = grids_.find(line.grid());
    if (known != grids_.end()) return compare(line, known->second);
    const auto unit = std::find(kUnits.begin(), kUnits.end(), line.unit);
    if (unit == kUnits.end()) return report(line, "no such unit");
    auto grid = PeriodGrid::make({line.zone, static_cast<IntervalUnit>(unit - kUnits.begin()), line.n,
                                  line.anchor == "-" ? "" : line.anchor});
    if (!grid) return report(line, grid.error().message);
    compare(line, grids_.emplace(line.grid(), *std::move(grid)).first->second);
  }

  int finish(bool complete) const {
    std::cout << checked_ << " periods of " << grids_.size() << " grids, " << differences_ << " differences"
              << (complete ? "" : "; the list is not complete") << "\n";
    return complete && checked_ > 0 && differences_ == 0 ? 0 : 1;
  }

 private:
  void compare(const Line& line, const PeriodGrid& grid) {
    const Period expected = line.period();
    for (const EventTime time : {expected.start, expected.end - std::chrono::nanoseconds{1}}) {
      const Period found = grid.containing(time);
      if (found == expected) continue;
      const auto seconds = [](EventTime edge) {
        return std::to_string(std::chrono::floor<std::chrono::seconds>(edge).time_since_epoch().count());
      };
      return report(line, "found " + seconds(found.start) + " to " + seconds(found.end));
    }
  }

  void report(const Line& line, const std::string& what) {
    if (++differences_ > kDifferencesPrinted) return;
    std::cout << line.grid() << ": expected " << line.start << " to " << line.end << ", " << what << "\n";
  }

  std::map<std::string, PeriodGrid> grids_;
  std::int64_t checked_ = 0;
  std::int64_t differences_ = 0;
};

}  // namespace

int main() {
  Checker checker;
  std::string text;
  while (std::getline(std::cin, text) && text != "# end") {
    Line line;
    std::istringstream fields(text);
    if (!(fields >> line.zone >> line.unit >> line.n >> line.anchor >> line.start >> line.end)) break;
    checker.check(line);
  }
  return checker.finish(text == "# end");
}

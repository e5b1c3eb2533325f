#pragma once
// How samples become the figure of a window, by kind of aggregation. A further kind is a further case in
// aggregation.cc and, where one figure is not enough, a further field of Samples. Pure.
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tidemark/quantity.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::processors {

enum class Aggregation : std::uint8_t { sum, count, max, min, last, unique };
inline constexpr std::string_view kAggregationNames[] = {"sum", "count", "max", "min", "last", "unique"};
constexpr std::string_view name_of(Aggregation aggregation) {
  return kAggregationNames[static_cast<std::size_t>(aggregation)];
}

// Its figure is what its samples add up to, so that one of them can be taken back.
constexpr bool is_additive(Aggregation aggregation) {
  return aggregation == Aggregation::sum || aggregation == Aggregation::count;
}

// The order in which a task took its events; a parked one keeps its place.
struct TakenOrder {
  EpochNumber epoch;
  std::uint32_t number = 0;  // in the epoch
  auto operator<=>(const TakenOrder&) const = default;
};

struct Sample {
  Quantity value;  // count: 1; unique: 1 for a value that is new to the window, else 0
  EventTime event_time;
  TakenOrder order;
};

// What a window keeps beside its total when that is not enough to go on from.
struct Samples {
  bool any = false;
  Quantity extreme;  // of its own samples: max, min
  Quantity last;     // by (event time, order taken)
  EventTime last_time;
  TakenOrder last_order;
  bool opened = false;  // with the closing value of the period before
  Quantity opening;
  bool operator==(const Samples&) const = default;
};

// A total as it would be, with what stands behind it.
struct Figure {
  Quantity total;
  Samples samples;
};

constexpr bool keeps_samples(Aggregation aggregation, bool carry_over) {
  return carry_over || aggregation == Aggregation::max || aggregation == Aggregation::min ||
         aggregation == Aggregation::last;
}

// Each gives nullopt where the total would leave its range.
std::optional<Figure> with_sample(Aggregation aggregation, const Figure& before, const Sample& sample);
// One that was taken before goes. REQUIRES: is_additive().
std::optional<Figure> without_sample(Aggregation aggregation, const Figure& before, const Sample& sample);
// Opened with `opening`, or with another one than before.
std::optional<Figure> with_opening(Aggregation aggregation, const Figure& before, Quantity opening);
// What the next period opens with: the total of sum and count, else the last sample, or the opening.
Quantity closing_value(Aggregation aggregation, const Figure& figure);

}  // namespace tidemark::processors

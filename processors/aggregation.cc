#include "processors/aggregation.h"

#include <algorithm>
#include <tuple>

#include "tidemark/assert.h"

namespace tidemark::processors {
namespace {

bool is_later(const Sample& sample, const Samples& than) {
  return std::tie(sample.event_time, sample.order) > std::tie(than.last_time, than.last_order);
}

void take(Aggregation aggregation, Samples& samples, const Sample& sample) {
  if (!samples.any || is_later(sample, samples)) {
    samples.last = sample.value;
    samples.last_time = sample.event_time;
    samples.last_order = sample.order;
  }
  if (!samples.any) {
    samples.extreme = sample.value;
  } else if (aggregation == Aggregation::max) {
    samples.extreme = std::max(samples.extreme, sample.value);
  } else if (aggregation == Aggregation::min) {
    samples.extreme = std::min(samples.extreme, sample.value);
  }
  samples.any = true;
}

// Of those whose total does not add up. The opening counts as a sample, earlier than all others.
Quantity total_of(Aggregation aggregation, const Samples& samples) {
  if (!samples.any) return samples.opened ? samples.opening : Quantity();
  if (aggregation == Aggregation::last) return samples.last;
  if (!samples.opened) return samples.extreme;
  return aggregation == Aggregation::max ? std::max(samples.extreme, samples.opening)
                                         : std::min(samples.extreme, samples.opening);
}

bool adds_up(Aggregation aggregation) {
  return is_additive(aggregation) || aggregation == Aggregation::unique;
}

}  // namespace

std::optional<Figure> with_sample(Aggregation aggregation, const Figure& before, const Sample& sample) {
  Figure after = before;
  take(aggregation, after.samples, sample);
  if (!adds_up(aggregation)) {
    after.total = total_of(aggregation, after.samples);
    return after;
  }
  const auto sum = Quantity::add(before.total, sample.value);
  if (!sum) return std::nullopt;
  after.total = *sum;
  return after;
}

std::optional<Figure> without_sample(Aggregation aggregation, const Figure& before, const Sample& sample) {
  TM_ASSERT(is_additive(aggregation));
  const auto difference = Quantity::subtract(before.total, sample.value);
  if (!difference) return std::nullopt;
  Figure after = before;
  after.total = *difference;
  return after;
}

std::optional<Figure> with_opening(Aggregation aggregation, const Figure& before, Quantity opening) {
  Figure after = before;
  after.samples.opened = true;
  after.samples.opening = opening;
  if (!adds_up(aggregation)) {
    after.total = total_of(aggregation, after.samples);
    return after;
  }
  const auto own = Quantity::subtract(before.total, before.samples.opening);
  const auto total = own ? Quantity::add(*own, opening) : std::nullopt;
  if (!total) return std::nullopt;
  after.total = *total;
  return after;
}

Quantity closing_value(Aggregation aggregation, const Figure& figure) {
  if (is_additive(aggregation)) return figure.total;
  return figure.samples.any ? figure.samples.last : figure.samples.opening;
}

}  // namespace tidemark::processors

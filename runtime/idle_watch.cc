#include "runtime/idle_watch.h"

#include <algorithm>

#include "tidemark/planted_bugs.h"

namespace tidemark::runtime {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

ArrivalTime BrokerTime::at(nanoseconds monotonic) const {
  return appended_at + std::chrono::floor<milliseconds>(monotonic - known_at);
}

void IdleWatch::start(nanoseconds now) {
  silent_since_ = now;
  asked_at_.reset();
  stepped_at_.reset();
  broker_time_.reset();
}

void IdleWatch::saw_records(SourceIndex source, nanoseconds now) {
  const auto names = [source](const std::vector<SourceIndex>& sources) {
    return std::find(sources.begin(), sources.end(), source) != sources.end();
  };
  if (!names(rule_.sources) || names(rule_.unheard)) return;
  silent_since_ = now;
  stepped_at_.reset();
}

bool IdleWatch::is_quiet(nanoseconds at) const {
  const milliseconds step_every = std::max<milliseconds>(rule_.after, kIdleStepEvery);
  return at - silent_since_ >= rule_.after && (!stepped_at_ || at - *stepped_at_ >= step_every);
}

// An open transaction or a leader that does not answer is not asked about in each turn.
bool IdleWatch::is_question_due(nanoseconds now) const {
  const bool asked_lately = asked_at_ && now - *asked_at_ < rule_.after;
  return is_on() && broker_time_ && !asked_lately && is_quiet(now);
}

std::optional<ArrivalTime> IdleWatch::answer(std::span<const SourceEnd> ends) const {
  if (!is_on() || !asked_at_ || !broker_time_ || !is_quiet(*asked_at_)) return std::nullopt;
  TM_ASSERT(ends.size() == rule_.sources.size());
  const bool all_read = std::all_of(ends.begin(), ends.end(), [](const SourceEnd& end) {
    if (TM_PLANTED_BUG(idle_by_stable_offset)) return end.read_to.has_value();
    return end.read_to && end.high_watermark && *end.read_to >= *end.high_watermark;
  });
  if (!all_read) return std::nullopt;
  return broker_time_->at(*asked_at_);
}

}  // namespace tidemark::runtime

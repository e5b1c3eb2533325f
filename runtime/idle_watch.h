#pragma once
// When a task without records may take the broker's time for its own. A decision over what it is told: no
// clock.
//
// A step is asked for before it is done. All records that stood in the partition when the high watermark was
// asked for are processed when it has been reached, and whatever comes later was stamped later by the broker:
// so the time of the question, by the broker's clock, is one that no unread record is older than. Records in
// an open transaction stand below the high watermark, with their old times; so do those that are committed
// and unread.
//
// What it rests on: log-append time; brokers whose clocks agree to within the allowed disorder, and do not
// run slower than our monotonic clock. A record that the leader has and its followers do not stands above the
// high watermark: it may be older by what replication takes.
#include <chrono>
#include <optional>
#include <span>

#include "tidemark/processor.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

// A time that the broker gave to a record, and when (Clock::monotonic) it was known to us. That is after the
// append, so that the broker's clock is never behind what is made of it.
struct BrokerTime {
  ArrivalTime appended_at;
  std::chrono::nanoseconds known_at{0};
  ArrivalTime at(std::chrono::nanoseconds monotonic) const;
};

// While it stays quiet the next step comes after the rule's time, but not sooner than this: each is an epoch,
// with a record and offsets of its own, and all that it brings is that a period closes or opens a minute
// earlier.
inline constexpr std::chrono::minutes kIdleStepEvery{1};

// A source whose silence counts.
struct SourceEnd {
  std::optional<Offset> read_to;         // told by EndOfPartition, everything before it is processed
  std::optional<Offset> high_watermark;  // as of the question; nullopt: no answer
};

// Of one task. Times are of Clock::monotonic.
class IdleWatch {
 public:
  IdleWatch() = default;
  explicit IdleWatch(IdleRule rule) : rule_(std::move(rule)) {}

  bool is_on() const { return !rule_.sources.empty(); }
  const IdleRule& rule() const { return rule_; }
  void start(std::chrono::nanoseconds now);  // restored: silence counts from here
  void saw_records(SourceIndex source, std::chrono::nanoseconds now);
  void know(const BrokerTime& time) { broker_time_ = time; }  // the newest: it has drifted least
  void asked(std::chrono::nanoseconds now) { asked_at_ = now; }
  void stepped() { stepped_at_ = asked_at_; }

  bool is_question_due(std::chrono::nanoseconds now) const;
  // `ends`: in the order of the rule's sources. The time of the question; nullopt: not idle.
  std::optional<ArrivalTime> answer(std::span<const SourceEnd> ends) const;

 private:
  bool is_quiet(std::chrono::nanoseconds at) const;

  IdleRule rule_;
  std::chrono::nanoseconds silent_since_{0};
  std::optional<std::chrono::nanoseconds> asked_at_;
  std::optional<std::chrono::nanoseconds> stepped_at_;
  std::optional<BrokerTime> broker_time_;
};

}  // namespace tidemark::runtime

#pragma once
// For tests of processors: a sub-topology on one partition, in memory. It is the engine's own task with its
// stores, epochs and changelogs, but no Kafka, no disk, no threads, and no clock but the one that the test
// moves. In the manner of Kafka Streams' TopologyTestDriver:
//
//   auto driver = TestDriver::open("topology.yaml", my_processors());
//   (*driver)->pipe("limits", {.key = "card-1", .value = limit, .arrival = t0});
//   (*driver)->pipe("payments", {.key = "card-1", .value = payment, .arrival = t0});
//   (*driver)->run_to_rest();
//   for (const SentRecord& alert : (*driver)->take_sent("alerts")) ...
//
// There is one partition, whatever the topology says, so that every record is at home. The same calls give
// the same results, on every machine.
// Owns:      a copy of the topology and of the descriptors, the task, its stores, copies of all records.
// Threading: one thread.
// Failure:   errors of processors come back from the call that met them, which need not be the pipe() of the
//            record at fault; then only the destructor may follow.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/processor.h"

namespace tidemark {

// A record as a source would give it. Borrows; the bytes are copied before the call that takes it returns.
struct PipedRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  std::span<const HeaderView> headers = {};
  ArrivalTime arrival;  // Kafka's record timestamp
};

// A record that an epoch sent to a topic. Owns its bytes.
struct SentRecord {
  std::string key;
  std::optional<std::string> value;  // nullopt: a tombstone
  std::vector<std::pair<std::string, std::string>> headers;

  // Ours follow those that the record came with, which may bear the same names: the last counts. "" without
  // one.
  std::string_view header(std::string_view name) const {
    for (std::size_t i = headers.size(); i-- > 0;) {
      if (headers[i].first == name) return headers[i].second;
    }
    return {};
  }
  bool operator==(const SentRecord&) const = default;
};

// What the processors wrote down of a consumed record. The numbers are theirs.
struct WrittenVerdict {
  RecordPlace place;
  std::uint8_t verdict = 0;
  std::uint16_t code = 0;
  bool moved = false;  // a later change of the verdict that the record got first
  bool operator==(const WrittenVerdict&) const = default;
};

// What a processor told the operator.
struct ToldNotice {
  std::string code;
  std::string message;
  std::optional<RecordPlace> record;  // of a table, while which was processed; nullopt: of no one record
  bool operator==(const ToldNotice&) const = default;
};

class TestDriver {
 public:
  // `topology` is the path of a topology.yaml. Errors: "config_unreadable"; "config_invalid", whose message
  // lists the findings, one per line; those of the processors' open().
  static Result<std::unique_ptr<TestDriver>> open(const std::string& topology,
                                                  std::vector<ProcessorDescriptor> processors,
                                                  ArrivalTime wall_clock = {});
  virtual ~TestDriver() = default;

  // The next record of a source. Records are processed in the order piped, whatever their sources, some at a
  // time. Returns its offset, from 0. REQUIRES: there is a source of that name.
  virtual Result<Offset> pipe(std::string_view source, const PipedRecord& record) = 0;

  // Processes what was piped and commits: only then outputs, verdicts and counters are seen. An epoch also
  // ends by itself where a processor holds records back until its deferred work is committed.
  virtual Status end_epoch() = 0;
  // Epochs until nothing is left to do. Where nothing is due, the wall clock goes on by `step`, so that what
  // waits for a cadence no longer than that is done too; it ends when such a step brings nothing.
  virtual Status run_to_rest(std::chrono::milliseconds step) = 0;
  Status run_to_rest() { return run_to_rest(std::chrono::hours(24)); }
  virtual void advance_wall_clock(std::chrono::milliseconds time) = 0;
  // As an idle partition does: time goes on without records. Committed by the next epoch. Never back.
  virtual Status advance_watermark(EventTime watermark) = 0;

  // Two ways to lose an epoch. What was piped since the last one is forgotten, and its offsets are given out
  // again: pipe it again, as Kafka would.
  // The records are processed, then the transaction fails: the processors live on and get reset(), open().
  virtual Status abort_epoch() = 0;
  // The process dies: new processors on what the last epoch committed.
  virtual Status restart() = 0;

  // Outputs of the epochs since the last call, in the order sent. REQUIRES: there is a sink of that name.
  virtual std::vector<SentRecord> take_sent(std::string_view sink) = 0;
  virtual std::vector<SentRecord> take_dead_letters() = 0;
  // From the changelogs of stores of kind generations, in the order written down.
  virtual std::vector<WrittenVerdict> take_verdicts() = 0;
  // In the order told.
  virtual std::vector<ToldNotice> take_notices() = 0;

  // The rows of a keyed store in key order, as a processor would find them now: right after an epoch, as
  // committed. REQUIRES: there is a keyed store of that name.
  virtual Result<std::vector<std::pair<std::string, std::string>>> rows(std::string_view store) = 0;

  // As committed.
  virtual EventTime watermark() const = 0;
  virtual ArrivalTime stream_time() const = 0;
  virtual EpochNumber epoch() const = 0;  // the last one; 0: none yet
  // The sum over all counters of this name that have these labels, and perhaps others.
  virtual std::uint64_t counter(std::string_view name, const Labels& labels) const = 0;
  std::uint64_t counter(std::string_view name) const { return counter(name, {}); }
  virtual SourceIndex source(std::string_view name) const = 0;  // REQUIRES: there is one
};

}  // namespace tidemark

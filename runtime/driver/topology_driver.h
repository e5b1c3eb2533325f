#pragma once
// A sub-topology on one partition, in memory: the engine's own task with its stores, epochs and changelogs,
// but no Kafka, no disk, no threads, and no clock but the one that the caller moves. For those who test a
// processor, and for tools that ask what would become of some records. In the manner of Kafka Streams'
// TopologyTestDriver:
//
//   auto driver = TopologyDriver::make(topology, catalog, {.dead_letter_encoder = encoder});
//   (*driver)->pipe("customers", {.key = key, .value = profile, .arrival = t0});
//   (*driver)->pipe("events", {.key = "cus_1", .value = event, .arrival = t0});
//   (*driver)->run_to_rest();
//   for (const SentRecord& total : (*driver)->take_sent("totals")) ...
//
// There is one partition, whatever the topology says, so that every record is at home.
// Owns:      a copy of the topology, the task, its stores, copies of all records.
// Borrows:   the catalog; it must outlive the driver.
// Threading: one thread.
// Failure:   errors of processors come back from the call that met them, which need not be the pipe() of the
//            record at fault; then only the destructor may follow.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/arena.h"
#include "runtime/blueprint.h"
#include "runtime/driver/counting_metrics.h"
#include "runtime/driver/driver_records.h"
#include "runtime/driver/manual_clock.h"
#include "runtime/driver/memory_storage.h"
#include "runtime/driver/recording_producer.h"
#include "runtime/task.h"

namespace tidemark::runtime {

struct DriverSettings {
  std::function<std::unique_ptr<DeadLetterEncoder>()> dead_letter_encoder;  // required
  ArrivalTime wall_clock{};                                                 // at the start
};

class TopologyDriver {
 public:
  // REQUIRES: `topology` has no findings.
  static Result<std::unique_ptr<TopologyDriver>> make(const Topology& topology,
                                                      const ProcessorCatalog& catalog,
                                                      DriverSettings settings);
  ~TopologyDriver();
  TopologyDriver(const TopologyDriver&) = delete;
  TopologyDriver& operator=(const TopologyDriver&) = delete;

  // The next record of a source. Records are processed in the order piped, whatever their sources, some at a
  // time. Returns its offset, from 0. REQUIRES: there is a source of that name.
  Result<Offset> pipe(std::string_view source, const PipedRecord& record);

  // Processes what was piped and commits: only then outputs, verdicts and counters are seen. An epoch also
  // ends by itself where a processor holds records back until its deferred work is committed.
  Status end_epoch();
  // Epochs until nothing is left to do. Where nothing is due, the wall clock goes on by `step`, so that what
  // waits for a cadence no longer than that is done too; it ends when such a step brings nothing.
  Status run_to_rest(std::chrono::milliseconds step = std::chrono::hours(24));
  void advance_wall_clock(std::chrono::milliseconds time) { clock_.advance(time); }
  // As an idle partition does: time goes on without records. Committed by the next epoch. Never back.
  Status advance_watermark(EventTime watermark);
  // A new task on what the last epoch committed. What was piped since is forgotten, and its offsets are given
  // out again.
  Status restart();

  // Outputs of the epochs since the last call, in the order sent. REQUIRES: there is a sink of that name.
  std::vector<SentRecord> take_sent(std::string_view sink);
  std::vector<SentRecord> take_dead_letters();
  // From the changelogs of stores of kind generations, in the order written down.
  std::vector<WrittenVerdict> take_verdicts() { return producer_.take_verdicts(); }
  // In the order told.
  std::vector<ToldNotice> take_notices() { return std::exchange(notices_, {}); }

  // As committed.
  EventTime watermark() const { return task_->progress().watermark; }
  ArrivalTime stream_time() const { return task_->progress().stream_time; }
  EpochNumber epoch() const { return task_->progress().epoch; }  // the last one; 0: none yet
  // The sum over all counters of this name that have these labels, and perhaps others.
  std::uint64_t counter(std::string_view name, const Labels& labels = {}) const {
    return metrics_.sum(name, labels);
  }
  const Topology& topology() const { return topology_; }
  SourceIndex source(std::string_view name) const;  // REQUIRES: there is one

 private:
  TopologyDriver(const Topology& topology, const ProcessorCatalog& catalog, DriverSettings settings);
  Status start(const TaskProgress& progress);
  Status process_piped();
  Status process_pending(std::size_t records_max, std::optional<RecordPlace> record);
  Status commit();
  void forget_piped();

  const Topology topology_;  // with one partition
  ManualClock clock_;
  CountingMetrics metrics_;
  MemoryStorageFactory storage_;
  const Blueprint blueprint_;
  RecordingProducer producer_;
  std::unique_ptr<Task> task_;

  // Records of one source that the task has not seen yet.
  Arena arena_;
  std::vector<std::vector<HeaderView>> headers_;
  std::vector<RecordView> piped_;
  std::vector<Offset> next_offsets_;  // by source

  std::vector<std::optional<RecordPlace>> notice_places_;  // of the epoch's notices
  std::vector<ToldNotice> notices_;                        // of those committed
};

}  // namespace tidemark::runtime

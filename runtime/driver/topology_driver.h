#pragma once
// The driver behind tidemark/test_driver.h, which says what it does; besides it takes a topology that is
// loaded already, and is told how dead letters are labelled. For tools that ask what would become of some
// records.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/arena.h"
#include "runtime/blueprint.h"
#include "runtime/driver/counting_metrics.h"
#include "runtime/driver/manual_clock.h"
#include "runtime/driver/memory_storage.h"
#include "runtime/driver/recording_producer.h"
#include "runtime/task.h"
#include "tidemark/test_driver.h"

namespace tidemark::runtime {

struct DriverSettings {
  std::function<std::unique_ptr<DeadLetterEncoder>()> dead_letter_encoder;  // required
  ArrivalTime wall_clock{};                                                 // at the start
};

class TopologyDriver final : public TestDriver {
 public:
  // REQUIRES: `topology` has no findings.
  static Result<std::unique_ptr<TopologyDriver>> make(const Topology& topology, ProcessorCatalog catalog,
                                                      DriverSettings settings);
  ~TopologyDriver() override;
  TopologyDriver(const TopologyDriver&) = delete;
  TopologyDriver& operator=(const TopologyDriver&) = delete;

  Result<Offset> pipe(std::string_view source, const PipedRecord& record) override;
  Status end_epoch() override;
  using TestDriver::run_to_rest;
  Status run_to_rest(std::chrono::milliseconds step) override;
  void advance_wall_clock(std::chrono::milliseconds time) override { clock_.advance(time); }
  Status advance_watermark(EventTime watermark) override;
  Status abort_epoch() override;
  Status restart() override;

  std::vector<SentRecord> take_sent(std::string_view sink) override;
  std::vector<SentRecord> take_dead_letters() override;
  std::vector<WrittenVerdict> take_verdicts() override { return producer_.take_verdicts(); }
  std::vector<ToldNotice> take_notices() override { return std::exchange(notices_, {}); }
  Result<std::vector<std::pair<std::string, std::string>>> rows(std::string_view store) override;

  EventTime watermark() const override { return task_->progress().watermark; }
  ArrivalTime stream_time() const override { return task_->progress().stream_time; }
  EpochNumber epoch() const override { return task_->progress().epoch; }
  using TestDriver::counter;
  std::uint64_t counter(std::string_view name, const Labels& labels) const override {
    return metrics_.sum(name, labels);
  }
  SourceIndex source(std::string_view name) const override;

 private:
  TopologyDriver(const Topology& topology, ProcessorCatalog catalog, DriverSettings settings);
  Status start(const TaskProgress& progress);
  Status run(const TaskProgress& progress);
  Status process_piped();
  Status process_pending(std::size_t records_max, std::optional<RecordPlace> record);
  Status commit();
  void forget_piped();

  const Topology topology_;  // with one partition
  const ProcessorCatalog catalog_;
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

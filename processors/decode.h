#pragma once
// decode: bytes -> JudgedEvent, one or (of a packed record) several, with the checks that need nothing but
// the record and the dedup clock: syntax, home partition, arrival_behind, timestamp_in_future, too_old, in
// this order. What belongs to another partition is sent there by way of the rekey topic, where the topology
// has one, and judged there as it would have been here; it is never sent a second time.
#include <vector>

#include "processors/judged_event.h"
#include "processors/rekey.h"
#include "tidemark/processor.h"

namespace tidemark::processors {

struct DecodeConfig {
  std::chrono::milliseconds max_future = std::chrono::minutes(5);
  std::chrono::milliseconds max_age = std::chrono::hours(35 * 24);
  // How far an arrival may lie behind the dedup clock; nullopt: unchecked (ids are remembered for ever).
  std::optional<std::chrono::milliseconds> arrival_slack = std::chrono::hours(23);
  // The source that brings back what the sink `rekey` took; nullopt: what is found elsewhere is a dead
  // letter.
  std::optional<std::string> rekeyed_source = std::nullopt;
  schemas::DecodeOptions format = {};
};

class Decode final : public Processor {
 public:
  explicit Decode(DecodeConfig config) : config_(std::move(config)), decoder_(config_.format) {}
  Status open(Context& context) override;
  Status process(Batch batch, Context& context) override;

 private:
  struct Taken {  // a record, with the dedup clock before and after it
    const RecordView* record = nullptr;
    ArrivalTime clock_before;
    ArrivalTime stream_time;
    std::optional<ArrivalTime> original_arrival;  // of a record that is sent again
    std::optional<RekeyedRecord> rekeyed = std::nullopt;
  };
  struct Rekey {
    SinkIndex sink;
    SourceIndex source;
  };
  void take_all(std::span<const RecordView> records, ArrivalTime& stream_time);
  void take_rekeyed(std::span<const RecordView> records, ArrivalTime& stream_time);
  Status send_home(std::string_view topic, Context& context);
  static std::size_t bytes_around(const Taken& taken);
  void count_more(SourceIndex source, Context& context);
  JudgedEvent& add(const Taken& taken, std::string_view bytes);
  void take(const Taken& taken);
  void take_elements(const Taken& taken, std::span<const std::string_view> elements);
  void judge(JudgedEvent& event, schemas::DecodeOutcome outcome, const Taken& taken);
  bool is_at_home(JudgedEvent& event);
  void judge_times(JudgedEvent& event, const Taken& taken) const;

  const DecodeConfig config_;
  schemas::UsageEventDecoder decoder_;
  std::vector<JudgedEvent> events_;  // reused from batch to batch
  std::size_t more_events_ = 0;      // than records, of the batch
  std::optional<Rekey> rekey_;
  std::vector<RecordView> rekeyed_;  // of the batch, with the arrivals they had where they were found
  std::vector<std::pair<std::size_t, PartitionId>> foreign_;  // of events_, with their homes
  RekeyedRecords sent_home_;
  PartitionId partition_;
  std::int32_t partition_count_ = 1;
};

ProcessorDescriptor decode_descriptor();

}  // namespace tidemark::processors

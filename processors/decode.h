#pragma once
// decode: bytes -> JudgedEvent, one or (of a packed record) several, with the checks that need nothing but
// the record and the dedup clock: syntax, home partition, arrival_behind, timestamp_in_future, too_old, in
// this order.
#include <vector>

#include "processors/judged_event.h"
#include "tidemark/processor.h"

namespace tidemark::processors {

struct DecodeConfig {
  std::chrono::milliseconds max_future = std::chrono::minutes(5);
  std::chrono::milliseconds max_age = std::chrono::hours(35 * 24);
  // How far an arrival may lie behind the dedup clock; nullopt: unchecked (ids are remembered for ever).
  std::optional<std::chrono::milliseconds> arrival_slack = std::chrono::hours(23);
  schemas::DecodeOptions format;
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
  };
  void count_more(SourceIndex source, Context& context);
  JudgedEvent& add(const Taken& taken, std::string_view bytes);
  void take(const Taken& taken);
  void take_elements(const Taken& taken, std::span<const std::string_view> elements);
  void judge(JudgedEvent& event, schemas::DecodeOutcome outcome, const Taken& taken) const;
  void judge(JudgedEvent& event, ArrivalTime clock_before, bool sent_again) const;

  const DecodeConfig config_;
  schemas::UsageEventDecoder decoder_;
  std::vector<JudgedEvent> events_;  // reused from batch to batch
  std::size_t more_events_ = 0;      // than records, of the batch
  PartitionId partition_;
  std::int32_t partition_count_ = 1;
};

ProcessorDescriptor decode_descriptor();

}  // namespace tidemark::processors

#pragma once
// The Context of one processor of one task.
#include "tidemark/context.h"

namespace tidemark::runtime {

class Task;

class TaskContext final : public Context {
 public:
  TaskContext(Task& task, std::size_t node) : task_(task), node_(node) {}
  KeyedStore& keyed_store(std::string_view name) override;
  IdStore& id_store(std::string_view name) override;
  SourceIndex source(std::string_view name) const override;
  std::string_view source_topic(SourceIndex source) const override;
  Status forward(Batch batch) override;
  Result<SinkIndex> sink(std::string_view name) const override;
  Status send(SinkIndex sink, std::span<const OutputRecord> records) override;
  Status send_to(PartitionId partition, SinkIndex sink, std::span<const OutputRecord> records) override;
  Status dead_letter(const RecordView& record, std::string_view code, std::string_view message) override;
  PartitionId partition() const override;
  std::int32_t partition_count() const override;
  EpochNumber epoch() const override;
  ArrivalTime stream_time() const override;
  void advance_stream_time(ArrivalTime stream_time) override;
  EventTime watermark() const override;
  void advance_watermark(EventTime watermark) override;
  ArrivalTime wall_clock_time() const override;
  void notice(std::string_view code, std::string_view message) override;
  CounterId counter(std::string_view name, std::string_view help, const Labels& labels) override;
  void count(CounterId counter, std::uint64_t count) override;

 private:
  std::size_t store_index(std::string_view name) const;
  Task& task_;
  const std::size_t node_;
};

}  // namespace tidemark::runtime

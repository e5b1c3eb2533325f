#pragma once
// Reads given partitions outside of any group.
#include <memory>

#include "runtime/kafka/client.h"
#include "runtime/kafka/poller.h"
#include "runtime/log.h"

namespace tidemark::runtime::kafka {

class PartitionReader final : public LogReader {
 public:
  static Result<std::unique_ptr<PartitionReader>> create(const KafkaSettings& settings,
                                                         const std::shared_ptr<Trouble>& trouble);

  std::unique_ptr<RecordBatch> new_batch() override { return poller_->new_batch(); }
  Result<PartitionOffsets> offsets(TopicPartition partition) override;
  Result<Offset> offset_at(TopicPartition partition, ArrivalTime time) override;
  Status assign(std::span<const StartingOffset> partitions) override { return poller_->assign(partitions); }
  Result<PollEvents> poll(RecordBatch& batch, std::size_t count_max,
                          std::chrono::milliseconds timeout) override {
    return poller_->poll(batch, count_max, timeout);
  }

 private:
  explicit PartitionReader(std::chrono::milliseconds request_timeout) : request_timeout_(request_timeout) {}

  const std::chrono::milliseconds request_timeout_;
  std::unique_ptr<Handle> uncommitted_;  // only asked for offsets, never reads
  std::unique_ptr<Handle> committed_;
  std::unique_ptr<Poller> poller_;  // borrows committed_: destroyed first
};

}  // namespace tidemark::runtime::kafka

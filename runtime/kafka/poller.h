#pragma once
// Reads assigned partitions in batches: the part that group members and plain readers have in common.
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/kafka/client.h"
#include "runtime/kafka/record_batch.h"
#include "runtime/log.h"

namespace tidemark::runtime::kafka {

// Where each assigned partition is to go on. Knows a stale message from a good one by its offset: per
// partition they must rise, with gaps only where markers or compaction left them.
class Positions {
 public:
  struct Slot {
    const rd_kafka_topic_t* handle;
    TopicPartition partition;
    std::int64_t next_offset;
  };

  void reset(std::vector<Slot> slots);
  // nullptr: not assigned. Messages come in runs of one partition, so the last answer is tried first.
  Slot* find(const rd_kafka_topic_t* handle, std::int32_t partition);

 private:
  std::vector<Slot> slots_;
  std::size_t last_ = 0;
};

// Borrows:   `handle`, which must outlive it.
// Threading: confined to one thread.
class Poller {
 public:
  // `queue_bytes`: of the handle's consumer queue, as configured.
  Poller(Handle& handle, const std::vector<std::string>& topics, std::size_t queue_bytes);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  std::unique_ptr<RecordBatch> new_batch();
  Status assign(std::span<const StartingOffset> partitions);
  Status unassign();
  // What the group decided came in: nothing is delivered before the next assign() or unassign(), not even
  // what the batch call under way has in hand. Called from the rebalance callback, inside of poll().
  void interrupt();
  Result<PollEvents> poll(RecordBatch& batch, std::size_t count_max, std::chrono::milliseconds timeout);

  TopicHandles& topics() { return topics_; }

 private:
  // Takes what is there; waits for one message only when there is none. (The batch call of 2.0.2 waits its
  // full timeout unless the array is full.)
  void take(MessageBatch& batch, std::size_t count_max, std::chrono::milliseconds timeout);
  void sort(MessageBatch& batch, std::span<rd_kafka_message_t* const> messages);
  void take_error(const rd_kafka_message_t& message);
  void keep_fetching();

  Handle& handle_;
  TopicHandles topics_;
  QueuePtr queue_;
  const std::size_t request_every_bytes_;
  Positions positions_;
  PartitionListPtr assigned_;
  std::size_t bytes_since_request_ = 0;  // handed out since keep_fetching() last asked
  std::shared_ptr<BatchRegistry> batches_ = std::make_shared<BatchRegistry>();
  bool awaits_answer_ = false;  // from interrupt() to the next assign() or unassign()
  bool interrupted_ = false;    // interrupt() came in the poll under way
  PollEvents events_;           // of the poll under way
  std::optional<Error> error_;  // of the poll under way
};

}  // namespace tidemark::runtime::kafka

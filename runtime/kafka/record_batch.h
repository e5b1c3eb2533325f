#pragma once
// Records as librdkafka hands them over: its messages stay alive behind the views.
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "runtime/log.h"

namespace tidemark::runtime::kafka {

class MessageBatch;

// Batches of one poller. Messages must be gone before their instance is, also when a batch outlives it.
using BatchRegistry = std::vector<MessageBatch*>;

class MessageBatch final : public RecordBatch {
 public:
  explicit MessageBatch(std::shared_ptr<BatchRegistry> registry);
  ~MessageBatch() override;
  MessageBatch(const MessageBatch&) = delete;
  MessageBatch& operator=(const MessageBatch&) = delete;

  void clear() override;

  // Takes up to count_max messages off the queue; the batch owns them until clear().
  std::span<rd_kafka_message_t* const> fetch(rd_kafka_queue_t* queue, std::size_t count_max,
                                             std::chrono::milliseconds timeout);
  // REQUIRES: a message of the last fetch, without an error.
  void add(TopicId topic, rd_kafka_message_t& message);
  // After the last add(): headers move while they are gathered, so records get theirs at the end.
  void link_headers();

 private:
  struct HeaderRange {
    std::size_t record;
    std::size_t first;
    std::size_t count;
  };

  const std::shared_ptr<BatchRegistry> registry_;
  std::vector<rd_kafka_message_t*> messages_;  // the first message_count_ are ours; the rest is scratch
  std::size_t message_count_ = 0;
  std::vector<HeaderView> headers_;
  std::vector<HeaderRange> header_ranges_;
};

}  // namespace tidemark::runtime::kafka

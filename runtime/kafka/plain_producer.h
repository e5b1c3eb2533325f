#pragma once
// Writes one topic outside of transactions, without repeats by the client's own retries: `events send`,
// `customers apply`. Consumers deduplicate what a caller sends again.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/kafka/settings.h"
#include "runtime/log.h"

namespace tidemark::runtime {

namespace kafka {
class Handle;
class TopicHandles;
class Trouble;
}  // namespace kafka

struct PlainRecord {
  OutputRecord record;
  std::optional<PartitionId> partition;  // absent: by murmur2 of the key, as the Java client does
  std::optional<ArrivalTime> timestamp;  // absent: now
  std::uint64_t token = 0;               // the caller's, comes back with the delivery
};

struct Delivery {
  std::uint64_t token = 0;
  PartitionId partition;
  Offset offset;               // when delivered
  std::optional<Error> error;  // not delivered, or nobody knows: send it again
};

// After a fatal "fenced" the producer is dead (2.0.2 does not survive a killed broker): what was not
// delivered is reported so; the caller makes a new producer and sends it again.
// Threading: confined to one thread.
class KafkaPlainProducer {
 public:
  using OnDelivery = std::function<void(const Delivery&)>;  // called inside of send() and flush()

  static Result<std::unique_ptr<KafkaPlainProducer>> create(const KafkaSettings& settings, TopicId topic,
                                                            std::chrono::milliseconds linger,
                                                            OnDelivery on_delivery);
  ~KafkaPlainProducer();

  // Bytes are copied. Waits while the queue is full.
  Status send(const PlainRecord& record);
  // Waits until every record sent is accounted for; retry when the time was not enough. Failures of single
  // records are told by their Delivery and by failed_total().
  Status flush(std::chrono::milliseconds timeout);

  std::uint64_t delivered_total() const { return delivered_total_; }
  std::uint64_t failed_total() const { return failed_total_; }

 private:
  KafkaPlainProducer(TopicId topic, OnDelivery on_delivery);
  struct Callback;  // knows librdkafka's types

  const TopicId topic_;
  const OnDelivery on_delivery_;  // may be empty
  std::uint64_t delivered_total_ = 0;
  std::uint64_t failed_total_ = 0;
  std::unique_ptr<kafka::Handle> handle_;
  std::unique_ptr<kafka::TopicHandles> topics_;  // borrows handle_: destroyed first
};

}  // namespace tidemark::runtime

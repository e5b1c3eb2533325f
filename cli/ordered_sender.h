#pragma once
// Sends records to one topic, each partition in the order of the calls, whatever happens to the producer.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/kafka/plain_producer.h"
#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::cli {

// Threading: confined to one thread.
// Failure:   after an error nothing more can be sent; what was delivered stays.
class OrderedSender {
 public:
  static Result<std::unique_ptr<OrderedSender>> create(
      const runtime::KafkaSettings& settings);  // to topics[0]
  ~OrderedSender();

  struct Record {
    std::string key;
    std::optional<std::string> value;  // nullopt: a tombstone
    std::vector<std::pair<std::string, std::string>> headers;
    PartitionId partition;
    std::optional<ArrivalTime> timestamp;  // nullopt: now
  };
  // Waits while too much is under way.
  Status send(Record record);
  // Waits until everything is delivered or refused.
  Status finish();

  std::int64_t delivered() const { return delivered_; }
  // Records that Kafka will never take, such as too large ones: number of the record (from 1) and why.
  const std::vector<std::pair<std::int64_t, std::string>>& refused() const { return refused_; }

 private:
  struct Pending {
    Record record;
    bool done = false;
  };

  explicit OrderedSender(const runtime::KafkaSettings& settings) : settings_(settings) {}
  Status make_producer();
  Status produce(std::int64_t number);
  Status send_again();
  void on_delivery(const runtime::Delivery& delivery);
  void refuse(std::int64_t number, const Error& error);
  void drop_done();
  Status check_failure() const;

  const runtime::KafkaSettings settings_;
  std::unique_ptr<runtime::KafkaPlainProducer> producer_;
  std::deque<Pending> pending_;
  std::int64_t first_pending_ = 1;  // number of pending_.front()
  std::int64_t delivered_ = 0;
  bool producer_is_dead_ = false;
  std::optional<Error> failure_;  // of a record that may or may not stand in the log
  int rebuilds_without_progress_ = 0;
  std::int64_t delivered_at_rebuild_ = 0;
  std::vector<std::pair<std::int64_t, std::string>> refused_;
};

}  // namespace tidemark::cli

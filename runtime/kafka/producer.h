#pragma once
// One transactional producer. Outcomes of a commit are judged by what went over the wire, not only by what
// librdkafka returns: it repeats a lost EndTxn by itself, and a late one can hit the next transaction.
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/kafka/client.h"
#include "runtime/log.h"

namespace tidemark::runtime::kafka {

// EndTxn requests of one commit. librdkafka tells of one answer up to twice: where it came in and where it is
// worked off.
struct EndTxnTally {
  int sent = 0;
  int answered = 0;
  int failed = 0;  // told of as timed out or cut off
  int others_failed =
      0;  // the same, of what was said of the transaction before: it may be repeated, and come late
  std::chrono::milliseconds elapsed{0};  // of the whole commit
};

// After librdkafka reported success.
CommitOutcome judge_success(const EndTxnTally& tally);
// After it reported that the transaction has to be aborted. `aborted`: certain, and abort() is to follow.
CommitOutcome judge_abortable(const EndTxnTally& tally);

class TxnProducer final : public TransactionalProducer {
 public:
  static Result<std::unique_ptr<TxnProducer>> create(const KafkaSettings& settings,
                                                     const std::string& transactional_id,
                                                     std::shared_ptr<Trouble> trouble);

  Status init(std::chrono::milliseconds timeout) override;
  Status begin() override;
  Status produce(const TopicPartition& partition, std::span<const OutputRecord> records) override;
  Result<std::vector<LastOffset>> flush(std::chrono::milliseconds timeout) override;
  Status send_offsets(std::span<const OffsetToCommit> offsets, GroupConsumer& consumer,
                      std::chrono::milliseconds timeout) override;
  CommitOutcome commit(std::chrono::milliseconds timeout) override;
  Status abort(std::chrono::milliseconds timeout) override;
  const std::string& transactional_id() const override { return transactional_id_; }

 private:
  // Per partition ever produced to; its address goes along with every record, so entries stay.
  struct Touched {
    std::int64_t last_offset = -1;           // -1: not in this transaction
    std::optional<ArrivalTime> appended_at;  // of that record, where the broker stamps
  };

  // Written by librdkafka's broker threads.
  struct EndTxnCounters {
    std::atomic<int> sent{0};
    std::atomic<int> answered{0};
    std::atomic<int> failed{0};
    std::atomic<int> others_failed{0};  // since begin()
  };

  TxnProducer(const KafkaSettings& settings, std::string transactional_id);
  void install(rd_kafka_conf_t* conf);
  // Makes the broker abort what the id left open. librdkafka would wait 500 ms before it asks again whether
  // that is done; a second producer asks at once.
  void init_throw_away() const;
  void note_delivery(const rd_kafka_message_t& message);

  const std::string transactional_id_;
  const KafkaProperties properties_;
  std::shared_ptr<Trouble> trouble_;
  EndTxnCounters end_txn_;                     // outlives handle_, whose threads count
  std::map<TopicPartition, Touched> touched_;  // outlives handle_, whose records point to it
  std::optional<Error> delivery_failure_;      // the first of this transaction
  bool is_in_transaction_ = false;
  std::unique_ptr<Handle> handle_;
  std::unique_ptr<TopicHandles> topics_;  // borrows handle_: destroyed first
};

}  // namespace tidemark::runtime::kafka

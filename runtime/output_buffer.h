#pragma once
// What a task wants to produce in the epoch it is filling, kept in memory until the epoch is cut: the
// transaction is then open for milliseconds only, and an aborted epoch leaves nothing behind. What is added
// at the cut goes to the producer in pieces, each while it is still in the CPU's cache.
// Owns copies of all bytes. Threading: confined to the stream thread.
#include <algorithm>
#include <map>
#include <vector>

#include "runtime/arena.h"
#include "runtime/log.h"
#include "tidemark/assert.h"

namespace tidemark::runtime {

class OutputBuffer {
 public:
  explicit OutputBuffer(std::size_t piece_bytes) : piece_bytes_(piece_bytes) {}

  void add(TopicPartition partition, const OutputRecord& record) {
    OutputRecord copy = record;
    copy.key = arena_.keep(record.key);
    copy.value = arena_.keep(record.value);
    if (!record.headers.empty()) {
      auto& headers = headers_.emplace_back(record.headers.begin(), record.headers.end());
      for (HeaderView& header : headers) header = {arena_.keep(header.name), arena_.keep(header.value)};
      copy.headers = headers;
    }
    records_[partition].push_back(copy);
    if (producer_ != nullptr && arena_.bytes() >= piece_bytes_) hand_over_piece();
  }
  // From here to clear() a piece goes to `producer` as soon as it is full. REQUIRES: it is in a transaction,
  // and outlives that.
  void begin_hand_over(TransactionalProducer& producer) { producer_ = &producer; }
  // All that is left: per partition in the order of topics' ids, within one in the order added. Error: the
  // first that any piece met; nothing goes after it. REQUIRES: begin_hand_over().
  Status hand_over() {
    TM_ASSERT(producer_ != nullptr);
    hand_over_piece();
    return handed_over_;
  }
  // In the order of topics' ids; within a partition in the order added.
  const std::map<TopicPartition, std::vector<OutputRecord>>& records() const { return records_; }
  std::size_t bytes() const { return arena_.bytes(); }
  bool empty() const {
    return std::all_of(records_.begin(), records_.end(),
                       [](const auto& entry) { return entry.second.empty(); });
  }
  void clear() {
    drop_records();
    producer_ = nullptr;
    handed_over_ = {};
  }

 private:
  static constexpr std::size_t kKeepRecords = 4'096;

  void hand_over_piece() {
    for (const auto& [partition, records] : records_) {
      if (handed_over_ && !records.empty()) handed_over_ = producer_->produce(partition, records);
    }
    drop_records();
  }
  void drop_records() {
    for (auto& [partition, records] : records_) records.clear();
    std::erase_if(records_, [](const auto& entry) { return entry.second.capacity() > kKeepRecords; });
    headers_.clear();
    arena_.clear();
  }

  const std::size_t piece_bytes_;
  std::map<TopicPartition, std::vector<OutputRecord>> records_;
  std::vector<std::vector<HeaderView>> headers_;  // the inner vectors never move their elements
  Arena arena_;
  TransactionalProducer* producer_ = nullptr;
  Status handed_over_;
};

}  // namespace tidemark::runtime

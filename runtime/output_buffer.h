#pragma once
// What a task wants to produce in the epoch it is filling, kept in memory until the epoch is cut: the
// transaction is then open for milliseconds only, and an aborted epoch leaves nothing behind.
// Owns copies of all bytes. Threading: confined to the stream thread.
#include <algorithm>
#include <map>
#include <vector>

#include "runtime/arena.h"
#include "runtime/log.h"

namespace tidemark::runtime {

class OutputBuffer {
 public:
  void add(TopicId topic, const OutputRecord& record) {
    OutputRecord copy = record;
    copy.key = arena_.keep(record.key);
    copy.value = arena_.keep(record.value);
    if (!record.headers.empty()) {
      auto& headers = headers_.emplace_back(record.headers.begin(), record.headers.end());
      for (HeaderView& header : headers) header = {arena_.keep(header.name), arena_.keep(header.value)};
      copy.headers = headers;
    }
    records_[topic].push_back(copy);
  }
  // Per topic in the order of their ids; within a topic in the order added.
  const std::map<TopicId, std::vector<OutputRecord>>& records() const { return records_; }
  std::size_t bytes() const { return arena_.bytes(); }
  bool empty() const {
    return std::all_of(records_.begin(), records_.end(),
                       [](const auto& entry) { return entry.second.empty(); });
  }
  void clear() {
    for (auto& [topic, records] : records_) records.clear();
    std::erase_if(records_, [](const auto& entry) { return entry.second.capacity() > kKeepRecords; });
    headers_.clear();
    arena_.clear();
  }

 private:
  static constexpr std::size_t kKeepRecords = 4'096;
  std::map<TopicId, std::vector<OutputRecord>> records_;
  std::vector<std::vector<HeaderView>> headers_;  // the inner vectors never move their elements
  Arena arena_;
};

}  // namespace tidemark::runtime

#pragma once
// What consumers and readers share: positions, batches that own their bytes, ends and lost offsets.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/log.h"
#include "runtime/sim/world.h"

namespace tidemark::runtime::sim {

// Copies every record, and overwrites the copies when they die: a view kept too long reads garbage.
class SimBatch final : public RecordBatch {
 public:
  ~SimBatch() override { clear(); }
  void clear() override;
  void add(TopicPartition partition, const Entry& entry);

 private:
  std::string_view keep(const std::string& text);

  std::deque<std::string> bytes_;
  std::deque<std::vector<HeaderView>> headers_;
};

class Fetcher {
 public:
  explicit Fetcher(World& world) : world_(world) {}

  void assign(const std::vector<std::pair<StartingOffset, PartitionRef>>& partitions);
  void clear() { positions_.clear(); }
  // Random cuts: some count up to `count_max`, beginning with some partition. False: nothing to tell.
  bool fetch(SimBatch& batch, std::size_t count_max, PollEvents& events);

 private:
  struct Position {
    PartitionRef ref;
    Offset next_offset;
    std::optional<Offset> end_told;
    bool lost = false;
  };
  void fetch_partition(TopicPartition partition, Position& position, SimBatch& batch, std::size_t count_max,
                       PollEvents& events);

  World& world_;
  std::map<TopicPartition, Position> positions_;
};

}  // namespace tidemark::runtime::sim

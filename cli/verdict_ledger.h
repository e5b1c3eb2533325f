#pragma once
// The loss equation, summed up from the packed changelog: every consumed record has one verdict at its
// offset; what is changed later is counted apart. Pure.
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "processors/judged_event.h"
#include "runtime/state/id_table.h"
#include "tidemark/types.h"

namespace tidemark::cli {

struct VerdictSums {
  std::map<std::uint8_t, std::int64_t> verdicts;             // by number
  std::map<std::uint16_t, std::int64_t> dead_letters;        // by code
  std::map<std::uint8_t, std::int64_t> moved;                // later changes, by the new verdict
  std::map<std::uint16_t, std::int64_t> moved_dead_letters;  // the same, by code
  std::int64_t judged_twice = 0;                             // must stay 0

  std::int64_t consumed() const;
};

class VerdictLedger {
 public:
  // Entries of one record of a changelog partition. REQUIRES: records of a partition in offset order.
  void add(PartitionId partition, std::span<const runtime::IdEntry> entries);
  const std::map<SourceIndex, VerdictSums>& by_source() const { return by_source_; }

 private:
  void judge(const runtime::IdEntry& entry, VerdictSums& sums, RecordPlace& next);
  std::map<SourceIndex, VerdictSums> by_source_;
  std::map<std::pair<PartitionId, SourceIndex>, RecordPlace> next_;  // after the last place with a verdict
};

}  // namespace tidemark::cli

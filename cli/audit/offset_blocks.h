#pragma once
// A set of offsets of one partition, as a count and a sum per block: two sets can be compared, and where they
// differ be named, in a few bytes per thousand offsets. Pure.
#include <cstdint>
#include <vector>

#include "tidemark/types.h"

namespace tidemark::cli {

class OffsetBlocks {
 public:
  static constexpr std::int64_t kBlockOffsets = 1'024;
  // Offsets below `begin` are not taken.
  explicit OffsetBlocks(Offset begin) : begin_(begin) {}
  void add(Offset offset);  // each once
  std::int64_t count() const { return count_; }

  struct Difference {
    Offset first;  // of the block
    Offset last;
    std::int64_t here = 0;
    std::int64_t there = 0;
  };
  // Sets that differ have the same count and sum with a probability of about 2^-64.
  std::vector<Difference> differences(const OffsetBlocks& other) const;  // REQUIRES: the same begin

 private:
  struct Block {
    std::int64_t count = 0;
    std::uint64_t sum = 0;  // of hashes
    bool operator==(const Block&) const = default;
  };
  Offset begin_;
  std::int64_t count_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace tidemark::cli

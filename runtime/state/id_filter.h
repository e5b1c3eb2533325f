#pragma once
// Which ids a run may hold: a Bloom filter in blocks of 256 bits. A question reads one block, an id sets a
// bit in each of its eight words; at 14 bits per id about three of a thousand questions get a wrong "maybe".
// Never a wrong "no". The block layout is the one of Apache Parquet (split block Bloom filters). Threading:
// const calls from any thread. Bytes are those of a little-endian machine.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tidemark/types.h"

namespace tidemark::runtime {

class IdFilter {
 public:
  IdFilter() = default;  // holds nothing
  explicit IdFilter(std::size_t ids) : blocks_(bytes_for(ids) / sizeof(Block)) {}
  static std::size_t bytes_for(std::size_t ids) {
    return ((ids * kBitsPerId + kBlockBits - 1) / kBlockBits + 1) * sizeof(Block);
  }
  // What bytes() gave; nullopt: no such bytes.
  static std::optional<IdFilter> from_bytes(std::string_view bytes);

  void add(const Hash128& id);
  void prefetch(const Hash128& id) const { __builtin_prefetch(&blocks_[block_of(mix(id))]); }
  // REQUIRES: not the default one.
  bool may_hold(const Hash128& id) const {
    const std::uint64_t mixed = mix(id);
    const Block& block = blocks_[block_of(mixed)];
    std::uint32_t missing = 0;
    for (std::size_t word = 0; word < block.size(); ++word) missing |= ~block[word] & bit(mixed, word);
    return missing == 0;
  }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(blocks_.data()), blocks_.size() * sizeof(Block)};
  }

 private:
  static constexpr std::size_t kBitsPerId = 14;
  static constexpr std::size_t kBlockBits = 256;
  static constexpr std::array<std::uint32_t, 8> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                                          0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
  struct alignas(32) Block : std::array<std::uint32_t, 8> {};

  // Ids are hashes, but both the order of a run and its blocks are theirs: other bits for the filter.
  static std::uint64_t mix(const Hash128& id) {
    const std::uint64_t mixed = (id.low ^ (id.high * 0x9e3779b97f4a7c15U)) * 0xbf58476d1ce4e5b9U;
    return mixed ^ (mixed >> 32);
  }
  std::size_t block_of(std::uint64_t mixed) const {
    return static_cast<std::size_t>(((mixed >> 32) * blocks_.size()) >> 32);
  }
  static std::uint32_t bit(std::uint64_t mixed, std::size_t word) {
    return std::uint32_t{1} << ((static_cast<std::uint32_t>(mixed) * kSalts[word]) >> 27);
  }

  std::vector<Block> blocks_;
};

}  // namespace tidemark::runtime

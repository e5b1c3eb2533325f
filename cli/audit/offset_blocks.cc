#include "cli/audit/offset_blocks.h"

#include <algorithm>

namespace tidemark::cli {
namespace {

// The finalizer of SplitMix64.
std::uint64_t hash_of(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27) * 0x94d049bb133111ebU;
  return value ^ value >> 31;
}

}  // namespace

void OffsetBlocks::add(Offset offset) {
  if (offset < begin_) return;
  const auto at = static_cast<std::size_t>((offset.value() - begin_.value()) / kBlockOffsets);
  if (at >= blocks_.size()) blocks_.resize(at + 1);
  blocks_[at].count += 1;
  blocks_[at].sum += hash_of(static_cast<std::uint64_t>(offset.value()));
  ++count_;
}

std::vector<OffsetBlocks::Difference> OffsetBlocks::differences(const OffsetBlocks& other) const {
  std::vector<Difference> out;
  for (std::size_t i = 0; i < std::max(blocks_.size(), other.blocks_.size()); ++i) {
    const Block here = i < blocks_.size() ? blocks_[i] : Block();
    const Block there = i < other.blocks_.size() ? other.blocks_[i] : Block();
    if (here == there) continue;
    const std::int64_t first = begin_.value() + static_cast<std::int64_t>(i) * kBlockOffsets;
    out.push_back({Offset(first), Offset(first + kBlockOffsets - 1), here.count, there.count});
  }
  return out;
}

}  // namespace tidemark::cli

#include "runtime/state/id_filter.h"

#include <cstring>

namespace tidemark::runtime {

void IdFilter::add(const Hash128& id) {
  const std::uint64_t mixed = mix(id);
  Block& block = blocks_[block_of(mixed)];
  for (std::size_t word = 0; word < block.size(); ++word) block[word] |= bit(mixed, word);
}

std::optional<IdFilter> IdFilter::from_bytes(std::string_view bytes) {
  if (bytes.empty() || bytes.size() % sizeof(Block) != 0) return std::nullopt;
  IdFilter filter;
  filter.blocks_.resize(bytes.size() / sizeof(Block));
  std::memcpy(static_cast<void*>(filter.blocks_.data()), bytes.data(), bytes.size());
  return filter;
}

}  // namespace tidemark::runtime

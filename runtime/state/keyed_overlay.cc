#include "runtime/state/keyed_overlay.h"

namespace tidemark::runtime {

const KeyedOverlay::Ordered& KeyedOverlay::ordered(std::string_view begin, std::string_view end) {
  std::bitset<256> wanted;
  const std::size_t last = end.empty() ? 0 : static_cast<std::uint8_t>(end.front());
  for (std::size_t byte = static_cast<std::uint8_t>(begin.front()); byte <= last; ++byte) {
    if (byte < last || end.size() > 1) wanted.set(byte);
  }
  wanted &= ~ordered_bytes_;
  if (wanted.none()) return ordered_;
  ordered_bytes_ |= wanted;
  for (std::size_t at = 0; at < changes_.size(); ++at) {
    const std::string_view key = changes_[at].key;
    if (wanted.test(static_cast<std::uint8_t>(key.front())))
      ordered_.emplace(key, static_cast<std::uint32_t>(at));
  }
  return ordered_;
}

}  // namespace tidemark::runtime

#pragma once
// Writes to a keyed store that wait, last value wins. Owns copies of all bytes, in an arena: no allocation
// per row. Pointers and views it hands out are valid until the next call that changes it.
#include <bitset>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string_view>
#include <vector>

#include "runtime/arena.h"

namespace tidemark::runtime {

struct RowChange {
  std::string_view key;
  std::string_view value;
  std::uint32_t capacity = 0;  // bytes there are for the value
  bool erase = false;
};

class KeyedOverlay {
 public:
  using Ordered = std::map<std::string_view, std::uint32_t>;  // key -> index into changes()

  void set(std::string_view key, std::string_view value, bool erase) {
    const auto found = index_.find(key);
    if (found == index_.end()) return append(key, value, erase);
    RowChange& change = changes_[found->second];
    store_value(change, value);
    change.erase = erase;
  }
  const RowChange* find(std::string_view key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &changes_[found->second];
  }
  // In the order in which the keys were first changed.
  const std::vector<RowChange>& changes() const { return changes_; }
  // Those of [begin, end) and maybe others, by key. Only keys whose first byte was ever asked for since the
  // last clear() are kept in order: most rows are never scanned.
  const Ordered& ordered(std::string_view begin, std::string_view end);
  std::size_t bytes() const { return arena_.bytes() + changes_.size() * kBytesPerRow; }
  void clear() {
    ordered_.clear();
    ordered_bytes_.reset();
    index_.clear();
    changes_.clear();
    arena_.clear();
    if (changes_.capacity() <= kRowsKept) return;
    // The next large epoch may be another task's.
    changes_.shrink_to_fit();
    index_.rehash(0);
  }

 private:
  static constexpr std::size_t kBytesPerRow = sizeof(RowChange) + 32;  // with the index
  static constexpr std::size_t kValueGrain = 32;
  static constexpr std::size_t kRowsKept = 1'024;

  void append(std::string_view key, std::string_view value, bool erase) {
    const auto at = static_cast<std::uint32_t>(changes_.size());
    RowChange& change = changes_.emplace_back();
    change.key = arena_.keep(key);
    store_value(change, value);
    change.erase = erase;
    index_.emplace(change.key, at);
    if (is_ordered(change.key)) ordered_.emplace(change.key, at);
  }
  // In place if it fits; else the old bytes are lost until clear().
  void store_value(RowChange& change, std::string_view value) {
    if (value.size() > change.capacity) {
      const std::size_t capacity = (value.size() + kValueGrain - 1) / kValueGrain * kValueGrain;
      change.value = {arena_.reserve(capacity), 0};
      change.capacity = static_cast<std::uint32_t>(capacity);
    }
    char* bytes = const_cast<char*>(change.value.data());  // the arena's, and ours
    if (!value.empty()) std::memcpy(bytes, value.data(), value.size());
    change.value = {bytes, value.size()};
  }
  bool is_ordered(std::string_view key) const {
    return ordered_bytes_.any() && ordered_bytes_.test(static_cast<std::uint8_t>(key.front()));
  }

  Arena arena_;
  std::vector<RowChange> changes_;
  boost::unordered_flat_map<std::string_view, std::uint32_t> index_;
  Ordered ordered_;
  std::bitset<256> ordered_bytes_;  // first bytes of the keys in ordered_
};

}  // namespace tidemark::runtime

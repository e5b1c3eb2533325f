#pragma once
// The writes of one epoch to a keyed store, last value wins. Owns copies of all bytes.
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tidemark::runtime {

struct RowChange {
  std::string key;
  std::string value;
  bool erase = false;
};

class KeyedOverlay {
 public:
  using Ordered = std::map<std::string_view, const RowChange*>;

  void set(std::string_view key, std::string_view value, bool erase) {
    const auto found = index_.find(key);
    if (found == index_.end()) return append(key, value, erase);
    RowChange& change = *found->second;
    bytes_ += value.size();
    bytes_ -= change.value.size();
    change.value = value;
    change.erase = erase;
  }
  const RowChange* find(std::string_view key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : found->second;
  }
  // In the order in which the keys were first changed.
  const std::deque<RowChange>& changes() const { return changes_; }
  // By key. Built at the first call in an epoch and kept up from then on: most epochs never scan.
  const Ordered& ordered() {
    if (!ordered_) {
      ordered_.emplace();
      for (const RowChange& change : changes_) ordered_->emplace(change.key, &change);
    }
    return *ordered_;
  }
  std::size_t bytes() const { return bytes_; }
  void clear() {
    ordered_.reset();
    index_.clear();
    changes_.clear();
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t kBytesPerRow = sizeof(RowChange) + 64;  // with the index, roughly

  void append(std::string_view key, std::string_view value, bool erase) {
    RowChange& change = changes_.emplace_back(RowChange{std::string(key), std::string(value), erase});
    index_.emplace(change.key, &change);
    if (ordered_) ordered_->emplace(change.key, &change);
    bytes_ += key.size() + value.size() + kBytesPerRow;
  }

  std::deque<RowChange> changes_;  // a deque: the index points into it
  std::unordered_map<std::string_view, RowChange*> index_;
  std::optional<Ordered> ordered_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemark::runtime

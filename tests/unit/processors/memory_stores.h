#pragma once
// Stores in memory: no epochs, no disk, everything written is there at once.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/state_store.h"

namespace tidemark::processors::testing {

class MemoryKeyedStore final : public KeyedStore {
 public:
  Result<std::optional<std::string>> get(std::string_view key) override {
    const auto row = rows.find(key);
    if (row == rows.end()) return std::optional<std::string>();
    return std::optional(row->second);
  }
  void put(std::string_view key, std::string_view value) override {
    rows.insert_or_assign(std::string(key), std::string(value));
  }
  void erase(std::string_view key) override {
    if (const auto row = rows.find(key); row != rows.end()) rows.erase(row);
  }
  Result<std::vector<std::pair<std::string, std::string>>> scan(std::string_view begin, std::string_view end,
                                                                std::size_t count_max) override {
    std::vector<std::pair<std::string, std::string>> found;
    for (auto row = rows.lower_bound(begin);
         row != rows.end() && row->first < end && found.size() < count_max; ++row) {
      found.emplace_back(*row);
    }
    return found;
  }
  std::size_t count_of(char kind) const {  // rows whose key begins with this byte
    std::size_t count = 0;
    for (const auto& [key, value] : rows) count += key.front() == kind ? 1 : 0;
    return count;
  }

  std::map<std::string, std::string, std::less<>> rows;
};

// What was said of one record: its verdict, or (moved) a later change of it.
struct Said {
  std::uint8_t verdict = 0;
  std::uint16_t code = 0;
  bool moved = false;
};

class MemoryIdStore final : public IdStore {
 public:
  explicit MemoryIdStore(std::optional<std::chrono::milliseconds> horizon) : horizon_(horizon) {}
  Status find(std::span<const Hash128> asked, ArrivalTime clock,
              std::span<std::optional<RememberedId>> found) override {
    for (std::size_t i = 0; i < asked.size(); ++i) {
      found[i].reset();
      const auto known = ids.find(asked[i]);
      if (known == ids.end()) continue;
      if (horizon_ && known->second.inserted_at + *horizon_ < clock) continue;
      found[i] = known->second;
    }
    return {};
  }
  std::optional<std::chrono::milliseconds> horizon() const override { return horizon_; }
  void remember(const Hash128& id, const RememberedId& value, Remembering how) override {
    ids[id] = value;
    if (how == Remembering::first) said[value.place()].push_back({value.verdict, 0, false});
  }
  void forget(const Hash128& id) override { ids.erase(id); }
  void note(const RecordPlace& place, std::uint8_t verdict, std::uint16_t code, bool moved) override {
    said[place].push_back({verdict, code, moved});
  }

  std::map<Hash128, RememberedId> ids;
  std::map<RecordPlace, std::vector<Said>> said;

 private:
  const std::optional<std::chrono::milliseconds> horizon_;
};

}  // namespace tidemark::processors::testing

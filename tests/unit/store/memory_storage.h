#pragma once
// Storage in memory for tests: what was flushed survives a crash, the rest does not.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/storage.h"

namespace tidemark::runtime {

struct MemoryDisk {
  using Rows = std::map<std::string, std::string, std::less<>>;
  Rows rows;
  Rows durable;
  bool full = false;  // every write fails from now on
  std::size_t ingests = 0;
  std::size_t lookups = 0;  // keys asked for
  std::optional<std::size_t>
      changes_left;  // every change after so many fails, as if the process had died there
  bool refuses_change() {
    if (full || changes_left == 0) return true;
    if (changes_left) --*changes_left;
    return false;
  }
  void crash() { rows = durable; }
};

// Borrows the disk.
class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(MemoryDisk& disk) : disk_(disk) {}

  Status multi_get(std::span<const std::string_view> keys,
                   std::span<std::optional<std::string>> values) override {
    std::vector<std::string_view> sorted(keys.begin(), keys.end());
    std::sort(sorted.begin(), sorted.end());
    TM_ASSERT(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    disk_.lookups += keys.size();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto row = disk_.rows.find(keys[i]);
      if (row == disk_.rows.end())
        values[i].reset();
      else
        values[i] = row->second;
    }
    return {};
  }
  Status write(std::span<const StorageWrite> writes) override {
    if (disk_.refuses_change()) return full();
    for (const StorageWrite& row : writes) {
      if (row.erase)
        disk_.rows.erase(std::string(row.key));
      else
        disk_.rows.insert_or_assign(std::string(row.key), std::string(row.value));
    }
    return {};
  }
  Status ingest(std::span<const StorageWrite> sorted_rows) override {
    TM_ASSERT(std::is_sorted(sorted_rows.begin(), sorted_rows.end(),
                             [](const StorageWrite& a, const StorageWrite& b) { return a.key < b.key; }));
    TM_TRY(write(sorted_rows));
    ++disk_.ingests;
    disk_.durable = disk_.rows;
    return {};
  }
  Result<std::vector<StorageRow>> scan(std::string_view begin, std::string_view end,
                                       std::size_t count_max) override {
    std::vector<StorageRow> rows;
    for (auto row = disk_.rows.lower_bound(begin);
         row != disk_.rows.end() && row->first < end && rows.size() < count_max; ++row) {
      rows.emplace_back(*row);
    }
    return rows;
  }
  Status erase_range(std::string_view begin, std::string_view end) override {
    if (disk_.refuses_change()) return full();
    disk_.rows.erase(disk_.rows.lower_bound(begin), disk_.rows.lower_bound(end));
    return {};
  }
  Status flush() override {
    if (disk_.refuses_change()) return full();
    disk_.durable = disk_.rows;
    return {};
  }
  Status health() const override { return {}; }
  std::uint64_t bytes_on_disk() const override { return disk_.durable.size(); }

 private:
  static Error full() { return {Disposition::fatal, "state_disk_full", "the test says so"}; }
  MemoryDisk& disk_;
};

}  // namespace tidemark::runtime

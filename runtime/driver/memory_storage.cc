#include "runtime/driver/memory_storage.h"

namespace tidemark::runtime {
namespace {

class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(StorageRows& rows) : rows_(rows) {}

  Status multi_get(std::span<const std::string_view> keys,
                   std::span<std::optional<std::string>> values) override {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto row = rows_.find(keys[i]);
      if (row == rows_.end())
        values[i].reset();
      else
        values[i] = row->second;
    }
    return {};
  }
  Status write(std::span<const StorageWrite> writes) override {
    for (const StorageWrite& row : writes) {
      const auto at = rows_.lower_bound(row.key);
      const bool is_there = at != rows_.end() && at->first == row.key;
      if (row.erase) {
        if (is_there) rows_.erase(at);
      } else if (is_there) {
        at->second = row.value;
      } else {
        rows_.emplace_hint(at, row.key, row.value);
      }
    }
    return {};
  }
  Status ingest(std::span<const StorageWrite> sorted_rows) override { return write(sorted_rows); }
  Result<std::vector<StorageRow>> scan(std::string_view begin, std::string_view end,
                                       std::size_t count_max) override {
    std::vector<StorageRow> found;
    for (auto row = rows_.lower_bound(begin);
         row != rows_.end() && row->first < end && found.size() < count_max; ++row) {
      found.emplace_back(*row);
    }
    return found;
  }
  Status erase_range(std::string_view begin, std::string_view end) override {
    rows_.erase(rows_.lower_bound(begin), rows_.lower_bound(end));
    return {};
  }
  Status flush() override { return {}; }
  Status health() const override { return {}; }
  std::uint64_t bytes_on_disk() const override { return 0; }

 private:
  StorageRows& rows_;
};

}  // namespace

Result<std::unique_ptr<Storage>> MemoryStorageFactory::open(const std::string& task,
                                                            const std::string& store) {
  return std::unique_ptr<Storage>(std::make_unique<MemoryStorage>(stores_[{task, store}]));
}

Status MemoryStorageFactory::quarantine(const std::string& task, const std::string& store) {
  stores_[{task, store}].clear();
  return {};
}

}  // namespace tidemark::runtime

#pragma once
// The storage seam in memory. A SimDisk is the disk of one machine: it survives its processes, and every
// store on it loses a random run of its newest unflushed writes when it is closed or its process dies.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/sim/world.h"
#include "runtime/storage.h"

namespace tidemark::runtime::sim {

using StorageRows = std::map<std::string, std::string>;

// Rows, and how to take back each of the last writes.
class SimStore {
 public:
  void write(std::span<const StorageWrite> writes);
  void erase_range(std::string_view begin, std::string_view end);
  void flush();
  void take_back(std::size_t write_count);  // the newest ones, newest first
  const StorageRows& rows() const { return rows_; }
  std::size_t unflushed_count() const { return unflushed_count_; }
  std::size_t history_count() const { return history_.size(); }

  bool corrupt = false;
  bool open = false;

 private:
  using Undo = std::vector<std::pair<std::string, std::optional<std::string>>>;
  static constexpr std::size_t kFlushedHistoryMax = 64;

  void set(const std::string& key, std::optional<std::string> value, Undo& undo);
  void remember(Undo undo);

  StorageRows rows_;
  std::deque<Undo> history_;  // oldest first; the last unflushed_count_ of them are not durable
  std::size_t unflushed_count_ = 0;
};

class SimDisk {
 public:
  explicit SimDisk(World& world) : world_(world) {}
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  // For tests. REQUIRES: the store exists and is closed.
  // Opens as an older state from now on, as a cut MANIFEST would. At most the last 64 flushed writes go.
  void truncate(const std::string& task, const std::string& store, std::size_t write_count);
  void corrupt(const std::string& task,
               const std::string& store);  // open: "state_corrupt" until quarantine()
  // These take a missing store too.
  void wipe(const std::string& task, const std::string& store);
  void wipe_all() { stores_.clear(); }  // the machine is lost
  bool exists(const std::string& task, const std::string& store) const {
    return stores_.contains({task, store});
  }
  StorageRows rows(const std::string& task, const std::string& store) const;
  std::size_t quarantined_count() const { return quarantined_.size(); }
  std::uint64_t free_bytes = 1'000'000;  // 1,000 are needed

  // For SimStorageFactory and SimStorage.
  Result<SimStore*> open(const std::string& task, const std::string& store);
  void close(const std::string& task, const std::string& store);
  void quarantine(const std::string& task, const std::string& store);

 private:
  using Name = std::pair<std::string, std::string>;  // task, store
  SimStore& closed_store(const std::string& task, const std::string& store);

  World& world_;
  std::map<Name, SimStore> stores_;
  std::vector<std::pair<Name, SimStore>> quarantined_;
};

// Borrows disk and process; both outlive the stores it opens.
class SimStorageFactory final : public StorageFactory {
 public:
  SimStorageFactory(World& world, SimDisk& disk, Process& process)
      : world_(world), disk_(disk), process_(process) {}
  Result<std::unique_ptr<Storage>> open(const std::string& task, const std::string& store) override;
  bool exists(const std::string& task, const std::string& store) const override {
    return disk_.exists(task, store);
  }
  DiskSpace space() const override {
    return {process_.fails("store.space.short", SiteKind::rare) ? 0 : disk_.free_bytes, 1'000};
  }
  Status quarantine(const std::string& task, const std::string& store) override;

 private:
  World& world_;
  SimDisk& disk_;
  Process& process_;
};

class SimStorage final : public Storage {
 public:
  SimStorage(World& world, SimDisk& disk, Process& process, std::string task, std::string name,
             SimStore& store)
      : world_(world),
        disk_(disk),
        process_(process),
        task_(std::move(task)),
        name_(std::move(name)),
        store_(store) {}
  ~SimStorage() override { disk_.close(task_, name_); }
  SimStorage(const SimStorage&) = delete;
  SimStorage& operator=(const SimStorage&) = delete;

  Status multi_get(std::span<const std::string_view> keys,
                   std::span<std::optional<std::string>> values) override;
  Status write(std::span<const StorageWrite> writes) override;
  Status ingest(std::span<const StorageWrite> sorted_rows) override;
  Status write_at(const std::string& site, std::span<const StorageWrite> rows, bool durable);
  Result<std::vector<StorageRow>> scan(std::string_view begin, std::string_view end,
                                       std::size_t count_max) override;
  Status erase_range(std::string_view begin, std::string_view end) override;
  Status flush() override;
  Status health() const override;
  std::uint64_t bytes_on_disk() const override;

 private:
  Error fail(const char* code) const;

  World& world_;
  SimDisk& disk_;
  Process& process_;
  const std::string task_;
  const std::string name_;
  SimStore& store_;
  mutable Status health_;
};

}  // namespace tidemark::runtime::sim

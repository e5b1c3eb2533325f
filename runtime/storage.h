#pragma once
// The seam to the disk: one ordered database per task and store. Real: runtime/store (RocksDB, WAL off).
// Simulated: runtime/sim (loses unflushed writes at a crash).
// Threading: one thread at a time. Failure: code "state_corrupt" means quarantine and restore;
// "state_disk_full" (retry) wait for space() and open again; "state_io" stop; "state_in_use" (retry) that its
// owner before us is still closing it. Files that are gone are "state_corrupt".
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/result.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

struct StorageWrite {
  std::string_view key;
  std::string_view value;
  bool erase = false;
};

using StorageRow = std::pair<std::string, std::string>;

class Storage {
 public:
  virtual ~Storage() = default;  // closes without flushing, as a crash would leave it
  // values[i] for keys[i]. REQUIRES: no key occurs twice (RocksDB 7.8.3 answers those wrongly).
  virtual Status multi_get(std::span<const std::string_view> keys,
                           std::span<std::optional<std::string>> values) = 0;
  // Atomic: all or nothing survives a crash; never a later write without an earlier one. Not durable before
  // flush.
  virtual Status write(std::span<const StorageWrite> writes) = 0;
  // The same for many rows in ascending key order, without the memtable. Durable when it returns, together
  // with everything written before it.
  virtual Status ingest(std::span<const StorageWrite> sorted_rows) = 0;
  // Rows with begin <= key < end, in order, at most count_max.
  virtual Result<std::vector<StorageRow>> scan(std::string_view begin, std::string_view end,
                                               std::size_t count_max) = 0;
  virtual Status erase_range(std::string_view begin, std::string_view end) = 0;
  virtual Status flush() = 0;
  // What ended this database: the first error that a call met, or that was found in the background. It stays;
  // only the destructor may follow. Cheap.
  virtual Status health() const = 0;
  virtual std::uint64_t bytes_on_disk() const = 0;
};

// Of the disk that holds the stores. RocksDB does not survive every write that finds none left: nothing is
// begun below `needed_bytes`.
struct DiskSpace {
  std::uint64_t free_bytes = UINT64_MAX;
  std::uint64_t needed_bytes = 0;
};

class StorageFactory {
 public:
  virtual ~StorageFactory() = default;
  // Creates what does not exist. `task` is "metering_3". Error "state_corrupt": call quarantine(), open
  // again.
  virtual Result<std::unique_ptr<Storage>> open(const std::string& task, const std::string& store) = 0;
  virtual bool exists(const std::string& task, const std::string& store) const = 0;
  virtual DiskSpace space() const = 0;
  // Moves what is there aside (kept for inspection), so that the next open starts empty and restores.
  virtual Status quarantine(const std::string& task, const std::string& store) = 0;
};

}  // namespace tidemark::runtime

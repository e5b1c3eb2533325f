#pragma once
// The disk: one RocksDB per task and store in <state_dir>/<task>/<store>, default column family, WAL off.
// The position row inside each database, not a checksum, is what makes an older state harmless: RocksDB opens
// a cut MANIFEST without a word. An existing directory is never filled anew: emptied, it is "state_corrupt".
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/storage.h"

namespace tidemark::runtime {

// Of the process: all stores share the block cache and the budget of write buffers.
struct RocksdbLimits {
  std::size_t block_cache_bytes = std::size_t{64} << 20;
  std::size_t write_buffer_bytes = std::size_t{32} << 20;
  int open_files_per_store = 128;
  // Files are read and compared with their checksums, by a thread of the factory.
  std::chrono::milliseconds verify_every = std::chrono::hours(24);
  std::int64_t verify_bytes_per_second = std::int64_t{16} << 20;
  // Below it: "state_disk_full", before RocksDB hits the wall. nullopt: 5 % of the disk, 256 MiB to 2 GiB.
  std::optional<std::uint64_t> free_disk_bytes_min = std::nullopt;
};

// [any thread] Storages may outlive the factory: what they share belongs to all of them.
std::unique_ptr<StorageFactory> make_rocksdb_storage_factory(std::string state_dir,
                                                             const RocksdbLimits& limits = {});

}  // namespace tidemark::runtime

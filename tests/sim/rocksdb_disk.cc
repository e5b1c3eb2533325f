#include "tests/sim/rocksdb_disk.h"

#include <filesystem>

#include "runtime/store/rocksdb_storage.h"

namespace tidemark::sim_test {

std::unique_ptr<runtime::StorageFactory> make_rocksdb(const std::string& directory) {
  std::filesystem::create_directories(directory);
  return runtime::make_rocksdb_storage_factory(
      directory, {.block_cache_bytes = std::size_t{8} << 20, .write_buffer_bytes = std::size_t{4} << 20});
}

void wipe_rocksdb(const std::string& directory) {
  std::filesystem::remove_all(directory);
}

}  // namespace tidemark::sim_test

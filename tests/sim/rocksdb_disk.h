#pragma once
// The real disk under a simulated cluster.
#include <memory>
#include <string>

#include "runtime/storage.h"

namespace tidemark::sim_test {

std::unique_ptr<runtime::StorageFactory> make_rocksdb(const std::string& directory);
void wipe_rocksdb(const std::string& directory);

}  // namespace tidemark::sim_test

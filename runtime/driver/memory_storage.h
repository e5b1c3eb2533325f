#pragma once
// The storage seam as ordered maps: without faults, and kept as long as the factory lives.
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "runtime/storage.h"

namespace tidemark::runtime {

using StorageRows = std::map<std::string, std::string, std::less<>>;

// Owns the rows of all stores it opened. REQUIRES: it outlives them.
class MemoryStorageFactory final : public StorageFactory {
 public:
  Result<std::unique_ptr<Storage>> open(const std::string& task, const std::string& store) override;
  bool exists(const std::string& task, const std::string& store) const override {
    return stores_.contains({task, store});
  }
  DiskSpace space() const override { return {}; }
  Status quarantine(const std::string& task, const std::string& store) override;

 private:
  std::map<std::pair<std::string, std::string>, StorageRows> stores_;  // by task and store
};

}  // namespace tidemark::runtime

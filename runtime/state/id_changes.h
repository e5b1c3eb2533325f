#pragma once
// What an epoch said of ids and offsets, in the order said. Ids change in the table at once, where the
// look-up before has just brought their slots into the cache; what stood there before is kept, to be put
// back.
#include <cstdint>
#include <vector>

#include "runtime/state/id_table.h"

namespace tidemark::runtime {

class IdChanges {
 public:
  // `ids` is the same table at every call, and nobody else changes it while there are changes.
  void add(const IdEntry& entry, IdTable& ids);
  // In the order said. Valid until the next call that changes it.
  const std::vector<IdEntry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  // Of memory, what is kept between epochs included.
  std::size_t bytes() const {
    return entries_.capacity() * sizeof(IdEntry) + replaced_.capacity() * sizeof(Replaced);
  }
  // The epoch is committed: the table keeps what was said.
  void clear();
  // The epoch is aborted: the table is as it was.
  void take_back(IdTable& ids);

 private:
  struct Replaced {
    std::size_t number = 0;  // of the entry that took its place
    IdEntry before;
  };

  std::vector<IdEntry> entries_;
  std::vector<Replaced> replaced_;  // rising by number; whoever is missing here was new
};

}  // namespace tidemark::runtime

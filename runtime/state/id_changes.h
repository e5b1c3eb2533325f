#pragma once
// What an epoch said of ids and offsets: all entries in the order said, and for each id the last of them. The
// index has eight bytes per slot, so that the look-up of a new id (the usual one) stays in the cache.
// REQUIRES: ids are hashes; ids that share their upper bits cost time, never correctness.
#include <cstdint>
#include <vector>

#include "runtime/state/id_table.h"

namespace tidemark::runtime {

class IdChanges {
 public:
  IdChanges() : slots_(kSlotsMin) {}

  void prefetch(const Hash128& id) const { __builtin_prefetch(&slots_[home(id)]); }
  const IdEntry* find(const Hash128& id) const {
    const Slot& slot = slots_[slot_of(id)];
    return slot.number == 0 ? nullptr : &entries_[slot.number - 1];
  }
  void add(const IdEntry& entry);
  // In the order said. Valid until the next call that changes it.
  const std::vector<IdEntry>& entries() const { return entries_; }
  // The last word on each id, roughly in the order of ids.
  template <class F>
  void for_each_last(F&& fn) const {
    for (const Slot& slot : slots_) {
      if (slot.number != 0) fn(entries_[slot.number - 1]);
    }
  }
  std::size_t size() const { return entries_.size(); }
  // Of memory, what is kept between epochs included.
  std::size_t bytes() const { return entries_.capacity() * sizeof(IdEntry) + slots_.size() * sizeof(Slot); }
  void clear();

 private:
  struct Slot {
    std::uint32_t tag = 0;     // bits of the id that its place does not tell
    std::uint32_t number = 0;  // of the entry, from 1; 0: free
  };
  static constexpr std::size_t kSlotsMin = 1'024;

  static std::uint32_t tag_of(const Hash128& id) { return static_cast<std::uint32_t>(id.low); }
  std::size_t home(const Hash128& id) const { return id.high >> shift_; }
  // Where `id` stands or would have to be inserted.
  std::size_t slot_of(const Hash128& id) const {
    std::size_t at = home(id);
    while (slots_[at].number != 0 &&
           (slots_[at].tag != tag_of(id) || entries_[slots_[at].number - 1].id != id))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void resize(std::size_t slot_count);

  std::vector<IdEntry> entries_;
  std::vector<Slot> slots_;  // a power of two, at most half of them in use
  int shift_ = 54;           // 64 less the bits of a slot's number
  std::size_t ids_ = 0;      // slots in use
};

}  // namespace tidemark::runtime

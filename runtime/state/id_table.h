#pragma once
// 128-bit id -> what was last said of it, in memory. Open addressing in hash order: an id's first slot is
// given by its upper bits and each run of slots is kept sorted, so that a walk meets the ids in ascending
// order (what a spill needs) and the search for a new id ends early. No allocation per id.
// REQUIRES: ids are hashes; ids that share their upper bits cost time, never correctness.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

// One entry of the dedup changelog, and one slot of an IdTable (which holds no notes).
struct IdEntry {
  enum class Kind : std::uint8_t { none, remembered, forgotten, note };
  Hash128 id{};                   // not of a note
  std::uint64_t fingerprint = 0;  // remembered only
  Offset offset{};                // not of a forgotten one
  ArrivalTime inserted_at{};      // remembered only
  SourceIndex source{};
  std::uint8_t verdict = 0;
  Kind kind = Kind::none;
  bool moved = false;         // a note: a later change; remembered: said again, no verdict of its own
  std::uint16_t code = 0;     // of a note; the tag of a remembered one
  std::uint16_t element = 0;  // not of a forgotten one
  bool operator==(const IdEntry&) const = default;
};
static_assert(sizeof(IdEntry) == 48);

class IdTable {
 public:
  // Sized for `expected` ids; grows by doubling beyond.
  explicit IdTable(std::size_t expected);

  void prefetch(const Hash128& id) const { __builtin_prefetch(&slots_[home(id)]); }
  const IdEntry* find(const Hash128& id) const {
    const IdEntry& entry = slots_[slot_of(id)];
    return entry.kind != IdEntry::Kind::none && entry.id == id ? &entry : nullptr;
  }
  // Gives what it replaced.
  std::optional<IdEntry> set(const IdEntry& entry);
  // REQUIRES: it is there.
  void erase(const Hash128& id);
  // In ascending order of ids.
  template <class F>
  void for_each(F&& fn) const {
    for (std::size_t i = 0; i < end_; ++i) {
      if (slots_[i].kind != IdEntry::Kind::none) fn(slots_[i]);
    }
  }
  std::size_t size() const { return size_; }
  void clear();

 private:
  struct Free {
    void operator()(IdEntry* slots) const { std::free(slots); }
  };
  std::size_t home(const Hash128& id) const { return id.high >> shift_; }
  // Where `id` stands or would have to be inserted.
  std::size_t slot_of(const Hash128& id) const {
    std::size_t at = home(id);
    while (slots_[at].kind != IdEntry::Kind::none && slots_[at].id < id) ++at;
    return at;
  }
  void allocate(std::size_t slot_count);
  void grow();

  std::size_t slot_count_ = 0;  // a power of two; a run may reach beyond it
  int shift_ = 0;
  std::unique_ptr<IdEntry[], Free> slots_;
  std::size_t size_ = 0;
  std::size_t end_ = 0;  // one past the last slot in use
};

}  // namespace tidemark::runtime

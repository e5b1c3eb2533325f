#include "runtime/state/id_changes.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tidemark::runtime {
namespace {

constexpr std::size_t kEntriesKept = 4'096;

}  // namespace

void IdChanges::add(const IdEntry& entry) {
  entries_.push_back(entry);
  if (entry.kind == IdEntry::Kind::note) return;
  Slot& slot = slots_[slot_of(entry.id)];
  const bool is_new = slot.number == 0;
  slot = {.tag = tag_of(entry.id), .number = static_cast<std::uint32_t>(entries_.size())};
  if (is_new && ++ids_ * 2 > slots_.size()) resize(slots_.size() * 2);
}

void IdChanges::resize(std::size_t slot_count) {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slot_count));
  shift_ = 64 - std::countr_zero(slot_count);
  for (const Slot& slot : before) {
    if (slot.number != 0) slots_[slot_of(entries_[slot.number - 1].id)] = slot;
  }
}

// The entries of a large epoch go back to the allocator, where the next one's task finds them; the index, far
// smaller, goes back by halves.
void IdChanges::clear() {
  const bool is_large = ids_ * 16 < slots_.size() && slots_.size() > kSlotsMin;
  entries_.clear();
  if (entries_.capacity() > kEntriesKept) entries_.shrink_to_fit();
  ids_ = 0;
  std::fill(slots_.begin(), slots_.end(), Slot{});
  if (is_large) resize(slots_.size() / 2);
}

}  // namespace tidemark::runtime

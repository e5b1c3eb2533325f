#include "runtime/state/id_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "tidemark/assert.h"

namespace tidemark::runtime {
namespace {

constexpr std::size_t kSlotCountMin = 64;

bool overloaded(std::size_t size, std::size_t slot_count) {
  return size * 8 > slot_count * 7;
}

}  // namespace

IdTable::IdTable(std::size_t expected) {
  static_assert(std::is_trivially_copyable_v<IdEntry>);  // slots are moved and cleared as bytes
  static_assert(static_cast<int>(IdEntry::Kind::none) == 0);
  allocate(std::max(kSlotCountMin, std::bit_ceil(expected + expected / 4)));
}

// Zeroed pages cost nothing until they are touched. Even if all ids shared one home at the very end, the
// slots beyond slot_count_ would hold them, and one empty slot would end the run.
void IdTable::allocate(std::size_t slot_count) {
  slots_.reset(static_cast<IdEntry*>(std::calloc(2 * slot_count, sizeof(IdEntry))));
  if (!slots_) throw std::bad_alloc();
  slot_count_ = slot_count;
  shift_ = 64 - std::countr_zero(slot_count);
  size_ = 0;
  end_ = 0;
}

std::optional<IdEntry> IdTable::set(const IdEntry& entry) {
  std::size_t at = slot_of(entry.id);
  if (slots_[at].kind != IdEntry::Kind::none && slots_[at].id == entry.id)
    return std::exchange(slots_[at], entry);
  if (overloaded(size_ + 1, slot_count_)) {
    grow();
    at = slot_of(entry.id);
  }
  std::size_t free = at;
  while (slots_[free].kind != IdEntry::Kind::none) ++free;
  std::copy_backward(&slots_[at], &slots_[free], &slots_[free] + 1);
  slots_[at] = entry;
  end_ = std::max(end_, free + 1);
  ++size_;
  return std::nullopt;
}

// Those behind it move up, as far as each is not at home already.
void IdTable::erase(const Hash128& id) {
  std::size_t at = slot_of(id);
  TM_ASSERT(slots_[at].kind != IdEntry::Kind::none && slots_[at].id == id);
  for (; slots_[at + 1].kind != IdEntry::Kind::none && home(slots_[at + 1].id) <= at; ++at)
    slots_[at] = slots_[at + 1];
  slots_[at] = IdEntry();
  --size_;
}

void IdTable::grow() {
  IdTable larger(0);
  larger.allocate(slot_count_ * 2);
  for_each([&larger](const IdEntry& entry) { larger.set(entry); });
  *this = std::move(larger);
}

void IdTable::clear() {
  std::memset(static_cast<void*>(slots_.get()), 0, end_ * sizeof(IdEntry));
  size_ = 0;
  end_ = 0;
}

}  // namespace tidemark::runtime

#include "runtime/state/id_changes.h"

namespace tidemark::runtime {
namespace {

constexpr std::size_t kEntriesKept = 4'096;

// What a large epoch needed goes back to the allocator, where the next one's task finds it.
template <class Entries>
void empty(Entries& entries) {
  entries.clear();
  if (entries.capacity() > kEntriesKept) entries.shrink_to_fit();
}

}  // namespace

void IdChanges::add(const IdEntry& entry, IdTable& ids) {
  entries_.push_back(entry);
  if (entry.kind == IdEntry::Kind::note) return;
  if (const auto before = ids.set(entry)) replaced_.push_back({entries_.size() - 1, *before});
}

void IdChanges::clear() {
  empty(entries_);
  empty(replaced_);
}

// Last said, first taken back: an id may have been said several times.
void IdChanges::take_back(IdTable& ids) {
  for (std::size_t number = entries_.size(); number-- > 0;) {
    const IdEntry& entry = entries_[number];
    if (entry.kind == IdEntry::Kind::note) continue;
    if (!replaced_.empty() && replaced_.back().number == number) {
      ids.set(replaced_.back().before);
      replaced_.pop_back();
    } else {
      ids.erase(entry.id);
    }
  }
  clear();
}

}  // namespace tidemark::runtime

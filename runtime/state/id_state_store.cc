#include "runtime/state/id_state_store.h"

#include <algorithm>

namespace tidemark::runtime {
namespace {

constexpr std::size_t kPrefetchAhead = 16;
// Merging that goes with each id that comes: an id is merged once per level, and levels are fewer.
constexpr std::size_t kMergedPerId = 8;
constexpr std::size_t kMergedAtLeast = 1'000;

RememberedId to_remembered(const IdEntry& entry) {
  return {.fingerprint = entry.fingerprint,
          .offset = entry.offset,
          .inserted_at = entry.inserted_at,
          .source = entry.source,
          .verdict = entry.verdict,
          .element = entry.element,
          .tag = entry.code};
}

}  // namespace

IdStateStore::IdStateStore(std::unique_ptr<Storage> storage, const IdStateStoreOptions& options,
                           const StorePosition& position)
    : storage_(std::move(storage)),
      options_(options),
      position_(position),
      durable_position_(position),
      runs_(*storage_, options.horizon),
      hot_(options.hot_ids_max) {}

Result<std::unique_ptr<IdStateStore>> IdStateStore::open(std::unique_ptr<Storage> storage,
                                                         const IdStateStoreOptions& options) {
  const auto position = load_position(*storage);
  if (!position) return position.error();
  std::unique_ptr<IdStateStore> store(new IdStateStore(std::move(storage), options, *position));
  TM_TRY(store->runs_.load());
  return store;
}

std::optional<RememberedId> IdStateStore::unless_expired(const RememberedId& value, ArrivalTime clock) const {
  if (options_.horizon && value.inserted_at + *options_.horizon < clock) return std::nullopt;
  return value;
}

Status IdStateStore::find(std::span<const Hash128> ids, ArrivalTime clock,
                          std::span<std::optional<RememberedId>> found) {
  TM_ASSERT(ids.size() == found.size());
  lookups_.clear();
  for (std::size_t begin = 0; begin < ids.size(); begin += kPrefetchAhead) {
    const std::size_t end = std::min(begin + kPrefetchAhead, ids.size());
    for (std::size_t i = begin; i < end; ++i) hot_.prefetch(ids[i]);
    for (std::size_t i = begin; i < end; ++i) {
      found[i].reset();
      const IdEntry* entry = hot_.find(ids[i]);
      if (entry == nullptr)
        lookups_.push_back({ids[i], i});
      else if (entry->kind == IdEntry::Kind::remembered)
        found[i] = unless_expired(to_remembered(*entry), clock);
    }
  }
  return find_stored(clock, found);
}

Status IdStateStore::find_stored(ArrivalTime clock, std::span<std::optional<RememberedId>> found) {
  looked_for_.clear();
  for (const IdLookup& lookup : lookups_) looked_for_.push_back(lookup.index);
  TM_TRY(runs_.find(lookups_, found));
  for (const std::size_t index : looked_for_) {
    if (found[index]) found[index] = unless_expired(*found[index], clock);
  }
  return {};
}

void IdStateStore::remember(const Hash128& id, const RememberedId& value, Remembering how) {
  changes_.add({.id = id,
                .fingerprint = value.fingerprint,
                .offset = value.offset,
                .inserted_at = value.inserted_at,
                .source = value.source,
                .verdict = value.verdict,
                .kind = IdEntry::Kind::remembered,
                .moved = how == Remembering::again,
                .code = value.tag,
                .element = value.element},
               hot_);
}

void IdStateStore::forget(const Hash128& id) {
  changes_.add({.id = id, .kind = IdEntry::Kind::forgotten}, hot_);
}

void IdStateStore::note(const RecordPlace& place, std::uint8_t verdict, std::uint16_t code, bool moved) {
  changes_.add({.offset = place.offset,
                .source = place.source,
                .verdict = verdict,
                .kind = IdEntry::Kind::note,
                .moved = moved,
                .code = code,
                .element = place.element},
               hot_);
}

void IdStateStore::discard() {
  changes_.take_back(hot_);
}

Status IdStateStore::apply(const StorePosition& position) {
  for (const IdEntry& entry : changes_.entries()) note_newest(entry);
  const std::size_t entries = changes_.size();
  changes_.clear();
  position_ = position;
  return catch_up(entries);
}

Status IdStateStore::restore(std::string_view record, const StorePosition& position) {
  TM_ASSERT(changes_.size() == 0);
  const auto header = unpack(record, restored_);
  if (!header) return header.error();
  for (const IdEntry& entry : restored_) {
    if (entry.kind != IdEntry::Kind::note) hot_.set(entry);
    note_newest(entry);
  }
  position_ = position;
  return catch_up(restored_.size());
}

void IdStateStore::note_newest(const IdEntry& entry) {
  if (entry.kind == IdEntry::Kind::remembered) newest_hot_ = std::max(newest_hot_, entry.inserted_at);
}

// After so many entries came: spills when full, and merges what was spilled.
Status IdStateStore::catch_up(std::size_t entries) {
  if (hot_.size() >= options_.hot_ids_max) TM_TRY(spill());
  return runs_.merge(kMergedPerId * entries + kMergedAtLeast);
}

Status IdStateStore::flush() {
  if (position_ == durable_position_ && hot_.size() == 0) return {};
  return spill();
}

Status IdStateStore::spill() {
  TM_ASSERT(changes_.size() == 0);  // what is not committed never reaches the disk
  TM_TRY(runs_.add(hot_, position_, std::max(position_.stream_time, newest_hot_)));
  durable_position_ = position_;
  hot_.clear();
  return {};
}

}  // namespace tidemark::runtime

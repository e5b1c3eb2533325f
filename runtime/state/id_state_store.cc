#include "runtime/state/id_state_store.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/state/raw_writer.h"
#include "tidemark/bytes.h"

namespace tidemark::runtime {
namespace {

constexpr std::string_view kGenerationsKey{"\0generations", 12};  // sorts before the position
constexpr std::size_t kPrefixBytes = 1 + 4;                       // 'g', number
constexpr std::size_t kKeyBytes = kPrefixBytes + 16;
constexpr std::size_t kValueBytesMax = 8 + 1 + 1 + 10 + 10 + 3 + 3;  // a forgotten id has an empty value
constexpr std::size_t kPrefetchAhead = 16;
constexpr int kGenerationsPerHorizon = 2;  // each more costs every new id a look-up, each less disk

std::array<char, kPrefixBytes> generation_prefix(std::uint32_t number) {
  std::array<char, kPrefixBytes> prefix{'g'};
  for (std::size_t i = kPrefixBytes - 1; i > 0; --i, number >>= 8)
    prefix[i] = static_cast<char>(number & 0xff);
  return prefix;
}

void write_key(char* out, const std::array<char, kPrefixBytes>& prefix, const Hash128& id) {
  std::memcpy(out, prefix.data(), kPrefixBytes);
  RawWriter rest(out + kPrefixBytes);
  rest.fixed64(id.high);
  rest.fixed64(id.low);
}

// Returns the end of what it wrote: at most kValueBytesMax. Element and tag stand at the end, if at all.
char* write_value(char* bytes, const IdEntry& entry) {
  RawWriter out(bytes);
  out.fixed64(entry.fingerprint);
  out.byte(entry.source.value());
  out.byte(entry.verdict);
  out.varint(static_cast<std::uint64_t>(entry.offset.value()));
  out.varint(static_cast<std::uint64_t>(entry.inserted_at.time_since_epoch().count()));
  if (entry.element != 0 || entry.code != 0) out.varint(entry.element);
  if (entry.code != 0) out.varint(entry.code);
  return out.end();
}

std::optional<RememberedId> read_value(std::string_view bytes) {
  ByteReader in(bytes);
  RememberedId value;
  value.fingerprint = in.fixed64();
  value.source = SourceIndex(in.byte());
  value.verdict = in.byte();
  value.offset = Offset(static_cast<std::int64_t>(in.varint()));
  value.inserted_at = ArrivalTime(std::chrono::milliseconds(static_cast<std::int64_t>(in.varint())));
  if (!in.at_end()) value.element = static_cast<std::uint16_t>(in.varint());
  if (!in.at_end()) value.tag = static_cast<std::uint16_t>(in.varint());
  if (!in.at_end()) return std::nullopt;
  return value;
}

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
      hot_(options.hot_ids_max) {}

Result<std::unique_ptr<IdStateStore>> IdStateStore::open(std::unique_ptr<Storage> storage,
                                                         const IdStateStoreOptions& options) {
  const auto position = load_position(*storage);
  if (!position) return position.error();
  std::unique_ptr<IdStateStore> store(new IdStateStore(std::move(storage), options, *position));
  TM_TRY(store->load_generations());
  return store;
}

std::string IdStateStore::encode_generations() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(last_generation_);
  for (const Generation& generation : generations_) {
    out.varint(generation.number);
    out.signed_varint(generation.opened_at.time_since_epoch().count());
    out.signed_varint(generation.newest.time_since_epoch().count());
  }
  return bytes;
}

Status IdStateStore::load_generations() {
  const std::string_view key = kGenerationsKey;
  std::optional<std::string> value;
  TM_TRY(storage_->multi_get({&key, 1}, {&value, 1}));
  if (!value) return {};
  ByteReader in(*value);
  last_generation_ = static_cast<std::uint32_t>(in.varint());
  std::uint32_t previous = 0;
  while (in.ok() && !in.at_end()) {
    Generation& generation = generations_.emplace_back();
    generation.number = static_cast<std::uint32_t>(in.varint());
    generation.opened_at = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
    generation.newest = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
    if (generation.number <= previous || generation.number > last_generation_) break;
    previous = generation.number;
  }
  if (!in.at_end()) return state_corrupt("the list of id generations is damaged");
  return {};
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
    for (std::size_t i = begin; i < end; ++i) {
      changes_.prefetch(ids[i]);
      hot_.prefetch(ids[i]);
    }
    for (std::size_t i = begin; i < end; ++i) {
      found[i].reset();
      const IdEntry* entry = changes_.find(ids[i]);
      if (entry == nullptr) entry = hot_.find(ids[i]);
      if (entry == nullptr)
        lookups_.push_back({ids[i], i});
      else if (entry->kind == IdEntry::Kind::remembered)
        found[i] = unless_expired(to_remembered(*entry), clock);
    }
  }
  return find_stored(clock, found);
}

Status IdStateStore::find_stored(ArrivalTime clock, std::span<std::optional<RememberedId>> found) {
  if (generations_.empty() || lookups_.empty()) return {};
  std::sort(lookups_.begin(), lookups_.end());  // RocksDB wants them so, and repeats become neighbours
  for (auto generation = generations_.rbegin(); generation != generations_.rend() && !lookups_.empty();
       ++generation) {
    TM_TRY(find_in_generation(*generation, clock, found));
  }
  return {};
}

// Takes from lookups_ what this generation knows.
Status IdStateStore::find_in_generation(const Generation& generation, ArrivalTime clock,
                                        std::span<std::optional<RememberedId>> found) {
  const auto is_repeat = [this](std::size_t i) { return i > 0 && lookups_[i].id == lookups_[i - 1].id; };
  const auto prefix = generation_prefix(generation.number);
  key_bytes_.resize(lookups_.size() * kKeyBytes);
  keys_.clear();
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    if (is_repeat(i)) continue;
    char* const key = key_bytes_.data() + keys_.size() * kKeyBytes;
    write_key(key, prefix, lookups_[i].id);
    keys_.emplace_back(key, kKeyBytes);
  }
  if (values_.size() < keys_.size()) values_.resize(keys_.size());
  TM_TRY(storage_->multi_get(keys_, {values_.data(), keys_.size()}));

  std::size_t key = 0;
  std::size_t left = 0;
  Hash128 last_id;
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    const Lookup lookup = lookups_[i];
    if (i > 0 && lookup.id != last_id) ++key;
    last_id = lookup.id;
    const std::optional<std::string>& value = values_[key];
    if (!value) {
      lookups_[left++] = lookup;
      continue;
    }
    if (value->empty()) continue;  // forgotten
    const auto remembered = read_value(*value);
    if (!remembered) return state_corrupt("an id row cannot be read");
    found[lookup.index] = unless_expired(*remembered, clock);
  }
  lookups_.resize(left);
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
                .element = value.element});
}

void IdStateStore::forget(const Hash128& id) {
  changes_.add({.id = id, .kind = IdEntry::Kind::forgotten});
}

void IdStateStore::note(const RecordPlace& place, std::uint8_t verdict, std::uint16_t code, bool moved) {
  changes_.add({.offset = place.offset,
                .source = place.source,
                .verdict = verdict,
                .kind = IdEntry::Kind::note,
                .moved = moved,
                .code = code,
                .element = place.element});
}

void IdStateStore::discard() {
  changes_.clear();
}

Status IdStateStore::apply(const StorePosition& position) {
  // Nearly in the order of the slots in `hot_`: one pass over its memory.
  changes_.for_each_last([this](const IdEntry& entry) { keep_hot(entry); });
  discard();
  position_ = position;
  return spill_if_full();
}

Status IdStateStore::restore(std::string_view record, const StorePosition& position) {
  TM_ASSERT(changes_.size() == 0);
  const auto header = unpack(record, restored_);
  if (!header) return header.error();
  for (const IdEntry& entry : restored_) {
    if (entry.kind != IdEntry::Kind::note) keep_hot(entry);
  }
  position_ = position;
  return spill_if_full();
}

void IdStateStore::keep_hot(const IdEntry& entry) {
  hot_.set(entry);
  if (entry.kind == IdEntry::Kind::remembered) newest_hot_ = std::max(newest_hot_, entry.inserted_at);
}

Status IdStateStore::spill_if_full() {
  if (hot_.size() < options_.hot_ids_max) return {};
  return spill();
}

Status IdStateStore::flush() {
  if (position_ == durable_position_ && hot_.size() == 0) return {};
  return spill();
}

Status IdStateStore::drop_expired_generations() {
  while (options_.horizon && !generations_.empty() &&
         generations_.front().newest + *options_.horizon < position_.stream_time) {
    const auto begin = generation_prefix(generations_.front().number);
    const auto end = generation_prefix(generations_.front().number + 1);
    TM_TRY(storage_->erase_range({begin.data(), begin.size()}, {end.data(), end.size()}));
    generations_.erase(generations_.begin());
  }
  return {};
}

// The generation that takes the rows of this spill.
IdStateStore::Generation& IdStateStore::current_generation() {
  const ArrivalTime clock = std::max(position_.stream_time, newest_hot_);
  const bool due = generations_.empty() ||
                   (options_.horizon &&
                    clock - generations_.back().opened_at >= *options_.horizon / kGenerationsPerHorizon);
  if (due) generations_.push_back({.number = ++last_generation_, .opened_at = clock, .newest = clock});
  generations_.back().newest = std::max(generations_.back().newest, clock);
  return generations_.back();
}

Status IdStateStore::spill() {
  TM_TRY(drop_expired_generations());  // first: if a crash undoes the rest, the list only names an empty one
  const auto prefix = generation_prefix(hot_.size() == 0 ? 0 : current_generation().number);
  const std::string generations = encode_generations();
  const std::string position = encode_position(position_);
  std::vector<StorageWrite> rows;
  rows.reserve(hot_.size() + 2);
  rows.push_back({.key = kGenerationsKey, .value = generations});
  rows.push_back({.key = kPositionKey, .value = position});
  const auto bytes = std::make_unique_for_overwrite<char[]>(hot_.size() * (kKeyBytes + kValueBytesMax));
  char* out = bytes.get();
  hot_.for_each([&](const IdEntry& entry) {
    write_key(out, prefix, entry.id);
    const std::string_view key(out, kKeyBytes);
    out += kKeyBytes;
    const char* const value = out;
    if (entry.kind == IdEntry::Kind::remembered) out = write_value(out, entry);
    rows.push_back({.key = key, .value = {value, static_cast<std::size_t>(out - value)}});
  });
  TM_TRY(storage_->ingest(rows));
  durable_position_ = position_;
  hot_.clear();
  return {};
}

}  // namespace tidemark::runtime

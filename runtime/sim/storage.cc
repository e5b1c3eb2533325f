#include "runtime/sim/storage.h"

#include <algorithm>
#include <set>

#include "tidemark/assert.h"

namespace tidemark::runtime::sim {

void SimStore::write(std::span<const StorageWrite> writes) {
  Undo undo;
  for (const StorageWrite& write : writes) {
    set(std::string(write.key), write.erase ? std::nullopt : std::optional(std::string(write.value)), undo);
  }
  remember(std::move(undo));
}

void SimStore::erase_range(std::string_view begin, std::string_view end) {
  Undo undo;
  std::vector<std::string> keys;
  if (begin < end) {
    const auto last = rows_.lower_bound(std::string(end));
    for (auto row = rows_.lower_bound(std::string(begin)); row != last; ++row) keys.push_back(row->first);
  }
  for (const std::string& key : keys) set(key, std::nullopt, undo);
  remember(std::move(undo));
}

void SimStore::flush() {
  unflushed_count_ = 0;
  while (history_.size() > kFlushedHistoryMax) history_.pop_front();
}

void SimStore::take_back(std::size_t write_count) {
  TM_ASSERT(write_count <= history_.size());
  for (std::size_t i = 0; i < write_count; ++i) {
    for (auto change = history_.back().rbegin(); change != history_.back().rend(); ++change) {
      if (change->second) {
        rows_[change->first] = *change->second;
      } else {
        rows_.erase(change->first);
      }
    }
    history_.pop_back();
  }
  unflushed_count_ -= std::min(unflushed_count_, write_count);
}

void SimStore::set(const std::string& key, std::optional<std::string> value, Undo& undo) {
  const auto found = rows_.find(key);
  undo.emplace_back(key, found == rows_.end() ? std::nullopt : std::optional(found->second));
  if (value) {
    rows_[key] = std::move(*value);
  } else if (found != rows_.end()) {
    rows_.erase(found);
  }
}

void SimStore::remember(Undo undo) {
  history_.push_back(std::move(undo));
  ++unflushed_count_;
}

void SimDisk::truncate(const std::string& task, const std::string& store, std::size_t write_count) {
  SimStore& target = closed_store(task, store);
  target.take_back(std::min(write_count, target.history_count()));
}

void SimDisk::corrupt(const std::string& task, const std::string& store) {
  closed_store(task, store).corrupt = true;
}

void SimDisk::wipe(const std::string& task, const std::string& store) {
  if (exists(task, store)) closed_store(task, store);
  stores_.erase({task, store});
}

StorageRows SimDisk::rows(const std::string& task, const std::string& store) const {
  const auto found = stores_.find({task, store});
  return found == stores_.end() ? StorageRows() : found->second.rows();
}

Result<SimStore*> SimDisk::open(const std::string& task, const std::string& store) {
  SimStore& opened = stores_[{task, store}];
  if (opened.corrupt) return Error{Disposition::fatal, "state_corrupt", "simulated: " + task + "/" + store};
  if (opened.open) return Error{Disposition::fatal, "state_io", task + "/" + store + " is open already"};
  opened.open = true;
  return &opened;
}

void SimDisk::close(const std::string& task, const std::string& store) {
  SimStore& closing = stores_.at({task, store});
  const std::size_t unflushed = closing.unflushed_count();
  const std::size_t lost = unflushed == 0 ? 0 : world_.random.uniform(unflushed + 1);
  closing.take_back(lost);
  closing.flush();  // what was not lost has reached the disk
  closing.open = false;
  world_.trace.note("store_closed", task + "/" + store,
                    {static_cast<std::int64_t>(unflushed), static_cast<std::int64_t>(lost)});
}

void SimDisk::quarantine(const std::string& task, const std::string& store) {
  if (!exists(task, store)) return;
  quarantined_.emplace_back(Name{task, store}, std::move(closed_store(task, store)));
  stores_.erase({task, store});
}

SimStore& SimDisk::closed_store(const std::string& task, const std::string& store) {
  const auto found = stores_.find({task, store});
  TM_ASSERT(found != stores_.end() && !found->second.open);
  return found->second;
}

Result<std::unique_ptr<Storage>> SimStorageFactory::open(const std::string& task, const std::string& store) {
  TM_TRY(process_.alive());
  process_.at("store.open.before");
  if (disk_.exists(task, store) && process_.fails("store.open.corrupt", SiteKind::rare))
    disk_.corrupt(task, store);
  const auto opened = disk_.open(task, store);
  if (!opened) return opened.error();
  return std::unique_ptr<Storage>(
      std::make_unique<SimStorage>(world_, disk_, process_, task, store, **opened));
}

Status SimStorageFactory::quarantine(const std::string& task, const std::string& store) {
  TM_TRY(process_.alive());
  disk_.quarantine(task, store);
  return {};
}

Error SimStorage::fail(const char* code) const {
  const bool is_full = std::string_view(code) == "state_disk_full";
  const Error error{is_full ? Disposition::retry : Disposition::fatal, code,
                    "simulated: " + task_ + "/" + name_};
  if (health_) health_ = error;
  return error;
}

// Verification finds damage at any time, a read only where it comes by.
Status SimStorage::health() const {
  if (process_.crashed()) return {};
  if (process_.fails("store.verify.corrupt", SiteKind::rare)) {
    store_.corrupt = true;
    return fail("state_corrupt");
  }
  return health_;
}

Status SimStorage::multi_get(std::span<const std::string_view> keys,
                             std::span<std::optional<std::string>> values) {
  TM_ASSERT(keys.size() == values.size());
  TM_ASSERT(std::set<std::string_view>(keys.begin(), keys.end()).size() == keys.size());
  TM_TRY(process_.alive());
  process_.at("P0.multi_get.before");
  // A store that was just made anew has no block that could go bad.
  if (!store_.rows().empty() && process_.fails("P0.multi_get.corrupt", SiteKind::rare)) store_.corrupt = true;
  if (store_.corrupt) return fail("state_corrupt");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = store_.rows().find(std::string(keys[i]));
    values[i] = found == store_.rows().end() ? std::nullopt : std::optional(found->second);
  }
  return {};
}

Status SimStorage::write(std::span<const StorageWrite> writes) {
  return write_at("P5.write", writes, false);
}

Status SimStorage::ingest(std::span<const StorageWrite> sorted_rows) {
  const auto falls = [](const StorageWrite& a, const StorageWrite& b) { return a.key >= b.key; };
  TM_ASSERT(std::adjacent_find(sorted_rows.begin(), sorted_rows.end(), falls) == sorted_rows.end());
  return write_at("P6.ingest", sorted_rows, true);
}

Status SimStorage::write_at(const std::string& site, std::span<const StorageWrite> rows, bool durable) {
  TM_TRY(process_.alive());
  const auto apply = [&] {
    store_.write(rows);
    if (durable) store_.flush();
  };
  process_.at(site + ".before");
  if (process_.fails(site + ".disk_full", SiteKind::rare)) {
    return fail("state_disk_full");
  }
  if (process_.fails(site + ".during", SiteKind::crash)) {  // died inside: all or nothing, by chance
    if (world_.random.chance(1, 2)) apply();
    process_.kill();
    throw Crash{process_.name(), site + ".during"};
  }
  apply();
  process_.at(site + ".after");
  return {};
}

Result<std::vector<StorageRow>> SimStorage::scan(std::string_view begin, std::string_view end,
                                                 std::size_t count_max) {
  TM_TRY(process_.alive());
  process_.at("store.scan.before");
  if (store_.corrupt) return fail("state_corrupt");
  std::vector<StorageRow> result;
  for (auto row = store_.rows().lower_bound(std::string(begin)); row != store_.rows().end(); ++row) {
    if (row->first >= end || result.size() >= count_max) break;
    result.push_back(*row);
  }
  return result;
}

Status SimStorage::erase_range(std::string_view begin, std::string_view end) {
  TM_TRY(process_.alive());
  process_.at("store.erase_range.before");
  store_.erase_range(begin, end);
  process_.at("store.erase_range.after");
  return {};
}

Status SimStorage::flush() {
  TM_TRY(process_.alive());
  process_.at("P6.flush.before");
  store_.flush();
  process_.at("P6.flush.after");
  return {};
}

std::uint64_t SimStorage::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  for (const auto& [key, value] : store_.rows()) bytes += key.size() + value.size();
  return bytes;
}

}  // namespace tidemark::runtime::sim

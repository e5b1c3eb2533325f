#include "runtime/state/keyed_state_store.h"

#include <algorithm>

#include "tidemark/planted_bugs.h"

namespace tidemark::runtime {
namespace {

constexpr std::string_view kFirstKey{"\1", 1};  // what lies below is reserved
constexpr std::size_t kFetchMin = 64;

// The changes of [begin, end) in key order; where both know a key, the newer word counts.
class ChangeCursor {
 public:
  ChangeCursor(KeyedOverlay& newer, KeyedOverlay& older, std::string_view begin, std::string_view end)
      : newer_(newer, begin, end), older_(older, begin, end) {}
  bool at_end() const { return newer_.at_end() && older_.at_end(); }
  const RowChange* operator->() const { return newer_is_next() ? &newer_.get() : &older_.get(); }
  void advance() {
    if (!newer_is_next()) return older_.advance();
    if (!older_.at_end() && older_.get().key == newer_.get().key) older_.advance();
    newer_.advance();
  }

 private:
  class Side {
   public:
    Side(KeyedOverlay& overlay, std::string_view begin, std::string_view end) : changes_(overlay.changes()) {
      const KeyedOverlay::Ordered& ordered = overlay.ordered(begin, end);
      at_ = ordered.lower_bound(begin);
      end_ = ordered.lower_bound(end);
    }
    bool at_end() const { return at_ == end_; }
    const RowChange& get() const { return changes_[at_->second]; }
    void advance() { ++at_; }

   private:
    const std::vector<RowChange>& changes_;
    KeyedOverlay::Ordered::const_iterator at_, end_;
  };
  bool newer_is_next() const {
    return older_.at_end() || (!newer_.at_end() && newer_.get().key <= older_.get().key);
  }
  Side newer_, older_;
};

void check_key(std::string_view key) {
  TM_ASSERT(!key.empty() && key.front() != '\0');
}

}  // namespace

Result<std::unique_ptr<KeyedStateStore>> KeyedStateStore::open(std::unique_ptr<Storage> storage,
                                                               std::size_t hot_bytes_max) {
  const auto position = load_position(*storage);
  if (!position) return position.error();
  return std::unique_ptr<KeyedStateStore>(new KeyedStateStore(std::move(storage), *position, hot_bytes_max));
}

const RowChange* KeyedStateStore::find_change(std::string_view key) const {
  const RowChange* change = TM_PLANTED_BUG(overlay_skipped_on_read) ? nullptr : overlay_.find(key);
  return change != nullptr ? change : hot_.find(key);
}

Result<std::optional<std::string>> KeyedStateStore::get(std::string_view key) {
  check_key(key);
  if (const RowChange* change = find_change(key)) {
    if (change->erase) return std::optional<std::string>();
    return std::optional<std::string>(change->value);
  }
  std::optional<std::string> value;
  TM_TRY(storage_->multi_get({&key, 1}, {&value, 1}));
  return value;
}

void KeyedStateStore::put(std::string_view key, std::string_view value) {
  check_key(key);
  overlay_.set(key, value, false);
}

void KeyedStateStore::erase(std::string_view key) {
  check_key(key);
  overlay_.set(key, {}, true);
}

Result<std::vector<StorageRow>> KeyedStateStore::scan(std::string_view begin, std::string_view end,
                                                      std::size_t count_max) {
  std::vector<StorageRow> rows;
  std::string cursor(std::max(begin, kFirstKey));
  if (cursor >= end) return rows;
  ChangeCursor change(overlay_, hot_, cursor, end);
  const auto take_change = [&] {
    if (!change->erase) rows.emplace_back(change->key, change->value);
    change.advance();
  };
  const std::size_t fetched = std::max(count_max, kFetchMin);  // erased rows may have to be made up for
  while (rows.size() < count_max) {
    auto stored = storage_->scan(cursor, end, fetched);
    if (!stored) return stored.error();
    const bool more = stored->size() == fetched;
    if (more) cursor = stored->back().first + '\0';
    for (StorageRow& row : *stored) {
      while (rows.size() < count_max && !change.at_end() && change->key < row.first) take_change();
      if (rows.size() == count_max) return rows;
      if (!change.at_end() && change->key == row.first)
        take_change();
      else
        rows.push_back(std::move(row));
    }
    if (more) continue;
    while (rows.size() < count_max && !change.at_end()) take_change();
    break;
  }
  return rows;
}

Status KeyedStateStore::flush_view() {
  if (StoreView* view = attached_view()) return view->flush(*this);
  return {};
}

Status KeyedStateStore::apply(const StorePosition& position) {
  for (const RowChange& change : overlay_.changes()) hot_.set(change.key, change.value, change.erase);
  overlay_.clear();
  position_ = position;
  position_written_ = false;
  return write_if_full();
}

Status KeyedStateStore::write_if_full() {
  return hot_.bytes() > hot_bytes_max_ || hot_bytes_max_ == 0 ? flush() : Status();
}

// All that waits, and the position that goes with it, as one file: both or neither survive.
Status KeyedStateStore::flush() {
  if (position_written_) return {};
  const std::string encoded = encode_position(position_);
  const StorageWrite position_row{.key = kPositionKey, .value = encoded};
  writes_.clear();
  if (TM_PLANTED_BUG(position_outside_batch)) {
    TM_TRY(storage_->write({&position_row, 1}));
    TM_TRY(storage_->flush());
  } else {
    writes_.push_back(position_row);
  }
  for (const RowChange& change : hot_.changes())
    writes_.push_back({.key = change.key, .value = change.value, .erase = change.erase});
  std::sort(writes_.begin(), writes_.end(),
            [](const StorageWrite& a, const StorageWrite& b) { return a.key < b.key; });
  TM_TRY(storage_->ingest(writes_));
  hot_.clear();
  position_written_ = true;
  durable_position_ = position_;
  return {};
}

void KeyedStateStore::discard() {
  overlay_.clear();
  if (StoreView* view = attached_view()) view->clear();
}

Status KeyedStateStore::restore(std::span<const ChangelogRow> rows, const StorePosition& position) {
  TM_ASSERT(change_count() == 0);
  for (const ChangelogRow& row : rows) hot_.set(row.key, row.value, row.erase);
  position_ = position;
  position_written_ = false;
  TM_TRY(write_if_full());
  if (StoreView* view = attached_view()) view->clear();
  return {};
}

}  // namespace tidemark::runtime

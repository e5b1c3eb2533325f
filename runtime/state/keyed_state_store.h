#pragma once
// A keyed store of a task. A key is looked for in this order:
//   overlay    written in this epoch, not committed
//   hot        committed, in memory only; its changelog lies beyond the position in Storage
//   Storage    committed and ingested, with the position, as one file
// `hot` gathers many epochs, so that a row that changes in each of them is written once. Uncommitted data
// never reaches Storage; a crash leaves an older state at worst, and the changelog brings it forward.
//
// The task, per epoch: flush_view() - for_each_change() into the changelog - commit - apply(position).
// After an abort: discard(). After a crash or a missed epoch: restore() from position().changelog_next on.
// Threading: confined to the task's stream thread. Failure: Storage's errors, unchanged; then only the
// destructor may follow.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/state/changelog.h"
#include "runtime/state/keyed_overlay.h"
#include "runtime/state/position.h"
#include "runtime/storage.h"
#include "tidemark/state_store.h"

namespace tidemark::runtime {

class KeyedStateStore final : public KeyedStore {
 public:
  // `hot_bytes_max`: what may wait in memory; 0 writes every epoch.
  static Result<std::unique_ptr<KeyedStateStore>> open(std::unique_ptr<Storage> storage,
                                                       std::size_t hot_bytes_max = 0);

  // For processors.
  Result<std::optional<std::string>> get(std::string_view key) override;
  void put(std::string_view key, std::string_view value) override;
  void erase(std::string_view key) override;
  Result<std::vector<StorageRow>> scan(std::string_view begin, std::string_view end,
                                       std::size_t count_max) override;

  // For the task.
  Status flush_view();  // the attached view puts its changed rows
  // fn(key, value, erase) in the order in which the keys were first changed.
  template <class F>
  void for_each_change(F&& fn) const {
    for (const RowChange& change : overlay_.changes()) fn(change.key, change.value, change.erase);
  }
  std::size_t change_count() const { return overlay_.changes().size(); }
  std::size_t change_bytes() const { return overlay_.bytes(); }
  // The epoch is committed: its rows and `position` become part of the store, in memory or written.
  Status apply(const StorePosition& position);
  // The epoch is aborted.
  void discard();
  // Replays committed rows. REQUIRES: no changes pending. `position` is the one after the last of `rows`.
  Status restore(std::span<const ChangelogRow> rows, const StorePosition& position);
  Status health() const { return storage_->health(); }
  // The last one applied or restored, durable or not.
  Result<StorePosition> position() const { return position_; }
  // What a crash now would leave.
  const StorePosition& durable_position() const { return durable_position_; }
  Status flush();
  std::uint64_t bytes_on_disk() const { return storage_->bytes_on_disk(); }

 private:
  KeyedStateStore(std::unique_ptr<Storage> storage, const StorePosition& position, std::size_t hot_bytes_max)
      : storage_(std::move(storage)),
        hot_bytes_max_(hot_bytes_max),
        position_(position),
        durable_position_(position) {}
  const RowChange* find_change(std::string_view key) const;
  Status write_if_full();

  const std::unique_ptr<Storage> storage_;
  const std::size_t hot_bytes_max_;
  KeyedOverlay overlay_;
  KeyedOverlay hot_;
  bool position_written_ = true;
  StorePosition position_;
  StorePosition durable_position_;
  std::vector<StorageWrite> writes_;  // reused
};

}  // namespace tidemark::runtime

#pragma once
// The id store of a task. An id is looked for in this order, and the first that knows it decides:
//   hot        in memory only: what this epoch said, not committed yet, and what was committed, but has its
//              changelog beyond the durable position
//   runs       in Storage, newest first (id_runs.h)
// When `hot` is full, apply() spills it, when nothing in it is uncommitted: all of it becomes a run, durable
// together with the position. A crash loses `hot` and the position that goes with it, so that replaying the
// changelog from the durable position fills it again. Ids carry the clock of their insertion, so expiry is
// exact; a run goes when all of its ids have expired.
//
// The task, per epoch: pack() into the changelog - commit - apply(position); after an abort: discard().
// Threading: confined to the task's stream thread. Failure: Storage's errors, unchanged; then only the
// destructor may follow.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/state/id_changes.h"
#include "runtime/state/id_runs.h"
#include "runtime/state/id_table.h"
#include "runtime/state/packed_changelog.h"
#include "runtime/state/position.h"
#include "runtime/storage.h"
#include "tidemark/state_store.h"

namespace tidemark::runtime {

struct IdStateStoreOptions {
  std::optional<std::chrono::milliseconds> horizon;  // nullopt: forever
  std::size_t hot_ids_max = 100'000;                 // spill when as many are in memory
};

class IdStateStore final : public IdStore {
 public:
  static Result<std::unique_ptr<IdStateStore>> open(std::unique_ptr<Storage> storage,
                                                    const IdStateStoreOptions& options);

  // For processors. find() accepts an id several times in one call.
  Status find(std::span<const Hash128> ids, ArrivalTime clock,
              std::span<std::optional<RememberedId>> found) override;
  std::optional<std::chrono::milliseconds> horizon() const override { return options_.horizon; }
  void remember(const Hash128& id, const RememberedId& value, Remembering how) override;
  void forget(const Hash128& id) override;
  void note(const RecordPlace& place, std::uint8_t verdict, std::uint16_t code, bool moved) override;

  // For the task. The records of this epoch; none when nothing was said. Valid until the next call.
  std::span<const std::string> pack(EpochNumber epoch) { return writer_.pack(epoch, changes_.entries()); }
  std::size_t change_count() const { return changes_.size(); }
  // With the room to grow, in the mean.
  std::size_t change_bytes() const { return changes_.size() * sizeof(IdEntry) * 2; }
  // The epoch is committed.
  Status apply(const StorePosition& position);
  // The epoch is aborted.
  void discard();
  // Replays one packed record; `position` is the one after it. REQUIRES: no changes pending.
  Status restore(std::string_view record, const StorePosition& position);
  Status health() const { return storage_->health(); }
  // The last one applied or restored, durable or not.
  Result<StorePosition> position() const { return position_; }
  // What a crash now would leave.
  const StorePosition& durable_position() const { return durable_position_; }
  // Spills, however little there is.
  Status flush();

  std::size_t run_count() const { return runs_.size(); }
  std::uint64_t bytes_on_disk() const { return storage_->bytes_on_disk(); }

 private:
  IdStateStore(std::unique_ptr<Storage> storage, const IdStateStoreOptions& options,
               const StorePosition& position);
  std::optional<RememberedId> unless_expired(const RememberedId& value, ArrivalTime clock) const;
  Status find_stored(ArrivalTime clock, std::span<std::optional<RememberedId>> found);
  void note_newest(const IdEntry& entry);
  Status catch_up(std::size_t entries);
  Status spill();

  const std::unique_ptr<Storage> storage_;
  const IdStateStoreOptions options_;
  StorePosition position_;
  StorePosition durable_position_;
  IdRuns runs_;
  IdTable hot_;
  IdChanges changes_;  // of this epoch, in hot_ already
  ArrivalTime newest_hot_ = kArrivalMin;
  PackedChangelogWriter writer_;

  // Reused by find() and restore().
  std::vector<IdLookup> lookups_;
  std::vector<std::size_t> looked_for_;
  std::vector<IdEntry> restored_;
};

}  // namespace tidemark::runtime

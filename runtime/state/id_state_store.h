#pragma once
// The id store of a task. An id is looked for in this order, and the first that knows it decides:
//   changes    said in this epoch, not committed
//   hot        committed, in memory only; its changelog lies beyond the durable position
//   Storage    generations of rows, newest first
// When `hot` is full, apply() spills it: all of it, with the position, as one ingested file. A crash loses
// `hot` and the position that goes with it, so that replaying the changelog from the durable position fills
// it again.
//
// A generation is the rows spilled during half of the horizon. Rows carry the clock of their insertion,
// so expiry is exact; a generation whose newest row is past the horizon is dropped whole. A later spill goes
// to the same or a newer generation, hence newest first finds what was last said.
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
#include <utility>
#include <vector>

#include "runtime/state/id_changes.h"
#include "runtime/state/id_table.h"
#include "runtime/state/packed_changelog.h"
#include "runtime/state/position.h"
#include "runtime/storage.h"
#include "tidemark/state_store.h"

namespace tidemark::runtime {

struct IdStateStoreOptions {
  std::optional<std::chrono::milliseconds> horizon;  // nullopt: forever, one generation
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
  // With the index and the room to grow, in the mean.
  std::size_t change_bytes() const { return changes_.size() * sizeof(IdEntry) * 2; }
  // The epoch is committed.
  Status apply(const StorePosition& position);
  // The epoch is aborted.
  void discard();
  // Replays one packed record; `position` is the one after it. REQUIRES: no changes pending.
  Status restore(std::string_view record, const StorePosition& position);
  // The last one applied or restored, durable or not.
  Result<StorePosition> position() const { return position_; }
  // What a crash now would leave.
  const StorePosition& durable_position() const { return durable_position_; }
  // Spills, however little there is.
  Status flush();

  std::size_t generation_count() const { return generations_.size(); }
  std::uint64_t bytes_on_disk() const { return storage_->bytes_on_disk(); }

 private:
  struct Generation {
    std::uint32_t number = 0;  // from 1, never used again
    ArrivalTime opened_at;
    ArrivalTime newest;  // no row was inserted later
  };
  struct Lookup {
    Hash128 id;
    std::size_t index = 0;  // in the caller's span
    auto operator<=>(const Lookup&) const = default;
  };

  IdStateStore(std::unique_ptr<Storage> storage, const IdStateStoreOptions& options,
               const StorePosition& position);
  Status load_generations();
  std::string encode_generations() const;
  std::optional<RememberedId> unless_expired(const RememberedId& value, ArrivalTime clock) const;
  Status find_stored(ArrivalTime clock, std::span<std::optional<RememberedId>> found);
  Status find_in_generation(const Generation& generation, ArrivalTime clock,
                            std::span<std::optional<RememberedId>> found);
  void keep_hot(const IdEntry& entry);
  Status drop_expired_generations();
  Generation& current_generation();
  Status spill_if_full();
  Status spill();

  const std::unique_ptr<Storage> storage_;
  const IdStateStoreOptions options_;
  StorePosition position_;
  StorePosition durable_position_;
  std::vector<Generation> generations_;  // oldest first
  std::uint32_t last_generation_ = 0;
  IdChanges changes_;  // of this epoch
  IdTable hot_;
  ArrivalTime newest_hot_ = kArrivalMin;
  PackedChangelogWriter writer_;

  // Reused by find() and restore().
  std::vector<Lookup> lookups_;
  std::vector<char> key_bytes_;
  std::vector<std::string_view> keys_;
  std::vector<std::optional<std::string>> values_;
  std::vector<IdEntry> restored_;
};

}  // namespace tidemark::runtime

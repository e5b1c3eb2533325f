#pragma once
// A store of a task as the engine handles it: overlay, changelog, position. One implementation per kind.
// Owned by the task. Threading: confined to the stream thread.
#include <memory>
#include <optional>
#include <string>

#include "runtime/blueprint.h"
#include "runtime/epoch_record.h"
#include "runtime/output_buffer.h"
#include "runtime/state/position.h"
#include "tidemark/state_store.h"

namespace tidemark::runtime {

class TaskStore {
 public:
  virtual ~TaskStore() = default;
  virtual KeyedStore* keyed() { return nullptr; }  // the processors' side, by kind
  virtual IdStore* ids() { return nullptr; }

  virtual Status flush_view() { return {}; }
  virtual bool has_changes() const = 0;
  virtual std::size_t change_bytes() const = 0;
  // P1: the epoch's changelog records into `out`; what they add up to.
  virtual Result<StoreDigest> add_changelog(EpochNumber epoch, TopicPartition changelog,
                                            OutputBuffer& out) = 0;
  // P5: the overlay and the position become part of the store, together.
  virtual Status apply(const StorePosition& position) = 0;
  virtual void discard() = 0;  // the epoch was aborted

  virtual Result<StorePosition> position() = 0;  // epoch 0: empty
  // The epoch that a changelog record belongs to.
  virtual Result<EpochNumber> epoch_of(const RecordView& record) const = 0;
  // What the changelog records of an epoch add up to, to be compared with the epoch record.
  virtual Result<StoreDigest> digest(std::span<const RecordView> records) const = 0;
  // Replays the changelog records of one epoch. Doing it again changes nothing.
  virtual Status replay(std::span<const RecordView> records, const StorePosition& position) = 0;
  virtual Status flush() = 0;         // P6: what was applied survives a crash
  virtual Status health() const = 0;  // of the database, see Storage::health
};

struct OpenedStore {
  std::unique_ptr<TaskStore> store;
  std::optional<Error> set_aside;  // why what was there before was set aside; the store is empty then
};
// Opens the database (setting a corrupt one aside) and wraps it. `store` indexes settings->stores.
Result<OpenedStore> open_task_store(const Blueprint& blueprint, PartitionId partition, std::size_t store);
// Moves the files of a closed store away, and counts it.
Status set_task_store_aside(const Blueprint& blueprint, PartitionId partition, std::size_t store);

}  // namespace tidemark::runtime

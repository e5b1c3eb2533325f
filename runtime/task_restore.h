#pragma once
// Brings a task's stores to the last committed epoch, in bounded steps, while other tasks of the thread go
// on:
//   fence     an open transaction of a dead owner is aborted by its transactional id
//   epochs    the epoch records since the local state are read; they must continue each other up to the
//             committed offsets, else `torn_epoch`
//   stores    each changelog is replayed read_committed from the store's own position to the end
// Borrows all arguments. Threading: confined to the stream thread.
// Failure: retry (call step() again later) or fatal with a code; abort_txn does not occur.
#include <map>
#include <string>
#include <vector>

#include "runtime/arena.h"
#include "runtime/epoch_record.h"
#include "runtime/log.h"
#include "runtime/task.h"

namespace tidemark::runtime {

struct RestoreClients {
  LogClients* clients = nullptr;
  LogReader* reader = nullptr;  // of the thread; see holds_reader()
  GroupConsumer* consumer = nullptr;
  std::string transactional_id;  // of the thread
};

class TaskRestore {
 public:
  TaskRestore(const Blueprint& blueprint, Task& task, RestoreClients clients);
  // True when the task is restored; progress() and is_new_owner() are valid then.
  Result<bool> step();
  // Between two of its steps nobody else may use the reader.
  bool holds_reader() const { return phase_ == Phase::epochs || phase_ == Phase::stores; }
  const TaskProgress& progress() const { return progress_; }
  bool is_new_owner() const { return is_new_owner_; }

 private:
  enum class Phase : std::uint8_t { fence, epochs, stores, done };
  struct EpochAt {
    EpochRecord record;
    Offset offset;
    ArrivalTime written_at;
  };

  Status step_phase();
  Status unless_overtaken(const Error& misfit);
  Status mend_stores();
  Status refuse_foreign_stores();
  Status fence();
  Result<PartitionOffsets> look_at(TopicId topic);
  Result<bool> has_open_transaction();
  Result<bool> has_open_outputs();
  bool is_source(TopicId topic) const;
  Status fence_owner();
  Error still_open() const;
  std::vector<TopicPartition> sources() const;
  Status settle_committed();
  Status first_start();
  Status begin_epochs();
  Status read_epochs();
  Status check_continues(const EpochRecord& record, const EpochRecord& before) const;
  Status check_epochs();
  Status check_sources(const EpochRecord& record) const;
  Status check_changelog_ends(const EpochRecord& record) const;
  Status begin_store();
  Status read_store();
  Status replay_epoch(Offset changelog_next);
  Status end_store(Offset changelog_next);
  Status check_digest(EpochNumber epoch, const StoreDigest& found) const;
  Status check_nothing_missing(EpochNumber after, EpochNumber before) const;
  Status check_changelog_start(Offset from) const;
  bool is_too_old(std::size_t store, const StorePosition& position) const;
  TopicPartition at(TopicId topic) const { return {topic, task_.partition()}; }
  Error failure(std::string code, std::string message) const;

  const Blueprint& blueprint_;
  Task& task_;
  const RestoreClients clients_;
  std::unique_ptr<RecordBatch> batch_;
  Phase phase_ = Phase::fence;
  bool is_mended_ = false;                  // every store was well once
  std::vector<std::uint64_t> homes_;        // by store; empty: not asked yet
  std::string held_back_;                   // where an open transaction was seen
  std::string fenced_;                      // transactional id, so that nobody is fenced twice
  bool owner_is_settled_ = false;           // fenced, or not to be fenced
  Offset epochs_from_;                      // where reading of epoch records began
  std::chrono::nanoseconds open_since_{0};  // when an open transaction was first seen; 0: none
  std::vector<CommittedOffset> committed_;  // by source, stable
  OffsetMetadata metadata_;
  std::vector<Offset> log_starts_;            // of the sources
  std::vector<PartitionOffsets> changelogs_;  // by store
  PartitionOffsets epochs_;
  ArrivalTime looked_at_{};  // when those ends were asked for
  std::map<EpochNumber, EpochAt> epoch_records_;
  std::size_t store_ = 0;  // being replayed
  Arena arena_;            // records of the epoch being gathered
  std::vector<RecordView> rows_;
  std::vector<std::vector<HeaderView>> headers_;
  EpochNumber rows_epoch_;
  EpochNumber replayed_;  // of the store at hand: nothing up to here is missing
  TaskProgress progress_;
  bool is_new_owner_ = false;
};

}  // namespace tidemark::runtime

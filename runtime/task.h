#pragma once
// A task runs the sub-topology on one partition: its processors, its stores, its place in every source.
// Owns:      processors, stores, output buffer. The destructor closes them as a crash would leave them.
// Borrows:   the Blueprint; it must outlive the task.
// Threading: confined to the StreamThread that built it, except where a method says [any thread].
// Failure:   errors go up unchanged; after abort_txn or fatal the only legal calls are discard() and the
// destructor.
//
//   created -> restoring -> loading -> running        loading: table sources are read to their end first
//      ^           ^------------+---------+           back: an epoch failed, the stores are restored again
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/epoch_record.h"
#include "runtime/idle_watch.h"
#include "runtime/output_buffer.h"
#include "runtime/task_context.h"
#include "runtime/task_store.h"

namespace tidemark::runtime {

struct Notice {  // to the operator
  std::string code;
  std::string message;
};

enum class TaskState : std::uint8_t { created, restoring, loading, running };
std::string_view name_of(TaskState state);

// What the last committed epoch left; all of it is in the epoch record.
struct TaskProgress {
  EpochNumber epoch;                 // last committed
  std::vector<Offset> next_offsets;  // by source, committed
  EventTime watermark = kEventTimeMin;
  ArrivalTime stream_time = kArrivalMin;
  Offset epoch_record;                     // where the record of `epoch` stands
  Offset epochs_next;                      // the next one in the epochs topic
  ArrivalTime committed_at = kArrivalMin;  // of `epoch`, by the broker's clock or ours
};

class Task {
 public:
  static Result<std::unique_ptr<Task>> make(const Blueprint& blueprint, PartitionId partition);
  ~Task();

  PartitionId partition() const { return partition_; }
  const std::string& name() const { return name_; }
  TaskState state() const { return state_; }
  void move_to(TaskState next);  // checked

  // After a restore: takes over the committed progress and opens the processors.
  Status resume(const TaskProgress& progress);
  // A new owner says so before it does anything else, by an empty epoch.
  void require_claim() { claim_due_ = true; }

  // Hands over records of one source in offset order; views live until the records are processed or dropped.
  void enqueue(SourceIndex source, const RecordView& record) { pending_[source.value()].push_back(record); }
  bool has_pending() const;
  // Processes what was handed over, tables first, until a processor holds records back or `records_max` are
  // done. Returns true when a processor wants the epoch cut before more is processed.
  Result<bool> process(std::size_t records_max);
  // Deferred work without records; true when an epoch should be cut for it.
  Result<bool> idle();
  // Time that has gone on without records, told by who knows that there are none; the next epoch commits it.
  // Never back.
  void advance_watermark(EventTime watermark);
  void drop_pending();

  // task_idle.cc: idle steps of its processors. Nothing to ask: none is due, or something is in hand. The
  // answer may lack partitions, or be about others. True when a step was made: an epoch of its own is to be
  // cut before any record is processed.
  std::vector<TopicPartition> log_ends_to_ask();
  Result<bool> take_log_ends(std::span<const LogEnd> ends);

  bool has_changes() const;  // anything that an epoch would have to commit
  std::size_t change_bytes() const;
  std::size_t records_in_epoch() const { return records_in_epoch_; }

  // P1: ends the epoch. Outputs, changelogs and last the epoch record go to the producer, which REQUIRES a
  // transaction. After an error: discard().
  Status end_epoch(TransactionalProducer& producer);
  // P3: one offset per source, the next to read, with the metadata of this epoch.
  std::vector<OffsetToCommit> offsets_to_commit(const std::string& transactional_id) const;
  // P5: the epoch is committed; `last` tells where its records ended up.
  Status apply(std::span<const LastOffset> last);
  // What the processors had to tell in the epochs applied since this was asked last; stores set aside.
  std::vector<Notice> take_notices() { return std::exchange(told_, {}); }
  std::size_t notices_pending() const { return notices_.size(); }  // of this epoch, so far
  // The epoch is lost: overlays, counters, output and pending records are dropped.
  void discard();

  // Where to read on: behind what this epoch already processed.
  std::vector<StartingOffset> reading_from(bool tables_only) const;
  void reached_end(SourceIndex source, Offset next_offset);
  bool tables_loaded() const;
  bool at_end() const;  // every source is read to its end
  const TaskProgress& progress() const { return progress_; }
  EventTime watermark() const { return watermark_; }
  std::optional<SourceIndex> source_of(TopicId topic) const;
  std::vector<std::unique_ptr<TaskStore>>& stores() { return stores_; }
  Status health() const;  // of its databases, the first that is not well
  // task_restore.cc and build(): opens a store; what is damaged is set aside and told.
  Status open_store(std::size_t store);
  // Closes a store, moves its files away and opens it empty, to be restored from its changelog. On an error
  // it stays closed: open_store() again.
  Status set_aside(std::size_t store, const Error& why);
  Status flush_stores();

 private:
  friend class TaskContext;
  struct Node {
    const ProcessorSettings* settings = nullptr;
    std::unique_ptr<Processor> processor;
    std::unique_ptr<TaskContext> context;
    std::vector<std::size_t> downstream;  // indexes of nodes
  };
  struct EpochCounter {
    Counter* counter = nullptr;
    std::uint64_t pending = 0;  // published when the epoch is committed
    std::string identity;
  };

  Task(const Blueprint& blueprint, PartitionId partition);
  Status build();
  void tell_set_aside(std::size_t store, const Error& why);
  std::vector<std::size_t> nodes_reading(const std::string& source) const;
  CounterId counter(std::string_view name, std::string_view help, const Labels& labels);
  Result<Backlog> drain();
  bool pass_markers();
  std::size_t slice_size(std::size_t source) const;
  Status process_slice(SourceIndex source, std::span<RecordView> records);
  void add_epoch_record(const std::string& transactional_id, std::vector<StoreDigest> digests);
  bool is_table(std::size_t source) const;
  void watch_silence(const TaskProgress& progress);
  bool is_at_rest() const;
  Status step_idle(ArrivalTime broker_time);

  const Blueprint& blueprint_;
  const PartitionId partition_;
  const std::string name_;
  TaskState state_ = TaskState::created;
  std::vector<std::unique_ptr<TaskStore>> stores_;  // in the order of the settings
  std::vector<Node> nodes_;                         // topological order
  std::vector<std::vector<std::size_t>> readers_;   // by source: nodes fed by it
  std::vector<std::vector<RecordView>> pending_;    // by source
  std::vector<std::size_t> pending_at_;             // how many of them are processed
  std::vector<bool> source_at_end_;
  std::vector<std::optional<Offset>> read_to_;  // by source: an end that was told
  IdleWatch idle_watch_;
  CounterId idle_steps_ = 0;  // where the watch is on
  OutputBuffer output_;
  std::unique_ptr<DeadLetterEncoder> dead_letters_;
  std::vector<EpochCounter> counters_;
  std::vector<CounterId> consumed_;  // by source
  std::vector<Notice> notices_;      // of this epoch
  std::vector<Notice> told_;         // of those applied

  TaskProgress progress_;
  std::vector<Offset> next_offsets_;  // with this epoch's records
  EventTime watermark_ = kEventTimeMin;
  ArrivalTime stream_time_ = kArrivalMin;
  ArrivalTime wall_clock_time_ = kArrivalMin;
  std::size_t records_in_epoch_ = 0;
  bool claim_due_ = false;
  bool epoch_wanted_ = false;
  bool has_backlog_ = false;  // as of the last drain
};

}  // namespace tidemark::runtime

#pragma once
// One consumer, one transactional producer and the tasks that the group gave it. All tasks commit together.
// Owns:      its clients and tasks; the destructor drops them as a crash would.
// Borrows:   the Blueprint and the LogClients; they must outlive it.
// Threading: step() and stop() from one thread; status() [any thread].
// Failure:   step() returns only what ends the thread: a fatal code that would recur. Everything else it
//            answers itself: back-off, abort and restore, a new producer, a new membership.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/logger.h"
#include "runtime/task.h"
#include "runtime/task_restore.h"

namespace tidemark::runtime {

struct ThreadSettings {
  std::string name;  // "tidemark-3f2a-0": group.instance.id and transactional id
  std::chrono::milliseconds commit_interval{100};
  std::chrono::milliseconds transaction_timeout{10'000};
  Logger log;
};

struct TaskStatus {
  PartitionId partition;
  std::string state;  // created, restoring, loading, running, or the code it stopped with
  EpochNumber epoch;
  EventTime watermark = kEventTimeMin;
  bool at_end = false;  // everything that could be read was processed and committed
};

struct StreamThreadStatus {
  std::string name;
  std::chrono::nanoseconds alive_at{0};  // Clock::monotonic of the last step
  bool owns = false;                     // an assignment is in force, maybe an empty one
  std::vector<TaskStatus> tasks;
};

class StreamThread {
 public:
  StreamThread(const Blueprint& blueprint, LogClients& clients, ThreadSettings settings);
  ~StreamThread();

  // One turn of the loop; waits a few milliseconds at most when there is nothing to do.
  Status step();
  // Ends well: commits what is in hand, makes state durable, leaves. Errors: "stopped" when an epoch could
  // not be committed, and will be done again; the code that had stopped a task.
  Status stop();
  StreamThreadStatus status() const;  // [any thread] as of the last step

 private:
  struct Slot {
    std::unique_ptr<Task> task;  // null until its databases could be opened, and when it has stopped
    std::unique_ptr<TaskRestore> restore;              // while the task is restored
    std::chrono::nanoseconds retry_at{0};              // no step of `restore` before that; the others go on
    std::string waits_for;                             // the code that was last logged
    std::optional<Error> stopped;                      // the code that ended it; the others go on
    std::vector<std::chrono::nanoseconds> damaged_at;  // when a store of it was found damaged
    // Restored, and ours: it may process, commit and read.
    bool works() const {
      return task && !stopped && !restore &&
             (task->state() == TaskState::loading || task->state() == TaskState::running);
    }
  };

  Status turn();
  Status connect();
  Status rebuild_producer();
  Status handle(const PollEvents& events);
  Status on_revoked(bool lost);
  Result<std::set<PartitionId>> whole_tasks(const std::vector<TopicPartition>& partitions) const;
  Status flush_before_closing(Task& task);
  Status on_assigned(const std::vector<TopicPartition>& partitions);
  Status reassign();
  void dispatch();
  Result<bool> process();
  Status rewind();
  Status open_task(PartitionId partition, Slot& slot);
  std::unique_ptr<TaskRestore> make_restore(Task& task);
  Status check_health();
  Status check_room();
  bool waits_for_room();
  bool mend(Slot& slot);
  bool mend_damaged();
  Status restore_some();
  Slot* next_to_restore();
  Status answer_restore(Slot& slot, const Error& error);
  Status finish_restore(Slot& slot);
  // stream_thread_idle.cc
  Status idle();
  Status ask_log_ends();
  Status take_log_ends(std::span<const LogEnd> ends);

  bool epoch_due();
  std::chrono::milliseconds poll_timeout();

  bool has_records_in_hand() const;
  std::vector<Task*> tasks_to_commit();
  Status commit_epoch();
  Status produce(const std::vector<Task*>& tasks);
  Status commit_transaction(const std::vector<Task*>& tasks);
  Status recover(const Error& error);
  Status answer(const Error& error);
  Status rejoin(const Error& error);
  void restore_all();
  void stop_task(Slot& slot, const Error& error);
  void tell_notices(Task& task);
  void publish_status();
  void log(LogLevel level, const std::string& message, std::string_view code = {}) const;

  const Blueprint& blueprint_;
  LogClients& clients_;
  const ThreadSettings settings_;
  std::unique_ptr<GroupConsumer> consumer_;
  std::unique_ptr<TransactionalProducer> producer_;
  std::unique_ptr<LogReader> reader_;
  std::unique_ptr<RecordBatch> batch_;
  std::map<PartitionId, Slot> slots_;  // what the group gave us
  bool owned_ = false;                 // an assignment is in force
  bool producer_broken_ = true;        // a new one is needed before the next begin
  bool in_transaction_ = false;
  bool reassign_due_ = false;
  bool log_ends_asked_ = false;                          // the answer is still to come
  std::optional<std::chrono::nanoseconds> epoch_since_;  // when the epoch got its first change
  bool epoch_wanted_ = false;                            // a task waits for the cut
  std::chrono::nanoseconds last_commit_{0};
  std::chrono::nanoseconds last_flush_{0};
  std::chrono::nanoseconds retry_at_{0};
  std::chrono::milliseconds backoff_{0};
  std::string last_trouble_;
  std::vector<std::chrono::nanoseconds> fenced_at_;

  std::chrono::nanoseconds room_checked_{0};
  bool is_short_of_room_ = false;  // what is to be opened or restored waits

  Counter& committed_total_;
  Counter& aborted_total_;
  Counter& unknown_total_;
  Histogram& commit_seconds_;
  Gauge& free_bytes_;
  mutable std::mutex status_mutex_;
  StreamThreadStatus status_;  // under status_mutex_
};

}  // namespace tidemark::runtime

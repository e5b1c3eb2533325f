#pragma once
// The seams to Kafka. Real: runtime/kafka (librdkafka). Deterministic: runtime/sim. The engine runs
// unchanged on both. Every call is per batch.
// Threading: each object is confined to the thread that asked for it; LogClients is [any thread].
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/record.h"
#include "tidemark/result.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

// Index into the list of topic names that the LogClients were made with.
using TopicId = Named<struct TopicIdTag, std::int32_t>;

struct TopicPartition {
  TopicId topic;
  PartitionId partition;
  auto operator<=>(const TopicPartition&) const = default;
};

// A consumed record. `record.source` is not set by the log (the task knows its sources).
struct ConsumedRecord {
  TopicId topic;
  RecordView record;
};

// Owns the bytes behind `records`. Reused between polls; views die at the next poll into it, at clear()
// and at destruction.
class RecordBatch {
 public:
  virtual ~RecordBatch() = default;
  std::vector<ConsumedRecord> records;  // per partition in offset order
  virtual void clear() = 0;             // destroys the views and what they point to
};

struct StartingOffset {
  TopicPartition partition;
  Offset next_offset;  // the first to be read
};

// The reader stands at the end of what it may read (the last stable offset when read_committed);
// transaction markers are never delivered, so this is the only way to know.
struct EndOfPartition {
  TopicPartition partition;
  Offset next_offset;
};

// Where a partition ends, be it readable so far or not: an open transaction stands between the last stable
// offset and the high watermark.
struct LogEnd {
  TopicPartition partition;
  Offset high_watermark;
};

struct PollEvents {
  std::optional<std::vector<TopicPartition>> assigned;  // the group gave us these, in place of all before
  bool revoked = false;  // the group took everything; finish or abort, then acknowledge_revoke()
  bool lost = false;     // with revoked: too late to commit; drop without committing
  std::vector<EndOfPartition> ends;
  std::optional<std::vector<LogEnd>> log_ends;  // the answer to ask_log_ends()
  std::vector<TopicPartition> out_of_range;     // the offset asked for is gone: code offset_lost
};

struct CommittedOffset {
  std::optional<Offset> next_offset;  // nullopt: none is stored
  std::string metadata;
  bool operator==(const CommittedOffset&) const = default;
};

struct OffsetToCommit {
  TopicPartition partition;
  Offset next_offset;    // last consumed + 1
  std::string metadata;  // text without zero bytes (librdkafka #4876)
};

// Errors of all seams: Disposition::retry (transient, call again), abort_txn (the transaction cannot be
// committed), fatal with code "fenced" (the object is dead: rebuild), "unreachable", "auth", "offset_lost",
// "unknown_topic", or another that will recur.

// A member of the consumer group that also reads what it was assigned. read_committed, no auto commit,
// auto.offset.reset=error, static membership. Destruction without close() is a crash as the group sees it.
class GroupConsumer {
 public:
  virtual ~GroupConsumer() = default;
  virtual std::unique_ptr<RecordBatch> new_batch() = 0;
  virtual Status subscribe(std::span<const TopicId> topics) = 0;
  // Clears `batch`, then fills it with at most count_max records. Waits up to `timeout` for the first one.
  // Also serves the group: an assigned or revoked event is to be answered by assign() or acknowledge_revoke()
  // before records flow again. Errors: fatal "fenced" when the instance id was taken over or expired.
  virtual Result<PollEvents> poll(RecordBatch& batch, std::size_t count_max,
                                  std::chrono::milliseconds timeout) = 0;
  // Reads exactly these from now on (a subset of what the group assigned), each from its offset. Everything
  // fetched before is dropped, also for partitions that stay. Never pause, resume or seek.
  virtual Status assign(std::span<const StartingOffset> partitions) = 0;
  virtual Status acknowledge_revoke() = 0;
  // Asks for the high watermarks of these partitions as they are after this call, open transactions included.
  // Returns at once. The answer comes with a later poll; a partition whose leader does not answer is missing
  // there. REQUIRES: no other question is open.
  virtual Status ask_log_ends(std::span<const TopicPartition> partitions) = 0;
  // Committed offsets of the group. stable: waits (up to timeout) while an open transaction holds a newer one
  // back and then fails with retry; !stable: answers at once and may be outrun.
  virtual Result<std::vector<CommittedOffset>> committed(std::span<const TopicPartition> partitions,
                                                         bool stable, std::chrono::milliseconds timeout) = 0;
  virtual Status close() = 0;  // leaves reading; a static member keeps its membership till the session ends
};

// Result of a commit, as far as it can be known.
enum class CommitOutcome : std::uint8_t {
  committed,  // one EndTxn sent, one answered, in time: go on with the same producer
  suspect,  // committed, but EndTxn was repeated, slow (> 1 s) or answered after an error: new producer first
  aborted,  // certainly not committed; abort() was done or is not needed; same producer may go on
  unknown,  // nobody knows: new producer + init, then ask for the committed offsets
};

struct LastOffset {
  TopicPartition partition;
  Offset last_offset;                      // of what this transaction produced there
  std::optional<ArrivalTime> appended_at;  // of that record, by the broker's clock; nullopt: not log-append
};

class TransactionalProducer {
 public:
  virtual ~TransactionalProducer() = default;
  // Fences every earlier producer of the same transactional id and aborts what it left open.
  virtual Status init(std::chrono::milliseconds timeout) = 0;
  virtual Status begin() = 0;
  // Bytes are copied (or kept by reference count) before it returns. Log-append topics, as all of ours are,
  // stamp the records; others get the time of the call. Applies back-pressure when its queue is full.
  virtual Status produce(const TopicPartition& partition, std::span<const OutputRecord> records) = 0;
  // Waits until every delivery report is in; all good, or abort_txn. One LastOffset per partition touched.
  virtual Result<std::vector<LastOffset>> flush(std::chrono::milliseconds timeout) = 0;
  // Adds the offsets to the transaction with the consumer's current group metadata. REQUIRES: not empty.
  virtual Status send_offsets(std::span<const OffsetToCommit> offsets, GroupConsumer& consumer,
                              std::chrono::milliseconds timeout) = 0;
  virtual CommitOutcome commit(std::chrono::milliseconds timeout) = 0;
  // Error: the outcome of the abort is not known either: new producer.
  virtual Status abort(std::chrono::milliseconds timeout) = 0;
  virtual const std::string& transactional_id() const = 0;
};

struct PartitionOffsets {
  Offset log_start;
  Offset last_stable;  // < high_watermark while a transaction is open
  Offset high_watermark;
};

// Reads given partitions, read_committed, outside of any group: restores and tables.
class LogReader {
 public:
  virtual ~LogReader() = default;
  virtual std::unique_ptr<RecordBatch> new_batch() = 0;
  virtual Result<PartitionOffsets> offsets(TopicPartition partition) = 0;
  // First offset whose timestamp is at or after `time`; high watermark if there is none.
  virtual Result<Offset> offset_at(TopicPartition partition, ArrivalTime time) = 0;
  virtual Status assign(std::span<const StartingOffset> partitions) = 0;
  virtual Result<PollEvents> poll(RecordBatch& batch, std::size_t count_max,
                                  std::chrono::milliseconds timeout) = 0;
};

class LogClients {
 public:
  virtual ~LogClients() = default;
  // `instance_id` is both group.instance.id and the end of the transactional id:
  // "<application>-<instance_id>".
  virtual Result<std::unique_ptr<GroupConsumer>> group_consumer(const std::string& instance_id) = 0;
  virtual Result<std::unique_ptr<TransactionalProducer>> producer(const std::string& transactional_id) = 0;
  virtual Result<std::unique_ptr<LogReader>> reader() = 0;
  // Aborts what a dead owner left open, by initialising its transactional id with a throw-away producer.
  virtual Status fence(const std::string& transactional_id) = 0;
  // nullopt: the topic does not exist.
  virtual Result<std::optional<std::int32_t>> partition_count(TopicId topic) = 0;
  // Which Kafka this is: not two clusters have the same.
  virtual Result<std::string> cluster_id() = 0;
};

}  // namespace tidemark::runtime

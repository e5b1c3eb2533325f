#pragma once
// All that a processor can reach. Nothing of Kafka, RocksDB or clocks is visible from here.
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "tidemark/metrics.h"
#include "tidemark/record.h"
#include "tidemark/result.h"
#include "tidemark/state_store.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark {

// A type-erased, mutable span: processors of one sub-topology pass typed structs, not bytes.
// The type is checked at run time, once per batch.
class Batch {
 public:
  template <class T>
  static Batch of(std::span<T> items) {
    return Batch(type_id<T>(), items.data(), items.size());
  }
  template <class T>
  std::span<T> as() const {
    TM_ASSERT(type_ == type_id<T>());
    return {static_cast<T*>(data_), size_};
  }
  template <class T>
  bool holds() const {
    return type_ == type_id<T>();
  }
  std::size_t size() const { return size_; }

 private:
  template <class T>
  static const void* type_id() {
    static const char id = 0;
    return &id;
  }
  Batch(const void* type, void* data, std::size_t size) : type_(type), data_(data), size_(size) {}
  const void* type_;
  void* data_;
  std::size_t size_;
};

// Handle of a counter whose additions become visible with the commit of the epoch, never before:
// what an aborted epoch counted is forgotten.
using CounterId = std::uint32_t;

// Lives as long as the task. Threading: confined to the task's stream thread.
class Context {
 public:
  virtual ~Context() = default;

  // REQUIRES: among the needs of the processor's descriptor; for source() also any other of the sub-topology.
  virtual KeyedStore& keyed_store(std::string_view name) = 0;
  virtual IdStore& id_store(std::string_view name) = 0;
  virtual SourceIndex source(std::string_view name) const = 0;
  virtual std::string_view source_topic(SourceIndex source) const = 0;
  virtual Result<SinkIndex> sink(std::string_view name) const = 0;  // fatal: unknown_sink

  // To every processor whose `from` names this one; runs them before it returns.
  virtual Status forward(Batch batch) = 0;
  // To a sink of the sub-topology whose `from` names this processor. Bytes are copied.
  virtual Status send(SinkIndex sink, std::span<const OutputRecord> records) = 0;
  // The same, to a partition that is another task's: what belongs there, and was found here.
  virtual Status send_to(PartitionId partition, SinkIndex sink, std::span<const OutputRecord> records) = 0;
  // To the dead-letter topic, in the transaction that commits the offset; key, value, headers byte for byte.
  virtual Status dead_letter(const RecordView& record, std::string_view code, std::string_view message) = 0;

  virtual PartitionId partition() const = 0;
  virtual std::int32_t partition_count() const = 0;
  virtual EpochNumber epoch() const = 0;  // the one being filled

  // Largest arrival seen on the stream sources, monotone, part of the committed state ("dedup clock").
  // As of the start of the batch; a processor that needs it per record advances a copy of its own.
  virtual ArrivalTime stream_time() const = 0;
  // Moved by the processor that reads the records whose arrivals count; never back: a smaller one is ignored.
  virtual void advance_stream_time(ArrivalTime stream_time) = 0;
  virtual EventTime watermark() const = 0;
  virtual void advance_watermark(EventTime watermark) = 0;  // never back: a smaller one is ignored
  // Fixed at the start of each step of the task. For cadence only, never for a verdict.
  virtual ArrivalTime wall_clock_time() const = 0;

  // Something an operator should know; told once the epoch is committed, never before. Codes: docs/errors.md.
  virtual void notice(std::string_view code, std::string_view message) = 0;

  virtual CounterId counter(std::string_view name, std::string_view help, const Labels& labels) = 0;
  virtual void count(CounterId counter, std::uint64_t count = 1) = 0;
};

}  // namespace tidemark

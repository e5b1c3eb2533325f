#pragma once
// One partition of a simulated topic: entries in offset order, open transactions, last stable offset.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::runtime::sim {

struct SimRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;  // nullopt: a tombstone
  ArrivalTime timestamp{};
  std::vector<std::pair<std::string, std::string>> headers;
  bool operator==(const SimRecord&) const = default;
};

enum class EntryState : std::uint8_t { committed, pending, aborted };

struct Entry {
  Offset offset;
  std::int64_t producer_id = -1;  // -1: not transactional
  std::int32_t producer_epoch = -1;
  EntryState state = EntryState::committed;
  bool control = false;  // the end of a transaction: occupies an offset, is never delivered
  std::optional<ArrivalTime> cleaned_at = std::nullopt;  // a tombstone: when it first outlived what it erases
  SimRecord record;
};

class PartitionLog {
 public:
  Offset append(SimRecord record);
  Offset append(SimRecord record, std::int64_t producer_id, std::int32_t producer_epoch);
  // Settles what the producer has open here and writes the marker.
  void end_transaction(std::int64_t producer_id, std::int32_t producer_epoch, bool commit, ArrivalTime wall);

  Offset log_start() const { return log_start_; }
  Offset high_watermark() const { return next_offset_; }
  Offset last_stable() const;  // first offset of the oldest open transaction
  // Visible entries from `from` on, below the last stable offset, at most `count_max` of them are appended.
  // Returns where to go on.
  Offset read_committed(Offset from, std::size_t count_max, std::vector<const Entry*>& out) const;
  Offset offset_at(ArrivalTime time) const;
  const std::vector<Entry>& entries() const { return entries_; }

  void delete_before(Offset first_kept);
  // Keeps the last committed value of each key below the last stable offset; offsets keep their gaps, and the
  // log start stays. What was written at `older_than` or later is left alone, and what follows it.
  void compact(bool drop_tombstones, ArrivalTime older_than = ArrivalTime::max());
  // As the broker does it day by day: what is younger than a day is left alone, and a tombstone stays for a
  // day after what it erases has gone.
  void clean(ArrivalTime now);
  Offset compacted_to() const { return compacted_to_; }  // below it an entry may be missing

 private:
  void compact_if(ArrivalTime older_than, const std::function<bool(const Entry&)>& drops_tombstone);
  std::vector<Entry>::const_iterator first_from(Offset offset) const;

  std::vector<Entry> entries_;
  std::map<std::int64_t, Offset> open_;  // producer id -> first offset of its open transaction
  Offset log_start_{0};
  Offset next_offset_{0};
  Offset compacted_to_{0};
};

}  // namespace tidemark::runtime::sim

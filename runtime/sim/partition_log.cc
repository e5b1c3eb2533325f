#include "runtime/sim/partition_log.h"

#include <algorithm>

namespace tidemark::runtime::sim {

Offset PartitionLog::append(SimRecord record) {
  const Offset offset = next_offset_;
  entries_.push_back({.offset = offset, .record = std::move(record)});
  next_offset_ = offset.next();
  return offset;
}

Offset PartitionLog::append(SimRecord record, std::int64_t producer_id, std::int32_t producer_epoch) {
  const Offset offset = append(std::move(record));
  Entry& entry = entries_.back();
  entry.producer_id = producer_id;
  entry.producer_epoch = producer_epoch;
  entry.state = EntryState::pending;
  open_.try_emplace(producer_id, offset);
  return offset;
}

void PartitionLog::end_transaction(std::int64_t producer_id, std::int32_t producer_epoch, bool commit,
                                   ArrivalTime wall) {
  const auto open = open_.find(producer_id);
  if (open == open_.end()) return;
  const auto first = static_cast<std::size_t>(first_from(open->second) - entries_.cbegin());
  for (std::size_t i = first; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.producer_id != producer_id || entry.state != EntryState::pending) continue;
    entry.state = commit ? EntryState::committed : EntryState::aborted;
  }
  open_.erase(open);
  append({.key = {}, .value = {}, .timestamp = wall, .headers = {}});
  Entry& marker = entries_.back();
  marker.producer_id = producer_id;
  marker.producer_epoch = producer_epoch;
  marker.control = true;
}

Offset PartitionLog::last_stable() const {
  Offset stable = next_offset_;
  for (const auto& [producer_id, first] : open_) stable = std::min(stable, first);
  return stable;
}

Offset PartitionLog::read_committed(Offset from, std::size_t count_max,
                                    std::vector<const Entry*>& out) const {
  const Offset stable = last_stable();
  Offset next = from;
  std::size_t count = 0;
  auto entry = first_from(from);
  for (; entry != entries_.cend() && entry->offset < stable && count < count_max; ++entry) {
    next = entry->offset.next();
    if (entry->control || entry->state != EntryState::committed) continue;
    out.push_back(&*entry);
    ++count;
  }
  const bool read_to_end = entry == entries_.cend() || entry->offset >= stable;
  return read_to_end ? std::max(next, stable) : next;
}

Offset PartitionLog::offset_at(ArrivalTime time) const {
  for (const Entry& entry : entries_) {
    if (!entry.control && entry.record.timestamp >= time) return entry.offset;
  }
  return next_offset_;
}

void PartitionLog::delete_before(Offset first_kept) {
  first_kept = std::min(first_kept, last_stable());
  if (first_kept <= log_start_) return;
  entries_.erase(entries_.cbegin(), first_from(first_kept));
  log_start_ = first_kept;
}

void PartitionLog::compact(bool drop_tombstones, ArrivalTime older_than) {
  compact_if(older_than, [drop_tombstones](const Entry&) { return drop_tombstones; });
}

void PartitionLog::clean(ArrivalTime now) {
  constexpr std::chrono::hours kDay{24};
  const ArrivalTime yesterday = now - kDay;
  compact_if(yesterday,
             [yesterday](const Entry& entry) { return entry.cleaned_at && *entry.cleaned_at <= yesterday; });
  for (Entry& entry : entries_) {
    if (entry.offset < compacted_to_ && !entry.record.value && !entry.cleaned_at) entry.cleaned_at = now;
  }
}

void PartitionLog::compact_if(ArrivalTime older_than,
                              const std::function<bool(const Entry&)>& drops_tombstone) {
  const Offset stable = std::min(last_stable(), offset_at(older_than));
  std::map<std::string, Offset> last_of;
  for (const Entry& entry : entries_) {
    if (entry.offset >= stable) break;
    if (entry.state == EntryState::committed && entry.record.key) last_of[*entry.record.key] = entry.offset;
  }
  std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.offset >= stable) return false;
    if (entry.control || entry.state == EntryState::aborted) return true;
    if (entry.record.key && last_of[*entry.record.key] != entry.offset) return true;
    return !entry.record.value && drops_tombstone(entry);
  });
  compacted_to_ = std::max(compacted_to_, stable);
}

std::vector<Entry>::const_iterator PartitionLog::first_from(Offset offset) const {
  return std::lower_bound(entries_.cbegin(), entries_.cend(), offset,
                          [](const Entry& entry, Offset wanted) { return entry.offset < wanted; });
}

}  // namespace tidemark::runtime::sim

#include "runtime/sim/cluster.h"

#include <algorithm>

#include "tidemark/assert.h"

namespace tidemark::runtime::sim {

void SimCluster::create_topic(const std::string& topic, std::int32_t partition_count) {
  TM_ASSERT(!find_topic(topic) && partition_count > 0);
  topics_.push_back({topic, std::vector<PartitionLog>(static_cast<std::size_t>(partition_count))});
}

void SimCluster::add_partitions(const std::string& topic, std::int32_t partition_count) {
  auto& partitions = topics_[static_cast<std::size_t>(ref(topic, 0).topic)].partitions;
  TM_ASSERT(static_cast<std::size_t>(partition_count) >= partitions.size());
  partitions.resize(static_cast<std::size_t>(partition_count));
}

Offset SimCluster::append(std::string_view topic, std::int32_t partition, std::optional<std::string> key,
                          std::optional<std::string> value, ArrivalTime timestamp,
                          std::vector<std::pair<std::string, std::string>> headers) {
  tick();
  const PartitionRef target = ref(topic, partition);
  const Offset offset = log(target).append({.key = std::move(key),
                                            .value = std::move(value),
                                            .timestamp = timestamp,
                                            .headers = std::move(headers)});
  trace_.note("append", topic, {partition, offset.value()});
  return offset;
}

void SimCluster::delete_records(std::string_view topic, std::int32_t partition, Offset first_kept) {
  log(ref(topic, partition)).delete_before(first_kept);
  trace_.note("delete_records", topic, {partition, first_kept.value()});
}

void SimCluster::compact(std::string_view topic, bool drop_tombstones, ArrivalTime older_than) {
  for (PartitionLog& partition : topics_[static_cast<std::size_t>(ref(topic, 0).topic)].partitions) {
    partition.compact(drop_tombstones, older_than);
  }
  trace_.note("compact", topic);
}

void SimCluster::clean(std::string_view topic) {
  for (PartitionLog& partition : topics_[static_cast<std::size_t>(ref(topic, 0).topic)].partitions)
    partition.clean(wall());
  trace_.note("clean", topic);
}

void SimCluster::forget_offset(const std::string& group_name, std::string_view topic,
                               std::int32_t partition) {
  group(group_name).offsets.erase(ref(topic, partition));
}

void SimCluster::settle() {
  apply_late_offsets(UINT64_MAX);
  apply_late_ends(UINT64_MAX);
  expire();
  apply_late_markers(UINT64_MAX);
}

const PartitionLog& SimCluster::log(std::string_view topic, std::int32_t partition) const {
  const PartitionRef found = ref(topic, partition);
  return topics_[static_cast<std::size_t>(found.topic)].partitions[static_cast<std::size_t>(found.partition)];
}

std::vector<CommittedRecord> SimCluster::committed_records(std::string_view topic,
                                                           std::int32_t partition) const {
  const PartitionLog& partition_log = log(topic, partition);
  std::vector<const Entry*> visible;
  partition_log.read_committed(partition_log.log_start(), SIZE_MAX, visible);
  std::vector<CommittedRecord> records;
  records.reserve(visible.size());
  for (const Entry* entry : visible) records.push_back({entry->offset, entry->record});
  return records;
}

std::optional<StoredOffset> SimCluster::committed_offset(const std::string& group_name,
                                                         std::string_view topic,
                                                         std::int32_t partition) const {
  const Group* found = find_group(group_name);
  if (found == nullptr) return std::nullopt;
  const auto offset = found->offsets.find(ref(topic, partition));
  if (offset == found->offsets.end()) return std::nullopt;
  return offset->second;
}

const Group* SimCluster::find_group(const std::string& name) const {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

bool SimCluster::has_open_transaction(const std::string& transactional_id) const {
  const auto found = transactional_ids_.find(transactional_id);
  return found != transactional_ids_.end() && found->second.open;
}

void SimCluster::tick() {
  ++operations_;
  apply_late_offsets(operations_);
  apply_late_ends(operations_);
  expire();
  apply_late_markers(operations_);
}

std::optional<std::int32_t> SimCluster::find_topic(std::string_view topic) const {
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    if (topics_[i].name == topic) return static_cast<std::int32_t>(i);
  }
  return std::nullopt;
}

std::int32_t SimCluster::partition_count(std::int32_t topic) const {
  return static_cast<std::int32_t>(topics_[static_cast<std::size_t>(topic)].partitions.size());
}

PartitionLog& SimCluster::log(PartitionRef wanted) {
  return topics_[static_cast<std::size_t>(wanted.topic)]
      .partitions[static_cast<std::size_t>(wanted.partition)];
}

Group& SimCluster::group(const std::string& name) {
  return groups_.try_emplace(name, settings_.session_timeout, settings_.rebalance_timeout).first->second;
}

ProducerIdentity SimCluster::init_producer(const std::string& transactional_id,
                                           std::optional<std::chrono::milliseconds> timeout) {
  tick();
  TransactionalId& state = transactional_ids_[transactional_id];
  if (state.producer_id < 0) state.producer_id = next_producer_id_++;
  state.timeout = timeout.value_or(settings_.transaction_timeout);
  ++state.epoch;  // before the abort: its markers carry the new epoch, as the broker's do
  if (state.open) finish_transaction(transactional_id, state, false);
  finish_markers_of(state.producer_id);
  state.last_was_commit.reset();
  trace_.note("init_producer", transactional_id, {state.producer_id, state.epoch});
  return {transactional_id, state.producer_id, state.epoch};
}

Result<Offset> SimCluster::produce(const ProducerIdentity& producer, PartitionRef target, SimRecord record) {
  tick();
  TM_TRY(check_fence(producer));
  TransactionalId& state = transactional_ids_.at(producer.transactional_id);
  open_transaction(state, producer);
  state.touched.insert(target);
  record.timestamp = wall();
  const Offset offset = log(target).append(std::move(record), producer.id, producer.epoch);
  trace_.note("produce", producer.transactional_id, {target.topic, target.partition, offset.value()});
  return offset;
}

Status SimCluster::send_offsets(const ProducerIdentity& producer, const std::string& group_name,
                                const Membership& membership,
                                const std::map<PartitionRef, StoredOffset>& offsets) {
  tick();
  TM_TRY(check_fence(producer));
  if (!group(group_name).may_commit(membership)) {
    return Error{Disposition::abort_txn, "group_generation",
                 "the group has moved on without " + membership.instance_id};
  }
  TransactionalId& state = transactional_ids_.at(producer.transactional_id);
  open_transaction(state, producer);
  auto& pending = state.offsets[group_name];
  for (const auto& [partition, offset] : offsets) {
    pending[partition] = offset;
    trace_.note("send_offset", producer.transactional_id,
                {partition.topic, partition.partition, offset.next_offset.value()});
  }
  return {};
}

Status SimCluster::end_transaction(const ProducerIdentity& producer, bool commit) {
  tick();
  TM_TRY(check_fence(producer));
  TransactionalId& state = transactional_ids_.at(producer.transactional_id);
  if (state.open) {
    finish_transaction(producer.transactional_id, state, commit);
    return {};
  }
  if (state.last_was_commit == commit) return {};  // the same request again
  return Error{Disposition::fatal, "invalid_txn_state",
               "no open transaction of " + producer.transactional_id};
}

void SimCluster::end_transaction_later(const ProducerIdentity& producer, bool commit) {
  late_ends_.push_back({due_later(), producer, commit});
}

void SimCluster::send_offsets_later(const ProducerIdentity& producer, const std::string& group,
                                    const std::map<PartitionRef, StoredOffset>& offsets) {
  late_offsets_.push_back({due_later(), producer, group, offsets});
}

bool SimCluster::offset_is_pending(const std::string& group_name, PartitionRef wanted) const {
  const auto holds = [&](const PendingOffsets& offsets) {
    const auto found = offsets.find(group_name);
    return found != offsets.end() && found->second.contains(wanted);
  };
  return std::any_of(transactional_ids_.begin(), transactional_ids_.end(),
                     [&](const auto& item) { return holds(item.second.offsets); }) ||
         std::any_of(late_markers_.begin(), late_markers_.end(),
                     [&](const LateMarker& marker) { return holds(marker.offsets); });
}

Status SimCluster::check_fence(const ProducerIdentity& producer) const {
  const auto found = transactional_ids_.find(producer.transactional_id);
  TM_ASSERT(found != transactional_ids_.end());
  if (found->second.producer_id == producer.id && found->second.epoch == producer.epoch) return {};
  return Error{Disposition::fatal, "fenced",
               "a newer producer of " + producer.transactional_id + " has taken over"};
}

void SimCluster::open_transaction(TransactionalId& state, const ProducerIdentity& producer) {
  if (state.open) return;
  finish_markers_of(producer.id);  // a broker answers CONCURRENT_TRANSACTIONS until they are written
  state.open = true;
  state.opened_at = clock_.monotonic();
}

void SimCluster::finish_transaction(const std::string& name, TransactionalId& state, bool commit) {
  const ProducerIdentity producer{name, state.producer_id, state.epoch};
  trace_.note(commit ? "committed" : "aborted", name, {producer.id, producer.epoch});
  const bool late = faults_.fires("cluster.marker_lag", "cluster", SiteKind::error);
  state.open = false;
  state.last_was_commit = commit;
  for (const PartitionRef& partition : std::exchange(state.touched, {})) {
    place_marker({0, producer, commit, partition, {}}, late);
  }
  if (!state.offsets.empty()) {
    place_marker({0, producer, commit, std::nullopt, std::exchange(state.offsets, {})}, late);
  }
}

void SimCluster::place_marker(LateMarker marker, bool late) {
  if (!late) return apply(marker);
  marker.due = due_later();
  late_markers_.push_back(std::move(marker));
}

void SimCluster::apply(const LateMarker& marker) {
  if (marker.partition) {
    log(*marker.partition).end_transaction(marker.producer.id, marker.producer.epoch, marker.commit, wall());
  }
  if (!marker.commit) return;
  for (const auto& [group_name, offsets] : marker.offsets) {
    for (const auto& [partition, offset] : offsets) group(group_name).offsets[partition] = offset;
  }
}

void SimCluster::apply_late_ends(std::uint64_t until) {
  std::vector<LateEnd> arrived;
  std::erase_if(late_ends_, [&](const LateEnd& late) {
    if (late.due > until) return false;
    arrived.push_back(late);
    return true;
  });
  for (const LateEnd& late : arrived) {
    TransactionalId& state = transactional_ids_.at(late.producer.transactional_id);
    const bool applies = state.open && check_fence(late.producer).has_value();
    trace_.note("late_end", late.producer.transactional_id, {late.commit, applies});
    if (applies) finish_transaction(late.producer.transactional_id, state, late.commit);
  }
}

// A broker verifies that the producer has a transaction open; whether it is the one the request was sent in,
// it cannot tell.
void SimCluster::apply_late_offsets(std::uint64_t until) {
  std::erase_if(late_offsets_, [&](const LateOffsets& late) {
    if (late.due > until) return false;
    TransactionalId& state = transactional_ids_.at(late.producer.transactional_id);
    const bool applies = state.open && check_fence(late.producer).has_value();
    trace_.note("late_offsets", late.producer.transactional_id, {applies});
    if (!applies) return true;
    auto& pending = state.offsets[late.group];
    for (const auto& [partition, offset] : late.offsets) pending[partition] = offset;
    return true;
  });
}

void SimCluster::apply_late_markers(std::uint64_t until) {
  std::erase_if(late_markers_, [&](const LateMarker& marker) {
    if (marker.due > until) return false;
    apply(marker);
    return true;
  });
}

void SimCluster::finish_markers_of(std::int64_t producer_id) {
  std::erase_if(late_markers_, [&](const LateMarker& marker) {
    if (marker.producer.id != producer_id) return false;
    apply(marker);
    return true;
  });
}

void SimCluster::expire() {
  for (auto& [name, state] : transactional_ids_) {
    if (!state.open || clock_.monotonic() - state.opened_at <= state.timeout) continue;
    ++state.epoch;  // the owner that slept through it is fenced
    trace_.note("transaction_expired", name, {state.producer_id, state.epoch});
    finish_transaction(name, state, false);
  }
  for (auto& [name, expiring] : groups_) {
    if (expiring.expire(clock_.monotonic())) trace_.note("member_expired", name, {expiring.generation()});
  }
}

PartitionRef SimCluster::ref(std::string_view topic, std::int32_t partition) const {
  const auto found = find_topic(topic);
  TM_ASSERT(found && partition >= 0 && partition < partition_count(*found));
  return {*found, partition};
}

}  // namespace tidemark::runtime::sim

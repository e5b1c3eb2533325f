#include "runtime/sim/clients.h"

namespace tidemark::runtime::sim {

namespace {

SimRecord to_sim_record(const OutputRecord& record) {
  SimRecord result;
  if (record.key.data() != nullptr) result.key = std::string(record.key);  // a null pointer is no key
  if (record.has_value) result.value = std::string(record.value);
  for (const HeaderView& header : record.headers) result.headers.emplace_back(header.name, header.value);
  return result;
}

}  // namespace

Status SimProducer::init(std::chrono::milliseconds) {
  TM_TRY(usable("init", State::fresh));
  identity_ = world_.cluster.init_producer(transactional_id_);
  state_ = State::ready;
  process_.at("init.after");
  return {};
}

Status SimProducer::begin() {
  TM_TRY(process_.alive());
  if (dead_) return *dead_;
  if (state_ != State::ready)
    return Error{Disposition::fatal, "bad_call", "begin() before init() or inside of one"};
  state_ = State::in_transaction;
  return {};
}

Status SimProducer::produce(const TopicPartition& partition, std::span<const OutputRecord> records) {
  TM_TRY(usable("P1.produce", State::in_transaction));
  if (failed_) return Error{Disposition::abort_txn, "delivery_failed", "an earlier record was not delivered"};
  if (offsets_sent_) return Error{Disposition::fatal, "bad_call", "produce() after send_offsets()"};
  const auto ref = topics_.resolve(partition);
  if (!ref) return ref.error();
  std::size_t count = records.size();
  if (process_.fails("P1.produce.lost")) {
    failed_ = true;
    count = world_.random.uniform(count + 1);
  }
  for (const OutputRecord& record : records.first(count)) {
    queue_.push_back({partition, *ref, to_sim_record(record)});
  }
  TM_TRY(send_queued(
      world_.random.uniform(queue_.size() + 1)));  // the rest leaves later, at the latest by flush()
  process_.at("P1.produce.after");
  return {};
}

Result<std::vector<LastOffset>> SimProducer::flush(std::chrono::milliseconds) {
  TM_TRY(usable("P2.flush", State::in_transaction));
  TM_TRY(send_queued(queue_.size()));
  if (failed_) return Error{Disposition::abort_txn, "delivery_failed", "a record was not delivered"};
  std::vector<LastOffset> result;
  for (const auto& [partition, last] : last_offsets_) result.push_back(last);
  process_.at("P2.flush.after");
  return result;
}

Status SimProducer::send_offsets(std::span<const OffsetToCommit> offsets, GroupConsumer& consumer,
                                 std::chrono::milliseconds) {
  TM_TRY(usable("P3.send_offsets", State::in_transaction));
  if (offsets.empty()) return Error{Disposition::fatal, "bad_call", "send_offsets() without offsets"};
  std::map<PartitionRef, StoredOffset> stored;
  for (const OffsetToCommit& offset : offsets) {
    const auto ref = topics_.resolve(offset.partition);
    if (!ref) return ref.error();
    if (offset.metadata.find('\0') != std::string::npos) {
      return Error{Disposition::fatal, "bad_call", "offset metadata with a zero byte"};
    }
    stored[*ref] = {offset.next_offset, offset.metadata};
  }
  const auto& member = static_cast<const SimConsumer&>(consumer);
  TM_TRY(remember(world_.cluster.send_offsets(identity_, member.group(), member.membership(), stored)));
  touched_ = true;
  offsets_sent_ = true;
  if (process_.fails("P3.send_offsets.repeated")) {
    world_.cluster.send_offsets_later(identity_, member.group(), stored);
    suspect_ = true;
  }
  process_.at("P3.send_offsets.after");
  return {};
}

CommitOutcome SimProducer::commit(std::chrono::milliseconds timeout) {
  if (process_.crashed() || dead_ || state_ != State::in_transaction) return CommitOutcome::unknown;
  process_.at("P4.commit.before");
  if (!failed_ && !send_queued(queue_.size())) return CommitOutcome::unknown;
  if (failed_ || process_.fails("P4.commit.aborted")) {
    return abort(timeout) ? CommitOutcome::aborted : CommitOutcome::unknown;
  }
  if (!touched_) {  // an empty transaction sends no EndTxn
    close_transaction();
    return CommitOutcome::committed;
  }
  return commit_now();
}

CommitOutcome SimProducer::commit_now() {
  if (process_.fails("P4.commit.in_flight", SiteKind::crash)) {
    world_.cluster.end_transaction_later(identity_, true);
    process_.kill();
    throw Crash{process_.name(), "P4.commit.in_flight"};
  }
  if (process_.fails("P4.commit.unknown_lost")) {
    close_transaction();
    return CommitOutcome::unknown;
  }
  if (process_.fails("P4.commit.unknown_delayed")) {
    world_.cluster.end_transaction_later(identity_, true);
    close_transaction();
    return CommitOutcome::unknown;
  }
  if (process_.fails("P4.commit.unknown_applied")) return conclude(true, CommitOutcome::unknown);
  if (process_.fails("P4.commit.suspect")) return conclude(true, CommitOutcome::suspect);
  if (process_.fails("P4.commit.suspect_repeated")) {
    const CommitOutcome outcome = conclude(true, CommitOutcome::suspect);
    if (!dead_) world_.cluster.end_transaction_later(identity_, true);
    return outcome;
  }
  const CommitOutcome outcome = conclude(true, suspect_ ? CommitOutcome::suspect : CommitOutcome::committed);
  process_.at("P4.commit.reply_lost");
  return outcome;
}

Status SimProducer::abort(std::chrono::milliseconds) {
  TM_TRY(process_.alive());
  if (dead_) return *dead_;
  if (state_ == State::ready) return {};  // commit() has done it already
  if (state_ != State::in_transaction) return Error{Disposition::fatal, "bad_call", "abort() before init()"};
  process_.at("abort.before");
  queue_.clear();
  if (!touched_) {
    close_transaction();
    return {};
  }
  const Error unknown{Disposition::abort_txn, "abort_unknown", "injected: the abort was not answered"};
  const bool lost = process_.fails("abort.unknown_lost");
  const bool delayed = !lost && process_.fails("abort.unknown_delayed");
  if (lost || delayed) {
    if (delayed) world_.cluster.end_transaction_later(identity_, false);
    close_transaction();
    return unknown;
  }
  const bool unanswered = process_.fails("abort.unknown_applied");
  conclude(false, CommitOutcome::aborted);
  if (dead_) return *dead_;
  if (process_.fails("abort.repeated")) world_.cluster.end_transaction_later(identity_, false);
  process_.at("abort.after");
  if (unanswered) return unknown;
  return {};
}

Status SimProducer::usable(std::string_view call, State required) {
  TM_TRY(process_.enter(call));
  if (dead_) return *dead_;
  if (state_ == required) return {};
  return Error{Disposition::fatal, "bad_call", std::string(call) + " out of order"};
}

Status SimProducer::send_queued(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Queued& queued = queue_[i];
    const auto offset = world_.cluster.produce(identity_, queued.ref, std::move(queued.record));
    if (!offset) return remember(offset.error());
    touched_ = true;
    last_offsets_[queued.partition] = {queued.partition, *offset, world_.cluster.wall()};
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  return {};
}

Status SimProducer::remember(Status status) {
  if (!status && status.error().disposition == Disposition::fatal) dead_ = status.error();
  return status;
}

// A fenced producer cannot tell what became of its transaction.
CommitOutcome SimProducer::conclude(bool commit, CommitOutcome outcome) {
  const Status ended = remember(world_.cluster.end_transaction(identity_, commit));
  close_transaction();
  return ended ? outcome : CommitOutcome::unknown;
}

void SimProducer::close_transaction() {
  state_ = State::ready;
  touched_ = false;
  offsets_sent_ = false;
  suspect_ = false;
  failed_ = false;
  queue_.clear();
  last_offsets_.clear();
}

}  // namespace tidemark::runtime::sim

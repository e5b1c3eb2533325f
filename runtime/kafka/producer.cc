#include "runtime/kafka/producer.h"

#include <algorithm>
#include <cstring>

#include "runtime/kafka/consumer.h"
#include "tidemark/assert.h"

namespace tidemark::runtime::kafka {
namespace {

using std::chrono::milliseconds;
using GroupMetadataPtr =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, Destroy<rd_kafka_consumer_group_metadata_destroy>>;

constexpr std::int16_t kEndTxnApiKey = 26;
constexpr std::int16_t kTransactionApiKeys[] = {24, 25,
                                                28};  // AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit
constexpr milliseconds kThrowAwayTimeout{30};
constexpr milliseconds kCommitInTime{1'000};
constexpr milliseconds kSliceMax{1'000};  // of one call inside of a loop with a deadline
constexpr const char* kInterceptor = "end_txn_counter";

// Calls `step` until it succeeds, fails for good, or the time is over. Retriable calls of librdkafka resume.
template <class Step>
ErrorPtr retry_until(const Deadline& deadline, const Step& step) {
  for (;;) {
    const milliseconds slice = std::clamp(deadline.left(), milliseconds{1}, kSliceMax);
    ErrorPtr error(step(to_timeout_ms(slice)));
    if (!error || rd_kafka_error_is_retriable(error.get()) == 0 || deadline.passed()) return error;
  }
}

PartitionListPtr to_list(std::span<const OffsetToCommit> offsets, const TopicHandles& topics) {
  PartitionListPtr list = new_partition_list(offsets.size());
  for (const OffsetToCommit& each : offsets) {
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), topics.name(each.partition.topic).c_str(),
                                                    each.partition.partition.value());
    entry->offset = each.next_offset.value();
    if (each.metadata.empty()) continue;
    TM_ASSERT(each.metadata.find('\0') == std::string::npos);
    entry->metadata = rd_kafka_mem_malloc(nullptr, each.metadata.size());  // freed with the list
    entry->metadata_size = each.metadata.size();
    std::memcpy(entry->metadata, each.metadata.data(), each.metadata.size());
  }
  return list;
}

bool belongs_to_transaction(std::int16_t api_key) {
  return std::ranges::find(kTransactionApiKeys, api_key) != std::end(kTransactionApiKeys);
}

bool was_purged(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

}  // namespace

CommitOutcome judge_success(const EndTxnTally& tally) {
  const bool once = tally.sent == 1 && tally.answered >= 1 && tally.failed == 0;
  const bool none = tally.sent == 0 && tally.answered == 0 && tally.failed == 0;  // nothing to commit
  const bool in_time = tally.elapsed <= kCommitInTime && tally.others_failed == 0;
  return (once || none) && in_time ? CommitOutcome::committed : CommitOutcome::suspect;
}

CommitOutcome judge_abortable(const EndTxnTally& tally) {
  return tally.sent == 0 ? CommitOutcome::aborted : CommitOutcome::unknown;
}

TxnProducer::TxnProducer(const KafkaSettings& settings, std::string transactional_id)
    : transactional_id_(std::move(transactional_id)),
      properties_(transactional_properties(settings, transactional_id_)) {}

Result<std::unique_ptr<TxnProducer>> TxnProducer::create(const KafkaSettings& settings,
                                                         const std::string& transactional_id,
                                                         std::shared_ptr<Trouble> trouble) {
  std::unique_ptr<TxnProducer> producer(new TxnProducer(settings, transactional_id));
  producer->trouble_ = std::move(trouble);
  auto handle = Handle::create({.type = RD_KAFKA_PRODUCER,
                                .properties = producer->properties_,
                                .trouble = producer->trouble_,
                                .owner = producer.get(),
                                .install = [&](rd_kafka_conf_t* conf) { producer->install(conf); }});
  if (!handle) return handle.error();
  producer->handle_ = *std::move(handle);
  producer->topics_ = std::make_unique<TopicHandles>(producer->handle_->get(), settings.topics);
  return producer;
}

void TxnProducer::install(rd_kafka_conf_t* conf) {
  rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    Handle::owner_of<TxnProducer>(opaque).note_delivery(*message);
  });
  const auto on_sent = [](rd_kafka_t*, int, const char*, std::int32_t, std::int16_t api_key, std::int16_t,
                          std::int32_t, std::size_t, void* counters) {
    if (api_key == kEndTxnApiKey) ++static_cast<EndTxnCounters*>(counters)->sent;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto on_answered = [](rd_kafka_t*, int, const char*, std::int32_t, std::int16_t api_key, std::int16_t,
                              std::int32_t, std::size_t, std::int64_t, rd_kafka_resp_err_t code,
                              void* opaque) {
    auto& counters = *static_cast<EndTxnCounters*>(opaque);
    const bool ok = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (api_key == kEndTxnApiKey) ++(ok ? counters.answered : counters.failed);
    if (!ok && belongs_to_transaction(api_key)) ++counters.others_failed;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  static constexpr rd_kafka_interceptor_f_on_request_sent_t* kOnSent = on_sent;
  static constexpr rd_kafka_interceptor_f_on_response_received_t* kOnAnswered = on_answered;
  const auto on_new = [](rd_kafka_t* rk, const rd_kafka_conf_t*, void* counters, char*, std::size_t) {
    rd_kafka_interceptor_add_on_request_sent(rk, kInterceptor, kOnSent, counters);
    return rd_kafka_interceptor_add_on_response_received(rk, kInterceptor, kOnAnswered, counters);
  };
  rd_kafka_conf_interceptor_add_on_new(conf, kInterceptor, on_new, &end_txn_);
}

void TxnProducer::init_throw_away() const {
  const auto handle =
      Handle::create({.type = RD_KAFKA_PRODUCER, .properties = properties_, .trouble = trouble_});
  if (!handle) return;  // the real one was built of the same properties
  const ErrorPtr ignored(rd_kafka_init_transactions((*handle)->get(), to_timeout_ms(kThrowAwayTimeout)));
}

Status TxnProducer::init(milliseconds timeout) {
  const Deadline deadline(timeout);
  init_throw_away();
  const ErrorPtr error = retry_until(
      deadline, [&](int slice_ms) { return rd_kafka_init_transactions(handle_->get(), slice_ms); });
  if (error) return handle_->explain(to_error(*error, "initialise transactional id " + transactional_id_));
  trouble_->back();
  return {};
}

Status TxnProducer::begin() {
  const ErrorPtr error(rd_kafka_begin_transaction(handle_->get()));
  if (error) return handle_->explain(to_error(*error, "begin a transaction"));
  for (auto& [partition, touched] : touched_) touched.last_offset = -1;
  delivery_failure_.reset();
  end_txn_.others_failed = 0;
  is_in_transaction_ = true;
  return {};
}

Status TxnProducer::produce(const TopicPartition& partition, std::span<const OutputRecord> records) {
  const Envelope envelope{.topic = topics_->get(partition.topic),
                          .partition = partition.partition.value(),
                          .opaque = &touched_[partition]};
  const auto code = enqueue_all(handle_->get(), envelope, records);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // Refused because the transaction is already in an error state: the reason came by another way.
    const bool in_error_state = code == RD_KAFKA_RESP_ERR__STATE;
    const Error error = handle_->explain(to_error(Failure{.code = code, .requires_abort = in_error_state},
                                                  "produce to " + topics_->name(partition.topic)));
    return delivery_failure_ && error.disposition != Disposition::fatal ? *delivery_failure_ : error;
  }
  handle_->serve();
  return {};
}

void TxnProducer::note_delivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto& touched = *static_cast<Touched*>(message._private);
    if (message.offset <= touched.last_offset) return;
    touched.last_offset = message.offset;
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const ArrivalTime time{milliseconds(rd_kafka_message_timestamp(&message, &type))};
    const bool is_of_broker = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;  // else: what we sent
    touched.appended_at = is_of_broker ? std::optional(time) : std::nullopt;
    return;
  }
  if (was_purged(message.err) || delivery_failure_) return;  // purged: by our own abort
  delivery_failure_ = to_error(Failure{.code = message.err, .requires_abort = true},
                               std::string("deliver a record to ") + rd_kafka_topic_name(message.rkt));
}

Result<std::vector<LastOffset>> TxnProducer::flush(milliseconds timeout) {
  const auto code = rd_kafka_flush(handle_->get(), to_timeout_ms(timeout));
  TM_TRY(handle_->health());
  if (delivery_failure_) return *delivery_failure_;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return handle_->explain(
        to_error(Failure{.code = code, .requires_abort = true}, "deliver all records in time"));
  }
  std::vector<LastOffset> last;
  for (const auto& [partition, touched] : touched_) {
    if (touched.last_offset >= 0)
      last.push_back({partition, Offset(touched.last_offset), touched.appended_at});
  }
  return last;
}

Status TxnProducer::send_offsets(std::span<const OffsetToCommit> offsets, GroupConsumer& consumer,
                                 milliseconds timeout) {
  TM_ASSERT(!offsets.empty());  // librdkafka would report success and commit nothing
  auto* member = dynamic_cast<MemberConsumer*>(&consumer);
  TM_ASSERT(member != nullptr);
  const GroupMetadataPtr group(rd_kafka_consumer_group_metadata(member->get()));
  const PartitionListPtr list = to_list(offsets, *topics_);
  const ErrorPtr error = retry_until(Deadline(timeout), [&](int slice_ms) {
    return rd_kafka_send_offsets_to_transaction(handle_->get(), list.get(), group.get(), slice_ms);
  });
  if (error) return handle_->explain(to_error(*error, "add offsets to the transaction"));
  return {};
}

CommitOutcome TxnProducer::commit(milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  end_txn_.sent = 0;
  end_txn_.answered = 0;
  end_txn_.failed = 0;
  const auto start = Clock::now();
  const Deadline deadline(timeout);
  const ErrorPtr error = retry_until(
      deadline, [&](int slice_ms) { return rd_kafka_commit_transaction(handle_->get(), slice_ms); });
  const EndTxnTally tally{.sent = end_txn_.sent,
                          .answered = end_txn_.answered,
                          .failed = end_txn_.failed,
                          .others_failed = end_txn_.others_failed,
                          .elapsed = std::chrono::ceil<milliseconds>(Clock::now() - start)};
  if (!error) {
    is_in_transaction_ = false;
    trouble_->back();
    return judge_success(tally);
  }
  trouble_->note(to_error(*error, "commit the transaction").message);
  if (rd_kafka_error_txn_requires_abort(error.get()) == 0) return CommitOutcome::unknown;
  const CommitOutcome outcome = judge_abortable(tally);
  if (outcome != CommitOutcome::aborted) return outcome;
  return abort(deadline.left()) ? CommitOutcome::aborted : CommitOutcome::unknown;
}

Status TxnProducer::abort(milliseconds timeout) {
  if (!is_in_transaction_) return {};
  const ErrorPtr error = retry_until(
      Deadline(timeout), [&](int slice_ms) { return rd_kafka_abort_transaction(handle_->get(), slice_ms); });
  if (error) return handle_->explain(to_error(*error, "abort the transaction"));
  is_in_transaction_ = false;
  return {};
}

}  // namespace tidemark::runtime::kafka

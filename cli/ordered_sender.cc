#include "cli/ordered_sender.h"

#include <algorithm>

namespace tidemark::cli {
namespace {

constexpr std::chrono::milliseconds kLinger{20};
constexpr std::chrono::milliseconds kFlushTimeout{5'000};
constexpr int kRebuildsMax = 3;

bool is_of_this_record(const Error& error) {
  return error.code == "record_too_large" || error.code == "record_refused";
}

}  // namespace

Result<std::unique_ptr<OrderedSender>> OrderedSender::create(const runtime::KafkaSettings& settings) {
  std::unique_ptr<OrderedSender> sender(new OrderedSender(settings));
  TM_TRY(sender->make_producer());
  return sender;
}

OrderedSender::~OrderedSender() = default;

Status OrderedSender::make_producer() {
  auto made = runtime::KafkaPlainProducer::create(
      settings_, runtime::TopicId(0), kLinger,
      [this](const runtime::Delivery& delivery) { on_delivery(delivery); });
  if (!made) return made.error();
  producer_ = *std::move(made);
  producer_is_dead_ = false;
  return {};
}

Status OrderedSender::send(Record record) {
  pending_.push_back({std::move(record)});
  TM_TRY(produce(first_pending_ + static_cast<std::int64_t>(pending_.size()) - 1));
  if (producer_is_dead_) TM_TRY(send_again());
  return check_failure();
}

Status OrderedSender::produce(std::int64_t number) {
  // The call may end other records and with them move the queue: look the record up by its number.
  const Record& record = pending_[static_cast<std::size_t>(number - first_pending_)].record;
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : record.headers) headers.push_back({name, value});
  const Status sent = producer_->send({.record = {.key = record.key,
                                                  .value = record.value ? *record.value : std::string_view(),
                                                  .has_value = record.value.has_value(),
                                                  .headers = headers},
                                       .partition = record.partition,
                                       .timestamp = record.timestamp,
                                       .token = static_cast<std::uint64_t>(number)});
  if (sent) return {};
  if (is_of_this_record(sent.error())) {
    refuse(number, sent.error());
    return {};
  }
  if (sent.error().code != "fenced") return sent.error();
  producer_is_dead_ = true;
  return {};
}

// The dead producer has given back what it could not deliver, from one record on in each partition: the
// same order again, with a new producer.
Status OrderedSender::send_again() {
  rebuilds_without_progress_ = delivered_ > delivered_at_rebuild_ ? 1 : rebuilds_without_progress_ + 1;
  delivered_at_rebuild_ = delivered_;
  const Status flushed = producer_->flush(kFlushTimeout);
  if (rebuilds_without_progress_ > kRebuildsMax) {
    return flushed ? Error{Disposition::fatal, "fenced", "the producer died again and again"}
                   : flushed.error();
  }
  TM_TRY(check_failure());
  TM_TRY(make_producer());
  const std::int64_t end = first_pending_ + static_cast<std::int64_t>(pending_.size());
  for (std::int64_t number = first_pending_; number < end && !producer_is_dead_; ++number) {
    if (number < first_pending_ || pending_[static_cast<std::size_t>(number - first_pending_)].done) continue;
    TM_TRY(produce(number));
  }
  return {};
}

void OrderedSender::on_delivery(const runtime::Delivery& delivery) {
  const auto number = static_cast<std::int64_t>(delivery.token);
  if (delivery.error && is_of_this_record(*delivery.error)) return refuse(number, *delivery.error);
  if (delivery.error) {
    const bool dead = delivery.error->code == "fenced" || delivery.error->code == "kafka_error";
    if (dead) producer_is_dead_ = true;
    // A record that timed out leaves a gap that later ones would overtake.
    if (!dead && !failure_) failure_ = *delivery.error;
    return;
  }
  delivered_ += 1;
  pending_[static_cast<std::size_t>(number - first_pending_)].done = true;
  drop_done();
}

void OrderedSender::refuse(std::int64_t number, const Error& error) {
  refused_.emplace_back(number, error.message);
  pending_[static_cast<std::size_t>(number - first_pending_)].done = true;
  drop_done();
}

void OrderedSender::drop_done() {
  while (!pending_.empty() && pending_.front().done) {
    pending_.pop_front();
    first_pending_ += 1;
  }
}

Status OrderedSender::check_failure() const {
  if (failure_) return *failure_;
  return {};
}

Status OrderedSender::finish() {
  while (!pending_.empty()) {
    const Status flushed = producer_->flush(kFlushTimeout);
    TM_TRY(check_failure());
    if (!flushed && flushed.error().code == "auth") return flushed.error();
    if (producer_is_dead_ || (!flushed && flushed.error().code == "fenced")) TM_TRY(send_again());
  }
  return check_failure();
}

}  // namespace tidemark::cli

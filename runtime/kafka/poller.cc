#include "runtime/kafka/poller.h"

#include <algorithm>
#include <utility>

#include "tidemark/assert.h"

namespace tidemark::runtime::kafka {

using std::chrono::milliseconds;

namespace {

// Half of the queue at most: then it is never empty before the next is asked for.
constexpr std::size_t kRequestBytesMin = 512 << 10;
constexpr std::size_t kRequestBytesMax = 2 << 20;
constexpr std::size_t kPrefetchAhead = 8;

// The message, and what librdkafka keeps behind it: time stamp and headers.
void prefetch(const rd_kafka_message_t* message) {
  for (std::size_t line = 0; line < 4; ++line)
    __builtin_prefetch(reinterpret_cast<const char*>(message) + line * 64);
}

}  // namespace

void Positions::reset(std::vector<Slot> slots) {
  slots_ = std::move(slots);
  last_ = 0;
}

Positions::Slot* Positions::find(const rd_kafka_topic_t* handle, std::int32_t partition) {
  const auto matches = [&](const Slot& slot) {
    return slot.partition.partition.value() == partition && slot.handle == handle;
  };
  if (last_ < slots_.size() && matches(slots_[last_])) return &slots_[last_];
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!matches(slots_[i])) continue;
    last_ = i;
    return &slots_[i];
  }
  return nullptr;
}

Poller::Poller(Handle& handle, const std::vector<std::string>& topics, std::size_t queue_bytes)
    : handle_(handle),
      topics_(handle.get(), topics),
      queue_(rd_kafka_queue_get_consumer(handle.get())),
      request_every_bytes_(std::clamp(queue_bytes / 2, kRequestBytesMin, kRequestBytesMax)) {}

Poller::~Poller() {
  for (MessageBatch* batch : *batches_) batch->clear();
}

std::unique_ptr<RecordBatch> Poller::new_batch() {
  return std::make_unique<MessageBatch>(batches_);
}

Status Poller::assign(std::span<const StartingOffset> partitions) {
  PartitionListPtr list = new_partition_list(partitions.size());
  std::vector<Positions::Slot> slots;
  slots.reserve(partitions.size());
  for (const auto& [partition, next_offset] : partitions) {
    TM_ASSERT(next_offset.value() >= 0);  // a negative one has a meaning of its own to librdkafka
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), topics_.name(partition.topic).c_str(),
                                                    partition.partition.value());
    entry->offset = next_offset.value();
    slots.push_back({topics_.get(partition.topic), partition, next_offset.value()});
  }
  const auto code = rd_kafka_assign(handle_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return handle_.explain(to_error(code, "assign partitions"));
  positions_.reset(std::move(slots));
  assigned_ = std::move(list);
  awaits_answer_ = false;
  return {};
}

Status Poller::unassign() {
  positions_.reset({});
  assigned_.reset();
  awaits_answer_ = false;
  const auto code = rd_kafka_assign(handle_.get(), nullptr);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return handle_.explain(to_error(code, "give partitions back"));
  return {};
}

void Poller::interrupt() {
  awaits_answer_ = true;
  interrupted_ = true;
  rd_kafka_yield(handle_.get());  // the batch call returns with what it has
}

Result<PollEvents> Poller::poll(RecordBatch& target, std::size_t count_max, milliseconds timeout) {
  auto* batch = dynamic_cast<MessageBatch*>(&target);
  TM_ASSERT(batch != nullptr && count_max > 0);
  batch->clear();
  events_ = {};
  error_.reset();
  interrupted_ = false;
  handle_.serve();
  take(*batch, count_max, timeout);
  if (awaits_answer_) {
    batch->clear();
    events_ = {};
  }
  batch->link_headers();
  keep_fetching();
  TM_TRY(handle_.health());
  if (error_) {
    batch->clear();
    return *std::exchange(error_, std::nullopt);
  }
  if (!batch->records.empty() || !events_.ends.empty()) handle_.trouble().back();
  return std::exchange(events_, {});
}

void Poller::take(MessageBatch& batch, std::size_t count_max, milliseconds timeout) {
  auto messages = batch.fetch(queue_.get(), count_max, milliseconds{0});
  if (messages.empty() && !interrupted_ && timeout > milliseconds{0}) {
    messages = batch.fetch(queue_.get(), 1, timeout);
    sort(batch, messages);
    if (messages.empty() || interrupted_ || count_max == 1) return;
    messages = batch.fetch(queue_.get(), count_max - 1, milliseconds{0});
  }
  sort(batch, messages);
}

void Poller::sort(MessageBatch& batch, std::span<rd_kafka_message_t* const> messages) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    // Another thread wrote them: without this each is waited for.
    if (i + kPrefetchAhead < messages.size()) prefetch(messages[i + kPrefetchAhead]);
    rd_kafka_message_t* message = messages[i];
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      take_error(*message);
      continue;
    }
    bytes_since_request_ += message->len;  // as librdkafka measures its queue
    Positions::Slot* slot = positions_.find(message->rkt, message->partition);
    if (slot == nullptr || message->offset < slot->next_offset) continue;  // of an older assignment
    slot->next_offset = message->offset + 1;
    batch.add(slot->partition.topic, *message);
  }
}

// 2.0.2 looks at a queue that was full again only after a second, or when anything else is to be sent to that
// broker: so something is asked of it whenever some of the queue is gone. The answer is of no interest.
void Poller::keep_fetching() {
  if (bytes_since_request_ < request_every_bytes_ || !assigned_) return;
  bytes_since_request_ = 0;
  for (int i = 0; i < assigned_->cnt; ++i) assigned_->elems[i].offset = RD_KAFKA_OFFSET_END;
  static_cast<void>(rd_kafka_offsets_for_times(handle_.get(), assigned_.get(), 0));
}

void Poller::take_error(const rd_kafka_message_t& message) {
  Positions::Slot* slot = message.rkt == nullptr ? nullptr : positions_.find(message.rkt, message.partition);
  const char* text = rd_kafka_message_errstr(&message);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      if (slot == nullptr || message.offset < slot->next_offset) return;
      slot->next_offset = message.offset;
      events_.ends.push_back({slot->partition, Offset(message.offset)});
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      if (slot != nullptr) events_.out_of_range.push_back(slot->partition);
      return;
    default:
      break;
  }
  Error error =
      to_error(Failure{.code = message.err, .text = text == nullptr ? "" : text}, "read from Kafka");
  if (error.disposition == Disposition::retry) {
    handle_.trouble().note(error.message);
    return;
  }
  if (!error_) error_ = std::move(error);
}

}  // namespace tidemark::runtime::kafka

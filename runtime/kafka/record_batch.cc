#include "runtime/kafka/record_batch.h"

#include <algorithm>

#include "runtime/kafka/client.h"

namespace tidemark::runtime::kafka {
namespace {

constexpr std::size_t kPrefetchBytes = 512;

std::string_view view(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

}  // namespace

MessageBatch::MessageBatch(std::shared_ptr<BatchRegistry> registry) : registry_(std::move(registry)) {
  registry_->push_back(this);
}

MessageBatch::~MessageBatch() {
  clear();
  std::erase(*registry_, this);
}

void MessageBatch::clear() {
  records.clear();
  headers_.clear();
  header_ranges_.clear();
  for (std::size_t i = 0; i < message_count_; ++i) rd_kafka_message_destroy(messages_[i]);
  message_count_ = 0;
}

std::span<rd_kafka_message_t* const> MessageBatch::fetch(rd_kafka_queue_t* queue, std::size_t count_max,
                                                         std::chrono::milliseconds timeout) {
  const std::size_t first = message_count_;
  if (messages_.size() < first + count_max) messages_.resize(first + count_max);
  const auto count =
      rd_kafka_consume_batch_queue(queue, to_timeout_ms(timeout), messages_.data() + first, count_max);
  if (count > 0) message_count_ += static_cast<std::size_t>(count);
  return std::span(messages_).subspan(first, message_count_ - first);
}

void MessageBatch::add(TopicId topic, rd_kafka_message_t& message) {
  RecordView record;
  record.partition = PartitionId(message.partition);
  record.offset = Offset(message.offset);
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.arrival = ArrivalTime(std::chrono::milliseconds(rd_kafka_message_timestamp(&message, &type)));
  record.has_key = message.key != nullptr;
  if (record.has_key) record.key = view(message.key, message.key_len);
  record.has_value = message.payload != nullptr;
  if (record.has_value) {
    record.value = view(message.payload, message.len);
    // It is decoded soon, and another thread's core had it last.
    for (std::size_t at = 0; at < std::min(message.len, kPrefetchBytes); at += 64)
      __builtin_prefetch(record.value.data() + at);
  }

  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::size_t first = headers_.size();
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      headers_.push_back(HeaderView{name, value == nullptr ? std::string_view() : view(value, size)});
    }
    header_ranges_.push_back(HeaderRange{records.size(), first, headers_.size() - first});
  }
  records.push_back(ConsumedRecord{topic, record});
}

void MessageBatch::link_headers() {
  for (const HeaderRange& range : header_ranges_) {
    records[range.record].record.headers = std::span(headers_).subspan(range.first, range.count);
  }
}

}  // namespace tidemark::runtime::kafka

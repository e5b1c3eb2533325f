#include "runtime/kafka/plain_producer.h"

#include "runtime/kafka/client.h"

namespace tidemark::runtime {

using kafka::Failure;
using kafka::Handle;
using kafka::to_error;

struct KafkaPlainProducer::Callback {
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& self = Handle::owner_of<KafkaPlainProducer>(opaque);
    Delivery delivery{.token = reinterpret_cast<std::uintptr_t>(message->_private),
                      .partition = PartitionId(message->partition),
                      .offset = Offset(message->offset),
                      .error = std::nullopt};
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++self.delivered_total_;
    } else {
      ++self.failed_total_;
      delivery.error =
          to_error(message->err, std::string("deliver a record to ") + rd_kafka_topic_name(message->rkt));
    }
    if (self.on_delivery_) self.on_delivery_(delivery);
  }
};

Result<std::unique_ptr<KafkaPlainProducer>> KafkaPlainProducer::create(const KafkaSettings& settings,
                                                                       TopicId topic,
                                                                       std::chrono::milliseconds linger,
                                                                       OnDelivery on_delivery) {
  TM_TRY(check(settings));
  std::unique_ptr<KafkaPlainProducer> producer(new KafkaPlainProducer(topic, std::move(on_delivery)));
  auto handle = Handle::create(
      {.type = RD_KAFKA_PRODUCER,
       .properties = kafka::idempotent_properties(settings, linger),
       .trouble = std::make_shared<kafka::Trouble>(settings.log),
       .owner = producer.get(),
       .install = [](rd_kafka_conf_t* conf) { rd_kafka_conf_set_dr_msg_cb(conf, &Callback::on_delivery); }});
  if (!handle) return handle.error();
  producer->handle_ = *std::move(handle);
  producer->topics_ = std::make_unique<kafka::TopicHandles>(producer->handle_->get(), settings.topics);
  return producer;
}

KafkaPlainProducer::KafkaPlainProducer(TopicId topic, OnDelivery on_delivery)
    : topic_(topic), on_delivery_(std::move(on_delivery)) {}

KafkaPlainProducer::~KafkaPlainProducer() = default;

Status KafkaPlainProducer::send(const PlainRecord& record) {
  static_assert(sizeof(std::uintptr_t) == sizeof(std::uint64_t), "tokens travel as pointers");
  const kafka::Envelope envelope{
      .topic = topics_->get(topic_),
      .partition = record.partition ? record.partition->value() : RD_KAFKA_PARTITION_UA,
      .timestamp_ms = record.timestamp ? record.timestamp->time_since_epoch().count() : 0,
      .opaque = reinterpret_cast<void*>(static_cast<std::uintptr_t>(record.token))};
  const auto code = kafka::enqueue(handle_->get(), envelope, record.record);
  handle_->serve();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return handle_->explain(to_error(code, "produce to " + topics_->name(topic_)));
  }
  return {};
}

Status KafkaPlainProducer::flush(std::chrono::milliseconds timeout) {
  const auto code = rd_kafka_flush(handle_->get(), kafka::to_timeout_ms(timeout));
  TM_TRY(handle_->health());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return handle_->explain(to_error(code, "deliver all records in time"));
  handle_->trouble().back();
  return {};
}

}  // namespace tidemark::runtime

#include "runtime/kafka/reader.h"

#include "runtime/kafka/offsets.h"

namespace tidemark::runtime::kafka {

Result<std::unique_ptr<PartitionReader>> PartitionReader::create(const KafkaSettings& settings,
                                                                 const std::shared_ptr<Trouble>& trouble) {
  std::unique_ptr<PartitionReader> reader(new PartitionReader(settings.request_timeout));
  auto uncommitted = Handle::create({.properties = consumer_properties(settings, false), .trouble = trouble});
  if (!uncommitted) return uncommitted.error();
  auto committed = Handle::create({.properties = consumer_properties(settings, true), .trouble = trouble});
  if (!committed) return committed.error();
  reader->uncommitted_ = *std::move(uncommitted);
  reader->committed_ = *std::move(committed);
  reader->poller_ =
      std::make_unique<Poller>(*reader->committed_, settings.topics, settings.consumer_queue_bytes);
  return reader;
}

Result<PartitionOffsets> PartitionReader::offsets(TopicPartition partition) {
  return query_offsets(*committed_, *uncommitted_, poller_->topics().name(partition.topic),
                       partition.partition, request_timeout_);
}

Result<Offset> PartitionReader::offset_at(TopicPartition partition, ArrivalTime time) {
  const PartitionListPtr list = new_partition_list(1);
  auto* entry = rd_kafka_topic_partition_list_add(list.get(), poller_->topics().name(partition.topic).c_str(),
                                                  partition.partition.value());
  entry->offset = time.time_since_epoch().count();  // in: milliseconds; out: an offset
  const auto code =
      rd_kafka_offsets_for_times(uncommitted_->get(), list.get(), to_timeout_ms(request_timeout_));
  const auto failed = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : entry->err;
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return uncommitted_->explain(to_error(failed, "look up an offset by time"));
  }
  if (entry->offset >= 0) return Offset(entry->offset);
  const auto all = offsets(partition);  // nothing is that late
  if (!all) return all.error();
  return all->high_watermark;
}

}  // namespace tidemark::runtime::kafka

#include "runtime/kafka/log_ends.h"

#include <utility>

#include "tidemark/assert.h"

namespace tidemark::runtime::kafka {
namespace {

constexpr std::chrono::milliseconds kAnswerMax{1'000};

}  // namespace

LogEndsQuery::LogEndsQuery(std::unique_ptr<Handle> handle, const std::vector<std::string>& topics)
    : handle_(std::move(handle)),
      topics_(handle_->get(), topics),
      thread_([this](const std::stop_token& stopped) { run(stopped); }) {}

LogEndsQuery::~LogEndsQuery() = default;

void LogEndsQuery::ask(std::span<const TopicPartition> partitions) {
  {
    const std::scoped_lock lock(mutex_);
    TM_ASSERT(!question_ && !answer_);
    question_.emplace(partitions.begin(), partitions.end());
  }
  asked_.notify_one();
}

std::optional<std::vector<LogEnd>> LogEndsQuery::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(answer_, std::nullopt);
}

void LogEndsQuery::run(const std::stop_token& stopped) {
  std::unique_lock lock(mutex_);
  while (asked_.wait(lock, stopped, [this] { return question_.has_value(); }) && !stopped.stop_requested()) {
    const std::vector<TopicPartition> partitions = *question_;
    lock.unlock();
    std::vector<LogEnd> ends = query(partitions);
    lock.lock();
    question_.reset();
    answer_ = std::move(ends);
  }
}

std::vector<LogEnd> LogEndsQuery::query(const std::vector<TopicPartition>& partitions) {
  const PartitionListPtr list = new_partition_list(partitions.size());
  for (const TopicPartition& partition : partitions) {
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), topics_.name(partition.topic).c_str(),
                                                    partition.partition.value());
    entry->offset = RD_KAFKA_OFFSET_END;  // a time, here: the end
  }
  handle_->serve();
  // Who is not answered is not idle; that Kafka is away is told by those who need it.
  const auto code = rd_kafka_offsets_for_times(handle_->get(), list.get(), to_timeout_ms(kAnswerMax));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  std::vector<LogEnd> ends;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto& entry = list->elems[i];
    if (entry.err == RD_KAFKA_RESP_ERR_NO_ERROR && entry.offset >= 0)
      ends.push_back({partitions[i], Offset(entry.offset)});
  }
  return ends;
}

}  // namespace tidemark::runtime::kafka

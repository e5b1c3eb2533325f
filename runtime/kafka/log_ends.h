#pragma once
// Asks for high watermarks without making the poll loop wait.
//
// 2.0.2 keeps the high watermark of each Fetch response, also under read_committed (rdkafka_fetcher.c:
// rktp_hi_offset; the end-of-partition event goes by the last stable offset), and
// rd_kafka_get_watermark_offsets() returns it at once. But nothing tells how old it is: where one leader does
// not answer and the others do, it stays what it was, and a lagging partition would look idle. A question of
// our own is answered as of later than the question. Its answer depends on who asks (rdkafka_request.c:
// ListOffsets up to v2 with the isolation level of the handle): one that reads uncommitted is told the high
// watermark. The calls that ask all wait for the answer, hence a thread.
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "runtime/kafka/client.h"
#include "runtime/log.h"

namespace tidemark::runtime::kafka {

// Owns:      its thread, and the handle. The destructor waits for the question under way: a second at most.
// Threading: ask() and take() from one thread.
class LogEndsQuery {
 public:
  // REQUIRES: `handle` reads uncommitted.
  LogEndsQuery(std::unique_ptr<Handle> handle, const std::vector<std::string>& topics);
  ~LogEndsQuery();
  LogEndsQuery(const LogEndsQuery&) = delete;
  LogEndsQuery& operator=(const LogEndsQuery&) = delete;

  void ask(std::span<const TopicPartition> partitions);  // REQUIRES: the answer to the one before was taken
  std::optional<std::vector<LogEnd>> take();             // once per question; only those that were answered

 private:
  void run(const std::stop_token& stopped);
  std::vector<LogEnd> query(const std::vector<TopicPartition>& partitions);

  const std::unique_ptr<Handle> handle_;
  TopicHandles topics_;
  std::mutex mutex_;
  std::condition_variable_any asked_;
  std::optional<std::vector<TopicPartition>> question_;  // under mutex_
  std::optional<std::vector<LogEnd>> answer_;            // under mutex_
  std::jthread thread_;                                  // last: it uses all of the above
};

}  // namespace tidemark::runtime::kafka

// Prints rates and latencies; checks only what an idle machine reaches many times over.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "fixture.h"

namespace tidemark::runtime {
namespace {

using Clock = std::chrono::steady_clock;

class ThroughputTest : public KafkaTest {
 protected:
  ThroughputTest() { partition_count_ = 8; }
};

std::int64_t per_second(std::int64_t count, Clock::duration time) {
  return count * 1'000'000 / std::max<std::int64_t>(1, time / 1us);
}

TEST_F(ThroughputTest, ProduceThenPoll) {
  constexpr std::int64_t kRecords = 2'000'000;
  constexpr std::size_t kBatch = 1'000;
  const std::string value(100, 'v');
  const std::vector<OutputRecord> records(
      kBatch, {.key = "customer", .value = value, .has_value = true, .headers = {}});
  const auto producer = ready_producer("p");
  must(producer->begin());
  auto start = Clock::now();
  for (std::int64_t sent = 0; sent < kRecords; sent += static_cast<std::int64_t>(kBatch)) {
    const auto partition =
        static_cast<std::int32_t>(sent / static_cast<std::int64_t>(kBatch) % partition_count_);
    must(producer->produce(on(kInput, partition), records));
  }
  const auto produced = Clock::now() - start;
  must(producer->flush(60s));
  const auto flushed = Clock::now() - start;
  ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);

  const auto from = reader();
  std::vector<StartingOffset> starts;
  for (std::int32_t partition = 0; partition < partition_count_; ++partition) {
    starts.push_back({on(kInput, partition), Offset(0)});
  }
  const auto batch = from->new_batch();
  std::int64_t seen = 0;
  std::int64_t bytes = 0;
  start = Clock::now();
  must(from->assign(starts));
  Clock::time_point first;
  const std::clock_t cpu_start = std::clock();  // of all threads; steadier than the rate on a busy machine
  while (seen < kRecords && Clock::now() - start < 60s) {
    must(from->poll(*batch, 10'000, 100ms));
    if (seen == 0) first = Clock::now();
    seen += static_cast<std::int64_t>(batch->records.size());
    for (const auto& each : batch->records) bytes += static_cast<std::int64_t>(each.record.value.size());
  }
  const auto read = Clock::now() - first;
  const auto cpu_us = static_cast<std::int64_t>(std::clock() - cpu_start) * 1'000'000 / CLOCKS_PER_SEC;
  EXPECT_EQ(seen, kRecords);
  EXPECT_EQ(bytes, kRecords * 100);
  std::printf("produce: %ld/s into the queue, %ld/s delivered\n",
              static_cast<long>(per_second(kRecords, produced)),
              static_cast<long>(per_second(kRecords, flushed)));
  std::printf("poll: %ld/s after the first record (%ld ms), %ld us of CPU per 1000 records\n",
              static_cast<long>(per_second(kRecords, read)), static_cast<long>((first - start) / 1ms),
              static_cast<long>(cpu_us * 1'000 / kRecords));
}

TEST_F(ThroughputTest, LatencyOfOneRecord) {
  constexpr int kRounds = 200;
  const auto producer = ready_producer("p");
  const auto from = reader();
  must(from->assign(std::vector{StartingOffset{on(kInput, 0), Offset(0)}}));
  const auto batch = from->new_batch();
  std::vector<std::int64_t> commit_us;
  std::vector<std::int64_t> visible_us;
  const std::vector<OutputRecord> one{{.key = "k", .value = "v", .has_value = true, .headers = {}}};
  for (int round = 0; round < kRounds; ++round) {
    must(producer->begin());
    must(producer->produce(on(kInput, 0), one));
    must(producer->flush(kPatience));
    const auto start = Clock::now();
    ASSERT_NE(producer->commit(kPatience), CommitOutcome::unknown);
    commit_us.push_back((Clock::now() - start) / 1us);
    wait_until("the record is visible", [&] {
      must(from->poll(*batch, 1'000, 100ms));
      return !batch->records.empty();
    });
    visible_us.push_back((Clock::now() - start) / 1us);
  }
  const auto show = [](const char* what, std::vector<std::int64_t>& times) {
    std::sort(times.begin(), times.end());
    std::printf("%s: p50 %ld us, p99 %ld us\n", what, static_cast<long>(times[times.size() / 2]),
                static_cast<long>(times[times.size() * 99 / 100]));
  };
  show("commit", commit_us);
  show("commit to visible", visible_us);
}

}  // namespace
}  // namespace tidemark::runtime

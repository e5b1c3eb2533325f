#include "fixture.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

namespace tidemark::runtime {
namespace {

std::string unique_run() {
  static std::atomic<int> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch() / 1us;
  return "it-" + std::to_string(now) + "-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

}  // namespace

std::vector<std::string> values_of(const std::vector<Seen>& seen) {
  std::vector<std::string> values;
  for (const Seen& each : seen) values.push_back(each.value.value_or("(tombstone)"));
  return values;
}

void keep(const RecordBatch& batch, std::vector<Seen>& seen) {
  for (const auto& [topic, record] : batch.records) {
    Seen one{.partition = {topic, record.partition},
             .offset = record.offset,
             .arrival = record.arrival,
             .key = std::nullopt,
             .value = std::nullopt,
             .headers = {}};
    if (record.has_key) one.key = record.key;
    if (record.has_value) one.value = record.value;
    for (const HeaderView& header : record.headers) one.headers.emplace_back(header.name, header.value);
    seen.push_back(std::move(one));
  }
}

void KafkaTest::SetUp() {
  const char* brokers = std::getenv("TIDEMARK_TEST_BROKERS");
  if (brokers == nullptr) FAIL() << "set TIDEMARK_TEST_BROKERS to host:port of a Kafka broker made for tests";
  brokers_ = brokers;
  run_ = unique_run();
  admin_ = must(KafkaAdmin::create(settings()));
  std::vector<KafkaTopicSpec> specs;
  for (const std::string& topic : settings().topics) {
    specs.push_back(
        {.name = topic, .partition_count = partition_count_, .replication_factor = 1, .config = {}});
  }
  for (const Status& status : must(admin_->create_topics(specs, false))) must(status);
  clients_ = std::make_unique<KafkaClients>(settings());
  // Created is not yet known to every thread of the broker.
  for (const TopicId topic : {kInput, kOutput}) {
    wait_until("topics are known",
               [&] { return must(clients_->partition_count(topic)) == partition_count_; });
  }
}

KafkaSettings KafkaTest::settings() const {
  KafkaSettings settings;
  settings.properties = {{"bootstrap.servers", brokers_}};
  settings.application = run_;
  settings.topics = {unique("input"), unique("output")};
  if (std::getenv("TIDEMARK_TEST_VERBOSE") != nullptr) {
    settings.log = [](KafkaLogLevel, const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  }
  return settings;
}

std::unique_ptr<TransactionalProducer> KafkaTest::ready_producer(const std::string& id) {
  auto producer = must(clients_->producer(unique(id)));
  must(producer->init(kPatience));
  return producer;
}

std::unique_ptr<LogReader> KafkaTest::reader() {
  return must(clients_->reader());
}

std::unique_ptr<GroupConsumer> KafkaTest::member(const std::string& instance_id) {
  auto consumer = must(clients_->group_consumer(instance_id));
  must(consumer->subscribe(std::vector{kInput}));
  return consumer;
}

void KafkaTest::produce(TransactionalProducer& producer, TopicPartition to,
                        const std::vector<std::string>& values) {
  std::vector<OutputRecord> records;
  for (const std::string& value : values)
    records.push_back({.key = "key", .value = value, .has_value = true, .headers = {}});
  must(producer.produce(to, records));
}

void KafkaTest::commit(TransactionalProducer& producer, TopicPartition to,
                       const std::vector<std::string>& values) {
  must(producer.begin());
  produce(producer, to, values);
  must(producer.flush(kPatience));
  const CommitOutcome outcome = producer.commit(kPatience);
  ASSERT_TRUE(outcome == CommitOutcome::committed || outcome == CommitOutcome::suspect);
}

ReadToEnd KafkaTest::read(LogReader& from_reader, TopicPartition partition, Offset from) {
  must(from_reader.assign(std::vector{StartingOffset{partition, from}}));
  const auto batch = from_reader.new_batch();
  ReadToEnd result;
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    const PollEvents events = must(from_reader.poll(*batch, 1'000, 100ms));
    keep(*batch, result.seen);
    if (!events.ends.empty()) {
      result.end = events.ends.back().next_offset;
      return result;
    }
  }
  ADD_FAILURE() << "no end of partition";
  return result;
}

ReadToEnd KafkaTest::read_settled(LogReader& from_reader, TopicPartition partition, Offset from) {
  wait_until("no transaction is open", [&] {
    const PartitionOffsets offsets = must(from_reader.offsets(partition));
    return offsets.last_stable == offsets.high_watermark;
  });
  return read(from_reader, partition, from);
}

PollEvents KafkaTest::poll_until(GroupConsumer& consumer, std::vector<Seen>& seen,
                                 const std::function<bool(const PollEvents&)>& done) {
  const auto batch = consumer.new_batch();
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    PollEvents events = must(consumer.poll(*batch, 1'000, 20ms));
    keep(*batch, seen);
    if (done(events)) return events;
  }
  ADD_FAILURE() << "the group consumer did not get there";
  return {};
}

void KafkaTest::wait_until(const char* what, const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "waited in vain until " << what;
    std::this_thread::yield();
  }
}

}  // namespace tidemark::runtime

// Which property has which value, and why.
#include <algorithm>
#include <string>

#include "runtime/kafka/client.h"

namespace tidemark::runtime::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPlainMessageTimeout{30'000};  // somebody waits; the default is 5 minutes

std::string kilobytes(std::size_t bytes, std::size_t kilobytes_max) {
  return std::to_string(std::clamp<std::size_t>(bytes / 1024, 1024, kilobytes_max));
}

std::string count(milliseconds time) {
  return std::to_string(time.count());
}

void set_all(KafkaProperties& properties, const KafkaProperties& more) {
  for (const auto& [name, value] : more) properties[name] = value;
}

KafkaProperties common_tuning(const KafkaSettings& settings) {
  return {{"client.id", settings.application},
          // The default sleeps up to 10 s after the broker is back.
          {"reconnect.backoff.ms", "50"},
          {"reconnect.backoff.max.ms", "200"},
          {"socket.nagle.disable", "true"},
          {"socket.keepalive.enable", "true"},
          {"log.connection.close", "false"}};
}

// 2.0.2 looks again at a queue that ran full after a second only: its limit is in bytes alone, and
// Poller::keep_fetching() makes it look earlier.
KafkaProperties consumer_tuning() {
  return {{"queued.min.messages", "1000000"},
          {"fetch.wait.max.ms", "10"},
          {"fetch.error.backoff.ms", "50"},
          {"topic.metadata.refresh.interval.ms", "60000"}};
}

KafkaProperties producer_tuning() {
  // Totals, deltas and rows of state repeat themselves: less is copied, sent and written than compressing
  // costs, here and at the broker.
  return {{"batch.num.messages", "10000"}, {"batch.size", "1048576"}, {"compression.codec", "lz4"}};
}

KafkaProperties producer_rules(const KafkaSettings& settings) {
  const std::size_t messages_max =
      std::clamp<std::size_t>(settings.producer_queue_bytes / 64, 100'000, 10'000'000);
  return {{"enable.idempotence", "true"},
          {"queue.buffering.max.kbytes", kilobytes(settings.producer_queue_bytes, 2'097'151)},
          {"queue.buffering.max.messages", std::to_string(messages_max)},
          // The broker decides what is too large: the default of 1 MB is less than a topic may allow.
          {"message.max.bytes", "16000000"},
          // The Java client's choice of partition; librdkafka's own is CRC32.
          {"partitioner", "murmur2_random"}};
}

}  // namespace

KafkaProperties consumer_properties(const KafkaSettings& settings, bool read_committed) {
  KafkaProperties properties = common_tuning(settings);
  set_all(properties, consumer_tuning());
  set_all(properties, settings.properties);
  set_all(properties, {{"group.id", settings.application},
                       // Of no effect outside of the group, but checked against max.poll.interval.ms.
                       {"session.timeout.ms", count(settings.session_timeout)},
                       {"heartbeat.interval.ms", count(settings.session_timeout / 3)},
                       {"isolation.level", read_committed ? "read_committed" : "read_uncommitted"},
                       {"enable.auto.commit", "false"},
                       {"enable.auto.offset.store", "false"},
                       {"auto.offset.reset", "error"},
                       {"allow.auto.create.topics", "false"},
                       {"check.crcs", "true"},
                       {"enable.partition.eof", "true"},
                       {"queued.max.messages.kbytes", kilobytes(settings.consumer_queue_bytes, 2'097'151)}});
  return properties;
}

KafkaProperties member_properties(const KafkaSettings& settings, const std::string& instance_id) {
  KafkaProperties properties = consumer_properties(settings, true);
  set_all(properties, {{"group.instance.id", instance_id}, {"partition.assignment.strategy", "range"}});
  // The engine has a watchdog of its own; this one only fires when the whole thread hangs.
  properties.try_emplace("max.poll.interval.ms",
                         count(std::max(milliseconds{900'000}, settings.session_timeout)));
  return properties;
}

KafkaProperties transactional_properties(const KafkaSettings& settings, const std::string& transactional_id) {
  KafkaProperties properties = common_tuning(settings);
  set_all(properties, producer_tuning());
  properties.insert_or_assign("linger.ms", std::string("5"));  // flush() does not wait for it
  set_all(properties, settings.properties);
  set_all(properties, producer_rules(settings));
  set_all(properties, {{"transactional.id", transactional_id},
                       {"transaction.timeout.ms", count(settings.transaction_timeout)},
                       // A record that is not out by then would outlive its transaction.
                       {"message.timeout.ms", count(settings.transaction_timeout * 4 / 5)}});
  return properties;
}

KafkaProperties idempotent_properties(const KafkaSettings& settings, milliseconds linger) {
  KafkaProperties properties = common_tuning(settings);
  set_all(properties, producer_tuning());
  properties.insert_or_assign("linger.ms", count(linger));
  set_all(properties, settings.properties);
  set_all(properties, producer_rules(settings));
  properties.insert_or_assign("message.timeout.ms", count(kPlainMessageTimeout));
  return properties;
}

}  // namespace tidemark::runtime::kafka

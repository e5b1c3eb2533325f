#pragma once
// What the Kafka side of the engine is configured with. No type of librdkafka is visible from here.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/result.h"

namespace tidemark::runtime {

enum class KafkaLogLevel : std::uint8_t { error, warning, info, debug };

// [any thread] Also called from librdkafka's own threads.
using KafkaLog = std::function<void(KafkaLogLevel level, const std::string& text)>;

using KafkaProperties = std::map<std::string, std::string>;

struct KafkaSettings {
  // Handed to librdkafka under its own names: bootstrap.servers, security.protocol, sasl.*, ssl.*, and
  // tuning. What the engine's guarantees rest on is refused here (see check).
  KafkaProperties properties;
  std::string application;                           // group.id, and the start of every transactional id
  std::vector<std::string> topics;                   // TopicId is an index into it
  std::chrono::milliseconds session_timeout{6'000};  // heartbeats go out at a third of it
  std::chrono::milliseconds transaction_timeout{10'000};
  std::chrono::milliseconds request_timeout{10'000};  // of calls that take no timeout of their own
  std::size_t consumer_queue_bytes = 256U << 20;      // per consumer or reader: fetched, not yet polled
  std::size_t producer_queue_bytes = 128U << 20;      // per producer: produced, not yet delivered
  KafkaLog log;                                       // may be empty
};

// Whether settings can work at all: fatal "kafka_configuration" names the property at fault, never its value.
Status check(const KafkaSettings& settings);

// Set by the engine alone: refused by check().
bool is_owned_property(std::string_view name);

// Values of such properties must not reach a log or a message.
bool is_secret_property(std::string_view name);

}  // namespace tidemark::runtime

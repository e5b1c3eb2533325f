#include "runtime/kafka/settings.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tidemark::runtime {
namespace {

using namespace std::string_view_literals;

// Set by the engine alone: another value would break exactly-once, or a promise of runtime/log.h.
constexpr std::array kOwnedProperties{
    "acks"sv,
    "allow.auto.create.topics"sv,
    "auto.commit.enable"sv,
    "auto.offset.reset"sv,
    "check.crcs"sv,
    "delivery.report.only.error"sv,
    "delivery.timeout.ms"sv,
    "enable.auto.commit"sv,
    "enable.auto.offset.store"sv,
    "enable.gapless.guarantee"sv,
    "enable.idempotence"sv,
    "enable.partition.eof"sv,
    "group.id"sv,
    "group.instance.id"sv,
    "heartbeat.interval.ms"sv,
    "isolation.level"sv,
    "max.in.flight"sv,
    "max.in.flight.requests.per.connection"sv,
    "message.max.bytes"sv,
    "message.send.max.retries"sv,
    "message.timeout.ms"sv,
    "partition.assignment.strategy"sv,
    "partitioner"sv,
    "queued.max.messages.kbytes"sv,
    "queue.buffering.max.kbytes"sv,
    "queue.buffering.max.messages"sv,
    "request.required.acks"sv,
    "retries"sv,
    "session.timeout.ms"sv,
    "transaction.timeout.ms"sv,
    "transactional.id"sv,
};

constexpr std::array kSecretParts{"password"sv, "secret"sv, "key"sv, "oauthbearer.config"sv};

Error refused(std::string message) {
  return Error{Disposition::fatal, "kafka_configuration", std::move(message)};
}

}  // namespace

bool is_owned_property(std::string_view name) {
  return std::find(kOwnedProperties.begin(), kOwnedProperties.end(), name) != kOwnedProperties.end();
}

bool is_secret_property(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(kSecretParts.begin(), kSecretParts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

Status check(const KafkaSettings& settings) {
  const auto& properties = settings.properties;
  if (!properties.contains("bootstrap.servers") && !properties.contains("metadata.broker.list")) {
    return refused("'bootstrap.servers' is missing: name at least one broker as host:port");
  }
  if (settings.application.empty()) return refused("the application has no name");
  for (const auto& [name, value] : properties) {
    if (is_owned_property(name)) {
      return refused("'" + name + "' is set by the engine and cannot be configured: remove it");
    }
  }
  return {};
}

}  // namespace tidemark::runtime

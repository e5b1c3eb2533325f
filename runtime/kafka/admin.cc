#include "runtime/kafka/admin.h"

#include <array>

#include "runtime/kafka/client.h"
#include "runtime/kafka/offsets.h"
#include "runtime/kafka/topics.h"

namespace tidemark::runtime {
namespace {

using namespace kafka;
using std::chrono::milliseconds;
using AdminOptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using ConfigResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;

constexpr std::size_t kErrorTextSize = 512;

AdminOptionsPtr new_options(Handle& handle, rd_kafka_admin_op_t operation, milliseconds timeout) {
  std::array<char, kErrorTextSize> text{};
  AdminOptionsPtr options(rd_kafka_AdminOptions_new(handle.get(), operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), to_timeout_ms(timeout), text.data(), text.size());
  return options;
}

// The answer to an admin request, or why there is none.
Result<EventPtr> wait_for(Handle& handle, rd_kafka_queue_t* queue, milliseconds timeout,
                          std::string_view doing) {
  EventPtr event(rd_kafka_queue_poll(queue, to_timeout_ms(timeout)));
  if (!event) return handle.explain(to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, doing));
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return handle.explain(
        to_error(Failure{.code = code, .text = rd_kafka_event_error_string(event.get())}, doing));
  }
  return event;
}

Error refused(const KafkaTopicSpec& spec, std::string_view why) {
  return Error{Disposition::fatal, "kafka_configuration", "topic " + spec.name + ": " + std::string(why)};
}

Result<NewTopicPtr> to_new_topic(const KafkaTopicSpec& spec) {
  std::array<char, kErrorTextSize> text{};
  NewTopicPtr topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partition_count, spec.replication_factor,
                                          text.data(), text.size()));
  if (!topic) return refused(spec, text.data());
  for (const auto& [name, value] : spec.config) {
    const auto code = rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return refused(spec, name + " is not accepted");
  }
  return topic;
}

Status to_status(const rd_kafka_topic_result_t* result) {
  const auto code = rd_kafka_topic_result_error(result);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* text = rd_kafka_topic_result_error_string(result);
  Error error = to_error(Failure{.code = code, .text = text == nullptr ? "" : text},
                         std::string("create topic ") + rd_kafka_topic_result_name(result));
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) error.code = "topic_exists";
  return error;
}

}  // namespace

Result<std::unique_ptr<KafkaAdmin>> KafkaAdmin::create(const KafkaSettings& settings) {
  TM_TRY(check(settings));
  const auto trouble = std::make_shared<Trouble>(settings.log);
  std::unique_ptr<KafkaAdmin> admin(new KafkaAdmin(settings.request_timeout));
  auto committed = Handle::create({.properties = consumer_properties(settings, true), .trouble = trouble});
  if (!committed) return committed.error();
  auto uncommitted = Handle::create({.properties = consumer_properties(settings, false), .trouble = trouble});
  if (!uncommitted) return uncommitted.error();
  admin->committed_ = *std::move(committed);
  admin->uncommitted_ = *std::move(uncommitted);
  return admin;
}

KafkaAdmin::KafkaAdmin(milliseconds timeout) : timeout_(timeout) {}

KafkaAdmin::~KafkaAdmin() = default;

Result<std::vector<KafkaTopic>> KafkaAdmin::topics() {
  return query_topics(*uncommitted_, timeout_);
}

Result<std::optional<std::int32_t>> KafkaAdmin::partition_count(const std::string& topic) {
  return query_partition_count(*uncommitted_, topic, timeout_);
}

Result<std::vector<Status>> KafkaAdmin::create_topics(std::span<const KafkaTopicSpec> specs,
                                                      bool validate_only) {
  if (specs.empty()) return std::vector<Status>();
  std::vector<NewTopicPtr> owned;
  std::vector<rd_kafka_NewTopic_t*> topics;
  for (const KafkaTopicSpec& spec : specs) {
    auto topic = to_new_topic(spec);
    if (!topic) return topic.error();
    topics.push_back(topic->get());
    owned.push_back(*std::move(topic));
  }
  std::array<char, kErrorTextSize> text{};
  const auto options = new_options(*uncommitted_, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), to_timeout_ms(timeout_), text.data(),
                                              text.size());
  rd_kafka_AdminOptions_set_validate_only(options.get(), validate_only ? 1 : 0, text.data(), text.size());
  const QueuePtr queue(rd_kafka_queue_new(uncommitted_->get()));
  rd_kafka_CreateTopics(uncommitted_->get(), topics.data(), topics.size(), options.get(), queue.get());
  const auto event = wait_for(*uncommitted_, queue.get(), timeout_, "create topics");
  if (!event) return event.error();

  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event->get());
  const auto** results = rd_kafka_CreateTopics_result_topics(result, &count);
  std::vector<Status> statuses;
  for (std::size_t i = 0; i < count; ++i) statuses.push_back(to_status(results[i]));  // in the order asked
  return statuses;
}

Result<std::map<std::string, KafkaTopicSetting>> KafkaAdmin::describe(const std::string& topic) {
  const std::string doing = "describe topic " + topic;
  const ConfigResourcePtr resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  const auto options = new_options(*uncommitted_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_);
  const QueuePtr queue(rd_kafka_queue_new(uncommitted_->get()));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(uncommitted_->get(), resources, 1, options.get(), queue.get());
  const auto event = wait_for(*uncommitted_, queue.get(), timeout_, doing);
  if (!event) return event.error();

  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeConfigs_result(event->get());
  const auto** described = rd_kafka_DescribeConfigs_result_resources(result, &count);
  if (count != 1) return to_error(RD_KAFKA_RESP_ERR__BAD_MSG, doing);
  if (const auto code = rd_kafka_ConfigResource_error(described[0]); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return to_error(code, doing);
  }
  const auto** entries = rd_kafka_ConfigResource_configs(described[0], &count);
  std::map<std::string, KafkaTopicSetting> settings;
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);  // null: sensitive
    const bool own = rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
    settings[rd_kafka_ConfigEntry_name(entries[i])] = {value == nullptr ? "" : value, !own};
  }
  return settings;
}

Result<std::vector<PartitionOffsets>> KafkaAdmin::offsets(const std::string& topic) {
  const auto count = partition_count(topic);
  if (!count) return count.error();
  if (!*count)
    return to_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "ask for the offsets of topic " + topic);
  std::vector<PartitionOffsets> all;
  for (std::int32_t partition = 0; partition < **count; ++partition) {
    const auto offsets = query_offsets(*committed_, *uncommitted_, topic, PartitionId(partition), timeout_);
    if (!offsets) return offsets.error();
    all.push_back(*offsets);
  }
  return all;
}

}  // namespace tidemark::runtime

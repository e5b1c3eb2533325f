#include "runtime/kafka/client.h"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <climits>

#include "tidemark/assert.h"

namespace tidemark::runtime::kafka {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kErrorTextSize = 512;
constexpr milliseconds kQueueFullWait{100};
constexpr std::size_t kMessagesAtOnce = 256;

KafkaLogLevel level_of(int syslog_level) {
  if (syslog_level <= LOG_ERR) return KafkaLogLevel::error;
  if (syslog_level == LOG_WARNING) return KafkaLogLevel::warning;
  return syslog_level <= LOG_INFO ? KafkaLogLevel::info : KafkaLogLevel::debug;
}

Status set_properties(rd_kafka_conf_t* conf, const KafkaProperties& properties) {
  std::array<char, kErrorTextSize> text{};
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) == RD_KAFKA_CONF_OK)
      continue;
    // librdkafka repeats the refused value in its text.
    const std::string why = is_secret_property(name) ? "its value is not accepted" : text.data();
    return Error{Disposition::fatal, "kafka_configuration", "property '" + name + "': " + why};
  }
  return {};
}

}  // namespace

PartitionListPtr new_partition_list(std::size_t capacity) {
  return PartitionListPtr(rd_kafka_topic_partition_list_new(static_cast<int>(capacity)));
}

int to_timeout_ms(milliseconds timeout) {
  return static_cast<int>(std::clamp<milliseconds::rep>(timeout.count(), 0, INT_MAX));
}

milliseconds Deadline::left() const {
  const auto left = std::chrono::ceil<milliseconds>(at_ - std::chrono::steady_clock::now());
  return std::max(left, milliseconds{0});
}

void Trouble::log(KafkaLogLevel level, const std::string& text) const {
  if (log_) log_(level, text);
}

void Trouble::note(const std::string& text) {
  const std::lock_guard lock(mutex_);
  last_ = text;
}

void Trouble::away(const std::string& reason) {
  note(reason);
  if (is_away_.exchange(true)) return;
  log(KafkaLogLevel::error, "Kafka is away, trying again until it is back: " + reason);
}

void Trouble::tell_back() {
  if (is_away_.exchange(false)) log(KafkaLogLevel::info, "Kafka is back");
}

std::string Trouble::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

Handle::Handle(HandleSpec& spec) : type_(spec.type), owner_(spec.owner), trouble_(std::move(spec.trouble)) {}

Result<std::unique_ptr<Handle>> Handle::create(HandleSpec spec) {
  std::unique_ptr<Handle> handle(new Handle(spec));
  TM_TRY(handle->build(spec));
  return handle;
}

Status Handle::build(HandleSpec& spec) {
  ConfPtr conf(rd_kafka_conf_new());
  TM_TRY(set_properties(conf.get(), spec.properties));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_error_cb(conf.get(), &Handle::on_error);
  rd_kafka_conf_set_log_cb(conf.get(), &Handle::on_log);
  if (spec.install) spec.install(conf.get());
  std::array<char, kErrorTextSize> text{};
  rk_ = rd_kafka_new(type_, conf.get(), text.data(), text.size());
  if (rk_ == nullptr) return Error{Disposition::fatal, "kafka_configuration", text.data()};
  static_cast<void>(conf.release());  // taken over by the instance
  return {};
}

Handle::~Handle() {
  if (rk_ == nullptr) return;
  const bool abandon = type_ == RD_KAFKA_CONSUMER && rd_kafka_consumer_closed(rk_) == 0;
  rd_kafka_destroy_flags(rk_, abandon ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0);
}

Status Handle::health() const {
  std::array<char, kErrorTextSize> text{};
  const auto code = rd_kafka_fatal_error(rk_, text.data(), text.size());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return to_error(Failure{.code = code, .text = text.data(), .is_fatal = true},
                    "go on with this Kafka client");
  }
  const std::lock_guard lock(mutex_);
  if (auth_failure_) return *auth_failure_;
  return {};
}

Error Handle::explain(Error error) {
  serve();
  if (const Status healthy = health(); !healthy) return healthy.error();
  if (error.code != "unreachable") return error;
  if (const std::string last = trouble_->last(); !last.empty()) error.message += "; last heard: " + last;
  return error;
}

void Handle::on_error(rd_kafka_t*, int raw_code, const char* reason, void* opaque) {
  auto& self = *static_cast<Handle*>(opaque);
  const auto code = static_cast<rd_kafka_resp_err_t>(raw_code);
  if (is_authentication_failure(code)) {
    const std::lock_guard lock(self.mutex_);
    self.auth_failure_ = to_error(Failure{.code = code, .text = reason}, "log in to Kafka");
  } else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    // The text of this one only counts brokers; what happened to the last of them says more.
    const std::string last = self.trouble_->last();
    self.trouble_->away(last.empty() ? reason : last);
  } else {
    self.trouble_->note(reason);
  }
}

void Handle::on_log(const rd_kafka_t* rk, int level, const char* facility, const char* text) {
  const auto* self = static_cast<const Handle*>(rd_kafka_opaque(rk));
  if (self == nullptr) return;
  // Every refused connection is a line of its own; that Kafka is away has been said.
  const bool repeats = self->trouble_->is_away() && std::string_view(facility) == "FAIL";
  self->trouble_->log(repeats ? KafkaLogLevel::debug : level_of(level), std::string(facility) + ": " + text);
}

rd_kafka_topic_t* TopicHandles::get(TopicId topic) {
  const auto index = static_cast<std::size_t>(topic.value());
  TM_ASSERT(index < handles_.size());
  if (!handles_[index]) handles_[index].reset(rd_kafka_topic_new(rk_, names_[index].c_str(), nullptr));
  return handles_[index].get();
}

const std::string& TopicHandles::name(TopicId topic) const {
  const auto index = static_cast<std::size_t>(topic.value());
  TM_ASSERT(index < names_.size());
  return names_[index];
}

std::optional<TopicId> TopicHandles::find(const char* name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return TopicId(static_cast<std::int32_t>(found - names_.begin()));
}

namespace {

rd_kafka_headers_t* new_headers(std::span<const HeaderView> headers) {
  if (headers.empty()) return nullptr;
  rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
  for (const HeaderView& header : headers) {
    rd_kafka_header_add(list, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  return list;
}

// A null pointer means "no value" to librdkafka, also with length 0; for the key, see OutputRecord's default.
const char* value_of(const OutputRecord& record) {
  if (!record.has_value) return nullptr;
  return record.value.data() == nullptr ? "" : record.value.data();
}

rd_kafka_message_t to_message(const OutputRecord& record, void* opaque) {
  // Not const to librdkafka, which copies both.
  rd_kafka_message_t message{};
  message.payload = const_cast<char*>(value_of(record));
  message.len = record.has_value ? record.value.size() : 0;
  message.key = const_cast<char*>(record.key.data());
  message.key_len = record.key.size();
  message._private = opaque;
  return message;
}

// At most kMessagesAtOnce, without headers. Past the first that the full queue refuses it takes no other.
rd_kafka_resp_err_t enqueue_some(rd_kafka_t* rk, const Envelope& envelope,
                                 std::span<const OutputRecord> records) {
  std::array<rd_kafka_message_t, kMessagesAtOnce> messages;
  std::transform(records.begin(), records.end(), messages.begin(),
                 [&](const OutputRecord& record) { return to_message(record, envelope.opaque); });
  std::span<rd_kafka_message_t> left(messages.data(), records.size());
  for (;;) {
    rd_kafka_produce_batch(envelope.topic, envelope.partition, RD_KAFKA_MSG_F_COPY, left.data(),
                           static_cast<int>(left.size()));
    const auto refused = std::find_if(left.begin(), left.end(), [](const rd_kafka_message_t& message) {
      return message.err != RD_KAFKA_RESP_ERR_NO_ERROR;
    });
    if (refused == left.end()) return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (refused->err != RD_KAFKA_RESP_ERR__QUEUE_FULL) return refused->err;
    left = left.subspan(static_cast<std::size_t>(refused - left.begin()));
    rd_kafka_poll(rk, to_timeout_ms(kQueueFullWait));
  }
}

}  // namespace

rd_kafka_resp_err_t enqueue(rd_kafka_t* rk, const Envelope& envelope, const OutputRecord& record) {
  const char* value = value_of(record);
  const std::size_t value_size = record.has_value ? record.value.size() : 0;
  rd_kafka_headers_t* headers = new_headers(record.headers);
  for (;;) {
    // The enumerators instead of the RD_KAFKA_V_ macros, which are statement expressions.
    const auto code = rd_kafka_producev(
        rk, RD_KAFKA_VTYPE_RKT, envelope.topic, RD_KAFKA_VTYPE_PARTITION, envelope.partition,
        RD_KAFKA_VTYPE_MSGFLAGS, static_cast<int>(RD_KAFKA_MSG_F_COPY), RD_KAFKA_VTYPE_KEY, record.key.data(),
        record.key.size(), RD_KAFKA_VTYPE_VALUE, value, value_size, RD_KAFKA_VTYPE_TIMESTAMP,
        envelope.timestamp_ms, RD_KAFKA_VTYPE_OPAQUE, envelope.opaque, RD_KAFKA_VTYPE_HEADERS, headers,
        RD_KAFKA_VTYPE_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return code;  // the headers went along
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      if (headers != nullptr) rd_kafka_headers_destroy(headers);
      return code;
    }
    rd_kafka_poll(rk, to_timeout_ms(kQueueFullWait));
  }
}

rd_kafka_resp_err_t enqueue_all(rd_kafka_t* rk, const Envelope& envelope,
                                std::span<const OutputRecord> records) {
  TM_ASSERT(envelope.partition != RD_KAFKA_PARTITION_UA && envelope.timestamp_ms == 0);
  auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
  while (!records.empty() && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto with_headers = std::find_if(
        records.begin(), records.end(), [](const OutputRecord& record) { return !record.headers.empty(); });
    const auto plain = static_cast<std::size_t>(with_headers - records.begin());
    const std::size_t count = std::clamp<std::size_t>(plain, 1, kMessagesAtOnce);
    code = plain == 0 ? enqueue(rk, envelope, records.front())
                      : enqueue_some(rk, envelope, records.first(count));
    records = records.subspan(count);
  }
  return code;
}

}  // namespace tidemark::runtime::kafka

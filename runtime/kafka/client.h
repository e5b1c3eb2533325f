#pragma once
// A librdkafka instance with an owner: properties, creation, callbacks common to all kinds, destruction.
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kafka/error.h"
#include "runtime/kafka/settings.h"
#include "runtime/log.h"
#include "tidemark/record.h"
#include "tidemark/result.h"

namespace tidemark::runtime::kafka {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
using ConfPtr = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using PartitionListPtr =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy<rd_kafka_topic_partition_list_destroy>>;

PartitionListPtr new_partition_list(std::size_t capacity);

// How librdkafka's calls want a timeout.
int to_timeout_ms(std::chrono::milliseconds timeout);

// A point in time to give up at, for loops around calls with timeouts of their own.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds timeout) : at_(std::chrono::steady_clock::now() + timeout) {}
  std::chrono::milliseconds left() const;
  bool passed() const { return left() <= std::chrono::milliseconds{0}; }

 private:
  std::chrono::steady_clock::time_point at_;
};

// Says once that Kafka is away, and once that it is back; keeps the last complaint for error messages.
// Shared by all handles of one KafkaClients. [any thread]
class Trouble {
 public:
  explicit Trouble(KafkaLog log) : log_(std::move(log)) {}
  void log(KafkaLogLevel level, const std::string& text) const;
  void note(const std::string& text);
  void away(const std::string& reason);
  bool is_away() const { return is_away_.load(std::memory_order_relaxed); }
  void back() {
    if (is_away()) tell_back();
  }
  std::string last() const;

 private:
  void tell_back();

  const KafkaLog log_;
  std::atomic<bool> is_away_{false};
  mutable std::mutex mutex_;
  std::string last_;  // under mutex_
};

// Everything for one instance. `owner` is what its own callbacks get back through owner_of().
struct HandleSpec {
  rd_kafka_type_t type = RD_KAFKA_CONSUMER;
  KafkaProperties properties;
  std::shared_ptr<Trouble> trouble;
  void* owner = nullptr;
  std::function<void(rd_kafka_conf_t*)> install =
      {};  // callbacks and interceptors of the owner; may be empty
};

// Owns:      the instance. A consumer that was not closed disappears as in a crash.
// Threading: librdkafka's; callbacks run inside of calls on the handle, the log callback on any thread.
class Handle {
 public:
  static Result<std::unique_ptr<Handle>> create(HandleSpec spec);
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  rd_kafka_t* get() const { return rk_; }
  Trouble& trouble() const { return *trouble_; }

  // The instance is dead, or the brokers refuse the credentials.
  Status health() const;
  // Runs the callbacks that are due: errors, and a producer's delivery reports. A consumer's records and
  // rebalances wait in a queue of their own (no rd_kafka_poll_set_consumer), so this is safe at any time.
  void serve() { rd_kafka_poll(rk_, 0); }
  // `error` of a call that ran out of time, with what is known of the reason. Serves the handle's callbacks.
  Error explain(Error error);

  template <class Owner>
  static Owner& owner_of(void* opaque) {
    return *static_cast<Owner*>(static_cast<Handle*>(opaque)->owner_);
  }

 private:
  explicit Handle(HandleSpec& spec);
  Status build(HandleSpec& spec);
  static void on_error(rd_kafka_t*, int code, const char* reason, void* opaque);
  static void on_log(const rd_kafka_t* rk, int level, const char* facility, const char* text);

  const rd_kafka_type_t type_;
  void* const owner_;
  const std::shared_ptr<Trouble> trouble_;
  rd_kafka_t* rk_ = nullptr;
  mutable std::mutex mutex_;
  std::optional<Error> auth_failure_;  // under mutex_
};

// Properties of each kind of instance. Order: tuning, then what the user says, then what must hold.
KafkaProperties consumer_properties(const KafkaSettings& settings, bool read_committed);
KafkaProperties member_properties(const KafkaSettings& settings, const std::string& instance_id);
KafkaProperties transactional_properties(const KafkaSettings& settings, const std::string& transactional_id);
KafkaProperties idempotent_properties(const KafkaSettings& settings, std::chrono::milliseconds linger);

// Handles of topics by id, made when first asked for. Pointers stay the same: librdkafka has one per name.
class TopicHandles {
 public:
  TopicHandles(rd_kafka_t* rk, const std::vector<std::string>& names)
      : rk_(rk), names_(names), handles_(names.size()) {}
  rd_kafka_topic_t* get(TopicId topic);  // REQUIRES: a valid id
  const std::string& name(TopicId topic) const;
  std::optional<TopicId> find(const char* name) const;
  void clear() { handles_.clear(); }  // before the instance is destroyed

 private:
  rd_kafka_t* rk_;
  const std::vector<std::string> names_;
  std::vector<TopicPtr> handles_;
};

// What goes with a record apart from its bytes.
struct Envelope {
  rd_kafka_topic_t* topic = nullptr;
  std::int32_t partition = RD_KAFKA_PARTITION_UA;
  std::int64_t timestamp_ms = 0;  // 0: the time of the call
  void* opaque = nullptr;         // comes back with the delivery report
};

// Copies the record into the queue of the producer; while that is full, serves delivery reports and waits.
rd_kafka_resp_err_t enqueue(rd_kafka_t* rk, const Envelope& envelope, const OutputRecord& record);
// The same of many, in their order; for those without headers the topic is locked once, not once for each.
// REQUIRES: the envelope names a partition and no time.
rd_kafka_resp_err_t enqueue_all(rd_kafka_t* rk, const Envelope& envelope,
                                std::span<const OutputRecord> records);

}  // namespace tidemark::runtime::kafka

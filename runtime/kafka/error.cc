#include "runtime/kafka/error.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace tidemark::runtime::kafka {
namespace {

struct Row {
  rd_kafka_resp_err_t code;
  const char* name;
};

// Fatal whatever the flags say: these recur, so aborting and trying again would loop.
constexpr Row kRecurring[] = {
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, "auth"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, "auth"},
    {RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, "auth"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, "auth"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "auth"},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "auth"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "auth"},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "auth"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "unknown_topic"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "unknown_topic"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "unknown_topic"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "unknown_topic"},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, "offset_lost"},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, "offset_lost"},
    {RD_KAFKA_RESP_ERR__NO_OFFSET, "offset_lost"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "record_too_large"},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, "record_too_large"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, "record_refused"},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, "record_refused"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, "record_refused"},
    {RD_KAFKA_RESP_ERR__BAD_MSG, "corrupt_record"},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, "corrupt_record"},
    {RD_KAFKA_RESP_ERR__UNDERFLOW, "corrupt_record"},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, "corrupt_record"},
    {RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, "kafka_configuration"},
    {RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, "kafka_configuration"},
    {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, "kafka_configuration"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, "kafka_configuration"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, "kafka_configuration"},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, "kafka_configuration"},
};

constexpr rd_kafka_resp_err_t kGenerationCodes[] = {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
                                                    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
                                                    RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID};

constexpr rd_kafka_resp_err_t kFencedCodes[] = {RD_KAFKA_RESP_ERR__FENCED,
                                                RD_KAFKA_RESP_ERR__FATAL,
                                                RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
                                                RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
                                                RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                                                RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
                                                RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
                                                RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER};

constexpr rd_kafka_resp_err_t kUnreachableCodes[] = {RD_KAFKA_RESP_ERR__TRANSPORT,
                                                     RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
                                                     RD_KAFKA_RESP_ERR__RESOLVE,
                                                     RD_KAFKA_RESP_ERR__TIMED_OUT,
                                                     RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
                                                     RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                                                     RD_KAFKA_RESP_ERR__SSL,
                                                     RD_KAFKA_RESP_ERR__WAIT_COORD,
                                                     RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                                     RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
                                                     RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION};

// Answers of a cluster that is moving leaders or coordinators, or of a group that is being rearranged.
constexpr rd_kafka_resp_err_t kBusyCodes[] = {RD_KAFKA_RESP_ERR__WAIT_CACHE,
                                              RD_KAFKA_RESP_ERR__IN_PROGRESS,
                                              RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
                                              RD_KAFKA_RESP_ERR__RETRY,
                                              RD_KAFKA_RESP_ERR__QUEUE_FULL,
                                              RD_KAFKA_RESP_ERR__ISR_INSUFF,
                                              RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
                                              RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST,
                                              RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                              RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                              RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
                                              RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                              RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                                              RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                              RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
                                              RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                              RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                                              RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
                                              RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
                                              RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
                                              RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED,
                                              RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
                                              RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                                              RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                                              RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
                                              RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
                                              RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
                                              RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND,
                                              RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND,
                                              RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH,
                                              RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED};

template <std::size_t size>
bool contains(const rd_kafka_resp_err_t (&codes)[size], rd_kafka_resp_err_t code) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

struct Verdict {
  Disposition disposition;
  const char* name;
};

Verdict judge(const Failure& failure) {
  const auto* row = std::find_if(std::begin(kRecurring), std::end(kRecurring),
                                 [&](const Row& each) { return each.code == failure.code; });
  if (row != std::end(kRecurring)) return {Disposition::fatal, row->name};
  if (failure.is_fatal) return {Disposition::fatal, "fenced"};
  if (failure.requires_abort) {
    return {Disposition::abort_txn,
            contains(kGenerationCodes, failure.code) ? "group_generation" : "transaction_failed"};
  }
  if (contains(kFencedCodes, failure.code)) return {Disposition::fatal, "fenced"};
  if (failure.code == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
    return {Disposition::retry, "unstable_offset"};
  if (is_unreachable(failure.code)) return {Disposition::retry, "unreachable"};
  if (failure.is_retriable || contains(kBusyCodes, failure.code)) return {Disposition::retry, "kafka_busy"};
  return {Disposition::fatal, "kafka_error"};
}

}  // namespace

bool is_unreachable(rd_kafka_resp_err_t code) {
  return contains(kUnreachableCodes, code);
}

bool is_authentication_failure(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
}

Error to_error(const Failure& failure, std::string_view doing) {
  const Verdict verdict = judge(failure);
  std::string message = "could not " + std::string(doing) + ": ";
  message += failure.text.empty() ? rd_kafka_err2str(failure.code) : failure.text;
  message += std::string(" (") + rd_kafka_err2name(failure.code) + ")";
  return Error{verdict.disposition, verdict.name, std::move(message)};
}

Error to_error(rd_kafka_resp_err_t code, std::string_view doing) {
  return to_error(Failure{.code = code}, doing);
}

Error to_error(const rd_kafka_error_t& error, std::string_view doing) {
  const char* text = rd_kafka_error_string(&error);
  return to_error(Failure{.code = rd_kafka_error_code(&error),
                          .text = text == nullptr ? std::string_view() : std::string_view(text),
                          .is_fatal = rd_kafka_error_is_fatal(&error) != 0,
                          .is_retriable = rd_kafka_error_is_retriable(&error) != 0,
                          .requires_abort = rd_kafka_error_txn_requires_abort(&error) != 0},
                  doing);
}

}  // namespace tidemark::runtime::kafka

#include "runtime/kafka/error.h"

#include <gtest/gtest.h>

namespace tidemark::runtime::kafka {
namespace {

struct ErrorCase {
  const char* name;
  Failure failure;
  Disposition disposition;
  const char* code;
};

class ErrorTest : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(ErrorTest, Mapping) {
  const auto& [name, failure, disposition, code] = GetParam();
  const Error error = to_error(failure, "do it");
  EXPECT_EQ(error.disposition, disposition);
  EXPECT_EQ(error.code, code);
  EXPECT_TRUE(error.message.starts_with("could not do it: ")) << error.message;
}

Failure plain(rd_kafka_resp_err_t code) {
  return {.code = code};
}
Failure dead(rd_kafka_resp_err_t code) {
  return {.code = code, .is_fatal = true};
}
Failure retriable(rd_kafka_resp_err_t code) {
  return {.code = code, .is_retriable = true};
}
Failure abortable(rd_kafka_resp_err_t code) {
  return {.code = code, .requires_abort = true};
}

INSTANTIATE_TEST_SUITE_P(
    Kafka, ErrorTest,
    ::testing::Values(
        ErrorCase{"timed_out", plain(RD_KAFKA_RESP_ERR__TIMED_OUT), Disposition::retry, "unreachable"},
        ErrorCase{"all_brokers_down", plain(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN), Disposition::retry,
                  "unreachable"},
        ErrorCase{"not_coordinator", plain(RD_KAFKA_RESP_ERR_NOT_COORDINATOR), Disposition::retry,
                  "kafka_busy"},
        ErrorCase{"said_to_be_retriable", retriable(RD_KAFKA_RESP_ERR_UNKNOWN), Disposition::retry,
                  "kafka_busy"},
        ErrorCase{"unstable", plain(RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT), Disposition::retry,
                  "unstable_offset"},
        ErrorCase{"producer_fenced", dead(RD_KAFKA_RESP_ERR__FENCED), Disposition::fatal, "fenced"},
        ErrorCase{"instance_fenced", plain(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID), Disposition::fatal,
                  "fenced"},
        ErrorCase{"instance_fenced_in_transaction", abortable(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID),
                  Disposition::abort_txn, "group_generation"},
        ErrorCase{"unknown_member_in_transaction", abortable(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID),
                  Disposition::abort_txn, "group_generation"},
        ErrorCase{"unknown_member_while_polling", plain(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID),
                  Disposition::retry, "kafka_busy"},
        ErrorCase{"delivery_timed_out", abortable(RD_KAFKA_RESP_ERR__TIMED_OUT), Disposition::abort_txn,
                  "transaction_failed"},
        ErrorCase{"sequence_broken", dead(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER), Disposition::fatal,
                  "fenced"},
        ErrorCase{"too_large_would_recur", abortable(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE),
                  Disposition::fatal, "record_too_large"},
        ErrorCase{"forbidden", dead(RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED),
                  Disposition::fatal, "auth"},
        ErrorCase{"unknown_topic", plain(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), Disposition::fatal,
                  "unknown_topic"},
        ErrorCase{"offset_gone", plain(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE), Disposition::fatal,
                  "offset_lost"},
        ErrorCase{"checksum", plain(RD_KAFKA_RESP_ERR__BAD_MSG), Disposition::fatal, "corrupt_record"},
        ErrorCase{"transaction_timeout_too_long", dead(RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT),
                  Disposition::fatal, "kafka_configuration"},
        ErrorCase{"anything_else", plain(RD_KAFKA_RESP_ERR_UNKNOWN), Disposition::fatal, "kafka_error"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::runtime::kafka

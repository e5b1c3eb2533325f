#pragma once
// What librdkafka complains about, in the words of the engine.
#include <librdkafka/rdkafka.h>

#include <string_view>

#include "tidemark/result.h"

namespace tidemark::runtime::kafka {

struct Failure {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string_view text = {};  // librdkafka's own words; empty: those of the code
  bool is_fatal = false;       // the instance is dead
  bool is_retriable = false;
  bool requires_abort = false;  // the transaction is
};

// The one mapping. `doing` completes "could not ...": "commit the transaction".
Error to_error(const Failure& failure, std::string_view doing);

Error to_error(rd_kafka_resp_err_t code, std::string_view doing);
Error to_error(const rd_kafka_error_t& error, std::string_view doing);

// The network or the brokers are away: passes by itself.
bool is_unreachable(rd_kafka_resp_err_t code);
bool is_authentication_failure(rd_kafka_resp_err_t code);

}  // namespace tidemark::runtime::kafka

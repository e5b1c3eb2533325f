#pragma once
// Headers of a dead letter: Kafka Connect's `__connect.errors.*` and our own `td-*`. Key, value and the
// original headers stay byte for byte in front of them.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/record.h"

namespace tidemark::schemas {

struct DeadLetterReason {
  std::string_view application;
  std::string_view topic;  // where the record was found
  std::string_view code;   // name; stage and retryable come from the table of codes
  std::string_view message;
  int task = 0;
  ArrivalTime failed_at;  // emission time
};

// Owns the strings behind the views of `headers`.
class DeadLetterHeaders {
 public:
  // Original headers first, then __connect.errors.{topic,partition,offset,connector.name,task.id,stage,
  // exception.message} and td-{error-code,stage,retryable,attempt,original-arrival,first-failed-at,
  // next-attempt-at,fingerprint}; td-* of an earlier attempt are replaced (attempt + 1; the original arrival
  // and first failure are kept). Integers are decimal strings, td-original-arrival is milliseconds, the other
  // times RFC 3339. td-next-attempt-at: a minute after the failure, doubled per attempt, at most a day; empty
  // when not retryable. td-fingerprint: 16 hex digits over the bytes of key and value.
  std::span<const HeaderView> build(const RecordView& record, const DeadLetterReason& reason);

 private:
  std::vector<std::string> owned_;
  std::vector<HeaderView> headers_;
};

}  // namespace tidemark::schemas

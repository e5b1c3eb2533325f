#pragma once
// How a record that cannot be processed is labelled on its way to the dead-letter topic. Key, value and the
// original headers stay byte for byte; an encoder only adds headers.
#include <span>
#include <string_view>

#include "tidemark/record.h"

namespace tidemark {

struct DeadLetterContext {
  std::string_view application;
  std::string_view topic;  // where the record was found
  std::string_view task;   // "metering_3"
  std::string_view code;   // stable name, see docs/errors.md
  std::string_view message;
  ArrivalTime failed_at;  // emission time
};

// Threading: confined to one task. The headers live until the next call.
class DeadLetterEncoder {
 public:
  virtual ~DeadLetterEncoder() = default;
  virtual std::span<const HeaderView> headers(const RecordView& record, const DeadLetterContext& context) = 0;
};

}  // namespace tidemark

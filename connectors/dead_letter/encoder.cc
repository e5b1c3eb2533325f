#include "connectors/dead_letter/encoder.h"

namespace tidemark::connectors {

std::span<const HeaderView> HeaderEncoder::headers(const RecordView& record,
                                                   const DeadLetterContext& context) {
  return headers_.build(record, {.application = context.application,
                                 .topic = context.topic,
                                 .code = context.code,
                                 .message = context.message,
                                 .task = record.partition.value(),
                                 .failed_at = context.failed_at});
}

}  // namespace tidemark::connectors

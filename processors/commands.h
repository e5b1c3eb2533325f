#pragma once
// Operator acts as they are read from the stream `commands`: checked, and put into the state that the task
// tells at its next emission. Threading: confined. Failure: errors of the store.
#include <string>

#include "processors/usage_state.h"
#include "schemas/dead_letter/codes.h"
#include "tidemark/record.h"

namespace tidemark::processors {

struct CommandRead {
  schemas::ErrorCode code = schemas::ErrorCode::none;  // refused: nothing was changed
  std::string message;
};

class Commands {
 public:
  explicit Commands(UsageState& state) : state_(state) {}
  // A command that is read twice is carried out twice: a second rebase says the same again under a seq of its
  // own, which does no harm.
  Result<CommandRead> carry_out(const RecordView& record, PartitionId partition,
                                std::int32_t partition_count);

 private:
  UsageState& state_;
};

}  // namespace tidemark::processors

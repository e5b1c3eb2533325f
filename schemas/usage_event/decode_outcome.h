#pragma once
// What decoding says of a record, an element or a value.
#include <string>

#include "schemas/dead_letter/codes.h"

namespace tidemark::schemas {

struct DecodeOutcome {
  ErrorCode code = ErrorCode::none;  // none: good, what was asked for is filled
  std::string message;               // which field, which limit; empty when none
};

}  // namespace tidemark::schemas

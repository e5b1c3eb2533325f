#pragma once
// Labels dead letters with the headers of schemas/dead_letter. One per task.
#include <memory>

#include "schemas/dead_letter/codec.h"
#include "tidemark/dead_letter.h"

namespace tidemark::connectors {

class HeaderEncoder final : public DeadLetterEncoder {
 public:
  std::span<const HeaderView> headers(const RecordView& record, const DeadLetterContext& context) override;

 private:
  schemas::DeadLetterHeaders headers_;
};

}  // namespace tidemark::connectors

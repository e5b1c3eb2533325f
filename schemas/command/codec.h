#pragma once
// Operator acts (topic usage.commands), carried out by the live task. Key: that of the total they are about.
#include <string>
#include <string_view>

#include "schemas/usage_total/codec.h"
#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::schemas {

inline constexpr std::size_t kCommandReasonBytesMax = 1'000;

// rebase: tell the total of one key anew, as a base for readers whose delta chain is broken.
struct RebaseCommand {
  std::string command_id;  // names the act for people; the same one twice is carried out twice
  std::string tenant_id, customer_id, meter, group;
  EventTime period_start, period_end;
  std::string reason;
  EventTime requested_at;

  UsageKey key() const {
    return {.tenant_id = tenant_id,
            .customer_id = customer_id,
            .meter = meter,
            .period_start = period_start,
            .period_end = period_end,
            .group = group};
  }
};

// {"schema":1,"command":"rebase","command_id":..,<key fields>,"reason":..,"requested_at":..}
std::string encode_rebase(const RebaseCommand& command);
// Errors: disposition dead_letter, code "command_unsupported" (another act) or "command_invalid".
Result<RebaseCommand> decode_command(std::string_view json);

}  // namespace tidemark::schemas

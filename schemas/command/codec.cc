#include "schemas/command/codec.h"

#include "schemas/base/json_document.h"
#include "schemas/base/text.h"
#include "schemas/usage_total/key_fields.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kRebase = "rebase";

// First of all: the fields of another act are none that this version can judge.
Status check_act(const JsonObject& root) {
  const auto act = root.string("command");
  if (!act) return act.error();
  if (*act == kRebase) return {};
  return Error{Disposition::dead_letter, "command_unsupported",
               "command: " + quoted_for_message(*act) + " is none that this version carries out"};
}

Status read_reason(const JsonObject& root, std::string& reason) {
  TM_TRY(assign(reason, root.string("reason")));
  if (!reason.empty() && reason.size() <= kCommandReasonBytesMax) return {};
  return root.error("reason", "must have 1 to " + std::to_string(kCommandReasonBytesMax) + " bytes");
}

}  // namespace

std::string encode_rebase(const RebaseCommand& command) {
  std::string out = R"({"schema":1,"command":"rebase","command_id":)";
  append_json_string(out, command.command_id);
  out += ',';
  append_key_fields(out, command.key());
  out += R"(,"reason":)";
  append_json_string(out, command.reason);
  out += R"(,"requested_at":")";
  append_rfc3339(out, command.requested_at);
  out += "\"}";
  return out;
}

Result<RebaseCommand> decode_command(std::string_view json) {
  const auto document = JsonDocument::parse(json, "command_invalid");
  if (!document) return document.error();
  const JsonObject root = document->root();
  TM_TRY(read_schema_version(root));
  TM_TRY(check_act(root));
  TM_TRY(root.refuse_other_than({"schema", "command", "command_id", "tenant_id", "customer_id", "meter",
                                 "period_start", "period_end", "group", "reason", "requested_at"}));
  RebaseCommand command;
  TM_TRY(assign(command.command_id, root.id("command_id")));
  TM_TRY(read_key_fields(root, command));
  TM_TRY(read_reason(root, command.reason));
  TM_TRY(assign(command.requested_at, root.time("requested_at")));
  return command;
}

}  // namespace tidemark::schemas

#include "processors/commands.h"

#include "schemas/command/codec.h"
#include "tidemark/partitioner.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;

constexpr std::size_t kCommandBytesMax = 64 * 1024;

CommandRead refused(ErrorCode code, std::string message) {
  return {code, std::move(message)};
}

}  // namespace

Result<CommandRead> Commands::carry_out(const RecordView& record, PartitionId partition,
                                        std::int32_t partition_count) {
  if (!record.has_value) return refused(ErrorCode::command_invalid, "a command has a value");
  if (record.value.size() > kCommandBytesMax)
    return refused(ErrorCode::command_invalid, "a command has at most 64 KiB");
  const auto command = schemas::decode_command(record.value);
  if (!command) {
    const bool unsupported = command.error().code == schemas::name_of(ErrorCode::command_unsupported);
    return refused(unsupported ? ErrorCode::command_unsupported : ErrorCode::command_invalid,
                   command.error().message);
  }
  std::string key;
  schemas::append_usage_key(key, command->key());
  if (record.key != key) return refused(ErrorCode::command_invalid, "key and value name different totals");
  if (home_partition(command->customer_id, partition_count) != partition)
    return refused(ErrorCode::wrong_partition, "a command belongs to its customer's partition");
  auto row = state_.find_window({.tenant_id = command->tenant_id,
                                 .customer_id = command->customer_id,
                                 .meter = command->meter,
                                 .group = command->group},
                                {command->period_start, command->period_end});
  if (!row) return row.error();
  if (*row == nullptr) return refused(ErrorCode::command_invalid, "there is no such total (any more)");
  (*row)->ask_rebase({record.source, record.offset, record.offset});
  state_.touch(**row);
  return CommandRead();
}

}  // namespace tidemark::processors

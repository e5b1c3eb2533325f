#include "cli/exit_codes.h"

#include <algorithm>
#include <iterator>

namespace tidemark::cli {
namespace {

struct Row {
  std::string_view error_code;
  int exit_code;
};
constexpr Row kRows[] = {
    {"usage", kUsage},
    {"refused", kRefused},
    {"stopped", kStopped},
    {"unreachable", kUnreachable},
    {"kafka_busy", kUnreachable},
    {"auth", kAuth},
    {"config_invalid", kBadConfig},
    {"config_unreadable", kBadConfig},
    {"kafka_configuration", kBadConfig},
    {"listen_invalid", kBadConfig},
    {"listen_failed", kBadConfig},
    {"unknown_topic", kBadConfig},
    {"topic_settings", kBadConfig},
    {"unknown_sink", kBadConfig},
    {"offset_lost", kBadConfig},
    {"torn_epoch", kBadConfig},
    {"state_corrupt", kBadConfig},
    {"state_locked", kBadConfig},
    {"state_of_another", kBadConfig},
    {"state_ahead", kBadConfig},
    {"state_format", kBadConfig},
    {"state_io", kBadConfig},
    {"state_disk_full", kBadConfig},
    {"changelog_truncated", kBadConfig},
    {"changelog_corrupt", kBadConfig},
    {"offset_metadata", kBadConfig},
    {"partition_count_changed", kBadConfig},
    {"sources_changed", kBadConfig},
    {"meter_changed", kBadConfig},
    {"time_zone_data_unreadable", kBadConfig},
    {"time_zone_unknown_here", kBadConfig},
    {"instance_id_taken", kBadConfig},
    {"config", kBadConfig},
};

}  // namespace

int exit_code_of(std::string_view error_code) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const Row& each) { return each.error_code == error_code; });
  return row == std::end(kRows) ? kInternal : row->exit_code;
}

}  // namespace tidemark::cli

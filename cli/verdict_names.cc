#include "cli/verdict_names.h"

#include "processors/judged_event.h"
#include "schemas/dead_letter/codes.h"

namespace tidemark::cli {

std::string verdict_name(std::uint8_t verdict) {
  if (verdict >= std::size(processors::kVerdictNames)) return std::to_string(verdict);
  return std::string(processors::kVerdictNames[verdict]);
}

std::string code_name(std::uint16_t code) {
  for (const auto& info : schemas::error_codes()) {
    if (static_cast<std::uint16_t>(info.code) == code) return std::string(info.name);
  }
  return std::to_string(code);
}

std::uint16_t code_number(std::string_view name) {
  for (const auto& info : schemas::error_codes()) {
    if (info.name == name) return static_cast<std::uint16_t>(info.code);
  }
  return 0;
}

}  // namespace tidemark::cli

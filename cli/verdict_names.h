#pragma once
// Numbers of verdicts and codes by name, as commands print them. Pure.
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::cli {

// What this version does not know stays a number.
std::string verdict_name(std::uint8_t verdict);
std::string code_name(std::uint16_t code);
// 0: there is no such code.
std::uint16_t code_number(std::string_view name);

}  // namespace tidemark::cli

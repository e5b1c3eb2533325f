#pragma once
// Where the engine tells an operator something; never a line per event. [any thread]
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tidemark::runtime {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
// `code`: of docs/errors.md, where the message is about an error; else "".
using Logger = std::function<void(LogLevel level, std::string_view code, const std::string& message)>;

}  // namespace tidemark::runtime

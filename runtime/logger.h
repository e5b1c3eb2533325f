#pragma once
// Where the engine tells an operator something; never a line per event. [any thread]
#include <cstdint>
#include <functional>
#include <string>

namespace tidemark::runtime {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
using Logger = std::function<void(LogLevel level, const std::string& message)>;

}  // namespace tidemark::runtime

#pragma once
// The part of a log line after time and level, in logfmt: [code=CODE ]msg="TEXT". Pure.
#include <string>
#include <string_view>

namespace tidemark::cli {

// One line, whatever the message quotes: quotes, backslashes, control characters and bytes that are no UTF-8
// are escaped. `code` "" is left out.
std::string log_line(std::string_view code, std::string_view message);

}  // namespace tidemark::cli

#include "cli/log_line.h"

#include "cli/text.h"

namespace tidemark::cli {

std::string log_line(std::string_view code, std::string_view message) {
  std::string line;
  if (!code.empty()) line.append("code=").append(code).append(" ");
  line += "msg=\"";
  for (const char c : escape(message)) {
    if (c == '"') line += '\\';
    line += c;
  }
  return line + '"';
}

}  // namespace tidemark::cli

#include "schemas/usage_event/property_path.h"

#include "schemas/base/json_scan.h"
#include "schemas/base/text.h"

namespace tidemark::schemas {
namespace {

constexpr std::string_view kRoot = "properties";

Error refuse(std::string_view text, std::string_view why) {
  return {.disposition = Disposition::fatal,
          .code = "config_invalid",
          .message = quoted_for_message(text).append(" is not a property path: ").append(why)};
}

constexpr bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// The size of the string in quotes that `text` begins with, quotes included; 0: there is none.
std::size_t quoted_size(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return 0;
}

// False: not a JSON string that a property's name could equal.
bool unescape_name(std::string_view quoted, std::string& out) {
  JsonScanner json;
  if (!json.scan(quoted) || json.has_lone_surrogate()) return false;
  const std::string_view raw = json.text_of(json.node(0));
  out.resize(raw.size());
  out.resize(static_cast<std::size_t>(unescape_json(raw, out.data()) - out.data()));
  return true;
}

}  // namespace

Result<PropertyPath> parse_property_path(std::string_view text) {
  if (!is_utf8(text)) return refuse("", "it is not UTF-8");
  if (!text.starts_with(kRoot)) return refuse(text, "it must begin with 'properties.'");
  PropertyPath path;
  std::string_view rest = text.substr(kRoot.size());
  while (!rest.empty()) {
    std::string& name = path.emplace_back();
    if (rest.front() == '.') {
      std::size_t end = 1;
      while (end < rest.size() && is_plain(rest[end])) ++end;
      if (end == 1) return refuse(text, "a '.' must be followed by a name of letters, digits, '_' and '-'");
      name = rest.substr(1, end - 1);
      rest.remove_prefix(end);
    } else if (rest.front() == '[') {
      const std::size_t size = quoted_size(rest.substr(1));
      const bool closed = size > 0 && rest.substr(1 + size).starts_with(']');
      if (!closed || !unescape_name(rest.substr(1, size), name))
        return refuse(text, R"('[' must be followed by a name as a JSON string and ']', as in ["a.b"])");
      rest.remove_prefix(size + 2);
    } else {
      return refuse(text, R"(other names than of letters, digits, '_' and '-' are written as ["a.b"])");
    }
  }
  if (path.empty()) return refuse(text, "it must name a property, as in properties.tokens");
  return path;
}

}  // namespace tidemark::schemas

#include "cli/input_line.h"

#include <nlohmann/json.hpp>

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Member {
  std::string_view name;   // as written, without its quotes
  std::string_view value;  // as written
};

// Walks over the members of an object without looking into them, so that a record inside keeps its bytes,
// good or bad.
class MemberScanner {
 public:
  explicit MemberScanner(std::string_view text) : rest_(text) {}

  // False: the text is not one object.
  bool scan(std::vector<Member>& members) {
    if (!take('{')) return false;
    if (take('}')) return at_end();
    do {
      Member& member = members.emplace_back();
      if (!take_text(member.name) || !take(':') || !take_value(member.value)) return false;
      member.name = member.name.substr(1, member.name.size() - 2);
    } while (take(','));
    return take('}') && at_end();
  }

 private:
  void skip_space() {
    const auto begin = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin);
  }
  bool at_end() {
    skip_space();
    return rest_.empty();
  }
  bool take(char wanted) {
    skip_space();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // One past the closing quote of the text that opens at `begin`; npos: it does not close.
  std::size_t end_of_text(std::size_t begin) const {
    for (std::size_t i = begin + 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\')
        ++i;
      else if (rest_[i] == '"')
        return i + 1;
    }
    return std::string_view::npos;
  }
  bool give(std::size_t end, std::string_view& taken) {
    if (end == 0 || end == std::string_view::npos) return false;
    taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return true;
  }
  bool take_text(std::string_view& text) {
    skip_space();
    return !rest_.empty() && rest_.front() == '"' && give(end_of_text(0), text);
  }
  bool take_value(std::string_view& value) {
    skip_space();
    if (rest_.empty()) return false;
    if (rest_.front() == '"') return take_text(value);
    if (rest_.front() != '{' && rest_.front() != '[') return give(rest_.find_first_of(",} \t\r\n"), value);
    return give(end_of_nested(), value);
  }
  std::size_t end_of_nested() const {
    int depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (c == '"') {
        i = end_of_text(i);
        if (i == std::string_view::npos) return i;
        --i;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return std::string_view::npos;
  }

  std::string_view rest_;
};

const Member* find(const std::vector<Member>& members, std::string_view name) {
  for (const Member& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

Error refused(std::string message) {
  return {Disposition::fatal, "config_unreadable", std::move(message)};
}

Result<std::string> text_of(const Member& member) {
  const Json json = Json::parse(member.value, nullptr, false);
  if (!json.is_string()) return refused("\"" + std::string(member.name) + "\" of an envelope must be a text");
  return json.get<std::string>();
}

// Into `text`, if there is such a member.
template <class Text>
Status read_text(const std::vector<Member>& members, std::string_view name, Text& text) {
  const Member* member = find(members, name);
  if (member == nullptr) return {};
  auto read = text_of(*member);
  if (!read) return read.error();
  text = *std::move(read);
  return {};
}

Status read_arrival(const std::vector<Member>& members, InputLine& line) {
  std::optional<std::string> text;
  TM_TRY(read_text(members, "arrival", text));
  if (!text) return {};
  const auto time = parse_rfc3339(*text);
  if (!time) return refused("\"arrival\" of an envelope must be a time such as 2026-11-10T09:00:00Z");
  line.arrival = std::chrono::floor<std::chrono::milliseconds>(*time);
  return {};
}

Status read_headers(const std::vector<Member>& members, InputLine& line) {
  const Member* member = find(members, "headers");
  if (member == nullptr) return {};
  const Json json = Json::parse(member->value, nullptr, false);
  const Error wrong = refused("\"headers\" of an envelope must be texts by name");
  if (!json.is_object()) return wrong;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) return wrong;
    line.headers.emplace_back(name, value.get<std::string>());
  }
  return {};
}

Status read_value(const std::vector<Member>& members, InputLine& line) {
  const Member* record = find(members, "record");
  const Member* tombstone = find(members, "tombstone");
  const int given = (record != nullptr) + (find(members, "raw") != nullptr) + (tombstone != nullptr);
  if (given != 1) return refused("an envelope has one of \"record\", \"raw\" and \"tombstone\"");
  if (tombstone != nullptr) {
    if (tombstone->value != "true") return refused("\"tombstone\" of an envelope can only be true");
    return {};
  }
  if (record != nullptr) {
    line.value = std::string(record->value);
    return {};
  }
  return read_text(members, "raw", line.value);
}

bool is_envelope(const std::vector<Member>& members) {
  const bool holds_record = find(members, "record") != nullptr || find(members, "raw") != nullptr ||
                            find(members, "tombstone") != nullptr;
  return holds_record && find(members, "event_id") == nullptr && find(members, "specversion") == nullptr;
}

}  // namespace

Result<InputLine> read_input_line(std::string_view text) {
  InputLine line;
  std::vector<Member> members;
  if (!MemberScanner(text).scan(members) || !is_envelope(members)) {
    line.value = std::string(text);
    return line;
  }
  TM_TRY(read_value(members, line));
  TM_TRY(read_text(members, "topic", line.topic));
  TM_TRY(read_text(members, "key", line.key));
  TM_TRY(read_arrival(members, line));
  TM_TRY(read_headers(members, line));
  return line;
}

}  // namespace tidemark::cli

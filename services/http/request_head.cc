#include "services/http/request_head.h"

#include <algorithm>

namespace tidemark::services {
namespace {

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}
bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
bool is_target_char(char c) {
  return c > ' ' && c < 0x7f && c != '#';
}
bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}
std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

HeadRefusal bad(std::string reason) {
  return {400, std::move(reason)};
}

struct Framing {
  bool http_1_1 = false;
  int host_count = 0;
  int length_count = 0;
  int coding_count = 0;
};

std::optional<HeadRefusal> check_request_line(std::string_view line, Framing& framing) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad("request line is not 'METHOD TARGET VERSION'");
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method)) return bad("method is not a token");
  if (target.empty() || target[0] != '/') return bad("target does not start with '/'");
  if (target.size() > kTargetBytesMax) return HeadRefusal{414, "target is longer than 2048 bytes"};
  if (!std::all_of(target.begin(), target.end(), is_target_char))
    return bad("target holds a forbidden character");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return HeadRefusal{505, "only HTTP/1.0 and HTTP/1.1 are spoken"};
  framing.http_1_1 = version == "HTTP/1.1";
  return std::nullopt;
}

std::optional<HeadRefusal> check_header(std::string_view line, Framing& framing) {
  if (line[0] == ' ' || line[0] == '\t') return bad("folded header line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("header line without ':'");
  if (!is_token(line.substr(0, colon))) return bad("header name is not a token");
  const std::string name = lower(line.substr(0, colon));
  const auto value = trim(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), is_value_char)) return bad("control character in a header");
  if (name == "host" && (value.empty() || ++framing.host_count > 1)) return bad("not exactly one Host");
  if (name == "content-length") {
    if (++framing.length_count > 1) return bad("more than one Content-Length");
    if (!is_digits(value) || value.size() > 18) return bad("Content-Length is not a number");
  }
  if (name == "transfer-encoding") {
    if (++framing.coding_count > 1) return bad("more than one Transfer-Encoding");
    if (lower(value) != "chunked") return HeadRefusal{501, "Transfer-Encoding other than 'chunked'"};
  }
  if (name == "expect") return HeadRefusal{417, "Expect is not served"};
  return std::nullopt;
}

}  // namespace

std::optional<HeadRefusal> check_request_head(std::string_view head) {
  Framing framing;
  std::size_t line_count = 0;
  for (std::size_t begin = 0; begin < head.size();) {
    const auto end = head.find('\n', begin);
    if (end == std::string_view::npos || end == begin || head[end - 1] != '\r')
      return bad("line does not end in CR LF");
    const auto line = head.substr(begin, end - begin - 1);
    begin = end + 1;
    if (line.find('\r') != std::string_view::npos) return bad("bare CR");
    if (line_count++ == 0) {
      if (auto refusal = check_request_line(line, framing)) return refusal;
      continue;
    }
    if (line.empty()) {
      if (begin != head.size()) return bad("bytes behind the empty line");
      if (framing.host_count != 1) return bad("not exactly one Host");
      if (framing.coding_count > 0 && !framing.http_1_1) return bad("Transfer-Encoding on HTTP/1.0");
      if (framing.coding_count > 0 && framing.length_count > 0)
        return bad("both Transfer-Encoding and Content-Length");
      return std::nullopt;
    }
    if (line_count - 1 > kHeaderCountMax) return HeadRefusal{431, "more than 64 headers"};
    if (auto refusal = check_header(line, framing)) return refusal;
  }
  return bad("head is not complete");
}

}  // namespace tidemark::services

#pragma once
// A strict JSON (RFC 8259) scanner: one pass over the whole text into a flat list of nodes. Numbers and
// strings stay raw text, so a number of any length is exact. Everything is checked, also what nobody will
// read. Owns: its node list, reused from text to text (no allocation once it has grown). Threading: confined.
#include <cstdint>
#include <string_view>
#include <vector>

namespace tidemark::schemas {

enum class JsonKind : std::uint8_t { null, boolean, integer, real, string, array, object };

constexpr bool is_container(JsonKind kind) {
  return kind == JsonKind::array || kind == JsonKind::object;
}

// In document order. A member of an object is two nodes: its name (a string), then its value.
struct JsonNode {
  std::uint32_t begin = 0;  // strings: after the opening quote; all else: first byte
  std::uint32_t size = 0;   // strings: without quotes, before unescaping
  std::uint32_t next = 0;   // index of the node after this one and all that it holds
  JsonKind kind = JsonKind::null;
  bool escaped = false;  // a string that holds a backslash
};

bool is_utf8(std::string_view text);

class JsonScanner {
 public:
  // False: the text is not one JSON value; error_at() and error() say where and why.
  // REQUIRES: valid UTF-8, less than 256 MiB. The text must outlive the use of nodes.
  bool scan(std::string_view text);

  const JsonNode& node(std::uint32_t index) const { return nodes_.data()[index]; }
  std::string_view text_of(const JsonNode& node) const { return {text_.data() + node.begin, node.size}; }
  std::uint32_t depth_max() const { return depth_max_; }       // containers inside each other; a scalar is 0
  bool has_lone_surrogate() const { return lone_surrogate_; }  // an escape that names half a character
  std::size_t error_at() const { return error_at_; }           // byte, from 0
  const char* error() const { return error_; }

 private:
  // Each takes the position it begins at and gives the one after what it read; nullptr: failed.
  const char* value(const char* at);
  const char* after_value(const char* at);
  const char* name(const char* at);
  const char* open(const char* at, JsonKind kind);
  const char* close(const char* at);
  const char* string(const char* at);
  const char* escape(const char* at);
  const char* hex_escape(const char* at, std::uint32_t& unit);
  const char* number(const char* at);
  const char* literal(const char* at, std::string_view word, JsonKind kind);
  const char* fail(const char* at, const char* why);
  std::uint32_t offset_of(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }
  void add(const char* from, const char* to, JsonKind kind, bool escaped);

  std::string_view text_;
  std::vector<char> padded_;     // a copy of the text and zeros: nothing asks whether the end is near
  const char* begin_ = nullptr;  // of the copy
  const char* end_ = nullptr;
  std::vector<JsonNode> nodes_;  // as many as a text of this size could hold
  std::uint32_t node_count_ = 0;
  std::vector<std::uint32_t>
      open_;  // containers not yet closed; heap, not stack: depth is the producer's choice
  std::uint32_t depth_max_ = 0;
  bool lone_surrogate_ = false;
  std::size_t error_at_ = 0;
  const char* error_ = "";
};

// Writes the string's value to `out` and returns the end. Lone surrogates become their three-byte form, so
// that distinct texts stay distinct. REQUIRES: `raw` passed the scanner; room for raw.size() bytes.
char* unescape_json(std::string_view raw, char* out);

}  // namespace tidemark::schemas

#pragma once
// JSON values as bytes that are equal exactly when the values are: strings after unescaping, numbers by value
// at any length, names of objects in byte order at all depths, JSON type kept. Prefix-free, so that a
// concatenation is unambiguous. Finds duplicate names on the way.
// Owns: scratch space, reused. Threading: confined.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/arena.h"
#include "schemas/base/hash_input.h"
#include "schemas/base/json_scan.h"

namespace tidemark::schemas {

// The value of a string node; escaped ones are written to the arena.
inline std::string_view string_value(const JsonScanner& json, const JsonNode& node, Arena& arena) {
  const std::string_view raw = json.text_of(node);
  if (!node.escaped) return raw;
  char* const begin = arena.allocate(raw.size());
  return {begin, unescape_json(raw, begin)};
}

// The same of a string; all else as written.
inline std::string_view written_value(const JsonScanner& json, const JsonNode& node, Arena& arena) {
  return node.kind == JsonKind::string ? string_value(json, node, arena) : json.text_of(node);
}

// Appends the canonical bytes of a null, boolean, number (as written) or string (unescaped).
void append_canonical_scalar(HashInput& out, JsonKind kind, std::string_view text);

class JsonCanonicalizer {
 public:
  // Appends the node's canonical bytes, as if the member whose value is the node `left_out` were not there
  // (0: nothing is left out). False: an object in it has a name twice, see duplicate().
  // REQUIRES: the depth of the document was checked (this recurses).
  bool append(HashInput& out, const JsonScanner& json, std::uint32_t node, std::uint32_t left_out = 0);
  // False: a name comes twice in an object of the node; nothing is kept otherwise.
  bool names_are_unique(const JsonScanner& json, std::uint32_t node);
  // A name that comes twice among `names`, which are sorted for that.
  static std::optional<std::string_view> find_duplicate(std::vector<std::string_view>& names);
  const std::string& duplicate() const { return duplicate_; }

 private:
  struct Member {
    std::string_view name;
    std::uint32_t value;
  };
  // Each writes at `at` and gives the end; nullptr: a duplicate name. Room is reserved for the whole node
  // before.
  char* put_value(char* at, const JsonScanner& json, std::uint32_t index);
  char* put_object(char* at, const JsonScanner& json, std::uint32_t index);
  char* put_array(char* at, const JsonScanner& json, std::uint32_t index);
  void sort_members(std::size_t first);  // those from `first` on, by name

  Arena arena_;                  // unescaped names and strings of the node at hand
  std::vector<Member> members_;  // a stack: the members of every object around the one at hand
  std::uint32_t left_out_ = 0;
  HashInput discarded_;
  std::string duplicate_;
};

}  // namespace tidemark::schemas

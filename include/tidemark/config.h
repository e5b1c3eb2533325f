#pragma once
// A configuration document as a tree of nodes that know where they stand, so that every complaint names
// file, line and the nearest valid name. No third-party type is visible.
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/result.h"

namespace tidemark {

struct ConfigMark {
  std::string file;
  int line = 0;    // from 1; 0 = unknown
  int column = 0;  // from 1
};

// Immutable after parsing. Order of map entries is that of the file.
class ConfigNode {
 public:
  enum class Kind : std::uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string scalar;   // the text as written, unquoted
  bool quoted = false;  // "5" and 5 differ
  std::vector<ConfigNode> list;
  std::vector<std::pair<std::string, ConfigNode>> map;
  ConfigMark mark;      // of the value
  ConfigMark key_mark;  // of the key that holds it, in a map
  std::string path;     // "meters[2].late"; empty: the document itself

  bool is_null() const { return kind == Kind::null; }
  // What a scalar is in JSON. ambiguous: YAML, in one version or another, takes it for a truth value or a
  // number, and JSON for something else or nothing, or it has an exponent: True, no, 007, .5, 1e3.
  enum class JsonType : std::uint8_t { text, boolean, integer, decimal, ambiguous };
  JsonType json_type() const;                          // REQUIRES: a scalar
  const ConfigNode* find(std::string_view key) const;  // nullptr: absent, or not a map
  // Dotted path: "sub_topologies.metering.stores". nullptr when any step is absent.
  const ConfigNode* at(std::string_view path) const;
};

// One problem in a document. Printed as "file:line:column: message (did you mean 'x'?)".
struct Finding {
  ConfigMark mark;
  std::string path;  // "sub_topologies.metering.stores.windows.kind"
  std::string message;
  std::string suggestion;  // nearest valid name, or empty
};
std::string to_string(const Finding& finding);
// About a value as a whole: a map or list is named by the key that holds it.
Finding finding_at(const ConfigNode& node, std::string message, std::string suggestion = {});

// The candidate with the smallest edit distance, if it is near enough to be a typing error.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

// Readers used by lint and by factories: absent or null -> fallback; wrong -> a Finding and the fallback.
std::chrono::milliseconds read_duration(const ConfigNode& map, std::string_view key,
                                        std::chrono::milliseconds fallback, std::vector<Finding>& findings);
std::int64_t read_integer(const ConfigNode& map, std::string_view key, std::int64_t fallback,
                          std::int64_t min, std::int64_t max, std::vector<Finding>& findings);
bool read_bool(const ConfigNode& map, std::string_view key, bool fallback, std::vector<Finding>& findings);
std::string read_string(const ConfigNode& map, std::string_view key, std::string_view fallback,
                        std::vector<Finding>& findings);
// One of `choices`; else a finding with the nearest of them.
std::string read_choice(const ConfigNode& map, std::string_view key, std::string_view fallback,
                        std::span<const std::string> choices, std::vector<Finding>& findings);
std::vector<std::string> read_names(const ConfigNode& map, std::string_view key,
                                    std::vector<Finding>& findings);
// A finding for each key of `map` that is not in `known`, with the nearest one.
void refuse_unknown_keys(const ConfigNode& map, std::string_view path, std::span<const std::string> known,
                         std::vector<Finding>& findings);

}  // namespace tidemark

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "tidemark/assert.h"
#include "tidemark/config.h"
#include "tidemark/time.h"

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kDurationMax =
    std::chrono::hours{36'500 * 24};  // sums of durations never overflow

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string join_path(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : std::string(parent) + "." + std::string(key);
}

// Edits (insert, delete, replace, swap of neighbours) that turn one name into the other, case aside.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::array<std::vector<std::size_t>, 3> rows;  // the one in work and the two before it
  for (auto& row : rows) row.resize(to.size() + 1);
  std::iota(rows[0].begin(), rows[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above_that = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const bool same = lower(from[i - 1]) == lower(to[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0u : 1u)});
      const bool swapped =
          i > 1 && j > 1 && lower(from[i - 1]) == lower(to[j - 2]) && lower(from[i - 2]) == lower(to[j - 1]);
      if (swapped) row[j] = std::min(row[j], above_that[j - 2] + 1);
    }
  }
  return rows[from.size() % 3][to.size()];
}

std::string list_of(std::span<const std::string> names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// The value of `key` if it is a scalar; anything else but absence is a finding.
const ConfigNode* find_scalar(const ConfigNode& map, std::string_view key, std::string_view what,
                              std::vector<Finding>& findings) {
  const ConfigNode* node = map.find(key);
  if (node == nullptr || node->is_null()) return nullptr;
  if (node->kind == ConfigNode::Kind::scalar) return node;
  findings.push_back(finding_at(*node, std::string(key) + " must be " + std::string(what)));
  return nullptr;
}

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && is_digits(text) && (text.size() == 1 || text.front() != '0');
}

// With digits on both sides of the point.
bool is_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == text.npos || !is_integer(text.substr(0, point))) return false;
  const std::string_view decimals = text.substr(point + 1);
  return !decimals.empty() && is_digits(decimals);
}

// Of any base, with signs, separators and exponents.
bool looks_like_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  if (text.starts_with("0x") || text.starts_with("0o") || text.starts_with("0b"))
    return text.find_first_not_of("0123456789abcdefABCDEF_", 2) == text.npos;
  const std::size_t end = text.find_first_not_of("0123456789_.");
  if (end == text.npos) return text.find('.') == text.rfind('.');
  if (text[end] != 'e' && text[end] != 'E') return false;
  std::string_view exponent = text.substr(end + 1);
  if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
  return !exponent.empty() && is_digits(exponent);
}

}  // namespace

ConfigNode::JsonType ConfigNode::json_type() const {
  TM_ASSERT(kind == Kind::scalar);
  if (quoted) return JsonType::text;
  if (scalar == "true" || scalar == "false") return JsonType::boolean;
  if (is_integer(scalar)) return JsonType::integer;
  if (is_decimal(scalar)) return JsonType::decimal;
  std::string lower = scalar;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  static constexpr std::string_view kWords[] = {"true", "false", "yes",  "no",    "on",
                                                "off",  ".nan",  ".inf", "-.inf", "+.inf"};
  const bool is_word = std::ranges::find(kWords, lower) != std::end(kWords);
  return is_word || looks_like_number(scalar) ? JsonType::ambiguous : JsonType::text;
}

const ConfigNode* ConfigNode::find(std::string_view key) const {
  if (kind != Kind::map) return nullptr;
  for (const auto& [name, value] : map) {
    if (name == key) return &value;
  }
  return nullptr;
}

const ConfigNode* ConfigNode::at(std::string_view dotted) const {
  const ConfigNode* node = this;
  while (node != nullptr && !dotted.empty()) {
    const auto dot = dotted.find('.');
    node = node->find(dotted.substr(0, dot));
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
  }
  return node;
}

std::string to_string(const Finding& finding) {
  std::string out = finding.mark.file;
  if (finding.mark.line > 0) {
    out += ":" + std::to_string(finding.mark.line) + ":" + std::to_string(finding.mark.column);
  }
  out += (out.empty() ? "" : ": ") + finding.message;
  if (!finding.suggestion.empty()) out += " (did you mean '" + finding.suggestion + "'?)";
  return out;
}

Finding finding_at(const ConfigNode& node, std::string message, std::string suggestion) {
  const bool whole = node.kind != ConfigNode::Kind::scalar && node.key_mark.line > 0;
  return {.mark = whole ? node.key_mark : node.mark,
          .path = node.path,
          .message = std::move(message),
          .suggestion = std::move(suggestion)};
}

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  std::string nearest;
  std::size_t distance_max = (name.size() + 2) / 3;  // more than a third wrong is another word
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance > distance_max || distance >= name.size() || candidate == name) continue;
    if (!nearest.empty() && distance == distance_max) continue;  // the first of equals
    nearest = candidate;
    distance_max = distance;
  }
  return nearest;
}

std::chrono::milliseconds read_duration(const ConfigNode& map, std::string_view key,
                                        std::chrono::milliseconds fallback, std::vector<Finding>& findings) {
  const ConfigNode* node = find_scalar(map, key, "a duration such as 500ms, 5m or 36d", findings);
  if (node == nullptr) return fallback;
  const auto duration = parse_duration(node->scalar);
  if (duration && *duration <= kDurationMax) return *duration;
  if (duration) {
    findings.push_back(finding_at(
        *node, std::string(key) + ": no duration is longer than " + format_duration(kDurationMax)));
    return fallback;
  }
  findings.push_back(finding_at(*node, std::string(key) + ": '" + node->scalar +
                                           "' is no duration; write it like 500ms, 5m, 36d or 1d12h"));
  return fallback;
}

std::int64_t read_integer(const ConfigNode& map, std::string_view key, std::int64_t fallback,
                          std::int64_t min, std::int64_t max, std::vector<Finding>& findings) {
  const std::string what = "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  const ConfigNode* node = find_scalar(map, key, what, findings);
  if (node == nullptr) return fallback;
  std::int64_t value = 0;
  const char* end = node->scalar.data() + node->scalar.size();
  const auto [parsed, error] = std::from_chars(node->scalar.data(), end, value);
  const bool integer = !node->quoted && error == std::errc{} && parsed == end;
  if (integer && value >= min && value <= max) return value;
  const std::string found = node->quoted ? "the text \"" + node->scalar + "\"" : node->scalar;
  findings.push_back(finding_at(*node, std::string(key) + " must be " + what + ", not " + found));
  return fallback;
}

bool read_bool(const ConfigNode& map, std::string_view key, bool fallback, std::vector<Finding>& findings) {
  const ConfigNode* node = find_scalar(map, key, "true or false", findings);
  if (node == nullptr) return fallback;
  if (!node->quoted && (node->scalar == "true" || node->scalar == "false")) return node->scalar == "true";
  findings.push_back(
      finding_at(*node, std::string(key) + " must be true or false, not '" + node->scalar + "'"));
  return fallback;
}

std::string read_string(const ConfigNode& map, std::string_view key, std::string_view fallback,
                        std::vector<Finding>& findings) {
  const ConfigNode* node = find_scalar(map, key, "a text", findings);
  if (node == nullptr) return std::string(fallback);
  if (!node->scalar.empty()) return node->scalar;
  findings.push_back(finding_at(*node, std::string(key) + " must not be empty"));
  return std::string(fallback);
}

std::string read_choice(const ConfigNode& map, std::string_view key, std::string_view fallback,
                        std::span<const std::string> choices, std::vector<Finding>& findings) {
  const std::string what = "one of: " + list_of(choices);
  const ConfigNode* node = find_scalar(map, key, what, findings);
  if (node == nullptr) return std::string(fallback);
  if (std::find(choices.begin(), choices.end(), node->scalar) != choices.end()) return node->scalar;
  findings.push_back(finding_at(*node,
                                std::string(key) + " must be " + what + "; found '" + node->scalar + "'",
                                nearest_name(node->scalar, choices)));
  return std::string(fallback);
}

std::vector<std::string> read_names(const ConfigNode& map, std::string_view key,
                                    std::vector<Finding>& findings) {
  const ConfigNode* node = map.find(key);
  if (node == nullptr || node->is_null()) return {};
  if (node->kind != ConfigNode::Kind::list) {
    findings.push_back(finding_at(*node, std::string(key) + " must be a list of names, such as [a, b]"));
    return {};
  }
  std::vector<std::string> names;
  for (const auto& item : node->list) {
    if (item.kind != ConfigNode::Kind::scalar || item.scalar.empty()) {
      findings.push_back(finding_at(item, std::string(key) + ": each entry must be a name"));
    } else if (std::find(names.begin(), names.end(), item.scalar) != names.end()) {
      findings.push_back(finding_at(item, std::string(key) + " names '" + item.scalar + "' twice"));
    } else {
      names.push_back(item.scalar);
    }
  }
  return names;
}

void refuse_unknown_keys(const ConfigNode& map, std::string_view path, std::span<const std::string> known,
                         std::vector<Finding>& findings) {
  for (const auto& [key, value] : map.map) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    findings.push_back({.mark = value.key_mark,
                        .path = join_path(path, key),
                        .message = "unknown key '" + key + "'",
                        .suggestion = nearest_name(key, known)});
  }
}

}  // namespace tidemark

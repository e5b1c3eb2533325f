#include "runtime/topology/readers.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "tidemark/time.h"

namespace tidemark::runtime {
namespace {

constexpr std::size_t kPlainNameMax = 63;

struct SizeUnit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<SizeUnit, 5> kSizeUnits{
    {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", std::int64_t{1} << 40}}};

std::optional<std::int64_t> parse_size(std::string_view text) {
  std::int64_t amount = 0;
  const auto [parsed, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc{} || amount < 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(parsed - text.data()));
  for (const SizeUnit& known : kSizeUnits) {
    if (unit != known.name) continue;
    if (__builtin_mul_overflow(amount, known.bytes, &amount)) return std::nullopt;
    return amount;
  }
  return std::nullopt;
}

std::string format_size(std::int64_t bytes) {
  const SizeUnit* unit = &kSizeUnits.front();
  for (const SizeUnit& known : kSizeUnits) {
    if (bytes % known.bytes == 0) unit = &known;
  }
  return std::to_string(bytes / unit->bytes) + std::string(unit->name);
}

// `node`: the null that stands in its place, if any.
Finding missing(const ConfigNode& parent, std::string_view key, const ConfigNode* node) {
  Finding finding = finding_at(node != nullptr ? *node : parent, "'" + std::string(key) + "' is missing");
  if (node == nullptr) finding.path += (parent.path.empty() ? "" : ".") + std::string(key);
  return finding;
}

}  // namespace

const ConfigNode* find_map(const ConfigNode& parent, std::string_view key, bool required,
                           std::vector<Finding>& findings) {
  const ConfigNode* node = parent.find(key);
  if (node != nullptr && node->kind == ConfigNode::Kind::map) return node;
  if (node != nullptr && !node->is_null()) {
    findings.push_back(finding_at(*node, std::string(key) + " must be a map of names"));
  } else if (required) {
    findings.push_back(missing(parent, key, node));
  }
  return nullptr;
}

std::string require_string(const ConfigNode& map, std::string_view key, std::vector<Finding>& findings) {
  const ConfigNode* node = map.find(key);
  if (node == nullptr || node->is_null()) {
    findings.push_back(missing(map, key, node));
  }
  return read_string(map, key, "", findings);
}

std::optional<std::chrono::milliseconds> read_span(const ConfigNode& map, std::string_view key,
                                                   std::string_view word,
                                                   std::optional<std::chrono::milliseconds> fallback,
                                                   std::vector<Finding>& findings) {
  const ConfigNode* node = map.find(key);
  if (node == nullptr || node->is_null()) return fallback;
  if (node->kind == ConfigNode::Kind::scalar && node->scalar == word) return std::nullopt;
  if (node->kind == ConfigNode::Kind::scalar &&
      parse_duration(node->scalar).value_or(std::chrono::milliseconds{0}).count() > 0) {
    return read_duration(map, key, fallback.value_or(std::chrono::milliseconds{1}), findings);
  }
  const std::string words[] = {std::string(word)};
  findings.push_back(finding_at(*node,
                                std::string(key) + " must be a duration above 0, such as 36d, or " + words[0],
                                nearest_name(node->scalar, words)));
  return fallback;
}

std::chrono::milliseconds read_bounded_duration(const ConfigNode& map, std::string_view key,
                                                std::chrono::milliseconds fallback,
                                                std::chrono::milliseconds min, std::chrono::milliseconds max,
                                                std::vector<Finding>& findings) {
  const auto duration = read_duration(map, key, fallback, findings);
  if (duration >= min && duration <= max) return duration;
  findings.push_back(finding_at(*map.find(key), std::string(key) + " must be between " +
                                                    format_duration(min) + " and " + format_duration(max) +
                                                    ", not " + format_duration(duration)));
  return fallback;
}

std::int64_t read_size(const ConfigNode& map, std::string_view key, std::int64_t fallback, std::int64_t min,
                       std::int64_t max, std::vector<Finding>& findings) {
  const std::string text = read_string(map, key, "", findings);
  if (text.empty()) return fallback;
  const auto bytes = parse_size(text);
  if (!bytes) {
    findings.push_back(finding_at(
        *map.find(key), std::string(key) + ": '" + text + "' is no size; write it like 512MiB or 1GiB"));
    return fallback;
  }
  if (*bytes >= min && *bytes <= max) return *bytes;
  findings.push_back(finding_at(*map.find(key), std::string(key) + " must be between " + format_size(min) +
                                                    " and " + format_size(max) + ", not " + text));
  return fallback;
}

bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > kPlainNameMax || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_topic_name(std::string_view name) {
  if (name.empty() || name.size() > kTopicNameMax || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace tidemark::runtime

#pragma once
// Readers beside those of tidemark/config.h that only topology.yaml needs.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/config.h"

namespace tidemark::runtime {

// The map at `key`. nullptr when it is absent or null (a finding if `required`) or no map (always a finding).
const ConfigNode* find_map(const ConfigNode& parent, std::string_view key, bool required,
                           std::vector<Finding>& findings);

// read_string() for a key that must be there.
std::string require_string(const ConfigNode& map, std::string_view key, std::vector<Finding>& findings);

// "36d", or `word` ("forever", "never") for nullopt.
std::optional<std::chrono::milliseconds> read_span(const ConfigNode& map, std::string_view key,
                                                   std::string_view word,
                                                   std::optional<std::chrono::milliseconds> fallback,
                                                   std::vector<Finding>& findings);
std::chrono::milliseconds read_bounded_duration(const ConfigNode& map, std::string_view key,
                                                std::chrono::milliseconds fallback,
                                                std::chrono::milliseconds min, std::chrono::milliseconds max,
                                                std::vector<Finding>& findings);
// "512MiB", "1GiB", or a number of bytes.
std::int64_t read_size(const ConfigNode& map, std::string_view key, std::int64_t fallback, std::int64_t min,
                       std::int64_t max, std::vector<Finding>& findings);

// [a-z][a-z0-9_]*, at most 63 bytes: fit for folder names, metric labels and parts of topic names.
bool is_plain_name(std::string_view name);
// What Kafka accepts: [A-Za-z0-9._-], at most kTopicNameMax bytes, not "." or "..".
inline constexpr std::size_t kTopicNameMax = 249;
bool is_topic_name(std::string_view name);

}  // namespace tidemark::runtime

#include "cli/config_json.h"

#include <nlohmann/json.hpp>

namespace tidemark::cli {
namespace {

bool is_json_literal(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_number() || json.is_boolean();
}

}  // namespace

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_of(const ConfigNode& node) {
  std::string out;
  switch (node.kind) {
    case ConfigNode::Kind::null:
      return "null";
    case ConfigNode::Kind::scalar:
      return !node.quoted && is_json_literal(node.scalar) ? node.scalar : json_text(node.scalar);
    case ConfigNode::Kind::list:
      for (const ConfigNode& item : node.list) out += (out.empty() ? "" : ",") + json_of(item);
      return "[" + out + "]";
    case ConfigNode::Kind::map:
      for (const auto& [name, value] : node.map)
        out += (out.empty() ? "" : ",") + json_text(name) + ":" + json_of(value);
      return "{" + out + "}";
  }
  return out;
}

}  // namespace tidemark::cli

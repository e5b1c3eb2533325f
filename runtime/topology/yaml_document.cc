#include "runtime/topology/yaml_document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tidemark::runtime {
namespace {

namespace fs = std::filesystem;

Error unreadable(std::string message) {
  return {Disposition::fatal, "config_unreadable", std::move(message)};
}

std::string position(const ConfigMark& mark) {
  return mark.file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return unreadable(path + ": no such file");
  if (fs::is_directory(path, error)) return unreadable(path + ": is a directory, not a file");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return unreadable(path + ": cannot be read");
  return std::move(text).str();
}

// Turns the library's nodes into ours. An alias may name its own ancestor, or multiply itself without end:
// both limits are far above any honest file.
class Converter {
 public:
  Converter(std::string file, std::vector<Finding>& findings) : file_(std::move(file)), findings_(findings) {}

  ConfigNode convert(const YAML::Node& node, const std::string& path, int depth = 0) {
    ConfigNode out;
    out.mark = mark_of(node);
    out.path = path;
    if (depth > kDepthMax || ++node_count_ > kNodesMax) {
      if (!std::exchange(too_large_, true))
        findings_.push_back(finding_at(out, "the document is nested too deeply or too large"));
      return out;
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
      case YAML::NodeType::Scalar:
        out.kind = ConfigNode::Kind::scalar;
        out.scalar = node.Scalar();
        out.quoted = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
        break;
      case YAML::NodeType::Sequence:
        out.kind = ConfigNode::Kind::list;
        for (const auto& item : node) {
          out.list.push_back(convert(item, path + "[" + std::to_string(out.list.size()) + "]", depth + 1));
        }
        break;
      case YAML::NodeType::Map:
        convert_map(node, depth, out);
        break;
    }
    return out;
  }

 private:
  static constexpr int kDepthMax = 64;
  static constexpr std::size_t kNodesMax = 100'000;

  ConfigMark mark_of(const YAML::Node& node) const {
    const YAML::Mark mark = node.Mark();
    return {.file = file_, .line = mark.line + 1, .column = mark.column + 1};
  }

  void convert_map(const YAML::Node& node, int depth, ConfigNode& out) {
    out.kind = ConfigNode::Kind::map;
    for (const auto& entry : node) {
      const ConfigMark key_mark = mark_of(entry.first);
      if (!entry.first.IsScalar()) {
        findings_.push_back(
            {.mark = key_mark, .path = out.path, .message = "a key must be a name", .suggestion = {}});
        continue;
      }
      const std::string& key = entry.first.Scalar();
      const std::string path = out.path.empty() ? key : out.path + "." + key;
      if (const ConfigNode* first = out.find(key)) {
        findings_.push_back({.mark = key_mark,
                             .path = path,
                             .message = "the key '" + key + "' stands here twice, first in line " +
                                        std::to_string(first->key_mark.line),
                             .suggestion = {}});
        continue;
      }
      out.map.emplace_back(key, convert(entry.second, path, depth + 1));
      out.map.back().second.key_mark = key_mark;
    }
  }

  const std::string file_;
  std::vector<Finding>& findings_;
  std::size_t node_count_ = 0;
  bool too_large_ = false;
};

Result<ConfigNode> parse(const std::string& path, std::vector<Finding>& findings) {
  const auto text = read_file(path);
  if (!text) return text.error();
  ConfigNode root;
  root.mark = {.file = path, .line = 1, .column = 1};
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(*text);
    if (!documents.empty()) root = Converter(path, findings).convert(documents.front(), "");
    if (documents.size() > 1) {
      findings.push_back({.mark = {path, documents[1].Mark().line + 1, documents[1].Mark().column + 1},
                          .path = {},
                          .message = "a second document starts here; the file may hold only one",
                          .suggestion = {}});
    }
  } catch (const YAML::Exception& exception) {
    const ConfigMark mark{path, exception.mark.line + 1, exception.mark.column + 1};
    return unreadable(position(mark) + ": not YAML: " + exception.msg);
  }
  if (root.kind != ConfigNode::Kind::map) {
    if (!root.is_null())
      findings.push_back(finding_at(root, "the document must be a map of keys and values"));
    root.kind = ConfigNode::Kind::map;
  }
  return root;
}

// Maps merge, lists and scalars replace, null removes.
void merge(ConfigNode& base, ConfigNode&& overlay) {
  for (auto& [key, value] : overlay.map) {
    const auto entry =
        std::find_if(base.map.begin(), base.map.end(), [&](const auto& known) { return known.first == key; });
    if (entry == base.map.end()) {
      if (!value.is_null()) base.map.emplace_back(key, std::move(value));
    } else if (value.is_null()) {
      base.map.erase(entry);
    } else if (value.kind == ConfigNode::Kind::map && entry->second.kind == ConfigNode::Kind::map) {
      merge(entry->second, std::move(value));
    } else {
      entry->second = std::move(value);
    }
  }
}

std::string canonical(const std::string& path) {
  std::error_code error;
  const fs::path resolved = fs::weakly_canonical(path, error);
  return error ? path : resolved.string();
}

// `chain`: the files that led here, canonical.
Result<ConfigNode> read_merged(const std::string& path, std::vector<std::string>& chain,
                               std::vector<Finding>& findings) {
  chain.push_back(canonical(path));
  auto overlay = parse(path, findings);
  if (!overlay) return overlay;
  const ConfigNode* extends = overlay->find("extends");
  if (extends == nullptr || extends->is_null()) return overlay;
  const ConfigNode reference = *extends;
  std::erase_if(overlay->map, [](const auto& entry) { return entry.first == "extends"; });
  if (reference.kind != ConfigNode::Kind::scalar || reference.scalar.empty()) {
    findings.push_back(
        finding_at(reference, "extends must be the path of another file, relative to this one"));
    return overlay;
  }
  const std::string base_path = (fs::path(path).parent_path() / reference.scalar).lexically_normal().string();
  if (std::find(chain.begin(), chain.end(), canonical(base_path)) != chain.end()) {
    findings.push_back(
        finding_at(reference, "extends: " + base_path + " extends this file in its turn: a cycle"));
    return overlay;
  }
  auto base = read_merged(base_path, chain, findings);
  if (!base) return unreadable(base.error().message + "\n  extended by " + position(reference.mark));
  merge(*base, *std::move(overlay));
  return base;
}

}  // namespace

Result<YamlDocument> read_yaml_document(const std::string& path) {
  YamlDocument document;
  std::vector<std::string> chain;
  auto root = read_merged(path, chain, document.findings);
  if (!root) return root.error();
  document.root = *std::move(root);
  return document;
}

}  // namespace tidemark::runtime

#pragma once
// The one place that knows the YAML library: files -> one tree of ConfigNodes, `extends` merged.
#include <string>
#include <vector>

#include "tidemark/config.h"

namespace tidemark::runtime {

struct YamlDocument {
  ConfigNode root;                // always a map
  std::vector<Finding> findings;  // what the tree cannot show: duplicate keys, cycles of `extends`
};

// Error "config_unreadable": the file, or one that it extends, cannot be read or is not YAML.
Result<YamlDocument> read_yaml_document(const std::string& path);

}  // namespace tidemark::runtime

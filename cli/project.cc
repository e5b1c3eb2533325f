// From the flags to a topology and to Kafka's settings.
#include <cstdio>

#include "cli/application.h"

namespace tidemark::cli {

Result<runtime::Topology> load_valid_topology(const Globals& globals) {
  auto topology =
      runtime::load_valid_topology(globals.topology.value, globals.application->program.processors);
  if (topology || topology.error().code != "config_unreadable") return topology;
  return Error{Disposition::fatal, "config_unreadable",
               topology.error().message + " (topology file from: " + globals.topology.origin + ")"};
}

std::map<std::string, Setting> kafka_settings(const Globals& globals, const runtime::Topology& topology) {
  std::map<std::string, Setting> settings;
  settings["bootstrap.servers"] = {std::string(kDefaultBrokers), "default"};
  const ConfigNode* section = topology.document.at("engine.kafka");
  for (const auto& [key, value] : topology.engine.kafka) {
    const ConfigNode* node = section == nullptr ? nullptr : section->find(key);
    settings[key] = {value,
                     node == nullptr ? "file" : node->mark.file + ":" + std::to_string(node->mark.line)};
  }
  if (globals.brokers) settings["bootstrap.servers"] = *globals.brokers;
  for (const auto& text : globals.overrides) {
    const auto equals = text.find('=');
    settings[text.substr(0, equals)] = {text.substr(equals + 1), "flag -X"};
  }
  return settings;
}

std::map<std::string, std::string> kafka_values(const Globals& globals, const runtime::Topology& topology) {
  std::map<std::string, std::string> values;
  for (const auto& [key, setting] : kafka_settings(globals, topology)) values[key] = setting.value;
  return values;
}

void say(const Globals& globals, const std::string& message) {
  if (!globals.quiet) std::fprintf(stderr, "%s\n", message.c_str());
}

}  // namespace tidemark::cli

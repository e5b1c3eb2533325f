// From the flags to a topology and to Kafka's settings.
#include <cstdio>

#include "cli/catalog.h"
#include "cli/commands.h"

namespace tidemark::cli {

Result<runtime::Topology> load_valid_topology(const Globals& globals) {
  auto loaded = runtime::load_topology(globals.topology.value, processor_catalog());
  if (!loaded) {
    return Error{Disposition::fatal, "config_unreadable",
                 loaded.error().message + " (topology file from: " + globals.topology.origin + ")"};
  }
  if (loaded->findings.empty()) return std::move(loaded->topology);
  std::string message = "the topology is not valid:";
  for (const auto& finding : loaded->findings) message += "\n" + to_string(finding);
  return Error{Disposition::fatal, "config_invalid", std::move(message)};
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

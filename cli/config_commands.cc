// tidemark config check|show
#include "cli/commands.h"
#include "cli/findings.h"
#include "runtime/kafka/settings.h"

namespace tidemark::cli {
namespace {

class SettingsTable {
 public:
  explicit SettingsTable(const ConfigNode& document) : document_(document) {}
  void add(const std::string& name, const Setting& setting) {
    table_.add({name, setting.value, setting.origin});
  }
  // A value of the file, or its default where the file says nothing.
  void add(const std::string& path, const std::string& value) {
    const ConfigNode* node = document_.at(path);
    const bool given = node != nullptr && !node->is_null();
    add(path, Setting{value, given ? node->mark.file + ":" + std::to_string(node->mark.line) : "default"});
  }
  const Table& table() const { return table_; }

 private:
  const ConfigNode& document_;
  Table table_{{{"setting"}, {"value"}, {"origin"}}};
};

Result<int> show(const Globals& globals) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto& engine = topology->engine;
  SettingsTable settings(topology->document);
  settings.add("topology", globals.topology);
  settings.add("application", topology->application);
  settings.add("topics.partitions", std::to_string(topology->partitions));
  settings.add("topics.replication", std::to_string(topology->replication));
  settings.add("engine.threads", std::to_string(engine.threads));
  settings.add("engine.memory", std::to_string(engine.memory_bytes) + " bytes");
  settings.add("engine.state_dir", engine.state_dir);
  settings.add("engine.free_disk_min", engine.free_disk_min_bytes
                                           ? std::to_string(*engine.free_disk_min_bytes) + " bytes"
                                           : "5 % of the disk, 256MiB to 2GiB");
  settings.add("engine.verify_state", format_duration(engine.verify_state));
  settings.add("engine.commit_interval", format_duration(engine.commit_interval));
  settings.add("engine.session_timeout", format_duration(engine.session_timeout));
  settings.add("engine.transaction_timeout", format_duration(engine.transaction_timeout));
  settings.add("engine.admin", engine.admin_listen);
  for (const auto& [key, setting] : kafka_settings(globals, *topology)) {
    const bool secret = runtime::is_secret_property(key);
    settings.add("engine.kafka." + key, Setting{secret ? "(hidden)" : setting.value, setting.origin});
  }
  print(settings.table(), globals.output);
  return kOk;
}

}  // namespace

void add_config_commands(Commands& commands) {
  commands.push_back({.path = "config check",
                      .description = "Check the whole configuration (the same as topology lint)",
                      .examples = {"tidemark config check && tidemark run"},
                      .parameters = {},
                      .run = lint});
  commands.push_back(
      {.path = "config show",
       .description =
           "Print the settings in effect, and for each the file and line, flag or default it comes from",
       .examples = {"tidemark config show", "TIDEMARK_BROKERS=kafka:9092 tidemark config show -o json"},
       .parameters = {},
       .run = show});
}

}  // namespace tidemark::cli

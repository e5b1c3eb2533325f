#include "runtime/topology/shape.h"

#include <algorithm>
#include <charconv>

#include "runtime/topology/readers.h"
#include "tidemark/time.h"

namespace tidemark::runtime {
namespace {

using Findings = std::vector<Finding>;
using Names = std::vector<std::string>;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::size_t kApplicationMax = 100;  // bytes; leaves room for what is appended to name a topic
constexpr std::size_t kTenantMax = 128;       // bytes, as of any id in an event
constexpr milliseconds kDay = 24h;
constexpr milliseconds kTopicRetention = 100 * kDay;
constexpr milliseconds kHorizon = 36 * kDay;

// Each entry of a section such as `stores`, under its name; an entry that is no map is a finding.
template <class Read>
void for_each_named(const ConfigNode& section, std::string_view what, Findings& findings, Read read) {
  for (const auto& [name, node] : section.map) {
    if (!is_plain_name(name)) {
      findings.push_back({.mark = node.key_mark,
                          .path = node.path,
                          .message = "'" + name + "' cannot name a " + std::string(what) +
                                     ": small letters, digits and _, a letter first, at most 63",
                          .suggestion = {}});
    }
    if (node.kind == ConfigNode::Kind::map) {
      read(name, node);
    } else {
      findings.push_back(finding_at(node, "the " + std::string(what) + " '" + name + "' must be a map"));
    }
  }
}

// A number that all topics share may be repeated by a topic, but not changed.
void refuse_other(const ConfigNode& topic, std::string_view key, std::int64_t common, Findings& findings) {
  const std::int64_t own = read_integer(topic, key, common, 1, INT32_MAX, findings);
  if (own == common) return;
  findings.push_back(finding_at(*topic.find(key), "all topics have the same number of " + std::string(key) +
                                                      ", topics." + std::string(key) + " = " +
                                                      std::to_string(common) +
                                                      "; a topic cannot have its own"));
}

std::map<std::string, std::string> read_texts(const ConfigNode& map, std::string_view key,
                                              Findings& findings) {
  std::map<std::string, std::string> texts;
  const ConfigNode* section = find_map(map, key, false, findings);
  if (section == nullptr) return texts;
  for (const auto& [name, node] : section->map) {
    if (node.kind == ConfigNode::Kind::scalar) {
      texts[name] = node.scalar;
    } else {
      findings.push_back(finding_at(node, name + " must be a single value"));
    }
  }
  return texts;
}

void refuse_owned_settings(const ConfigNode& topic, Findings& findings) {
  static const std::pair<std::string, std::string> owned[] = {
      {"cleanup.policy", "cleanup"}, {"retention.ms", "retention"}, {"message.timestamp.type", "timestamps"}};
  const ConfigNode* config = topic.find("config");
  for (const auto& [setting, key] : owned) {
    const ConfigNode* node = config == nullptr ? nullptr : config->find(setting);
    if (node == nullptr) continue;
    findings.push_back({.mark = node->key_mark,
                        .path = node->path,
                        .message = setting + " is set by the key '" + key + "' of the topic",
                        .suggestion = {}});
  }
}

TopicSettings read_topic(const std::string& alias, const ConfigNode& node, const Topology& topology,
                         Findings& findings) {
  static const Names keys{"name",       "cleanup",     "retention", "timestamps",
                          "partitions", "replication", "config"};
  static const Names cleanups{"delete", "compact"};
  static const Names timestamps{"log_append", "create"};
  refuse_unknown_keys(node, node.path, keys, findings);
  TopicSettings topic;
  topic.alias = alias;
  topic.name = require_string(node, "name", findings);
  if (!topic.name.empty() && !is_topic_name(topic.name)) {
    findings.push_back(
        finding_at(*node.find("name"),
                   "'" + topic.name + "' is no topic name: letters, digits, '.', '_' and '-', at most 249"));
  }
  const bool compact = read_choice(node, "cleanup", "delete", cleanups, findings) == "compact";
  topic.cleanup = compact ? Cleanup::compact : Cleanup::remove;
  const bool create = read_choice(node, "timestamps", "log_append", timestamps, findings) == "create";
  topic.timestamps = create ? Timestamps::create : Timestamps::log_append;
  topic.retention = read_span(node, "retention", "forever", kTopicRetention, findings);
  if (compact) {
    if (topic.retention && node.find("retention") != nullptr && !node.find("retention")->is_null()) {
      findings.push_back(
          finding_at(*node.find("retention"),
                     "a compacted topic keeps the newest record of each key for ever; remove the retention"));
    }
    topic.retention = std::nullopt;
  }
  refuse_other(node, "partitions", topology.partitions, findings);
  refuse_other(node, "replication", topology.replication, findings);
  topic.config = read_texts(node, "config", findings);
  refuse_owned_settings(node, findings);
  return topic;
}

bool is_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.find(':') != std::string_view::npos && (host.front() != '[' || host.back() != ']')) return false;
  int number = 0;
  const auto [parsed, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc{} && parsed == port.data() + port.size() && number >= 0 && number <= 65'535;
}

void check_cadence(const ConfigNode& section, const EngineSettings& engine, Findings& findings) {
  if (engine.commit_interval <= engine.transaction_timeout / 4) return;
  const ConfigNode* node = section.find("commit_interval");
  if (node == nullptr || node->is_null()) node = section.find("transaction_timeout");
  findings.push_back(finding_at(node != nullptr ? *node : section,
                                "commit_interval (" + format_duration(engine.commit_interval) +
                                    ") must be at most a quarter of transaction_timeout (" +
                                    format_duration(engine.transaction_timeout) + "), that is " +
                                    format_duration(engine.transaction_timeout / 4)));
}

SourceSettings read_source(const std::string& name, const ConfigNode& node, Findings& findings) {
  static const Names keys{"topic", "role", "codec"};
  static const Names roles{"stream", "table"};
  refuse_unknown_keys(node, node.path, keys, findings);
  const std::string topic = require_string(node, "topic", findings);
  const bool table = read_choice(node, "role", "stream", roles, findings) == "table";
  const std::string codec = read_string(node, "codec", "", findings);
  if (!codec.empty() && !is_plain_name(codec)) {
    findings.push_back(finding_at(*node.find("codec"), "'" + codec + "' is no name of a codec"));
  }
  return {
      .name = name, .topic = topic, .role = table ? SourceRole::table : SourceRole::stream, .codec = codec};
}

void refuse_key(const ConfigNode& node, std::string_view key, std::string_view kind, Findings& findings) {
  const ConfigNode* value = node.find(key);
  if (value == nullptr || value->is_null()) return;
  findings.push_back(
      finding_at(*value, std::string(key) + " is for stores of kind " + std::string(kind) + " only"));
}

// `purge: never` outranks a purge_margin, so that an overlay need not remove the one it extends.
std::optional<milliseconds> read_purge(const ConfigNode& node, Findings& findings) {
  static const Names words{"never"};
  const auto margin = read_duration(node, "purge_margin", milliseconds{-1}, findings);
  const bool never = read_choice(node, "purge", "", words, findings) == "never";
  if (never || margin < 0ms) return std::nullopt;
  return margin;
}

StoreSettings read_store(const std::string& name, const ConfigNode& node, Findings& findings) {
  static const Names keys{"kind", "changelog", "horizon", "purge_margin", "purge"};
  static const Names kinds{"keyed", "generations"};
  static const Names changelogs{"compact", "packed"};
  refuse_unknown_keys(node, node.path, keys, findings);
  StoreSettings store;
  store.name = name;
  const bool generations = read_choice(node, "kind", "keyed", kinds, findings) == "generations";
  const std::string fitting = generations ? "packed" : "compact";
  const std::string changelog = read_choice(node, "changelog", fitting, changelogs, findings);
  if (changelog != fitting) {
    findings.push_back(finding_at(*node.find("changelog"),
                                  std::string("a store of kind ") + (generations ? "generations" : "keyed") +
                                      " has a changelog of kind " + fitting + ", not " + changelog));
  }
  store.kind = generations ? StoreKind::generations : StoreKind::keyed;
  store.changelog = generations ? ChangelogKind::packed : ChangelogKind::compact;
  if (generations) {
    store.horizon = read_span(node, "horizon", "forever", kHorizon, findings);
    refuse_key(node, "purge", "keyed", findings);
    refuse_key(node, "purge_margin", "keyed", findings);
  } else {
    store.purge_margin = read_purge(node, findings);
    refuse_key(node, "horizon", "generations", findings);
  }
  return store;
}

ProcessorSettings read_processor(const std::string& name, const ConfigNode& node,
                                 const ProcessorCatalog& catalog, Findings& findings) {
  ProcessorSettings processor{.name = name,
                              .type = require_string(node, "type", findings),
                              .from = read_names(node, "from", findings),
                              .stores = read_names(node, "stores", findings),
                              .tables = read_names(node, "tables", findings),
                              .config = node};
  const ProcessorDescriptor* descriptor = find_descriptor(catalog, processor.type);
  if (descriptor != nullptr) {
    Names keys{"type", "from", "stores", "tables"};
    keys.insert(keys.end(), descriptor->config_keys.begin(), descriptor->config_keys.end());
    refuse_unknown_keys(node, node.path, keys, findings);
  } else if (!processor.type.empty()) {
    Names types;
    for (const auto& known : catalog) types.push_back(known.type);
    findings.push_back(finding_at(*node.find("type"), "unknown processor type '" + processor.type + "'",
                                  nearest_name(processor.type, types)));
  }
  return processor;
}

SinkSettings read_sink(const std::string& name, const ConfigNode& node, Findings& findings) {
  static const Names keys{"topic", "from"};
  refuse_unknown_keys(node, node.path, keys, findings);
  return {.name = name,
          .topic = require_string(node, "topic", findings),
          .from = read_names(node, "from", findings)};
}

SubTopologySettings read_sub_topology(const std::string& name, const ConfigNode& node,
                                      const ProcessorCatalog& catalog, Findings& findings) {
  static const Names keys{"sources", "stores", "processors", "sinks", "dead_letters"};
  refuse_unknown_keys(node, node.path, keys, findings);
  SubTopologySettings sub;
  sub.name = name;
  if (const ConfigNode* sources = find_map(node, "sources", true, findings)) {
    for_each_named(*sources, "source", findings, [&](const std::string& entry, const ConfigNode& value) {
      sub.sources.push_back(read_source(entry, value, findings));
    });
  }
  if (const ConfigNode* stores = find_map(node, "stores", false, findings)) {
    for_each_named(*stores, "store", findings, [&](const std::string& entry, const ConfigNode& value) {
      sub.stores.push_back(read_store(entry, value, findings));
    });
  }
  if (const ConfigNode* processors = find_map(node, "processors", true, findings)) {
    for_each_named(*processors, "processor", findings,
                   [&](const std::string& entry, const ConfigNode& value) {
                     sub.processors.push_back(read_processor(entry, value, catalog, findings));
                   });
  }
  if (const ConfigNode* sinks = find_map(node, "sinks", false, findings)) {
    for_each_named(*sinks, "sink", findings, [&](const std::string& entry, const ConfigNode& value) {
      sub.sinks.push_back(read_sink(entry, value, findings));
    });
  }
  sub.dead_letters = require_string(node, "dead_letters", findings);
  return sub;
}

}  // namespace

const ProcessorDescriptor* find_descriptor(const ProcessorCatalog& catalog, std::string_view type) {
  const auto found =
      std::find_if(catalog.begin(), catalog.end(), [type](const auto& known) { return known.type == type; });
  return found == catalog.end() ? nullptr : &*found;
}

void read_head(const ConfigNode& document, Topology& topology, Findings& findings) {
  static const Names keys{"version", "extends",        "application", "default_tenant", "topics",
                          "engine",  "sub_topologies", "meters",      "connectors",     "tests"};
  refuse_unknown_keys(document, "", keys, findings);
  topology.version = static_cast<int>(read_integer(document, "version", 1, 1, 1, findings));
  topology.application = require_string(document, "application", findings);
  if (!topology.application.empty() &&
      (!is_topic_name(topology.application) || topology.application.size() > kApplicationMax)) {
    findings.push_back(
        finding_at(*document.find("application"),
                   "application names topics: letters, digits, '.', '_' and '-', at most 100"));
  }
  if (read_string(document, "default_tenant", "", findings).size() > kTenantMax) {
    findings.push_back(finding_at(*document.find("default_tenant"), "default_tenant has at most 128 bytes"));
  }
  if (const ConfigNode* connectors = document.find("connectors");
      connectors != nullptr && !connectors->is_null()) {
    findings.push_back(
        {.mark = connectors->key_mark,
         .path = connectors->path,
         .message = "connectors are not built yet; remove the section, or write connectors: null",
         .suggestion = {}});
  }
}

void read_topics(const ConfigNode& document, Topology& topology, Findings& findings) {
  static const Names numbers{"partitions", "replication"};
  const ConfigNode* section = find_map(document, "topics", true, findings);
  if (section == nullptr) return;
  if (const ConfigNode* node = section->find("partitions"); node == nullptr || node->is_null()) {
    findings.push_back(
        finding_at(*section, "'partitions' is missing: it is pinned in the state and cannot change later"));
  }
  topology.partitions = static_cast<std::int32_t>(read_integer(*section, "partitions", 1, 1, 1024, findings));
  topology.replication = static_cast<int>(read_integer(*section, "replication", 1, 1, 100, findings));
  ConfigNode topics = *section;
  std::erase_if(topics.map, [&](const auto& entry) {
    if (entry.first == "partitions" || entry.first == "replication") return true;
    if (entry.second.kind != ConfigNode::Kind::scalar) return entry.second.is_null();
    findings.push_back({.mark = entry.second.key_mark,
                        .path = entry.second.path,
                        .message = "unknown key '" + entry.first + "': a topic is a map with a name",
                        .suggestion = nearest_name(entry.first, numbers)});
    return true;
  });
  std::map<std::string, std::string> aliases;  // by name at the broker
  for_each_named(topics, "topic", findings, [&](const std::string& alias, const ConfigNode& node) {
    topology.topics.push_back(read_topic(alias, node, topology, findings));
    const std::string& name = topology.topics.back().name;
    if (name.empty() || aliases.try_emplace(name, alias).second) return;
    findings.push_back(
        finding_at(*node.find("name"), "'" + name + "' is declared already, as '" + aliases[name] + "'"));
  });
}

void read_engine(const ConfigNode& document, Topology& topology, Findings& findings) {
  static const Names keys{
      "threads", "memory", "state_dir",     "commit_interval", "session_timeout", "transaction_timeout",
      "admin",   "kafka",  "free_disk_min", "verify_state"};
  const ConfigNode* section = find_map(document, "engine", false, findings);
  if (section == nullptr) return;
  refuse_unknown_keys(*section, section->path, keys, findings);
  EngineSettings& engine = topology.engine;
  engine.threads = static_cast<int>(read_integer(*section, "threads", engine.threads, 1, 64, findings));
  engine.memory_bytes = read_size(*section, "memory", engine.memory_bytes, std::int64_t{64} << 20,
                                  std::int64_t{1} << 40, findings);
  engine.state_dir = read_string(*section, "state_dir", engine.state_dir, findings);
  if (const ConfigNode* least = section->find("free_disk_min"); least != nullptr && !least->is_null()) {
    engine.free_disk_min_bytes = read_size(*section, "free_disk_min", std::int64_t{256} << 20,
                                           std::int64_t{1} << 20, std::int64_t{1} << 40, findings);
  }
  engine.verify_state =
      read_bounded_duration(*section, "verify_state", engine.verify_state, 1s, 24h * 365, findings);
  engine.commit_interval =
      read_bounded_duration(*section, "commit_interval", engine.commit_interval, 1ms, 10s, findings);
  engine.session_timeout =
      read_bounded_duration(*section, "session_timeout", engine.session_timeout, 1s, 30min, findings);
  engine.transaction_timeout =
      read_bounded_duration(*section, "transaction_timeout", engine.transaction_timeout, 1s, 10s, findings);
  check_cadence(*section, engine, findings);
  engine.admin_listen = read_string(*section, "admin", "", findings);
  if (!engine.admin_listen.empty() && !is_address(engine.admin_listen)) {
    findings.push_back(
        finding_at(*section->find("admin"),
                   "admin must be host:port, such as 127.0.0.1:8080; port 0 takes any that is free"));
  }
  engine.kafka = read_texts(*section, "kafka", findings);
}

void read_sub_topologies(const ConfigNode& document, const ProcessorCatalog& catalog, Topology& topology,
                         Findings& findings) {
  const ConfigNode* section = find_map(document, "sub_topologies", true, findings);
  if (section == nullptr) return;
  if (section->map.empty())
    findings.push_back(finding_at(*section, "sub_topologies must name one sub-topology"));
  for_each_named(*section, "sub-topology", findings, [&](const std::string& name, const ConfigNode& node) {
    topology.sub_topologies.push_back(read_sub_topology(name, node, catalog, findings));
    if (topology.sub_topologies.size() != 2) return;
    findings.push_back(finding_at(node, "one sub-topology is supported; '" + name + "' is the second"));
  });
}

}  // namespace tidemark::runtime

#pragma once
// topology.yaml, parsed and checked: topics, engine settings, sub-topologies. What belongs to a domain
// (meters, connectors, a processor's own keys) stays a ConfigNode and is read by that domain.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/config.h"
#include "tidemark/processor.h"

namespace tidemark::runtime {

enum class Cleanup : std::uint8_t { remove, compact };  // "delete", "compact"
enum class Timestamps : std::uint8_t { log_append, create };

struct TopicSettings {
  std::string alias;  // the name used inside topology.yaml: "events"
  std::string name;   // the name at the broker: "usage.events"
  Cleanup cleanup = Cleanup::remove;
  Timestamps timestamps = Timestamps::log_append;
  std::optional<std::chrono::milliseconds> retention;  // nullopt: forever
  std::map<std::string, std::string> config;           // further broker settings, as written
};

struct EngineSettings {
  int threads = 2;
  std::int64_t memory_bytes = std::int64_t{1} << 30;
  std::string state_dir = "./state";
  std::optional<std::int64_t> free_disk_min_bytes;  // nullopt: a share of the disk
  std::chrono::milliseconds verify_state = std::chrono::hours(24);
  std::chrono::milliseconds commit_interval{100};
  std::chrono::milliseconds session_timeout{6'000};
  std::chrono::milliseconds transaction_timeout{10'000};
  std::string admin_listen;                  // "127.0.0.1:0"; empty: no admin server
  std::map<std::string, std::string> kafka;  // passed through to librdkafka
};

enum class SourceRole : std::uint8_t { stream, table };
struct SourceSettings {
  std::string name;
  std::string topic;  // alias
  SourceRole role = SourceRole::stream;
  std::string codec;
};

enum class StoreKind : std::uint8_t { keyed, generations };
enum class ChangelogKind : std::uint8_t { compact, packed };
struct StoreSettings {
  std::string name;
  StoreKind kind = StoreKind::keyed;
  ChangelogKind changelog = ChangelogKind::compact;
  std::optional<std::chrono::milliseconds> horizon;       // generations; nullopt: forever
  std::optional<std::chrono::milliseconds> purge_margin;  // keyed; nullopt: `purge: never`
};

struct ProcessorSettings {
  std::string name;
  std::string type;
  std::vector<std::string> from;  // sources or processors
  std::vector<std::string> stores;
  std::vector<std::string> tables;  // table sources whose records it also receives
  ConfigNode config;                // the whole node
};

struct SinkSettings {
  std::string name;
  std::string topic;  // alias
  std::vector<std::string> from;
};

struct SubTopologySettings {
  std::string name;
  std::vector<SourceSettings> sources;  // in file order: SourceIndex is the position
  std::vector<StoreSettings> stores;
  std::vector<ProcessorSettings> processors;  // in topological order
  std::vector<SinkSettings> sinks;
  std::string dead_letters;  // topic alias; empty: none
};

struct Topology {
  int version = 1;
  std::string application;
  std::int32_t partitions = 1;
  int replication = 1;
  std::vector<TopicSettings> topics;
  EngineSettings engine;
  std::vector<SubTopologySettings> sub_topologies;
  ConfigNode document;  // everything, after `extends` was merged

  const TopicSettings* topic(std::string_view alias) const;
  // "<application>-<store>-changelog", "<application>-<sub_topology>-epochs"
  std::string changelog_topic(std::string_view store) const;
  std::string epochs_topic(std::string_view sub_topology) const;
};

using ProcessorCatalog = std::vector<ProcessorDescriptor>;

struct LoadedTopology {
  Topology topology;
  std::vector<Finding> findings;  // empty: valid. Otherwise `topology` is only good for printing.
};

// Reads, merges `extends` (maps merge, lists and scalars replace, null removes; relative to the file),
// checks shape and graph, and asks each processor's descriptor to lint its part. The error is for a file
// that cannot be read or is not YAML.
Result<LoadedTopology> load_topology(const std::string& path, const ProcessorCatalog& catalog);

// The same for who can do nothing with an invalid one. Errors: "config_unreadable"; "config_invalid", whose
// message lists the findings, one per line.
Result<Topology> load_valid_topology(const std::string& path, const ProcessorCatalog& catalog);

std::string print_text(const Topology& topology);  // in the manner of Kafka Streams' describe()
std::string print_mermaid(const Topology& topology);

}  // namespace tidemark::runtime

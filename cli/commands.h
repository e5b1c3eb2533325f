#pragma once
// One file per command. Each describes its command as data and hands over a function; program.cc alone knows
// the library that reads the command line.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/exit_codes.h"
#include "cli/output.h"
#include "runtime/topology/topology.h"
#include "tidemark/result.h"

namespace tidemark::cli {

// A value and where it came from: "flag --brokers", "environment TIDEMARK_BROKERS", "default".
struct Setting {
  std::string value;
  std::string origin;
};

struct Application;

// The program, and flags that every command understands.
struct Globals {
  const Application* application = nullptr;  // never null in a command
  Setting topology;                          // path of topology.yaml
  std::optional<Setting> brokers;      // nullopt: the file's engine.kafka bootstrap.servers, or the default
  std::vector<std::string> overrides;  // -X key=value, in order
  OutputFormat output = OutputFormat::table;
  bool quiet = false;
};

// An option, or an argument when `names` does not start with '-'. `target` keeps its value when not given;
// the command owns it, most simply through a shared_ptr that `run` captures.
struct Parameter {
  std::string names;  // "-n,--events", "FILE"
  std::string help;
  std::variant<bool*, std::string*, std::int64_t*, double*, std::vector<std::string>*> target;
  bool required = false;
  std::vector<std::string> choices = {};
};

struct Command {
  std::string path;  // "topics apply"
  std::string description;
  std::vector<std::string> examples;  // at least one, each a whole line
  std::vector<Parameter> parameters;
  // The exit code; an Error is printed to stderr and mapped by exit_code_of().
  std::function<Result<int>(const Globals& globals)> run;
};
using Commands = std::vector<Command>;

void add_audit_command(Commands& commands);
void add_chain_commands(Commands& commands);
void add_config_commands(Commands& commands);
void add_customers_commands(Commands& commands);
void add_dev_commands(Commands& commands);
void add_dlq_commands(Commands& commands);
void add_events_generate_command(Commands& commands);
void add_events_send_command(Commands& commands);
void add_events_verify_command(Commands& commands);
void add_run_command(Commands& commands);
void add_topics_commands(Commands& commands);
void add_topology_commands(Commands& commands);
void add_topology_page_commands(Commands& commands);
void add_usage_command(Commands& commands);
void add_verdicts_command(Commands& commands);
void add_version_command(Commands& commands);

// The topology that the flags name, valid. Errors: "config_unreadable" or "config_invalid", whose message
// lists the findings, one per line.
Result<runtime::Topology> load_valid_topology(const Globals& globals);

// librdkafka settings in effect: engine.kafka of the file, then --brokers, then each -X.
std::map<std::string, Setting> kafka_settings(const Globals& globals, const runtime::Topology& topology);
std::map<std::string, std::string> kafka_values(const Globals& globals, const runtime::Topology& topology);

inline constexpr std::string_view kDefaultBrokers = "127.0.0.1:9092";

// A message for people, on stderr; nothing with --quiet.
void say(const Globals& globals, const std::string& message);

}  // namespace tidemark::cli

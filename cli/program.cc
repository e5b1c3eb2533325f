// The command line: reads it, runs the command it names, tells what became of it. The one place that knows
// the library behind it.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cli/application.h"

namespace tidemark::cli {
namespace {

struct Noun {
  const char* name;
  const char* description;
};
constexpr Noun kNouns[] = {
    {"chain", "Delta chains: give readers of a broken one a new base"},
    {"config", "Check the configuration and show where each value comes from"},
    {"customers", "Customer profiles"},
    {"dev", "For development: a local Kafka, the ledger of verdicts"},
    {"dlq", "Dead letters: what could not be processed, and why"},
    {"events", "Usage events: send a file, try what it would become, make a synthetic one"},
    {"topics", "The topics that the topology declares"},
    {"topology", "The topology file: lint it, print its graph, its schema, a page about it"},
};

// Flags of the root as they were given; resolve() turns them into Globals.
struct RootFlags {
  std::string topology;
  std::string brokers;
  std::vector<std::string> overrides;
  std::string output = "table";
  bool quiet = false;
};

std::optional<Setting> resolve(const std::string& flag, const char* flag_name, const char* environment) {
  if (!flag.empty()) return Setting{flag, std::string("flag ") + flag_name};
  const char* value = std::getenv(environment);
  if (value != nullptr && *value != '\0') return Setting{value, std::string("environment ") + environment};
  return std::nullopt;
}

Globals globals_of(const RootFlags& flags, const Application& application) {
  Globals globals;
  globals.application = &application;
  globals.topology = resolve(flags.topology, "--topology", "TIDEMARK_TOPOLOGY")
                         .value_or(Setting{"./topology.yaml", "default"});
  globals.brokers = resolve(flags.brokers, "--brokers", "TIDEMARK_BROKERS");
  globals.overrides = flags.overrides;
  globals.output = flags.output == "json"    ? OutputFormat::json
                   : flags.output == "jsonl" ? OutputFormat::jsonl
                                             : OutputFormat::table;
  globals.quiet = flags.quiet;
  return globals;
}

void add_root_flags(CLI::App& app, RootFlags& flags) {
  app.add_option("-c,--topology", flags.topology, "Topology file (TIDEMARK_TOPOLOGY) [./topology.yaml]")
      ->type_name("FILE");
  app.add_option("--brokers", flags.brokers,
                 "Kafka bootstrap servers (TIDEMARK_BROKERS) [as in the topology]")
      ->type_name("HOST:PORT,...");
  app.add_option("-X", flags.overrides, "A librdkafka setting; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        return text.find('=') == 0 || text.find('=') == std::string::npos ? "'" + text + "' is not KEY=VALUE"
                                                                          : "";
      });
  app.add_option("-o,--output", flags.output, "Format of stdout: table, json or jsonl [table]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json", "jsonl"}));
  app.add_flag("--quiet", flags.quiet, "No progress and no remarks on stderr; errors stay");
}

void add_parameter(CLI::App& app, const Parameter& parameter) {
  CLI::Option* option = std::visit(
      [&](auto* target) -> CLI::Option* {
        using Target = std::remove_pointer_t<decltype(target)>;
        if constexpr (std::is_same_v<Target, bool>) {
          return app.add_flag(parameter.names, *target, parameter.help);
        } else {
          return app.add_option(parameter.names, *target, parameter.help);
        }
      },
      parameter.target);
  if (parameter.required) option->required();
  if (!parameter.choices.empty()) option->check(CLI::IsMember(parameter.choices));
  if (std::holds_alternative<std::string*>(parameter.target) && parameter.names[0] == '-')
    option->type_name("TEXT");
  const bool number = std::holds_alternative<std::int64_t*>(parameter.target) ||
                      std::holds_alternative<double*>(parameter.target);
  if (number) option->type_name("N");
}

CLI::App& noun_of(CLI::App& root, const std::string& name) {
  for (CLI::App* existing : root.get_subcommands({})) {
    if (existing->get_name() == name) return *existing;
  }
  const auto* noun =
      std::find_if(std::begin(kNouns), std::end(kNouns), [&](const Noun& each) { return name == each.name; });
  TM_ASSERT(noun != std::end(kNouns));
  CLI::App& app = *root.add_subcommand(name, noun->description);
  app.require_subcommand(1);
  app.fallthrough();
  return app;
}

// Examples are written for `tidemark`.
std::string for_program(std::string example, const std::string& name) {
  static const std::string written = "tidemark ";
  for (std::size_t at = 0; (at = example.find(written, at)) != std::string::npos; at += name.size() + 1)
    example.replace(at, written.size(), name + " ");
  return example;
}

void add_command(CLI::App& root, const Command& command, const Command*& chosen) {
  const auto space = command.path.find(' ');
  CLI::App& parent = space == std::string::npos ? root : noun_of(root, command.path.substr(0, space));
  CLI::App& app = *parent.add_subcommand(command.path.substr(space == std::string::npos ? 0 : space + 1),
                                         command.description);
  for (const auto& parameter : command.parameters) add_parameter(app, parameter);
  std::string footer = "Examples:\n";
  for (const auto& example : command.examples) footer += "  " + for_program(example, root.get_name()) + "\n";
  app.footer(footer + "\nCommon flags and exit codes: " + root.get_name() + " --help");
  app.fallthrough();
  app.callback([&command, &chosen] { chosen = &command; });
}

int report(const std::string& program, const Error& error) {
  std::fprintf(stderr, "%s: %s [%s]\n", program.c_str(), error.message.c_str(), error.code.c_str());
  return exit_code_of(error.code);
}

// The innermost command that was named, so that an error speaks of it.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

int usage_error(const CLI::App& root, const CLI::ParseError& outcome) {
  const CLI::App& app = innermost(root);
  const auto unknown = root.remaining(true);
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  std::string message = outcome.what();
  if (!subcommands.empty() && !unknown.empty()) {
    std::vector<std::string> names;
    for (const auto* each : subcommands) names.push_back(each->get_name());
    const std::string nearest = nearest_name(unknown.front(), names);
    message = "there is no command '" + unknown.front() + "'" +
              (nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
  }
  const std::string& program = root.get_name();
  const std::string name =
      &app == &root ? program
                    : program + " " + (app.get_parent() == &root ? "" : app.get_parent()->get_name() + " ") +
                          app.get_name();
  std::fprintf(stderr, "%s: %s\nSee %s --help\n", program.c_str(), message.c_str(), name.c_str());
  return kUsage;
}

int run(const Application& application, const Commands& commands, int argc, char** argv) {
  const std::string& name = application.program.name;
  CLI::App root(application.program.description, name);
  root.footer("Examples:\n  " + name + " topics apply --apply\n  " + name + " run\n\n" +
              std::string(kExitCodeTable));
  root.require_subcommand(1);
  RootFlags flags;
  add_root_flags(root, flags);
  const Command* chosen = nullptr;
  for (const auto& command : commands) add_command(root, command, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& outcome) {  // also --help, with the code of success
    if (outcome.get_exit_code() == 0) return root.exit(outcome);
    return usage_error(root, outcome);
  }
  TM_ASSERT(chosen != nullptr);
  const auto code = chosen->run(globals_of(flags, application));
  if (!code) return report(name, code.error());
  // A full disk or a closed pipe behind stdout must not pass for success.
  return std::fflush(stdout) == 0 ? *code
                                  : report(name, {Disposition::fatal, "stdout", "cannot write to stdout"});
}

}  // namespace

void add_common_commands(Commands& commands) {
  add_run_command(commands);
  add_topics_commands(commands);
  add_topology_commands(commands);
  add_config_commands(commands);
  add_dlq_commands(commands);
  add_version_command(commands);
}

int run_application(const Application& application, const Commands& commands, int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of stdout that leaves is an error of the write
  try {
    return run(application, commands, argc, argv);
  } catch (const std::exception& failure) {  // the last wall
    std::fprintf(stderr, "%s: internal error: %s\n", application.program.name.c_str(), failure.what());
    return kInternal;
  }
}

}  // namespace tidemark::cli

int tidemark::run_program(const Program& program, int argc, char** argv) {
  cli::Commands commands;
  cli::add_common_commands(commands);
  return cli::run_application({.program = program, .time_zone_data = {}, .run_tests = nullptr}, commands,
                              argc, argv);
}

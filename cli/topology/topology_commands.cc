// topology lint|print
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/application.h"
#include "cli/findings.h"
#include "cli/kafka_access.h"
#include "cli/topology/topology_json.h"
#include "runtime/kafka/settings.h"

namespace tidemark::cli {
namespace {

int write_text(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kOk;
}

Result<int> print_topology(const Globals& globals, const std::string& format) {
  const bool json = globals.output != OutputFormat::table;
  if (json && !format.empty())
    return Error{Disposition::fatal, "usage",
                 "--format is for people, -o json for programs: give one of them"};
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const std::string text =
      json ? topology_json(*topology).dump(globals.output == OutputFormat::json ? 2 : -1) + "\n"
      : format == "mermaid" ? runtime::print_mermaid(*topology)
                            : runtime::print_text(*topology);
  return write_text(text);
}

// Properties of librdkafka that the engine would overrule.
void check_kafka_section(const runtime::Topology& topology, std::vector<Finding>& findings) {
  const ConfigNode* section = topology.document.at("engine.kafka");
  if (section == nullptr) return;
  for (const auto& [name, value] : section->map) {
    if (!runtime::is_owned_property(name)) continue;
    Finding finding = finding_at(value, name + " is set by the engine and cannot be configured: remove it");
    finding.mark = value.key_mark;
    findings.push_back(std::move(finding));
  }
}

Result<std::size_t> run_tests(const Application& application, const runtime::Topology& topology,
                              std::vector<Finding>& findings, std::vector<Finding>& failures) {
  if (application.run_tests != nullptr) return application.run_tests(topology, findings, failures);
  const ConfigNode* tests = topology.document.find("tests");
  if (tests != nullptr && !tests->is_null())
    findings.push_back(finding_at(*tests, application.program.name + " runs no tests of topologies"));
  return std::size_t{0};
}

std::string passed(std::size_t tests) {
  if (tests == 0) return "";
  return ", " + std::to_string(tests) + (tests == 1 ? " test passed" : " tests passed");
}

}  // namespace

Result<int> lint(const Globals& globals) {
  const Application& application = *globals.application;
  auto loaded = runtime::load_topology(globals.topology.value, application.program.processors);
  if (!loaded) return Error{Disposition::fatal, "config_unreadable", loaded.error().message};
  check_kafka_section(loaded->topology, loaded->findings);
  if (loaded->findings.empty())
    TM_TRY(runtime::check(client_settings(globals, loaded->topology, {})));  // flags and environment
  std::vector<Finding> failures;
  const auto tests = run_tests(application, loaded->topology, loaded->findings, failures);
  if (!tests) return tests.error();
  if (!loaded->findings.empty()) {
    print_findings(globals, loaded->findings);
    return kBadConfig;
  }
  print_findings(globals, failures);
  if (!failures.empty()) return kFindings;
  say(globals, globals.topology.value + ": no findings" + passed(*tests));
  return kOk;
}

void print_findings(const Globals& globals, const std::vector<Finding>& findings) {
  if (globals.output == OutputFormat::table) {
    for (const auto& finding : findings) std::printf("%s\n", to_string(finding).c_str());
    return;
  }
  Table table({{"file"}, {"line", true}, {"column", true}, {"path"}, {"message"}, {"suggestion"}});
  for (const auto& finding : findings) {
    table.add({finding.mark.file, std::int64_t{finding.mark.line}, std::int64_t{finding.mark.column},
               finding.path, finding.message, finding.suggestion});
  }
  print(table, globals.output);
}

void add_topology_commands(Commands& commands) {
  commands.push_back(
      {.path = "topology lint",
       .description = "Check the topology file and run its tests; each finding is file:line:column: message",
       .examples = {"tidemark topology lint", "tidemark -c examples/topology.yaml topology lint -o json"},
       .parameters = {},
       .run = lint});
  const auto format = std::make_shared<std::string>();
  commands.push_back(
      {.path = "topology print",
       .description = "Print the graph of sub-topologies, processors, stores and topics",
       .examples = {"tidemark topology print", "tidemark topology print --format mermaid > topology.mmd",
                    "tidemark topology print -o json"},
       .parameters = {{"--format", "text or mermaid [text]", format.get(), false, {"text", "mermaid"}}},
       .run = [format](const Globals& globals) { return print_topology(globals, *format); }});
}

}  // namespace tidemark::cli

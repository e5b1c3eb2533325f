// tidemark topology lint|print
#include <cstdio>

#include "cli/catalog.h"
#include "cli/commands.h"
#include "cli/findings.h"

namespace tidemark::cli {
namespace {

Result<int> print_topology(const Globals& globals, const std::string& format) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const std::string text =
      format == "mermaid" ? runtime::print_mermaid(*topology) : runtime::print_text(*topology);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kOk;
}

}  // namespace

Result<int> lint(const Globals& globals) {
  const auto loaded = runtime::load_topology(globals.topology.value, processor_catalog());
  if (!loaded) return Error{Disposition::fatal, "config_unreadable", loaded.error().message};
  print_findings(globals, loaded->findings);
  if (!loaded->findings.empty()) return kBadConfig;
  say(globals, globals.topology.value + ": no findings");
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
       .description = "Check the topology file; each finding is file:line:column: message",
       .examples = {"tidemark topology lint", "tidemark -c examples/topology.yaml topology lint -o json"},
       .parameters = {},
       .run = lint});
  const auto format = std::make_shared<std::string>("text");
  commands.push_back(
      {.path = "topology print",
       .description = "Print the graph of sub-topologies, processors, stores and topics",
       .examples = {"tidemark topology print", "tidemark topology print --format mermaid > topology.mmd"},
       .parameters = {{"--format", "text or mermaid [text]", format.get(), false, {"text", "mermaid"}}},
       .run = [format](const Globals& globals) { return print_topology(globals, *format); }});
}

}  // namespace tidemark::cli

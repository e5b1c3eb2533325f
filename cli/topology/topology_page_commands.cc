// tidemark topology schema|docs: what is said of topologies that count usage
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/catalog.h"
#include "cli/commands.h"
#include "cli/topology/topology_docs.h"
#include "cli/topology/topology_schema.h"

namespace tidemark::cli {
namespace {

int write_text(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kOk;
}

// JSON whatever the format asked for; jsonl has it in one line.
Result<int> print_schema(const Globals& globals) {
  const int indent = globals.output == OutputFormat::jsonl ? -1 : 2;
  return write_text(topology_schema(processor_catalog()).dump(indent) + "\n");
}

Result<int> print_docs(const Globals& globals) {
  if (globals.output != OutputFormat::table) {
    return Error{Disposition::fatal, "usage",
                 "topology docs prints Markdown; for programs there is `topology print -o json`"};
  }
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  return write_text(topology_docs(*topology, processor_catalog()));
}

}  // namespace

void add_topology_page_commands(Commands& commands) {
  commands.push_back({.path = "topology schema",
                      .description = "Print the JSON Schema of topology files, for editors",
                      .examples = {"tidemark topology schema > topology.schema.json"},
                      .parameters = {},
                      .run = print_schema});
  commands.push_back(
      {.path = "topology docs",
       .description = "Print the topology as a page in Markdown: meters in words, topics, state, numbers",
       .examples = {"tidemark topology docs > TOPOLOGY.md"},
       .parameters = {},
       .run = print_docs});
}

}  // namespace tidemark::cli

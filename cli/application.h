#pragma once
// A program as the command line sees it: `tidemark`, or one with processors of its own (tidemark/program.h).
#include <string>
#include <vector>

#include "cli/commands.h"
#include "tidemark/program.h"

namespace tidemark::cli {

struct Application {
  Program program;
  std::string time_zone_data;  // its version; empty: the processors use none
  // Reads the `tests` of a topology and, unless `findings` has something then, runs them. What is wrong with
  // the section goes to `findings`, what did not come as expected to `failures`. Returns how many there are.
  // Null: the section is refused.
  Result<std::size_t> (*run_tests)(const runtime::Topology& topology, std::vector<Finding>& findings,
                                   std::vector<Finding>& failures);
};

// Those that know nothing of what is counted: run, topics, topology lint and print, config, dlq, version.
void add_common_commands(Commands& commands);

// The exit code.
int run_application(const Application& application, const Commands& commands, int argc, char** argv);

}  // namespace tidemark::cli

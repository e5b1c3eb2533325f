#pragma once
// A program with processors of one's own. Its main() is one call:
//
//   int main(int argc, char** argv) {
//     return tidemark::run_program({.name = "card_alerts",
//                                   .description = "Alerts on card payments.",
//                                   .version = "1.0",
//                                   .processors = {card_alerts::decode_descriptor()}},
//                                  argc, argv);
//   }
//
// and its commands are those of `tidemark` that do not speak of usage: run, topics, topology, config, dlq,
// version, with the same flags, environment (TIDEMARK_*) and exit codes (docs/config.md).
#include <string>
#include <vector>

#include "tidemark/processor.h"

namespace tidemark {

struct Program {
  std::string name;                             // as it is called: in help and errors
  std::string description;                      // one sentence, for --help
  std::string version;                          // its own; that of the runtime is told beside it
  std::vector<ProcessorDescriptor> processors;  // what topology.yaml may name
};

// Reads the command line and does what it asks; the result is the exit code. `run` goes on until SIGTERM or
// SIGINT, whose handlers it sets; SIGPIPE is ignored from here on. Errors go to stderr; nothing is thrown.
// Threading: from main(), once per process.
int run_program(const Program& program, int argc, char** argv);

}  // namespace tidemark

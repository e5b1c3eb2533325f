// version: of the program, and of what it is made of
#include "cli/application.h"

namespace tidemark::cli {

void add_version_command(Commands& commands) {
  commands.push_back({.path = "version",
                      .description = "Print the version of the program, its compiler and what it is built on",
                      .examples = {"tidemark version", "tidemark version -o json"},
                      .parameters = {},
                      .run = [](const Globals& globals) -> Result<int> {
                        const Application& application = *globals.application;
                        const bool has_zones = !application.time_zone_data.empty();
                        Table table({{"version"}, {"compiler"}, {has_zones ? "tzdb" : "runtime"}});
                        table.add({application.program.version, std::string("g++ " __VERSION__),
                                   has_zones ? application.time_zone_data : std::string(TIDEMARK_VERSION)});
                        print(table, globals.output);
                        return kOk;
                      }});
}

}  // namespace tidemark::cli

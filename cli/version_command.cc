// tidemark version
#include "billing/period.h"
#include "cli/commands.h"

namespace tidemark::cli {

void add_version_command(Commands& commands) {
  commands.push_back(
      {.path = "version",
       .description = "Print the version of the program, its compiler and its time-zone database",
       .examples = {"tidemark version", "tidemark version -o json"},
       .parameters = {},
       .run = [](const Globals& globals) -> Result<int> {
         Table table({{"version"}, {"compiler"}, {"tzdb"}});
         table.add({std::string(TIDEMARK_VERSION), std::string("g++ " __VERSION__), billing::tzdb_version()});
         print(table, globals.output);
         return kOk;
       }});
}

}  // namespace tidemark::cli

// tidemark dev kafka
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"

namespace tidemark::cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* kStartScript = "scripts/kafka/start";

// $TIDEMARK_HOME, else the nearest folder above the binary that has the script.
Result<fs::path> find_start_script() {
  std::error_code ignored;
  if (const char* home = std::getenv("TIDEMARK_HOME"); home != nullptr && *home != '\0') {
    if (fs::exists(fs::path(home) / kStartScript, ignored)) return fs::path(home) / kStartScript;
    return Error{Disposition::fatal, "config_invalid",
                 std::string("TIDEMARK_HOME=") + home + " has no " + kStartScript +
                     "; set it to a checkout of Tidemark"};
  }
  const fs::path binary = fs::read_symlink("/proc/self/exe", ignored);
  for (fs::path folder = binary.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / kStartScript, ignored)) return folder / kStartScript;
  }
  return Error{Disposition::fatal, "config_invalid",
               std::string("found no ") + kStartScript + " above " + binary.string() +
                   "; set TIDEMARK_HOME to a checkout of Tidemark"};
}

Result<int> start_kafka(const Globals& globals, const std::vector<std::string>& arguments) {
  const auto script = find_start_script();
  if (!script) return script.error();
  say(globals, "starting a local Kafka: " + script->string());
  std::vector<std::string> words{script->string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  return Error{Disposition::fatal, "exec_failed", "cannot start " + words[0] + ": " + std::strerror(errno)};
}

}  // namespace

void add_dev_commands(Commands& commands) {
  const auto arguments = std::make_shared<std::vector<std::string>>();
  commands.push_back(
      {.path = "dev kafka",
       .description = "Start a local Kafka for development, through scripts/kafka/start of the checkout",
       .examples = {"tidemark dev kafka", "tidemark dev kafka -- --help"},
       .parameters = {{"ARGUMENTS", "Handed to scripts/kafka/start; put -- in front of flags",
                       arguments.get()}},
       .run = [arguments](const Globals& globals) { return start_kafka(globals, *arguments); }});
}

}  // namespace tidemark::cli

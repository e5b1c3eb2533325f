// tidemark events verify
#include <cstdio>

#include "cli/commands.h"
#include "cli/line_reader.h"
#include "cli/progress.h"
#include "cli/verify/verify_run.h"
#include "runtime/system_clock.h"

namespace tidemark::cli {
namespace {

constexpr std::int64_t kLinesPerUpdate = 10'000;

struct Options {
  std::string file;
  std::string customers;
  std::string arrival = "event";
};

Result<VerifyRun::Settings> read_settings(const std::string& text) {
  if (text == "event") return VerifyRun::Settings{};
  if (text == "now") return VerifyRun::Settings{.arrival = runtime::SystemClock().wall()};
  const auto time = parse_rfc3339(text);
  if (time) return VerifyRun::Settings{.arrival = std::chrono::floor<std::chrono::milliseconds>(*time)};
  return Error{Disposition::fatal, "usage",
               "--arrival: '" + text + "' is neither event nor now nor a time such as 2026-11-10T09:00:00Z"};
}

using TakeLine = Status (VerifyRun::*)(std::int64_t line, std::string_view text);

Status feed(const std::string& path, VerifyRun& run, TakeLine take, Progress& progress) {
  const auto reader = LineReader::open(path);
  if (!reader) return reader.error();
  std::string_view line;
  for (;;) {
    const auto more = (*reader)->next(line);
    if (!more) return more.error();
    if (!*more) return {};
    const std::int64_t number = (*reader)->line_number();
    if (Status taken = (run.*take)(number, line); !taken) {
      Error error = taken.error();
      error.message = path + ":" + std::to_string(number) + ": " + error.message;
      return error;
    }
    if (number % kLinesPerUpdate == 0) progress.update(number);
  }
}

Result<int> verify_events(const Globals& globals, const Options& options) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto settings = read_settings(options.arrival);
  if (!settings) return settings.error();
  auto run = VerifyRun::start(*topology, *settings);
  if (!run) return run.error();
  Progress progress(progress_style(globals.quiet), "verified");
  if (!options.customers.empty()) TM_TRY(feed(options.customers, **run, &VerifyRun::profile, progress));
  TM_TRY(feed(options.file, **run, &VerifyRun::event, progress));
  const auto verified = (*run)->finish();
  if (!verified) return verified.error();
  render_verified(*verified, globals.output,
                  [](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), stdout); });
  return verified->has_dead_letters() ? kFindings : kOk;
}

}  // namespace

void add_events_verify_command(Commands& commands) {
  const auto options = std::make_shared<Options>();
  commands.push_back(
      {.path = "events verify",
       .description = "Say what each line of a file (plain or .gz; - is stdin) would become, and what the "
                      "totals would be: in memory, without Kafka. Exit 3 where there would be dead letters",
       .examples = {"tidemark events verify events.jsonl --customers customers.jsonl",
                    "tidemark events verify samples.jsonl -o jsonl | jq -c 'select(.code)'"},
       .parameters = {{"FILE",
                       "One record per line: an event, or an envelope {\"record\": .., \"arrival\": .., "
                       "\"topic\": .., \"key\": .., \"headers\": {..}}",
                       &options->file, true},
                      {"--customers", "Profiles that are read first, one per line", &options->customers},
                      {"--arrival",
                       "When events arrive that do not say it: event (at their own time), now, or a time "
                       "[event]",
                       &options->arrival}},
       .run = [options](const Globals& globals) { return verify_events(globals, *options); }});
}

}  // namespace tidemark::cli

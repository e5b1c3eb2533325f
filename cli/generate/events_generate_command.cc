// tidemark events generate
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/generate/events_generate.h"
#include "cli/progress.h"
#include "cli/text.h"

namespace tidemark::cli {
namespace {

constexpr std::int64_t kByMix = -1;

struct Options {
  std::int64_t events = GeneratorOptions{}.events;
  std::int64_t seed = static_cast<std::int64_t>(GeneratorOptions{}.seed);
  std::int64_t customers = GeneratorOptions{}.customers;
  std::int64_t days = GeneratorOptions{}.days;
  std::int64_t poison = GeneratorOptions{}.poison;
  std::string mix = "plain";
  std::int64_t voids = kByMix;
  std::int64_t cloud_events = kByMix;
  std::int64_t packed = kByMix;
  std::string start;
  std::string out = "-";
  std::string customers_out;
  std::string late_customers_out;
};

class OutputFile {
 public:
  static Result<std::unique_ptr<OutputFile>> open(const std::string& path) {
    std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
    if (file == nullptr) return Error{Disposition::fatal, "output", "cannot write " + path};
    return std::unique_ptr<OutputFile>(new OutputFile(file, path));
  }
  ~OutputFile() {
    if (file_ != stdout && file_ != nullptr) std::fclose(file_);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  void line(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file_);
    std::fputc('\n', file_);
  }
  Status finish() {
    const bool failed = std::ferror(file_) != 0;
    const bool closed =
        (file_ == stdout ? std::fflush(file_) : std::fclose(std::exchange(file_, nullptr))) == 0;
    if (failed || !closed) return Error{Disposition::fatal, "output", "cannot write all of " + path_};
    return {};
  }

 private:
  OutputFile(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  std::FILE* file_;
  const std::string path_;
};

Status set_number(const char* flag, std::int64_t given, std::int32_t& number) {
  if (given < 0 || given > INT32_MAX)
    return Error{Disposition::fatal, "usage", std::string(flag) + " is a 32-bit number, not negative"};
  number = static_cast<std::int32_t>(given);
  return {};
}

Result<GeneratorOptions> generator_options(const Options& options) {
  GeneratorOptions out = options.mix == "all" ? full_mix() : GeneratorOptions{};
  out.seed = static_cast<std::uint64_t>(options.seed);
  out.events = options.events;
  TM_TRY(set_number("--customers", options.customers, out.customers));
  TM_TRY(set_number("--days", options.days, out.days));
  TM_TRY(set_number("--poison", options.poison, out.poison));
  if (options.voids != kByMix) TM_TRY(set_number("--voids", options.voids, out.voids));
  if (options.cloud_events != kByMix)
    TM_TRY(set_number("--cloud-events", options.cloud_events, out.cloud_events));
  if (options.packed != kByMix) TM_TRY(set_number("--packed", options.packed, out.packed));
  out.tombstones = out.varied;  // not all that read plain lines know envelopes
  out.late_profiles = !options.late_customers_out.empty();
  if (!options.start.empty()) {
    const auto start = parse_rfc3339(options.start);
    if (!start)
      return Error{Disposition::fatal, "usage",
                   "--start: '" + options.start + "' is not like 2025-03-01T00:00:00Z"};
    out.start = std::chrono::floor<std::chrono::milliseconds>(*start);
  }
  if (const Status checked = check(out); !checked)
    return Error{Disposition::fatal, "usage", checked.error().message};
  return out;
}

Status write_lines(const std::vector<std::string>& lines, const std::string& path) {
  if (path.empty()) return {};
  auto file = OutputFile::open(path);
  if (!file) return file.error();
  for (const auto& line : lines) (*file)->line(line);
  return (*file)->finish();
}

Result<int> generate(const Globals& globals, const Options& options) {
  const auto checked = generator_options(options);
  if (!checked) return checked.error();
  EventGenerator generator(*checked);
  TM_TRY(write_lines(generator.profiles(), options.customers_out));
  TM_TRY(write_lines(generator.late_profiles(), options.late_customers_out));
  auto file = OutputFile::open(options.out);
  if (!file) return file.error();
  Progress progress(progress_style(globals.quiet), "wrote");
  GeneratedEvent event;
  std::int64_t count = 0;
  while (generator.next(event)) {
    (*file)->line(line_of(event));
    if (++count % 1'024 == 0) progress.update(count);
  }
  TM_TRY((*file)->finish());
  progress.finish(count);
  if (options.out == "-") return kOk;  // stdout has the events
  Table table({{"events_file"}, {"events", true}, {"customers_file"}, {"customers", true}});
  const bool profiles = !options.customers_out.empty();
  table.add({options.out, count, profiles ? Cell(options.customers_out) : Cell(),
             profiles ? Cell(options.customers) : Cell()});
  print(table, globals.output);
  return kOk;
}

}  // namespace

void add_events_generate_command(Commands& commands) {
  const auto options = std::make_shared<Options>();
  commands.push_back(
      {.path = "events generate",
       .description = "Write synthetic usage events, with repeats, late ones and poison; the same seed gives "
                      "the same bytes. A line is an event, or an envelope as `events send` reads it",
       .examples =
           {"tidemark events generate --events 20000 --out events.jsonl --customers-out customers.jsonl -o "
            "json",
            "tidemark events generate --mix all --out events.jsonl --customers-out customers.jsonl "
            "--late-customers-out later.jsonl",
            "tidemark events generate --events 1000 --poison 0 | tidemark events send - --arrival-field "
            "properties.arrived"},
       .parameters = {{"--events", "Number of lines [100000]", &options->events},
                      {"--seed", "Start of the random numbers [1]", &options->seed},
                      {"--customers", "Customers with a profile [2000]", &options->customers},
                      {"--days", "Arrivals are spread over so many days [33]", &options->days},
                      {"--start", "First arrival, RFC 3339 [2025-03-25T00:00:00Z]", &options->start},
                      {"--poison", "Bad lines, per mille [10]", &options->poison},
                      {"--mix",
                       "plain, or all: also voids, CloudEvents, packed records, gauges, profiles of every "
                       "kind that change [plain]",
                       &options->mix,
                       false,
                       {"plain", "all"}},
                      {"--voids", "Voids, per mille [0; 30 of all]", &options->voids},
                      {"--cloud-events", "Events written as CloudEvents, per mille [0; 100 of all]",
                       &options->cloud_events},
                      {"--packed", "Ordinary lines that hold several events, per mille [0; 20 of all]",
                       &options->packed},
                      {"--out", "File for the events; - is stdout [-]", &options->out},
                      {"--customers-out", "File for the customers' profiles [none]", &options->customers_out},
                      {"--late-customers-out",
                       "With --mix all: file for profiles to be sent while the events are, new ones and "
                       "changes [none: all in the first file]",
                       &options->late_customers_out}},
       .run = [options](const Globals& globals) { return generate(globals, *options); }});
}

}  // namespace tidemark::cli

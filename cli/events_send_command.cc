// tidemark events send
#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include "cli/event_line.h"
#include "cli/input_line.h"
#include "cli/kafka_access.h"
#include "cli/line_reader.h"
#include "cli/ordered_sender.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "runtime/kafka/admin.h"
#include "tidemark/partitioner.h"

namespace tidemark::cli {
namespace {

// The key of a line that names no customer: it becomes a dead letter wherever it goes.
constexpr std::string_view kNoCustomerKey = "unknown";
constexpr std::int64_t kRefusalsShown = 3;

struct Options {
  std::string file;
  std::string arrival_field;
  double rate = 0;
};

// Holds the caller back so that at most `rate` records a second pass; 0: never.
class Pace {
 public:
  explicit Pace(double rate) : rate_(rate), started_(std::chrono::steady_clock::now()) {}
  void wait_for(std::int64_t count) const {
    if (rate_ <= 0) return;
    const auto after = std::chrono::duration<double>(static_cast<double>(count) / rate_);
    const auto due = started_ + std::chrono::duration_cast<std::chrono::microseconds>(after);
    if (due - std::chrono::steady_clock::now() > std::chrono::milliseconds{2})
      std::this_thread::sleep_until(due);
  }

 private:
  const double rate_;
  const std::chrono::steady_clock::time_point started_;
};

Result<InputLine> read_record(std::string_view line, const std::string& topic) {
  auto input = read_input_line(line);
  if (!input || input->topic.empty() || input->topic == topic) return input;
  return Error{Disposition::fatal, "config_unreadable",
               "the envelope is of topic '" + input->topic + "', and what is sent goes to " + topic};
}

Error at_line(const Options& options, const LineReader& reader, Error error) {
  error.message = options.file + ":" + std::to_string(reader.line_number()) + ": " + error.message;
  return error;
}

Status send_lines(LineReader& reader, OrderedSender& sender, std::int32_t partition_count,
                  const std::string& topic, const Options& options, Progress& progress) {
  const Pace pace(options.rate);
  std::string_view line;
  // A line without a readable time arrived with its neighbours: "now" would move the clock of a backfill by
  // years.
  std::optional<ArrivalTime> last_arrival;
  for (;;) {
    const auto more = reader.next(line);
    if (!more) return more.error();
    if (!*more) break;
    auto input = read_record(line, topic);
    if (!input) return at_line(options, reader, input.error());
    const EventLine event = read_event_record(*input, options.arrival_field);
    const std::string key = event.customer_id.value_or(std::string(kNoCustomerKey));
    std::optional<ArrivalTime> arrival = event.arrival ? event.arrival : event.event_time;
    if (!arrival) arrival = last_arrival;
    last_arrival = arrival;
    TM_TRY(sender.send({.key = key,
                        .value = std::move(input->value),
                        .headers = std::move(input->headers),
                        .partition = home_partition(key, partition_count),
                        .timestamp = arrival}));
    if (reader.line_number() % 256 == 0) progress.update(reader.line_number());
    pace.wait_for(reader.line_number());
  }
  return sender.finish();
}

Result<std::int32_t> partition_count_of(const runtime::KafkaSettings& settings) {
  const auto admin = runtime::KafkaAdmin::create(settings);
  if (!admin) return admin.error();
  const auto count = (*admin)->partition_count(settings.topics[0]);
  if (!count) return count.error();
  if (*count) return **count;
  return Error{Disposition::fatal, "unknown_topic",
               "there is no topic " + settings.topics[0] + " yet: run `tidemark topics apply --apply`"};
}

void report_refusals(const OrderedSender& sender, const Options& options) {
  const auto& refused = sender.refused();
  for (std::size_t i = 0; i < std::min<std::size_t>(refused.size(), kRefusalsShown); ++i) {
    std::fprintf(stderr, "%s:%lld: %s\n", options.file.c_str(), static_cast<long long>(refused[i].first),
                 refused[i].second.c_str());
  }
  if (!refused.empty()) {
    std::fprintf(stderr, "tidemark: Kafka refused %zu lines; all others were sent\n", refused.size());
  }
}

Result<int> send_events(const Globals& globals, const Options& options) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto topic = topic_of_codec(*topology, "usage_event");
  if (!topic) return topic.error();
  auto reader = LineReader::open(options.file);
  if (!reader) return reader.error();
  const auto settings = client_settings(globals, *topology, {*topic});
  const auto partition_count = partition_count_of(settings);
  if (!partition_count) return explain(partition_count.error(), globals, *topology);
  const auto sender = OrderedSender::create(settings);
  if (!sender) return explain(sender.error(), globals, *topology);
  Progress progress(progress_style(globals.quiet), "sent");
  const Status sent = send_lines(**reader, **sender, *partition_count, *topic, options, progress);
  progress.finish((*sender)->delivered());
  report_refusals(**sender, options);
  if (sent) {
    const auto refused = static_cast<std::int64_t>((*sender)->refused().size());
    Table table({{"topic"}, {"sent", true}, {"refused", true}});
    table.add({*topic, (*sender)->delivered(), refused});
    print(table, globals.output);
    return refused == 0 ? kOk : kFindings;
  }
  Error error = explain(sent.error(), globals, *topology);
  error.message += "\nsome of the first " + std::to_string((*reader)->line_number()) + " lines of " +
                   options.file + " were delivered; send the whole file again: repeats are not counted twice";
  return error;
}

}  // namespace

void add_events_send_command(Commands& commands) {
  const auto options = std::make_shared<Options>();
  commands.push_back(
      {.path = "events send",
       .description = "Send the lines of a file (plain or .gz; - is stdin), each byte for byte, to the topic "
                      "of usage events; of an envelope, the record that it holds",
       .examples = {"tidemark events send events.jsonl.gz --arrival-field properties.arrived",
                    "cat events.jsonl | tidemark events send - --rate 1000 -o json"},
       .parameters = {{"FILE",
                       "One record per line: an event, or an envelope {\"record\": .., \"arrival\": .., "
                       "\"key\": .., \"headers\": {..}}",
                       &options->file, true},
                      {"--rate", "At most so many records a second; 0.5 is one in two seconds",
                       &options->rate},
                      {"--arrival-field",
                       "Field with the record timestamp, dotted; absent: the event's own timestamp, else "
                       "that of the line before",
                       &options->arrival_field}},
       .run = [options](const Globals& globals) { return send_events(globals, *options); }});
}

}  // namespace tidemark::cli

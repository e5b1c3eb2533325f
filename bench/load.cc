// tidemark_load: fills the topics of a benchmark, and writes down what the totals have to be.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include "bench/workload.h"
#include "cli/ordered_sender.h"
#include "runtime/kafka/admin.h"
#include "schemas/customer_profile/codec.h"
#include "tidemark/partitioner.h"

namespace tidemark::bench {
namespace {

volatile std::sig_atomic_t stop_requested = 0;
void on_stop_signal(int) {
  stop_requested = 1;
}

struct LoadOptions {
  std::string brokers = "127.0.0.1:9092";
  std::string topic = "usage.events";
  std::string customers_topic;  // empty: no profiles
  std::string truth;            // empty: not written
  std::string linger_ms = "20";
  std::int64_t rate = 0;  // 0: as fast as it goes, with arrivals spread over the past
  bool dry = false;       // only makes the lines
  WorkloadOptions workload;
};

runtime::KafkaSettings settings_for(const LoadOptions& options, const std::string& topic) {
  runtime::KafkaSettings settings;
  // Not compressed: what the peers were measured with.
  settings.properties = {{"bootstrap.servers", options.brokers},
                         {"linger.ms", options.linger_ms},
                         {"compression.codec", "none"}};
  settings.application = "tidemark-bench-load";
  settings.topics = {topic};
  return settings;
}

// Sends to one topic, every record to the home of its customer.
class HomeSender {
 public:
  static Result<HomeSender> open(const LoadOptions& options, const std::string& topic) {
    const auto settings = settings_for(options, topic);
    const auto admin = runtime::KafkaAdmin::create(settings);
    if (!admin) return admin.error();
    const auto partition_count = (*admin)->partition_count(topic);
    if (!partition_count) return partition_count.error();
    if (!*partition_count) return Error{Disposition::fatal, "unknown_topic", "there is no topic " + topic};
    HomeSender sender;
    for (std::uint32_t customer = 0; customer < kCustomers; ++customer) {
      sender.homes_.push_back(home_partition(customer_name(customer), **partition_count));
    }
    auto made = cli::OrderedSender::create(settings);
    if (!made) return made.error();
    sender.sender_ = *std::move(made);
    return sender;
  }

  Status send(std::uint32_t customer, std::string_view key, std::string_view value,
              std::optional<ArrivalTime> arrival) {
    return sender_->send({.key = std::string(key),
                          .value = std::string(value),
                          .headers = {},
                          .partition = homes_[customer],
                          .timestamp = arrival});
  }
  Status finish() {
    TM_TRY(sender_->finish());
    if (sender_->refused().empty()) return {};
    return Error{Disposition::fatal, "record_refused", sender_->refused().front().second};
  }

 private:
  std::vector<PartitionId> homes_;  // by customer
  std::unique_ptr<cli::OrderedSender> sender_;
};

Status send_profiles(const LoadOptions& options) {
  auto sender = HomeSender::open(options, options.customers_topic);
  if (!sender) return sender.error();
  for (std::uint32_t customer = 0; customer < kCustomers; ++customer) {
    const std::string key = schemas::encode_customer_key(tenant_name(customer), customer_name(customer));
    TM_TRY(sender->send(customer, key, profile(customer), std::nullopt));
  }
  return sender->finish();
}

ArrivalTime wall_clock_time() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// At a rate, events arrive when they are sent.
bool take(Workload& workload, const LoadOptions& options, std::chrono::steady_clock::time_point started,
          Event& event, ArrivalTime& arrival) {
  if (stop_requested != 0) return false;
  if (options.rate == 0) return workload.next(event, arrival);
  const auto due = started + std::chrono::microseconds{workload.taken() * 1'000'000 / options.rate};
  if (due - std::chrono::steady_clock::now() > std::chrono::milliseconds{1})
    std::this_thread::sleep_until(due);
  arrival = wall_clock_time();
  return workload.next_at(event, arrival);
}

Status send_events(Workload& workload, const LoadOptions& options, std::int64_t& bytes) {
  std::optional<HomeSender> sender;
  std::vector<std::string> names;
  for (std::uint32_t customer = 0; customer < kCustomers; ++customer)
    names.push_back(customer_name(customer));
  if (!options.dry) {
    auto opened = HomeSender::open(options, options.topic);
    if (!opened) return opened.error();
    sender.emplace(*std::move(opened));
  }
  const auto started = std::chrono::steady_clock::now();
  Event event;
  ArrivalTime arrival;
  std::string line;
  while (take(workload, options, started, event, arrival)) {
    spell(event, line);
    bytes += static_cast<std::int64_t>(line.size());
    if (sender) TM_TRY(sender->send(event.customer, names[event.customer], line, arrival));
  }
  return sender ? sender->finish() : Status();
}

std::int64_t cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000 +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1'000;
}

Status load(const LoadOptions& options) {
  if (!options.customers_topic.empty() && !options.dry) TM_TRY(send_profiles(options));
  Workload workload(options.workload);
  const auto started = std::chrono::steady_clock::now();
  const std::int64_t cpu_before = cpu_ms();
  std::int64_t bytes = 0;
  TM_TRY(send_events(workload, options, bytes));
  const auto wall =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  if (!options.truth.empty()) {
    std::ofstream file(options.truth);
    if (!(file << workload.truth() << std::flush)) {
      return Error{Disposition::fatal, "cannot_write", "cannot write " + options.truth};
    }
  }
  const std::int64_t lines = std::max<std::int64_t>(1, workload.taken());
  std::printf(
      "{\"events\":%lld,\"repeats\":%lld,\"late\":%lld,\"mean_bytes\":%lld,\"wall_ms\":%lld,\"cpu_ms\":%lld}"
      "\n",
      static_cast<long long>(workload.taken()), static_cast<long long>(workload.repeats()),
      static_cast<long long>(workload.late()), static_cast<long long>(bytes / lines),
      static_cast<long long>(wall.count()), static_cast<long long>(cpu_ms() - cpu_before));
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{
      "Fills the topics of a benchmark with made-up usage; the same seed and options give the same bytes"};
  LoadOptions options;
  std::string spread = "40d";
  std::string end;
  app.add_option("--brokers", options.brokers, "bootstrap.servers");
  app.add_option("--topic", options.topic, "Topic of usage events");
  app.add_option("--customers-topic", options.customers_topic,
                 "Also send the profiles of all customers there, first");
  app.add_option("--events", options.workload.events, "How many, repeats included")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.workload.seed, "Of what is made up");
  app.add_option("--spread", spread, "Arrivals are spread over so long (40d, 10m)");
  app.add_option("--end", end, "Of the last arrival, RFC 3339 [2026-11-21T00:00:00Z]");
  app.add_option("--rate", options.rate, "So many a second, arriving now, until --events or SIGTERM");
  app.add_option("--linger-ms", options.linger_ms, "Of the producer");
  app.add_option("--truth", options.truth,
                 "Write the exact sums: tenant, customer, meter, YYYY-MM, events, sum");
  app.add_flag("--dry", options.dry, "Send nothing");
  CLI11_PARSE(app, argc, argv);
  const auto duration = parse_duration(spread);
  if (!duration) {
    std::fprintf(stderr, "tidemark_load: --spread %s: not a duration such as 40d or 10m\n", spread.c_str());
    return 2;
  }
  options.workload.spread = *duration;
  if (!end.empty()) {
    const auto time = parse_rfc3339(end);
    if (!time) {
      std::fprintf(stderr, "tidemark_load: --end %s: not a time such as 2026-11-21T00:00:00Z\n", end.c_str());
      return 2;
    }
    options.workload.end = std::chrono::floor<std::chrono::milliseconds>(*time);
  }
  std::signal(SIGTERM, on_stop_signal);
  std::signal(SIGINT, on_stop_signal);
  const Status loaded = load(options);
  if (loaded) return 0;
  std::fprintf(stderr, "tidemark_load: %s: %s\n", loaded.error().code.c_str(),
               loaded.error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  return tidemark::bench::run(argc, argv);
}

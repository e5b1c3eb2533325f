// tidemark usage
#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "cli/kafka_access.h"
#include "cli/total_table.h"
#include "cli/usage/usage_history_read.h"
#include "schemas/usage_total/codec.h"

namespace tidemark::cli {
namespace {

using Options = HistoryRequest;

bool is_wanted(const schemas::DecodedTotal& total, const Options& options) {
  return (options.tenant.empty() || total.tenant_id == options.tenant) &&
         (options.customer.empty() || total.customer_id == options.customer) &&
         (options.meter.empty() || total.meter == options.meter);
}

// The topic is compacted: the last value of a key is the total, a tombstone takes it away.
class Totals {
 public:
  explicit Totals(const Options& options) : options_(options) {}
  Status take(const RecordView& record) {
    if (!record.has_value) {
      by_key_.erase(std::string(record.key));
      return {};
    }
    auto total = schemas::decode_usage_total(record.value);
    if (!total) {
      Error error = total.error();
      error.message = "partition " + std::to_string(record.partition.value()) + ", offset " +
                      std::to_string(record.offset.value()) + " of the totals: " + error.message;
      return error;
    }
    if (is_wanted(*total, options_))
      by_key_.insert_or_assign(std::string(record.key), *std::move(total));
    else
      has_others_ = true;
    return {};
  }
  // A total was read that the options leave out.
  bool has_others() const { return has_others_; }
  std::vector<schemas::DecodedTotal> sorted() && {
    std::vector<schemas::DecodedTotal> rows;
    for (auto& [key, total] : by_key_) rows.push_back(std::move(total));
    const auto order = [](const schemas::DecodedTotal& t) {
      return std::tie(t.tenant_id, t.customer_id, t.meter, t.period_start, t.period_end, t.group);
    };
    std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
    return rows;
  }

 private:
  const Options& options_;
  bool has_others_ = false;
  std::unordered_map<std::string, schemas::DecodedTotal> by_key_;
};

Result<int> show_usage(const Globals& globals, const Options& options) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  if (!options.step.empty()) return show_history(globals, *topology, options);
  if (!options.since.empty() || !options.until.empty() || !options.time_zone.empty())
    return Error{Disposition::fatal, "usage", "--since, --until and --time-zone go with --history"};
  const auto topic = topic_named(*topology, "totals");
  if (!topic) return topic.error();
  auto reader = TopicsReader::open(globals, *topology, {*topic});
  if (!reader) return reader.error();
  Totals totals(options);
  Status decoded;
  TM_TRY(reader->read([&](std::size_t, const RecordView& record) {
    if (decoded) decoded = totals.take(record);
  }));
  if (!decoded) return decoded.error();
  const bool has_others = totals.has_others();
  Table table = total_table();
  for (const auto& total : std::move(totals).sorted()) add_total(table, total);
  print(table, globals.output);
  if (table.size() == 0) {
    say(globals, has_others ? "no total in " + *topic + " is of that tenant, customer and meter"
                            : "no totals in " + *topic + " (is `tidemark run` counting?)");
  }
  return kOk;
}

}  // namespace

void add_usage_command(Commands& commands) {
  const auto options = std::make_shared<Options>();
  commands.push_back(
      {.path = "usage",
       .description =
           "Print the running totals per customer, meter and period, as committed up to now. With --history: "
           "how much they grew per hour or day, from the deltas that are still there. Each delta counts "
           "where "
           "its last event lies; one that began in an earlier hour or day also counts as spanning, because "
           "it "
           "does not say how much came when. Corrections, told after a period was closed, stand apart.",
       .examples = {"tidemark usage", "tidemark usage --customer cus_42 --meter api_calls -o json",
                    "tidemark usage --history day --since 2026-11-01T00:00:00Z --time-zone Europe/Budapest"},
       .parameters =
           {{"--tenant", "Only this tenant", &options->tenant},
            {"--customer", "Only this customer", &options->customer},
            {"--meter", "Only this meter", &options->meter},
            {"--history", "Growth over time instead of totals", &options->step, false, {"hour", "day"}},
            {"--since", "Only deltas whose last event is at or after this time", &options->since},
            {"--until", "Only deltas whose last event is before this time", &options->until},
            {"--time-zone", "Zone of hours and days [each customer's, as its profile says]",
             &options->time_zone}},
       .run = [options](const Globals& globals) { return show_usage(globals, *options); }});
}

}  // namespace tidemark::cli

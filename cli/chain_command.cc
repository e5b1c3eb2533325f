// tidemark chain rebase
#include <chrono>
#include <optional>
#include <random>

#include "cli/kafka_access.h"
#include "cli/ordered_sender.h"
#include "cli/text.h"
#include "cli/total_table.h"
#include "schemas/base/text.h"
#include "schemas/command/codec.h"
#include "tidemark/partitioner.h"

namespace tidemark::cli {
namespace {

struct Options {
  std::string tenant;
  std::string customer;
  std::string meter;
  std::string period_start;
  std::string group;
  std::string reason;
  bool apply = false;
};

Error usage_error(std::string message) {
  return {Disposition::fatal, "usage", std::move(message)};
}

// Random, so that two people who do the same at the same time do it under two names.
std::string new_command_id() {
  std::random_device random;
  std::string id = "rebase-";
  for (int i = 0; i < 16; ++i) id += "0123456789abcdef"[random() & 0xf];
  return id;
}

// As a table prints it, or as it is.
bool is_group(const std::string& group, const std::string& named) {
  return named.empty() || named == group || named == table_text(group);
}

bool is_wanted(const schemas::DecodedTotal& total, const Options& options, EventTime period_start) {
  return total.customer_id == options.customer && total.meter == options.meter &&
         total.period_start == period_start &&
         (options.tenant.empty() || total.tenant_id == options.tenant) &&
         is_group(total.group, options.group);
}

using Totals = std::map<std::string, schemas::DecodedTotal>;  // by key

Result<Totals> find_totals(const Globals& globals, const runtime::Topology& topology,
                           const Options& options) {
  const auto period_start = parse_rfc3339(options.period_start);
  if (!period_start) return usage_error("--period-start is an RFC 3339 time, as `tidemark usage` prints it");
  const auto topic = topic_named(topology, "totals");
  if (!topic) return topic.error();
  auto reader = TopicsReader::open(globals, topology, {*topic});
  if (!reader) return reader.error();
  Totals found;
  const runtime::TopicPartition home{runtime::TopicId(0),
                                     home_partition(options.customer, topology.partitions)};
  TM_TRY(reader->read(home, [&](const RecordView& record) {
    found.erase(std::string(record.key));
    if (!record.has_value) return;
    auto total = schemas::decode_usage_total(record.value);
    if (total && is_wanted(*total, options, *period_start)) found.emplace(record.key, *std::move(total));
  }));
  return found;
}

Status send(const Globals& globals, const runtime::Topology& topology, const std::string& topic,
            const std::string& key, const schemas::RebaseCommand& command) {
  const auto sender = OrderedSender::create(client_settings(globals, topology, {topic}));
  if (!sender) return sender.error();
  TM_TRY((*sender)->send({.key = key,
                          .value = schemas::encode_rebase(command),
                          .headers = {},
                          .partition = home_partition(command.customer_id, topology.partitions),
                          .timestamp = std::nullopt}));
  TM_TRY((*sender)->finish());
  if ((*sender)->refused().empty()) return {};
  return Error{Disposition::fatal, "record_refused", (*sender)->refused().front().second};
}

schemas::RebaseCommand command_for(const schemas::DecodedTotal& total, const std::string& reason) {
  return {.command_id = new_command_id(),
          .tenant_id = total.tenant_id,
          .customer_id = total.customer_id,
          .meter = total.meter,
          .group = total.group,
          .period_start = total.period_start,
          .period_end = total.period_end,
          .reason = reason,
          .requested_at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())};
}

Result<int> rebase(const Globals& globals, const Options& options) {
  if (options.reason.empty() || options.reason.size() > schemas::kCommandReasonBytesMax)
    return usage_error("--reason has 1 to 1000 bytes");
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto topic = topic_of_codec(*topology, "command");
  if (!topic) return topic.error();
  const auto found = find_totals(globals, *topology, options);
  if (!found) return found.error();
  Table table = total_table();
  for (const auto& [key, total] : *found) add_total(table, total);
  print(table, globals.output);
  if (found->size() != 1) {
    return Error{Disposition::fatal, "refused",
                 found->empty() ? "there is no such total"
                                : "that is more than one total: name --tenant or --group as printed"};
  }
  const auto& [key, total] = *found->begin();
  const schemas::RebaseCommand command = command_for(total, options.reason);
  if (!options.apply) {
    say(globals, "nothing was sent; add --apply to have this total told anew, as a base for readers");
    return kOk;
  }
  const Status sent = send(globals, *topology, *topic, key, command);
  if (!sent) return explain(sent.error(), globals, *topology);
  say(globals, "sent to " + *topic + " as " + command.command_id +
                   "; the task answers with a delta of kind rebase, or with the dead letter command_invalid");
  return kOk;
}

}  // namespace

void add_chain_commands(Commands& commands) {
  const auto options = std::make_shared<Options>();
  commands.push_back(
      {.path = "chain rebase",
       .description =
           "Have one total told anew, so that readers whose delta chain is broken can go on from it; "
           "without --apply the total is shown and nothing is sent",
       .examples =
           {"tidemark chain rebase --customer cus_42 --meter tokens --period-start 2026-11-01T00:00:00Z "
            "--reason 'gap after seq 7' --apply"},
       .parameters = {{"--customer", "The customer", &options->customer, true},
                      {"--meter", "The meter", &options->meter, true},
                      {"--period-start", "Start of the period, as `tidemark usage` prints it",
                       &options->period_start, true},
                      {"--group", "The group, as `tidemark usage` prints it", &options->group},
                      {"--tenant", "The tenant, where customers of two are called the same",
                       &options->tenant},
                      {"--reason", "Why, for those who read it later", &options->reason, true},
                      {"--apply", "Send the command; without it nothing is sent", &options->apply}},
       .run = [options](const Globals& globals) { return rebase(globals, *options); }});
}

}  // namespace tidemark::cli

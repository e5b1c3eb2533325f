// tidemark customers apply
#include <cstdio>

#include "cli/customer_file.h"
#include "cli/kafka_access.h"
#include "cli/line_reader.h"
#include "cli/ordered_sender.h"
#include "runtime/kafka/admin.h"
#include "tidemark/partitioner.h"

namespace tidemark::cli {
namespace {

struct Options {
  std::string file;
  bool apply = false;
};

Status send_profiles(const Globals& globals, const runtime::Topology& topology, const std::string& topic,
                     const std::vector<CustomerLine>& lines) {
  const auto settings = client_settings(globals, topology, {topic});
  const auto admin = runtime::KafkaAdmin::create(settings);
  if (!admin) return admin.error();
  const auto count = (*admin)->partition_count(topic);
  if (!count) return count.error();
  if (!*count) {
    return Error{Disposition::fatal, "unknown_topic",
                 "there is no topic " + topic + " yet: run `tidemark topics apply --apply`"};
  }
  const auto sender = OrderedSender::create(settings);
  if (!sender) return sender.error();
  for (const auto& line : lines) {
    TM_TRY((*sender)->send({.key = line.key,
                            .value = line.value,
                            .headers = {},
                            .partition = home_partition(line.customer_id, **count),
                            .timestamp = {}}));
  }
  TM_TRY((*sender)->finish());
  if ((*sender)->refused().empty()) return {};
  return Error{Disposition::fatal, "record_refused", (*sender)->refused().front().second};
}

void print_findings(const Globals& globals, const std::string& file,
                    const std::vector<CustomerFinding>& findings) {
  if (globals.output == OutputFormat::table) {
    for (const auto& finding : findings)
      std::printf("%s:%lld: %s\n", file.c_str(), static_cast<long long>(finding.line),
                  finding.message.c_str());
    return;
  }
  Table table({{"file"}, {"line", true}, {"message"}});
  for (const auto& finding : findings) table.add({file, finding.line, finding.message});
  print(table, globals.output);
}

Result<int> apply_customers(const Globals& globals, const Options& options) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto topic = topic_of_codec(*topology, "customer_profile");
  if (!topic) return topic.error();
  const auto reader = LineReader::open(options.file);
  if (!reader) return reader.error();
  const ConfigNode* tenant = topology->document.find("default_tenant");
  const auto checked = check_customers(**reader, tenant == nullptr ? "" : tenant->scalar);
  if (!checked) return checked.error();
  if (!checked->findings.empty()) {
    print_findings(globals, options.file, checked->findings);
    say(globals,
        "nothing was sent: " + std::to_string(checked->findings.size()) + " lines have to be mended first");
    return kFindings;
  }
  if (options.apply) {
    const Status sent = send_profiles(globals, *topology, *topic, checked->lines);
    if (!sent) return explain(sent.error(), globals, *topology);
  }
  Table table({{"topic"}, {"profiles", true}, {"sent"}});
  table.add({*topic, static_cast<std::int64_t>(checked->lines.size()), options.apply});
  print(table, globals.output);
  if (!options.apply) say(globals, "nothing was sent; add --apply to do it");
  return kOk;
}

}  // namespace

void add_customers_commands(Commands& commands) {
  const auto options = std::make_shared<Options>();
  commands.push_back(
      {.path = "customers apply",
       .description =
           "Check a file of customer profiles and, with --apply, send them to the topic of customers",
       .examples = {"tidemark customers apply customers.jsonl",
                    "tidemark customers apply customers.jsonl --apply",
                    "tidemark customers apply customers.jsonl -o json"},
       .parameters = {{"FILE", "One profile per line (plain or .gz; - is stdin)", &options->file, true},
                      {"--apply", "Send them; without it only the check is made", &options->apply}},
       .run = [options](const Globals& globals) { return apply_customers(globals, *options); }});
}

}  // namespace tidemark::cli

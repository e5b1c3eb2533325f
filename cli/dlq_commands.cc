// tidemark dlq list|show
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/dead_letter_view.h"
#include "cli/kafka_access.h"

namespace tidemark::cli {
namespace {

struct ListOptions {
  std::string code;
};
struct ShowOptions {
  std::string address;
  std::string code;
  std::int64_t limit = 10;
};

Result<std::vector<std::string>> dead_letter_topics(const runtime::Topology& topology) {
  std::vector<std::string> topics;
  for (const auto& sub_topology : topology.sub_topologies) {
    if (sub_topology.dead_letters.empty()) continue;
    const auto topic = topic_named(topology, sub_topology.dead_letters);
    if (!topic) return topic.error();
    if (std::find(topics.begin(), topics.end(), *topic) == topics.end()) topics.push_back(*topic);
  }
  if (topics.empty())
    return Error{Disposition::fatal, "config_invalid", "no sub-topology has a dead_letters topic"};
  return topics;
}

Status read_dead_letters(
    const Globals& globals,
    const std::function<void(std::string_view topic, const RecordView& record)>& per_record) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto topics = dead_letter_topics(*topology);
  if (!topics) return topics.error();
  auto reader = TopicsReader::open(globals, *topology, *topics);
  if (!reader) return reader.error();
  return reader->read(
      [&](std::size_t topic, const RecordView& record) { per_record((*topics)[topic], record); });
}

struct Group {
  std::int64_t count = 0;
  ArrivalTime first = kArrivalMax;
  ArrivalTime last = kArrivalMin;
};

Result<int> list(const Globals& globals, const ListOptions& options) {
  std::map<std::pair<std::string, std::string>, Group> groups;  // by code and stage
  TM_TRY(read_dead_letters(globals, [&](std::string_view, const RecordView& record) {
    const auto code = header(record, "td-error-code");
    if (!options.code.empty() && code != options.code) return;
    Group& group = groups[{std::string(code), std::string(header(record, "td-stage"))}];
    group.count += 1;
    group.first = std::min(group.first, record.arrival);
    group.last = std::max(group.last, record.arrival);
  }));
  Table table({{"code"}, {"stage"}, {"records", true}, {"first"}, {"last"}});
  for (const auto& [key, group] : groups) {
    table.add({key.first, key.second, group.count, format_arrival(group.first), format_arrival(group.last)});
  }
  print(table, globals.output);
  if (groups.empty()) say(globals, "no dead letters");
  return kOk;
}

Result<int> show(const Globals& globals, const ShowOptions& options) {
  if (options.address.empty() == options.code.empty()) {
    return Error{Disposition::fatal, "usage", "give either TOPIC-PARTITION-OFFSET or --code CODE"};
  }
  auto rows = nlohmann::ordered_json::array();
  std::int64_t shown = 0;
  TM_TRY(read_dead_letters(globals, [&](std::string_view topic, const RecordView& record) {
    if (shown == options.limit) return;
    const bool wanted = options.address.empty() ? header(record, "td-error-code") == options.code
                                                : address_of(topic, record) == options.address ||
                                                      original_address(record) == options.address;
    if (!wanted) return;
    shown += 1;
    if (globals.output == OutputFormat::table) std::printf("%s", text_of(topic, record).c_str());
    if (globals.output == OutputFormat::jsonl) std::printf("%s\n", json_of(topic, record).dump().c_str());
    if (globals.output == OutputFormat::json) rows.push_back(json_of(topic, record));
  }));
  if (globals.output == OutputFormat::json) std::printf("%s\n", rows.dump(2).c_str());
  if (shown > 0) return kOk;
  say(globals, "no such dead letter");
  return kFindings;
}

}  // namespace

void add_dlq_commands(Commands& commands) {
  const auto list_options = std::make_shared<ListOptions>();
  commands.push_back(
      {.path = "dlq list",
       .description = "Group the dead letters by code: how many, the first and the last",
       .examples = {"tidemark dlq list", "tidemark dlq list --code too_old -o json"},
       .parameters = {{"--code", "Only this code", &list_options->code}},
       .run = [list_options](const Globals& globals) { return list(globals, *list_options); }});
  const auto options = std::make_shared<ShowOptions>();
  commands.push_back(
      {.path = "dlq show",
       .description = "Show dead letters: their headers, and key and value as they came",
       .examples = {"tidemark dlq show usage.dlq-3-15", "tidemark dlq show usage.events-3-1204",
                    "tidemark dlq show --code too_old --limit 3"},
       .parameters = {{"TOPIC-PARTITION-OFFSET", "Where the dead letter stands, or where the record failed",
                       &options->address},
                      {"--code", "Those with this code", &options->code},
                      {"--limit", "At most so many [10]", &options->limit}},
       .run = [options](const Globals& globals) { return show(globals, *options); }});
}

}  // namespace tidemark::cli

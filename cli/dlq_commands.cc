// tidemark dlq list|show
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/kafka_access.h"
#include "cli/text.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ListOptions {
  std::string code;
};
struct ShowOptions {
  std::string address;
  std::string code;
  std::int64_t limit = 10;
};

std::string_view header(const RecordView& record, std::string_view name) {
  for (const auto& each : record.headers) {
    if (each.name == name) return each.value;
  }
  return {};
}

std::string address_of(std::string_view topic, const RecordView& record) {
  return std::string(topic) + "-" + std::to_string(record.partition.value()) + "-" +
         std::to_string(record.offset.value());
}

// Where the record failed; "" when the headers do not say.
std::string original_address(const RecordView& record) {
  const auto topic = header(record, "__connect.errors.topic");
  if (topic.empty()) return "";
  return std::string(topic) + "-" + std::string(header(record, "__connect.errors.partition")) + "-" +
         std::string(header(record, "__connect.errors.offset"));
}

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

void print_text(std::string_view topic, const RecordView& record) {
  std::string out = address_of(topic, record) + "  " + format_arrival(record.arrival) + "\n";
  for (const auto& each : record.headers) out += "  " + escape(each.name) + ": " + escape(each.value) + "\n";
  out += "  key: " + (record.has_key ? escape(record.key) : "(none)") + "\n";
  out += "  value: " + (record.has_value ? escape(record.value) : "(none)") + "\n";
  std::fwrite(out.data(), 1, out.size(), stdout);
}

// Text as it is; bytes that are no UTF-8 as {"base64": ...}.
Json bytes_json(bool present, std::string_view bytes) {
  if (!present) return nullptr;
  if (is_utf8(bytes)) return std::string(bytes);
  return Json{{"base64", to_base64(bytes)}};
}

Json json_of(std::string_view topic, const RecordView& record) {
  Json out;
  out["address"] = address_of(topic, record);
  out["original"] = original_address(record);
  out["time"] = format_arrival(record.arrival);
  out["code"] = bytes_json(true, header(record, "td-error-code"));
  out["headers"] = Json::array();
  for (const auto& each : record.headers) {
    out["headers"].push_back(
        {{"name", bytes_json(true, each.name)}, {"value", bytes_json(true, each.value)}});
  }
  out["key"] = bytes_json(record.has_key, record.key);
  out["value"] = bytes_json(record.has_value, record.value);
  return out;
}

Result<int> show(const Globals& globals, const ShowOptions& options) {
  if (options.address.empty() == options.code.empty()) {
    return Error{Disposition::fatal, "usage", "give either TOPIC-PARTITION-OFFSET or --code CODE"};
  }
  Json rows = Json::array();
  std::int64_t shown = 0;
  TM_TRY(read_dead_letters(globals, [&](std::string_view topic, const RecordView& record) {
    if (shown == options.limit) return;
    const bool wanted = options.address.empty() ? header(record, "td-error-code") == options.code
                                                : address_of(topic, record) == options.address ||
                                                      original_address(record) == options.address;
    if (!wanted) return;
    shown += 1;
    if (globals.output == OutputFormat::table) print_text(topic, record);
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

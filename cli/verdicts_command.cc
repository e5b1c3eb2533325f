// tidemark dev verdicts
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/kafka_access.h"
#include "cli/verdict_ledger.h"
#include "cli/verdict_names.h"
#include "runtime/state/packed_changelog.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;
using Sums = std::map<std::string, VerdictSums>;  // by source topic

Json codes_json(const std::map<std::uint16_t, std::int64_t>& codes) {
  Json out = Json::object();
  for (const auto& [code, count] : codes) out[code_name(code)] = count;
  return out;
}

Json json_of(const std::string& topic, const VerdictSums& sums) {
  Json out;
  out["topic"] = topic;
  out["consumed"] = sums.consumed();
  for (std::size_t verdict = 1; verdict < processors::kTakenVerdictsEnd; ++verdict) {
    const auto found = sums.verdicts.find(static_cast<std::uint8_t>(verdict));
    out[verdict_name(static_cast<std::uint8_t>(verdict))] = found == sums.verdicts.end() ? 0 : found->second;
  }
  out["dead_letters"] = codes_json(sums.dead_letters);
  out["moved"] = Json::object();
  for (const auto& [verdict, count] : sums.moved) out["moved"][verdict_name(verdict)] = count;
  out["moved_dead_letters"] = codes_json(sums.moved_dead_letters);
  out["judged_twice"] = sums.judged_twice;
  return out;
}

void print_json(const Sums& by_topic, OutputFormat format) {
  Json list = Json::array();
  for (const auto& [topic, sums] : by_topic) list.push_back(json_of(topic, sums));
  if (format == OutputFormat::json) {
    std::printf("%s\n", list.dump(2).c_str());
    return;
  }
  for (const auto& entry : list) std::printf("%s\n", entry.dump().c_str());
}

void add_rows(Table& table, const std::string& topic, bool moved,
              const std::map<std::uint8_t, std::int64_t>& verdicts,
              const std::map<std::uint16_t, std::int64_t>& codes) {
  for (const auto& [verdict, count] : verdicts) {
    if (verdict != static_cast<std::uint8_t>(processors::Verdict::dead_letter)) {
      table.add({topic, verdict_name(verdict), {}, moved, count});
      continue;
    }
    for (const auto& [code, code_count] : codes)
      table.add({topic, verdict_name(verdict), code_name(code), moved, code_count});
  }
}

void print_table(const Sums& by_topic) {
  Table table({{"topic"}, {"verdict"}, {"code"}, {"moved"}, {"records", true}});
  for (const auto& [topic, sums] : by_topic) {
    add_rows(table, topic, false, sums.verdicts, sums.dead_letters);
    table.add({topic, std::string("consumed"), {}, false, sums.consumed()});
    add_rows(table, topic, true, sums.moved, sums.moved_dead_letters);
  }
  print(table, OutputFormat::table);
}

// One ledger per changelog of ids.
struct LedgerSource {
  std::string changelog;
  const runtime::SubTopologySettings* sub_topology;
};

std::vector<LedgerSource> ledger_sources(const runtime::Topology& topology) {
  std::vector<LedgerSource> out;
  for (const auto& sub_topology : topology.sub_topologies) {
    for (const auto& store : sub_topology.stores) {
      if (store.kind == runtime::StoreKind::generations)
        out.push_back({topology.changelog_topic(store.name), &sub_topology});
    }
  }
  return out;
}

void add_to(VerdictSums& into, const VerdictSums& from) {
  for (const auto& [key, count] : from.verdicts) into.verdicts[key] += count;
  for (const auto& [key, count] : from.dead_letters) into.dead_letters[key] += count;
  for (const auto& [key, count] : from.moved) into.moved[key] += count;
  for (const auto& [key, count] : from.moved_dead_letters) into.moved_dead_letters[key] += count;
  into.judged_twice += from.judged_twice;
}

std::string source_topic(const runtime::Topology& topology, const runtime::SubTopologySettings& sub_topology,
                         SourceIndex source) {
  if (source.value() >= sub_topology.sources.size()) return "source " + std::to_string(source.value());
  const auto& alias = sub_topology.sources[source.value()].topic;
  const auto* topic = topology.topic(alias);
  return topic == nullptr ? alias : topic->name;
}

Result<Sums> read_sums(const Globals& globals, const runtime::Topology& topology) {
  const auto sources = ledger_sources(topology);
  if (sources.empty())
    return Error{Disposition::fatal, "config_invalid", "the topology has no store of kind generations"};
  std::vector<std::string> topics;
  for (const auto& source : sources) topics.push_back(source.changelog);
  auto reader = TopicsReader::open(globals, topology, std::move(topics));
  if (!reader) return reader.error();
  std::vector<VerdictLedger> ledgers(sources.size());
  std::vector<runtime::IdEntry> entries;
  Status unpacked;
  TM_TRY(reader->read([&](std::size_t topic, const RecordView& record) {
    if (!unpacked) return;
    const auto header = runtime::unpack(record.value, entries);
    if (header) {
      ledgers[topic].add(record.partition, entries);
    } else {
      unpacked = header.error();
    }
  }));
  if (!unpacked) return unpacked.error();
  Sums by_topic;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    for (const auto& [source, sums] : ledgers[i].by_source()) {
      add_to(by_topic[source_topic(topology, *sources[i].sub_topology, source)], sums);
    }
  }
  return by_topic;
}

Result<int> show_verdicts(const Globals& globals) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto by_topic = read_sums(globals, *topology);
  if (!by_topic) return by_topic.error();
  if (globals.output == OutputFormat::table) {
    print_table(*by_topic);
  } else {
    print_json(*by_topic, globals.output);
  }
  int code = kOk;
  for (const auto& [topic, sums] : *by_topic) {
    if (sums.judged_twice == 0) continue;
    std::fprintf(stderr, "tidemark: %s: %lld records were judged twice\n", topic.c_str(),
                 static_cast<long long>(sums.judged_twice));
    code = kFindings;
  }
  return code;
}

}  // namespace

void add_verdicts_command(Commands& commands) {
  commands.push_back(
      {.path = "dev verdicts",
       .description = "Sum up the verdict of every consumed record, read from the changelog of the ids",
       .examples = {"tidemark dev verdicts", "tidemark dev verdicts -o json"},
       .parameters = {},
       .run = show_verdicts});
}

}  // namespace tidemark::cli

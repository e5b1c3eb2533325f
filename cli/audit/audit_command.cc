// tidemark audit
#include <algorithm>
#include <cstdio>
#include <optional>

#include "cli/audit/audit_report.h"
#include "cli/kafka_access.h"
#include "cli/progress.h"
#include "runtime/state/changelog.h"
#include "tidemark/partitioner.h"

namespace tidemark::cli {
namespace {

struct Options {
  std::string customer;
  std::string meter;
};

// What is read, by its place in the list of topics.
enum Topic : std::int32_t { kEpochs, kIds, kDeltas, kTotals, kWindows, kFirstSource };

struct Plan {
  std::vector<std::string> topics;
  std::string ids;  // name of the id store
  std::vector<JudgedSource> sources;
};

Result<std::string> sink_topic(const runtime::Topology& topology, const runtime::SubTopologySettings& sub,
                               std::string_view name) {
  for (const auto& sink : sub.sinks) {
    if (sink.name == name) return topic_named(topology, sink.topic);
  }
  return Error{Disposition::fatal, "config_invalid",
               "sub-topology " + sub.name + " has no sink '" + std::string(name) + "'"};
}

const std::string* id_store(const runtime::SubTopologySettings& sub) {
  for (const auto& store : sub.stores) {
    if (store.kind == runtime::StoreKind::generations) return &store.name;
  }
  return nullptr;
}

Result<Plan> plan_for(const runtime::Topology& topology) {
  for (const auto& sub : topology.sub_topologies) {
    const std::string* ids = id_store(sub);
    if (ids == nullptr) continue;
    const auto deltas = sink_topic(topology, sub, "deltas");
    if (!deltas) return deltas.error();
    const auto totals = sink_topic(topology, sub, "totals");
    if (!totals) return totals.error();
    Plan plan{.topics = {topology.epochs_topic(sub.name), topology.changelog_topic(*ids), *deltas, *totals,
                         topology.changelog_topic("windows")},
              .ids = *ids,
              .sources = {}};
    for (std::size_t i = 0; i < sub.sources.size(); ++i) {
      if (sub.sources[i].codec != "usage_event") continue;
      const auto topic = topic_named(topology, sub.sources[i].topic);
      if (!topic) return topic.error();
      plan.topics.push_back(*topic);
      plan.sources.push_back({SourceIndex(static_cast<std::uint8_t>(i)), sub.sources[i].name, *topic});
    }
    return plan;
  }
  return Error{Disposition::fatal, "config_invalid", "the topology has no store of kind generations"};
}

// One partition, topic after topic. The epochs come first and say where to stop; then what was written up to
// there is waited for. The state's rows come last: whatever was told is then in them.
class PartitionAudit {
 public:
  PartitionAudit(const Plan& plan, const Options& options, PartitionId partition, TopicsReader& reader,
                 Progress& progress, std::int64_t& records, DeltaFaults& faults, AuditReport& report)
      : plan_(plan),
        options_(options),
        partition_(partition),
        reader_(reader),
        progress_(progress),
        records_(records),
        faults_(faults),
        report_(report),
        ledger_(partition, plan.ids, plan.sources, report.findings) {}

  Status run() {
    TM_TRY(read(kEpochs, [this](const RecordView& record) {
      const auto epoch = runtime::decode_epoch_record(record.value);
      if (!epoch) return unreadable(kEpochs, record, epoch.error());
      ledger_.take_epoch(*epoch);
    }));
    for (std::size_t i = 0; i < plan_.sources.size(); ++i) TM_TRY(read_source(i));
    TM_TRY(read_ledger());
    return read_totals();
  }

 private:
  runtime::TopicPartition at(std::int32_t topic) const { return {runtime::TopicId(topic), partition_}; }

  Status read(std::int32_t topic, const std::function<void(const RecordView& record)>& per_record) {
    return reader_.read(at(topic), [&](const RecordView& record) {
      if (++records_ % 10'000 == 0) progress_.update(records_);
      per_record(record);
    });
  }

  void unreadable(std::int32_t topic, const RecordView& record, const Error& error) {
    report_.findings.add("unreadable", partition_, reader_.name(runtime::TopicId(topic)),
                         "offset " + std::to_string(record.offset.value()) + ": " + error.message);
  }

  Status read_source(std::size_t source) {
    const std::int32_t topic = kFirstSource + static_cast<std::int32_t>(source);
    const auto before = reader_.offsets(at(topic));
    if (!before) return before.error();
    ledger_.begin_source(source, before->log_start);
    TM_TRY(read(topic, [&](const RecordView& record) { ledger_.take_source_record(source, record.offset); }));
    const auto after = reader_.offsets(at(topic));
    if (!after) return after.error();
    if (after->log_start == before->log_start) return {};
    return Error{Disposition::fatal, "offset_lost",
                 "records of " + reader_.name(runtime::TopicId(topic)) +
                     " were deleted while they were read; run it again"};
  }

  Status read_ledger() {
    TM_TRY(reader_.settle(at(kIds)));
    TM_TRY(read(kIds, [this](const RecordView& record) {
      const auto header = runtime::unpack(record.value, entries_);
      if (!header) return unreadable(kIds, record, header.error());
      ledger_.take_verdicts(*header, record.value, entries_);
    }));
    const auto offsets = reader_.offsets(at(kIds));
    if (!offsets) return offsets.error();
    for (SourceBalance& balance : ledger_.finish(offsets->log_start == Offset()))
      report_.balances.push_back(std::move(balance));
    return {};
  }

  Status read_totals() {
    for (const std::int32_t topic : {kDeltas, kTotals}) TM_TRY(reader_.settle(at(topic)));
    const auto deltas = reader_.offsets(at(kDeltas));
    if (!deltas) return deltas.error();
    TotalsAudit totals(partition_, ledger_.cut(), deltas->log_start == Offset(), faults_, report_.findings);
    TM_TRY(read(kDeltas, [&](const RecordView& record) { take_delta(totals, record); }));
    TM_TRY(read(kTotals, [&](const RecordView& record) { take_total(totals, record); }));
    TM_TRY(reader_.settle(at(kWindows)));
    TM_TRY(read(kWindows, [&](const RecordView& record) { take_row(totals, record); }));
    add_to(report_.checked, totals.finish(report_.periods));
    return {};
  }

  template <class Named>
  bool is_wanted(const Named& named) const {
    return (options_.customer.empty() || named.customer_id == options_.customer) &&
           (options_.meter.empty() || named.meter == options_.meter);
  }

  void take_delta(TotalsAudit& totals, const RecordView& record) {
    const DeltaPlace place{partition_, record.offset, record.arrival};
    const auto delta = schemas::decode_usage_delta(record.value);
    if (delta) {
      if (is_wanted(*delta)) totals.take_delta(record.key, *delta, place);
      return;
    }
    const auto named = named_total(record.key, record.value);
    if (!named || is_wanted(*named)) faults_.take_unreadable(named, place, delta.error().message);
  }

  void take_total(TotalsAudit& totals, const RecordView& record) {
    if (!record.has_value) return totals.drop_total(record.key);
    const auto total = schemas::decode_usage_total(record.value);
    if (!total) return unreadable(kTotals, record, total.error());
    if (is_wanted(*total)) totals.take_total(record.key, *total);
  }

  void take_row(TotalsAudit& totals, const RecordView& record) {
    if (!record.key.starts_with('w')) return;
    const auto changed = runtime::decode_changelog_row(record);
    if (!changed) return unreadable(kWindows, record, changed.error());
    auto key = processors::decode_window_key(changed->key);
    if (!key) return unreadable(kWindows, record, key.error());
    if (!is_wanted(*key)) return;
    key_.clear();
    schemas::append_usage_key(key_, usage_key(*key));
    if (changed->erase) return totals.drop_row(key_, changed->epoch);
    processors::WindowRow row;
    const Status decoded = processors::decode_window_row(changed->value, row);
    if (!decoded) return unreadable(kWindows, record, decoded.error());
    totals.take_row(key_, row, changed->epoch);
  }

  const Plan& plan_;
  const Options& options_;
  const PartitionId partition_;
  TopicsReader& reader_;
  Progress& progress_;
  std::int64_t& records_;
  DeltaFaults& faults_;
  AuditReport& report_;
  LedgerAudit ledger_;
  std::vector<runtime::IdEntry> entries_;  // scratch
  std::string key_;                        // scratch
};

Result<AuditReport> audit(const Globals& globals, const runtime::Topology& topology, const Options& options) {
  const auto plan = plan_for(topology);
  if (!plan) return plan.error();
  auto reader = TopicsReader::open(globals, topology, plan->topics);
  if (!reader) return reader.error();
  AuditReport report;
  DeltaFaults faults(topology.partitions);
  Progress progress(progress_style(globals.quiet), "read");
  std::int64_t records = 0;
  for (std::int32_t p = 0; p < topology.partitions; ++p) {
    const PartitionId partition(p);
    if (!options.customer.empty() && home_partition(options.customer, topology.partitions) != partition)
      continue;
    TM_TRY(PartitionAudit(*plan, options, partition, *reader, progress, records, faults, report).run());
  }
  add_faults(report, faults, plan->topics[kDeltas]);
  progress.finish(records);
  return report;
}

Result<int> show_audit(const Globals& globals, const Options& options) {
  const auto topology = load_valid_topology(globals);
  if (!topology) return topology.error();
  const auto report = audit(globals, *topology, options);
  if (!report) return report.error();
  const std::string text = render(*report, globals.output);
  std::fwrite(text.data(), 1, text.size(), stdout);
  for (const std::string& each : remarks(*report)) say(globals, each);
  if (report->findings.empty()) {
    say(globals, "no differences");
    return kOk;
  }
  say(globals, "what each difference means: docs/errors.md");
  return kFindings;
}

}  // namespace

void add_audit_command(Commands& commands) {
  const auto options = std::make_shared<Options>();
  commands.push_back(
      {.path = "audit",
       .description =
           "Hold verdicts, deltas, totals and the state behind them against each other; exit 3 where they "
           "differ",
       .examples = {"tidemark audit", "tidemark audit --customer cus_42",
                    "tidemark audit --meter tokens -o json"},
       .parameters = {{"--customer", "Only this customer's totals, and the verdicts of its partition",
                       &options->customer},
                      {"--meter", "Only totals of this meter", &options->meter}},
       .run = [options](const Globals& globals) { return show_audit(globals, *options); }});
}

}  // namespace tidemark::cli

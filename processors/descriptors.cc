// What topology.yaml may say of each processor, what it needs there, and how it is built from that.
#include "processors/decode.h"
#include "processors/dedup.h"
#include "processors/delta.h"
#include "processors/meter.h"

namespace tidemark::processors {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

Error first_finding(const std::vector<Finding>& findings) {
  return {Disposition::fatal, "config", to_string(findings.front())};
}

constexpr milliseconds kMaxFuture = minutes(5);
constexpr milliseconds kMaxAge = hours(35 * 24);
constexpr milliseconds kPurgeMargin = hours(24);
constexpr milliseconds kIdleMin = std::chrono::seconds(1);

// The first node at `path` of a sub-topology, if any.
const ConfigNode* find_in_sub_topologies(const ConfigNode& document, std::string_view path) {
  const ConfigNode* subs = document.find("sub_topologies");
  if (subs == nullptr) return nullptr;
  for (const auto& [name, sub] : subs->map) {
    if (const ConfigNode* node = sub.at(path); node != nullptr && !node->is_null()) return node;
  }
  return nullptr;
}

// The node of the processor of that type.
const ConfigNode* find_processor(const ConfigNode& document, std::string_view type) {
  const ConfigNode* subs = document.find("sub_topologies");
  if (subs == nullptr) return nullptr;
  for (const auto& [sub_name, sub] : subs->map) {
    const ConfigNode* processors = sub.find("processors");
    if (processors == nullptr) continue;
    for (const auto& [name, processor] : processors->map) {
      const ConfigNode* found = processor.find("type");
      if (found != nullptr && found->scalar == type) return &processor;
    }
  }
  return nullptr;
}

// Ids that are remembered for ever need no check that arrivals run forward.
bool remembers_forever(const ConfigNode& document) {
  const ConfigNode* horizon = find_in_sub_topologies(document, "stores.event_ids.horizon");
  return horizon != nullptr && horizon->scalar == "forever";
}

// How long a period is kept after its end; nullopt: for ever.
std::optional<milliseconds> read_keep_after_end(const ConfigNode& document, milliseconds max_age,
                                                milliseconds grace, std::vector<Finding>& findings) {
  const ConfigNode* purge = find_in_sub_topologies(document, "stores.windows.purge");
  if (purge != nullptr && purge->scalar == "never") return std::nullopt;
  const ConfigNode* windows = find_in_sub_topologies(document, "stores.windows");
  if (remembers_forever(document) && windows != nullptr) {
    findings.push_back(finding_at(*windows,
                                  "with `horizon: forever` arrivals may run back, and a period is never "
                                  "over: say `purge: never`",
                                  "purge: never"));
  }
  const milliseconds margin =
      windows == nullptr ? kPurgeMargin : read_duration(*windows, "purge_margin", kPurgeMargin, findings);
  if (margin < kPurgeMargin) {
    findings.push_back(finding_at(*windows->find("purge_margin"),
                                  "a period must be kept for at least 24h after nothing of it can come any "
                                  "more",
                                  "24h"));
  }
  return std::max(max_age, kMaxAge) + grace + margin;
}

// The sub-topology that this processor stands in.
const ConfigNode* find_sub_topology_of(const ConfigNode& processor, const ConfigNode& document) {
  const ConfigNode* subs = document.find("sub_topologies");
  if (subs == nullptr) return nullptr;
  for (const auto& [name, sub] : subs->map) {
    if (processor.path.starts_with("sub_topologies." + name + ".")) return &sub;
  }
  return nullptr;
}

std::string text_at(const ConfigNode& node, std::string_view key) {
  const ConfigNode* found = node.find(key);
  return found == nullptr ? "" : found->scalar;
}

// The source that brings back what the sink `rekey` took; nullopt: there is none.
std::optional<std::string> find_rekeyed_source(const ConfigNode& sub) {
  const ConfigNode* sink = sub.at("sinks.rekey");
  const ConfigNode* sources = sub.find("sources");
  if (sink == nullptr || sink->is_null() || sources == nullptr) return std::nullopt;
  for (const auto& [name, source] : sources->map) {
    if (text_at(source, "topic") == text_at(*sink, "topic")) return name;
  }
  return std::nullopt;
}

DecodeConfig read_decode(const ConfigNode& config, const ConfigNode& document,
                         std::vector<Finding>& findings) {
  DecodeConfig read;
  read.max_future = read_duration(config, "max_future", kMaxFuture, findings);
  read.max_age = read_duration(config, "max_age", kMaxAge, findings);
  read.arrival_slack = read_duration(config, "arrival_slack", hours(23), findings);
  if (remembers_forever(document)) read.arrival_slack.reset();
  read.format.json_floats = read_bool(config, "json_floats", false, findings);
  read.format.default_tenant = read_string(document, "default_tenant", "", findings);
  if (const ConfigNode* sub = find_sub_topology_of(config, document))
    read.rekeyed_source = find_rekeyed_source(*sub);
  return read;
}

// Streams of usage: all but commands.
std::vector<std::string> find_usage_sources(const ConfigNode& sub) {
  std::vector<std::string> names;
  const ConfigNode* sources = sub.find("sources");
  if (sources == nullptr) return names;
  for (const auto& [name, source] : sources->map) {
    const ConfigNode* role = source.find("role");
    const ConfigNode* codec = source.find("codec");
    const bool is_table = role != nullptr && role->scalar == "table";
    const bool is_command = codec != nullptr && codec->scalar == "command";
    if (!is_table && !is_command) names.push_back(name);
  }
  return names;
}

// Where producers stamp their records, what is still to come may carry any time.
void refuse_times_of_producers(const ConfigNode& idle, const ConfigNode& source, const ConfigNode& document,
                               std::vector<Finding>& findings) {
  const ConfigNode* topic = source.find("topic");
  const ConfigNode* settings = topic == nullptr ? nullptr : document.at("topics." + topic->scalar);
  const ConfigNode* timestamps = settings == nullptr ? nullptr : settings->find("timestamps");
  if (timestamps == nullptr || timestamps->scalar != "create") return;
  findings.push_back(finding_at(
      idle, "idle goes by the broker's clock, but '" + topic->scalar + "' has timestamps: create", "off"));
}

std::optional<MeterIdle> read_idle(const ConfigNode& config, const ConfigNode& document,
                                   std::vector<Finding>& findings) {
  const ConfigNode* idle = config.find("idle");
  if (idle == nullptr || idle->is_null() || idle->scalar == "off") return std::nullopt;
  MeterIdle read;
  read.after = read_duration(config, "idle", kIdleMin, findings);
  if (read.after < kIdleMin)
    findings.push_back(finding_at(*idle, "idle must be at least " + format_duration(kIdleMin)));
  const ConfigNode* sub = find_sub_topology_of(config, document);
  if (sub == nullptr) return read;
  read.sources = find_usage_sources(*sub);
  read.rekeyed_source = find_rekeyed_source(*sub);
  for (const std::string& name : read.sources)
    refuse_times_of_producers(*idle, *sub->find("sources")->find(name), document, findings);
  return read;
}

MeterConfig read_meter(const ConfigNode& config, const ConfigNode& document, std::vector<Finding>& findings) {
  MeterConfig read;
  read.disorder = read_duration(config, "disorder", minutes(5), findings);
  read.grace = read_duration(config, "grace", hours(48), findings);
  read.idle = read_idle(config, document, findings);
  // Of decode: parked bytes are read again as it reads them.
  std::vector<Finding> told_there;
  milliseconds max_age = kMaxAge;
  if (const ConfigNode* decode = find_processor(document, "decode")) {
    read.format.json_floats = read_bool(*decode, "json_floats", false, told_there);
    read.max_future = read_duration(*decode, "max_future", kMaxFuture, told_there);
    max_age = read_duration(*decode, "max_age", kMaxAge, told_there);
  }
  read.format.default_tenant = read_string(document, "default_tenant", "", told_there);
  read.keep_after_end = read_keep_after_end(document, max_age, read.grace, findings);
  return read;
}

template <class Read>
ProcessorDescriptor describe(std::string type, std::vector<std::string> keys, ProcessorNeeds needs,
                             Read read) {
  ProcessorDescriptor descriptor;
  descriptor.type = std::move(type);
  descriptor.config_keys = std::move(keys);
  descriptor.needs = std::move(needs);
  descriptor.make = [read](const ConfigNode& config,
                           const ConfigNode& document) -> Result<std::unique_ptr<Processor>> {
    std::vector<Finding> findings;
    auto made = read(config, document, findings);
    if (!findings.empty()) return first_finding(findings);
    return std::unique_ptr<Processor>(std::move(made));
  };
  descriptor.lint = [read](const ConfigNode& config, const ConfigNode& document,
                           std::vector<Finding>& findings) { read(config, document, findings); };
  return descriptor;
}

}  // namespace

ProcessorDescriptor decode_descriptor() {
  return describe("decode", {"max_future", "max_age", "arrival_slack", "json_floats"},
                  {.takes = {std::string(kRecords)},
                   .gives = "decoded events",
                   .keyed_stores = {},
                   .id_stores = {},
                   .tables = {},
                   .sinks = {{.name = "rekey", .kind = SinkKind::every_record, .comes_back = true}}},
                  [](const ConfigNode& config, const ConfigNode& document, std::vector<Finding>& findings) {
                    DecodeConfig read = read_decode(config, document, findings);
                    // Meters are linted once, with the processor `meter`.
                    std::vector<Finding> told_there;
                    read.format.paths = MeterCatalog::from(document, told_there).paths();
                    return std::make_unique<Decode>(std::move(read));
                  });
}

ProcessorDescriptor dedup_descriptor() {
  return describe("dedup", {},
                  {.takes = {"decoded events"},
                   .gives = "distinct events",
                   .keyed_stores = {},
                   .id_stores = {"event_ids"},
                   .tables = {},
                   .sinks = {}},
                  [](const ConfigNode&, const ConfigNode&, std::vector<Finding>&) {
                    return std::make_unique<Dedup>(DedupConfig{});
                  });
}

ProcessorDescriptor meter_descriptor() {
  return describe("meter", {"disorder", "grace", "idle"},
                  {.takes = {"distinct events", std::string(kRecords)},
                   .gives = "changed windows",
                   .keyed_stores = {"windows", "parked"},
                   .id_stores = {"event_ids"},
                   .tables = {"customers"},
                   .sinks = {}},
                  [](const ConfigNode& config, const ConfigNode& document, std::vector<Finding>& findings) {
                    MeterConfig read = read_meter(config, document, findings);
                    return std::make_unique<Meter>(std::move(read), MeterCatalog::from(document, findings));
                  });
}

ProcessorDescriptor delta_descriptor() {
  return describe("delta", {"emit_every"},
                  {.takes = {"changed windows"},
                   .gives = "",
                   .keyed_stores = {"windows"},
                   .id_stores = {},
                   .tables = {},
                   .sinks = {{"totals", SinkKind::last_of_key}, {"deltas", SinkKind::every_record}}},
                  [](const ConfigNode& config, const ConfigNode& document, std::vector<Finding>& findings) {
                    DeltaConfig read;
                    read.emit_every = read_duration(config, "emit_every", std::chrono::seconds(1), findings);
                    // Its meters are linted once, with the processor `meter`.
                    std::vector<Finding> ignored;
                    return std::make_unique<Delta>(read, MeterCatalog::from(document, ignored));
                  });
}

}  // namespace tidemark::processors

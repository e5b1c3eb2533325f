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

// Ids that are remembered for ever need no check that arrivals run forward.
bool remembers_forever(const ConfigNode& document) {
  const ConfigNode* subs = document.find("sub_topologies");
  if (subs == nullptr) return false;
  for (const auto& [name, sub] : subs->map) {
    const ConfigNode* horizon = sub.at("stores.event_ids.horizon");
    if (horizon != nullptr && horizon->scalar == "forever") return true;
  }
  return false;
}

// Rows of closed periods stay: a purge that is asked for and does not happen must not pass in silence.
void refuse_purge(const ConfigNode& document, std::vector<Finding>& findings) {
  const ConfigNode* subs = document.find("sub_topologies");
  if (subs == nullptr) return;
  for (const auto& [name, sub] : subs->map) {
    const ConfigNode* margin = sub.at("stores.windows.purge_margin");
    const ConfigNode* purge = sub.at("stores.windows.purge");
    const bool never = purge != nullptr && purge->scalar == "never";
    if (margin != nullptr && !margin->is_null() && !never) {
      findings.push_back(
          finding_at(*margin, "purging closed periods is not built yet; say `purge: never`", ""));
    }
  }
}

DecodeConfig read_decode(const ConfigNode& config, const ConfigNode& document,
                         std::vector<Finding>& findings) {
  DecodeConfig read;
  read.max_future = read_duration(config, "max_future", minutes(5), findings);
  read.max_age = read_duration(config, "max_age", hours(35 * 24), findings);
  read.arrival_slack = read_duration(config, "arrival_slack", hours(23), findings);
  if (remembers_forever(document)) read.arrival_slack.reset();
  read.format.json_floats = read_bool(config, "json_floats", false, findings);
  read.format.default_tenant = read_string(document, "default_tenant", "", findings);
  return read;
}

MeterConfig read_meter(const ConfigNode& config, const ConfigNode& document, std::vector<Finding>& findings) {
  MeterConfig read;
  read.disorder = read_duration(config, "disorder", minutes(5), findings);
  read.grace = read_duration(config, "grace", hours(48), findings);
  const ConfigNode* idle = config.find("idle");
  if (idle != nullptr && idle->scalar != "off") {
    findings.push_back(
        finding_at(*idle, "advancing the watermark of an idle partition is not built yet", "off"));
  }
  // The format of parked bytes is that of decode: its node is the one of type decode.
  read.format.default_tenant = read_string(document, "default_tenant", "", findings);
  if (const ConfigNode* subs = document.find("sub_topologies")) {
    for (const auto& [sub_name, sub] : subs->map) {
      const ConfigNode* processors = sub.find("processors");
      if (processors == nullptr) continue;
      for (const auto& [name, processor] : processors->map) {
        const ConfigNode* type = processor.find("type");
        if (type != nullptr && type->scalar == "decode")
          read.format.json_floats = read_bool(processor, "json_floats", false, findings);
      }
    }
  }
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
                   .sinks = {}},
                  [](const ConfigNode& config, const ConfigNode& document, std::vector<Finding>& findings) {
                    return std::make_unique<Decode>(read_decode(config, document, findings));
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
                    refuse_purge(document, findings);
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

#pragma once
// Topologies written to a folder of the test's own, the real processors, and a smaller catalog that fits
// kValid.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "processors/decode.h"
#include "processors/dedup.h"
#include "processors/delta.h"
#include "processors/meter.h"
#include "runtime/topology/topology.h"

namespace tidemark::runtime::testing {

inline ProcessorCatalog fake_catalog() {
  const auto descriptor = [](std::string type, std::vector<std::string> keys, ProcessorNeeds needs) {
    ProcessorDescriptor out;
    out.type = std::move(type);
    out.config_keys = std::move(keys);
    out.needs = std::move(needs);
    return out;
  };
  const auto needs = [](std::vector<std::string> takes, std::string gives) {
    ProcessorNeeds out;
    out.takes = std::move(takes);
    out.gives = std::move(gives);
    return out;
  };
  ProcessorCatalog catalog{descriptor("decode", {"max_future", "max_age", "arrival_slack", "json_floats"},
                                      needs({"records"}, "decoded events")),
                           descriptor("dedup", {}, needs({"decoded events"}, "distinct events")),
                           descriptor("meter", {"disorder", "grace", "idle"}, needs({"distinct events"}, "")),
                           descriptor("delta", {"emit_every"}, {})};
  catalog[1].needs.id_stores = {"event_ids"};
  catalog[2].needs.keyed_stores = {"windows"};
  catalog[2].needs.tables = {"customers"};
  catalog[2].needs.sinks = {{"out", SinkKind::last_of_key}};
  for (const std::size_t reads_meters : {2, 3}) {
    catalog[reads_meters].lint = [](const ConfigNode&, const ConfigNode& document,
                                    std::vector<Finding>& findings) {
      processors::MeterCatalog::from(document, findings);
    };
  }
  return catalog;
}

inline ProcessorCatalog real_catalog() {
  return {processors::decode_descriptor(), processors::dedup_descriptor(), processors::meter_descriptor(),
          processors::delta_descriptor()};
}

class Scratch {
 public:
  Scratch()
      : folder_(std::filesystem::temp_directory_path() /
                ("tidemark_topology_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  const std::filesystem::path folder_;
};

// The findings as lines without the folder: "t.yaml:3:1: message".
inline std::vector<std::string> lines_of(const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (Finding finding : findings) {
    finding.mark.file = std::filesystem::path(finding.mark.file).filename().string();
    lines.push_back(to_string(finding));
  }
  return lines;
}

inline const std::string kValid = R"(version: 1
application: app
default_tenant: acme
topics:
  partitions: 4
  events:    {name: in, retention: 100d}
  customers: {name: people, cleanup: compact}
  totals:    {name: out, cleanup: compact}
  dlq:       {name: dead}
engine:
  threads: 2
  memory: 512MiB
  commit_interval: 100ms
  transaction_timeout: 10s
sub_topologies:
  metering:
    sources:
      events:    {topic: events, role: stream}
      customers: {topic: customers, role: table}
    stores:
      event_ids: {kind: generations, horizon: 36d}
      windows:   {kind: keyed, purge_margin: 24h}
    processors:
      decode: {type: decode, from: [events], max_age: 35d}
      dedup:  {type: dedup, from: [decode], stores: [event_ids]}
      meter:  {type: meter, from: [dedup], tables: [customers], stores: [windows]}
    sinks:
      out: {topic: totals, from: [meter]}
    dead_letters: dlq
meters:
  - {name: calls, event_types: "*", aggregation: count}
)";

// REQUIRES: `from` stands in kValid. An empty `from` appends.
inline std::string valid_but(const std::string& from, const std::string& to) {
  std::string text = kValid;
  if (from.empty()) return text + to;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

}  // namespace tidemark::runtime::testing

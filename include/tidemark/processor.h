#pragma once
// A processor turns batches into batches. Pure: no clock, no I/O, no randomness, no threads; the same
// records in the same order give the same output whatever the batch cuts.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/config.h"
#include "tidemark/context.h"

namespace tidemark {

// Deferred work of a processor, done in bounded slices between batches.
enum class Backlog : std::uint8_t {
  none,
  some,      // more is left; records may go on meanwhile
  blocking,  // more is left; no record is processed before it is done
};

// What must be quiet before a processor is told that time goes on without records.
struct IdleRule {
  std::chrono::milliseconds after{};      // so long no record of these
  std::vector<SourceIndex> sources;       // read to their high watermarks, not only to the last stable offset
  std::vector<SourceIndex> unheard = {};  // of these sources: their records break no silence
};

class Processor {
 public:
  virtual ~Processor() = default;
  // Once, before anything else and after every restore: look up stores, counters, sources.
  virtual Status open(Context& context) = 0;
  // Input is std::span<RecordView> for a source or a table, else what the upstream processor forwards.
  virtual Status process(Batch batch, Context& context) = 0;
  // One bounded slice of deferred work. Called before each batch and while idle.
  virtual Result<Backlog> drain(Context&) { return Backlog::none; }
  // Asked after open(). nullopt: idle() is never called.
  virtual std::optional<IdleRule> idle_rule() const { return std::nullopt; }
  // Every record of the rule's sources that arrived before `broker_time`, by the broker's clock, is
  // processed, and what is still to come arrives later. Called between batches, now and then while it stays
  // quiet. What it changes is committed in an epoch without records, so that a restart finds the same.
  virtual Status idle(ArrivalTime, Context&) { return {}; }
  // After the last batch of an epoch and before store views are flushed.
  virtual Status end_epoch(Context&) { return {}; }
  // After an aborted epoch: forget what was cached outside of stores.
  virtual void reset() {}
};

// What the records that a processor writes to a sink mean to each other, and so how their topic may be
// cleaned.
enum class SinkKind : std::uint8_t {
  every_record,  // all count: a topic that is compacted would lose some
  last_of_key,  // the last of a key stands for those before it: a topic that is deleted by time would lose it
};
struct SinkDescriptor {
  std::string name;  // as in topology.yaml
  SinkKind kind;
  // By way of its topic, which is a source of the same processor too, records reach the tasks that they
  // belong to. May be left out: then the processor does without.
  bool comes_back = false;
};

// What a source gives; other kinds of batches are named by the processors that give and take them.
inline constexpr std::string_view kRecords = "records";

// What a processor type finds around it. Lint refuses a topology that lacks any of it or names more, so that
// what is declared here may be asked of the Context without another look.
struct ProcessorNeeds {
  std::vector<std::string> takes;  // kinds of batches; from a source: kRecords
  std::string gives;               // the kind that it forwards; somebody must take it. Empty: none
  std::vector<std::string> keyed_stores;
  std::vector<std::string> id_stores;
  std::vector<std::string> tables;
  std::vector<SinkDescriptor> sinks;
};

// What the catalogue knows of a processor type. Built in the composition root (cli/).
struct ProcessorDescriptor {
  std::string type;                      // the name in topology.yaml
  std::vector<std::string> config_keys;  // accepted beside type, from, stores, tables
  ProcessorNeeds needs;
  // Called once per task. `config` is the node of the processor, `document` the whole file.
  std::function<Result<std::unique_ptr<Processor>>(const ConfigNode& config, const ConfigNode& document)>
      make;
  // Checks the configuration without building: every problem is a Finding.
  std::function<void(const ConfigNode& config, const ConfigNode& document, std::vector<Finding>& findings)>
      lint;
};

}  // namespace tidemark

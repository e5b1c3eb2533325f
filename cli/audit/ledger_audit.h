#pragma once
// The loss equation of one partition: what the epochs consumed, what the source topics hold, and the verdicts
// in the changelog of ids are held against each other. Pure.
// Feed it in this order: epochs, sources, ledger, finish().
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/audit/audit_findings.h"
#include "cli/audit/offset_blocks.h"
#include "cli/verdict_ledger.h"
#include "runtime/epoch_record.h"
#include "runtime/state/changelog.h"
#include "runtime/state/packed_changelog.h"

namespace tidemark::cli {

// One source whose records get verdicts.
struct JudgedSource {
  SourceIndex source;
  std::string name;   // in topology.yaml, as epoch records have it
  std::string topic;  // at the broker
};

struct SourceBalance {
  std::string topic;
  PartitionId partition;
  Offset from;               // the first offset that the epochs on record consumed
  Offset to;                 // the next one to be consumed
  Offset compared_from;      // records before it are gone from the topic, or their epochs from the record
  std::int64_t records = 0;  // in the topic, from there on; the other offsets are markers and aborted records
  std::int64_t judged = 0;   // distinct offsets with verdicts, from there on
  std::int64_t moved_unchecked = 0;  // moves whose first verdict is older than what is compared
  VerdictSums sums;                  // of all epochs on record
};

class LedgerAudit {
 public:
  // `ids` is the name of the id store in topology.yaml.
  LedgerAudit(PartitionId partition, std::string ids, std::vector<JudgedSource> sources,
              AuditFindings& findings);

  void take_epoch(const runtime::EpochRecord& record);
  // The last one: what later epochs wrote is not looked at. Nothing was ever counted: 0.
  EpochNumber cut() const { return last_epoch_; }
  // Where the topic begins now, before its records are given.
  void begin_source(std::size_t source, Offset log_start);
  void take_source_record(std::size_t source, Offset offset);
  // A record of the ledger, as bytes and taken apart.
  void take_verdicts(const runtime::PackedHeader& header, std::string_view bytes,
                     std::span<const runtime::IdEntry> entries);
  // `whole`: the ledger's topic still begins where it began, so nothing of it may be missing.
  std::vector<SourceBalance> finish(bool whole);

 private:
  struct Source {
    JudgedSource settings;
    std::optional<Offset> from;
    Offset to;
    std::optional<OffsetBlocks> in_topic;
    std::optional<OffsetBlocks> in_ledger;
    Offset compared_from;
    RecordPlace next;                   // after the last place with a verdict
    std::optional<Offset> last_offset;  // with a verdict
    std::set<RecordPlace> may_move;     // parked, or voids: all that a verdict may be changed of later
    std::set<RecordPlace> voided;
    std::int64_t moved_unchecked = 0;
  };
  void take_inputs(const runtime::EpochRecord& record);
  void judge(Source& source, const runtime::IdEntry& entry);
  void move(Source& source, const runtime::IdEntry& entry);
  void compare(const Source& source, const VerdictSums& sums);
  Source* find(SourceIndex index);

  const PartitionId partition_;
  const std::string ids_;
  AuditFindings& findings_;
  std::vector<Source> sources_;
  EpochNumber first_epoch_;
  EpochNumber last_epoch_;
  std::optional<EpochNumber> ledger_begin_;
  runtime::RowDigest told_;     // by the epochs on record
  runtime::RowDigest written_;  // by the same epochs
  VerdictLedger ledger_;
};

}  // namespace tidemark::cli

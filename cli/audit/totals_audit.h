#pragma once
// Totals, deltas and the rows they were told from, of one partition, held against each other. Pure.
// Give it everything of the partition in any order of topics, each topic in offset order; then finish().
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "cli/audit/audit_findings.h"
#include "cli/delta_faults.h"
#include "processors/window_row.h"
#include "schemas/usage_delta/chain.h"
#include "schemas/usage_total/codec.h"

namespace tidemark::cli {

// What the totals of one meter and period come to, over all customers whose period it is.
struct PeriodSums {
  std::int64_t totals = 0;
  std::int64_t final = 0;
  std::int64_t events = 0;  // counted less voided
  std::int64_t voided = 0;
};
using PeriodKey = std::tuple<std::string, EventTime, EventTime>;  // meter, start, end
using Periods = std::map<PeriodKey, PeriodSums>;

struct TotalsChecked {
  std::int64_t totals = 0;           // held against row and deltas
  std::int64_t deltas = 0;           // read
  std::int64_t in_motion = 0;        // keys that were written to while this was read: not compared
  std::int64_t purged = 0;           // final totals whose row is gone: held against deltas alone
  std::int64_t begun_before = 0;     // keys whose first deltas are gone: event counts are not added up
  std::int64_t without_deltas = 0;   // keys all of whose deltas are gone
  std::int64_t repaired_chains = 0;  // broken once, and rebased since
};

class TotalsAudit {
 public:
  // `cut`: the last epoch that is looked at. `deltas_whole`: no delta of the partition was deleted. `faults`
  // collects deltas that are none of the engine's, over all partitions: what of it is mended, the end tells.
  TotalsAudit(PartitionId partition, EpochNumber cut, bool deltas_whole, DeltaFaults& faults,
              AuditFindings& findings)
      : partition_(partition), cut_(cut), deltas_whole_(deltas_whole), faults_(faults), findings_(findings) {}

  // `key` is the record's, which is also the total's name.
  void take_delta(std::string_view key, const schemas::DecodedDelta& delta, const DeltaPlace& place);
  void take_total(std::string_view key, const schemas::DecodedTotal& total);
  void drop_total(std::string_view key);
  void take_row(std::string_view key, const processors::WindowRow& row, EpochNumber epoch);
  void drop_row(std::string_view key, EpochNumber epoch);

  TotalsChecked finish(Periods& periods);

 private:
  // As a row tells it: without what is pending.
  struct Told {
    Quantity total;
    std::int64_t events = 0;
    std::optional<std::int64_t> voided;  // unknown while something is pending
    std::int64_t seq = 0;
    std::int64_t revision = 0;
    bool final = false;
  };
  struct Key {
    std::optional<Told> row;
    bool in_motion = false;
    std::optional<schemas::DecodedTotal> total;
    std::int64_t first_seq = 0;  // of the deltas that are still there
    std::int64_t events = 0;     // the sum over them
    std::string broken_at;       // the delta that broke its chain, if one did
    bool rebased = false;
    bool has_own_delta = false;  // one whose value names this key, too
  };
  static Told told(const processors::WindowRow& row);
  void check(const std::string& name, const Key& key);
  void check_chain(const std::string& name, const Key& key, const schemas::ChainHead& head);
  void check_total(const std::string& name, const Key& key);
  void differ(std::string_view code, const std::string& name, std::string_view one, const std::string& has,
              std::string_view other, const std::string& wanted);

  const PartitionId partition_;
  const EpochNumber cut_;
  const bool deltas_whole_;
  DeltaFaults& faults_;
  AuditFindings& findings_;
  schemas::DeltaChain chain_{schemas::ChainStart::anywhere};
  std::unordered_map<std::string, Key> keys_;
  TotalsChecked checked_;
};

}  // namespace tidemark::cli

#pragma once
// What an audit says, for people and for programs. Pure.
#include <string>
#include <vector>

#include "cli/audit/audit_findings.h"
#include "cli/audit/ledger_audit.h"
#include "cli/audit/totals_audit.h"
#include "cli/output.h"

namespace tidemark::cli {

struct AuditReport {
  std::vector<SourceBalance> balances;
  Periods periods;
  TotalsChecked checked;
  AuditFindings findings;
  AuditFindings mended;  // faults among the deltas that lie before a rebase of their total
  AuditFindings strays;  // records among the deltas that are none and name no total: they break no chain
};

// What the faults among the deltas come to, once all partitions are read. `topic` is that of the deltas.
void add_faults(AuditReport& report, const DeltaFaults& faults, const std::string& topic);

void add_to(TotalsChecked& into, const TotalsChecked& from);
std::string render(const AuditReport& report, OutputFormat format);
// What was not compared, one remark a line: an audit says what it does not know.
std::vector<std::string> remarks(const AuditReport& report);

}  // namespace tidemark::cli

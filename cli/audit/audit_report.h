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
};

void add_to(TotalsChecked& into, const TotalsChecked& from);
std::string render(const AuditReport& report, OutputFormat format);
// What was not compared, one remark a line: an audit says what it does not know.
std::vector<std::string> remarks(const AuditReport& report);

}  // namespace tidemark::cli

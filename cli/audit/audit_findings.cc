#include "cli/audit/audit_findings.h"

namespace tidemark::cli {

void AuditFindings::add(std::string_view code, PartitionId partition, std::string_view what,
                        std::string detail) {
  if (++counts_[std::string(code)] > kKeptPerCode) return;
  kept_.push_back({std::string(code), partition, std::string(what), std::move(detail)});
}

}  // namespace tidemark::cli

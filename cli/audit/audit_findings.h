#pragma once
// What an audit found to differ: counted by code, the first of each kept. Pure.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/types.h"

namespace tidemark::cli {

struct AuditFinding {
  std::string code;  // "total_differs"; docs/errors.md lists them
  PartitionId partition;
  std::string what;    // a total's key, or a topic
  std::string detail;  // what differs
};

class AuditFindings {
 public:
  static constexpr std::int64_t kKeptPerCode = 100;
  void add(std::string_view code, PartitionId partition, std::string_view what, std::string detail);
  const std::vector<AuditFinding>& kept() const { return kept_; }
  const std::map<std::string, std::int64_t>& counts() const { return counts_; }
  bool empty() const { return counts_.empty(); }

 private:
  std::vector<AuditFinding> kept_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace tidemark::cli

#pragma once
// A file of customer profiles, checked before any of it is sent.
#include <string>
#include <string_view>
#include <vector>

#include "cli/line_reader.h"
#include "tidemark/result.h"

namespace tidemark::cli {

struct CustomerLine {
  std::string customer_id;  // decides the partition
  std::string key;
  std::string value;  // the line, byte for byte
};

struct CustomerFinding {
  std::int64_t line;
  std::string message;
};

struct CustomerFile {
  std::vector<CustomerLine> lines;
  std::vector<CustomerFinding> findings;  // empty: all lines are good
};

// Error: the file cannot be read.
Result<CustomerFile> check_customers(LineReader& reader, std::string_view default_tenant);

}  // namespace tidemark::cli

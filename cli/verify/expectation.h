#pragma once
// What a test expects, held against the records that came. Pure.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/config.h"

namespace tidemark::cli {

enum class FieldKind : std::uint8_t { text, integer, boolean, decimal, json, period };

struct Field {
  std::string_view name;  // in the test and in the record; a period is period_start and period_end there
  FieldKind kind;
  bool names_record = false;  // which record is meant; the others say what it holds
  bool required = false;
};

std::span<const Field> total_fields();  // of records of the topic of totals
std::span<const Field> delta_fields();  // of deltas

// Each expected entry (a map) finds a record of its own that fits in all fields it names; no record may be
// left over. `what` is "total" or "delta"; `list` the node of the expected. Findings without the test's name.
void compare_records(const ConfigNode& list, std::span<const nlohmann::ordered_json> records,
                     std::span<const Field> fields, std::string_view what, std::vector<Finding>& findings);

}  // namespace tidemark::cli

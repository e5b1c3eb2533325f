#pragma once
// Totals as rows for people and programs. Pure.
#include "cli/output.h"
#include "schemas/usage_total/codec.h"

namespace tidemark::cli {

Table total_table();  // without rows
void add_total(Table& table, const schemas::DecodedTotal& total);

}  // namespace tidemark::cli

#include "cli/total_table.h"

namespace tidemark::cli {

Table total_table() {
  return Table({{"tenant_id"},
                {"customer_id"},
                {"meter"},
                {"group"},
                {"period_start"},
                {"period_end"},
                {"total", true},
                {"event_count", true},
                {"voided", true},
                {"final"},
                {"revision", true}});
}

void add_total(Table& table, const schemas::DecodedTotal& total) {
  table.add({total.tenant_id, total.customer_id, total.meter,
             total.group.empty() ? Cell() : Cell(total.group), format_rfc3339(total.period_start),
             format_rfc3339(total.period_end), to_string(total.total), total.event_count,
             total.voided == 0 ? Cell() : Cell(total.voided), total.final, total.revision});
}

}  // namespace tidemark::cli

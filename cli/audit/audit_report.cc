#include "cli/audit/audit_report.h"

#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "cli/verdict_names.h"
#include "processors/judged_event.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;

// In the order of the loss equation.
constexpr std::uint8_t kVerdicts[] = {1, 2, 3, 4, 5, 6, 7};

std::int64_t count_of(const std::map<std::uint8_t, std::int64_t>& counts, std::uint8_t verdict) {
  const auto found = counts.find(verdict);
  return found == counts.end() ? 0 : found->second;
}

Table balance_table(const std::vector<SourceBalance>& balances) {
  std::vector<Column> columns{{"topic"}, {"partition", true}, {"consumed", true}};
  for (const std::uint8_t verdict : kVerdicts) columns.push_back({verdict_name(verdict), true});
  columns.push_back({"voided", true});
  Table table(std::move(columns));
  for (const SourceBalance& balance : balances) {
    std::vector<Cell> row{balance.topic, std::int64_t{balance.partition.value()}, balance.sums.consumed()};
    for (const std::uint8_t verdict : kVerdicts) row.emplace_back(count_of(balance.sums.verdicts, verdict));
    row.emplace_back(count_of(balance.sums.moved, static_cast<std::uint8_t>(processors::Verdict::voided)));
    table.add(std::move(row));
  }
  return table;
}

Table period_table(const Periods& periods) {
  Table table({{"meter"},
               {"period_start"},
               {"period_end"},
               {"totals", true},
               {"final", true},
               {"counted", true},
               {"voided", true},
               {"event_count", true}});
  for (const auto& [key, sums] : periods) {
    const auto& [meter, start, end] = key;
    table.add({meter, format_rfc3339(start), format_rfc3339(end), sums.totals, sums.final,
               sums.events + sums.voided, sums.voided, sums.events});
  }
  return table;
}

std::string findings_text(const std::string& title, const AuditFindings& findings) {
  std::string out;
  for (const auto& [code, count] : findings.counts()) {
    out += title + " " + code + ": " + group_digits(count) + "\n";
    for (const AuditFinding& finding : findings.kept()) {
      if (finding.code != code) continue;
      out += "  partition " + std::to_string(finding.partition.value()) + "  " + table_text(finding.what) +
             "  " + table_text(finding.detail) + "\n";
    }
  }
  return out;
}

Json json_of(const SourceBalance& balance) {
  Json out{{"topic", balance.topic},
           {"partition", balance.partition.value()},
           {"from", balance.from.value()},
           {"to", balance.to.value()},
           {"compared_from", balance.compared_from.value()},
           {"records", balance.records},
           {"records_with_verdicts", balance.judged},
           {"consumed", balance.sums.consumed()}};
  for (const std::uint8_t verdict : kVerdicts)
    out[verdict_name(verdict)] = count_of(balance.sums.verdicts, verdict);
  out["dead_letters"] = Json::object();
  for (const auto& [code, count] : balance.sums.dead_letters) out["dead_letters"][code_name(code)] = count;
  out["moved"] = Json::object();
  for (const auto& [verdict, count] : balance.sums.moved) out["moved"][verdict_name(verdict)] = count;
  out["moved_unchecked"] = balance.moved_unchecked;
  return out;
}

Json json_of(const TotalsChecked& checked) {
  return {{"totals", checked.totals},
          {"deltas", checked.deltas},
          {"in_motion", checked.in_motion},
          {"purged", checked.purged},
          {"begun_before", checked.begun_before},
          {"without_deltas", checked.without_deltas},
          {"repaired_chains", checked.repaired_chains}};
}

Json json_of(const AuditFindings& findings) {
  Json out = Json::array();
  for (const AuditFinding& finding : findings.kept()) {
    out.push_back({{"code", finding.code},
                   {"partition", finding.partition.value()},
                   {"what", finding.what},
                   {"detail", finding.detail}});
  }
  return out;
}

Json json_of(const AuditReport& report) {
  Json out{{"balances", Json::array()}, {"periods", Json::array()}};
  for (const SourceBalance& balance : report.balances) out["balances"].push_back(json_of(balance));
  out["periods"] = Json::parse(period_table(report.periods).render(OutputFormat::json));
  out["checked"] = json_of(report.checked);
  out["differences"] = report.findings.counts();
  out["findings"] = json_of(report.findings);
  out["mended"] = json_of(report.mended);
  out["strays"] = json_of(report.strays);
  return out;
}

std::int64_t count_of(const AuditFindings& findings) {
  std::int64_t sum = 0;
  for (const auto& [code, count] : findings.counts()) sum += count;
  return sum;
}

void remark(std::vector<std::string>& out, std::int64_t count, const char* what) {
  if (count > 0) out.push_back(group_digits(count) + " " + what);
}

}  // namespace

void add_to(TotalsChecked& into, const TotalsChecked& from) {
  into.totals += from.totals;
  into.deltas += from.deltas;
  into.in_motion += from.in_motion;
  into.purged += from.purged;
  into.begun_before += from.begun_before;
  into.without_deltas += from.without_deltas;
  into.repaired_chains += from.repaired_chains;
}

void add_faults(AuditReport& report, const DeltaFaults& faults, const std::string& topic) {
  for (const DeltaFault& fault : faults.all()) {
    AuditFindings& to = fault.key.empty()         ? report.strays
                        : faults.is_mended(fault) ? report.mended
                                                  : report.findings;
    to.add(fault.code, fault.place.partition, fault.key.empty() ? topic : fault.key, fault.detail);
  }
}

std::string render(const AuditReport& report, OutputFormat format) {
  if (format == OutputFormat::table) {
    const std::string balances = balance_table(report.balances).render(format);
    const std::string periods = period_table(report.periods).render(format);
    const std::string findings = findings_text("DIFFERENCE", report.findings) +
                                 findings_text("mended", report.mended) +
                                 findings_text("stray", report.strays);
    std::string out = balances;
    if (!out.empty() && !periods.empty()) out += "\n";
    out += periods;
    if (!out.empty() && !findings.empty()) out += "\n";
    return out + findings;
  }
  const int indent = format == OutputFormat::json ? 2 : -1;
  return json_of(report).dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<std::string> remarks(const AuditReport& report) {
  std::vector<std::string> out;
  std::int64_t gone = 0, moved_unchecked = 0;
  for (const SourceBalance& balance : report.balances) {
    gone += balance.compared_from.value() - balance.from.value();
    moved_unchecked += balance.moved_unchecked;
  }
  remark(
      out, gone,
      "offsets are gone from their topic or from the ledger: their verdicts were not compared with records");
  remark(out, moved_unchecked,
         "changes of verdicts are of records older than the epochs on record: not checked");
  remark(out, report.checked.in_motion, "totals were written to while they were read: not compared");
  remark(out, report.checked.purged,
         "final totals have no row in the state any more: compared with their deltas alone");
  remark(out, report.checked.begun_before,
         "chains began before what the deltas topic holds: their events were not added up");
  remark(out, report.checked.without_deltas,
         "totals have no delta in the topic any more: compared with their rows alone");
  remark(out, report.checked.repaired_chains, "chains were broken once and rebased since");
  remark(out, count_of(report.mended), "faults among the deltas lie before a rebase of their total: mended");
  remark(out, count_of(report.strays),
         "records among the deltas cannot be read and name no total: no chain lacks them");
  return out;
}

}  // namespace tidemark::cli

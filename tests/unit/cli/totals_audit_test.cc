#include "cli/audit/totals_audit.h"

#include <gtest/gtest.h>

#include <functional>

#include "cli/audit/audit_report.h"
#include "tidemark/partitioner.h"

namespace tidemark::cli {
namespace {

using processors::WindowRow;
using schemas::DecodedDelta;
using schemas::DecodedTotal;
using schemas::DeltaKind;

constexpr std::int32_t kPartitions = 4;
const PartitionId kHome = home_partition("cus_1", kPartitions);

schemas::UsageKey key() {
  return {.tenant_id = "acme",
          .customer_id = "cus_1",
          .meter = "tokens",
          .period_start = parse_rfc3339("2026-11-01T00:00:00Z").value(),
          .period_end = parse_rfc3339("2026-12-01T00:00:00Z").value(),
          .group = {}};
}
std::string name() {
  std::string text;
  schemas::append_usage_key(text, key());
  return text;
}

template <class Decoded>
void set_key(Decoded& decoded) {
  decoded.tenant_id = key().tenant_id;
  decoded.customer_id = key().customer_id;
  decoded.meter = key().meter;
  decoded.period_start = key().period_start;
  decoded.period_end = key().period_end;
}

DecodedDelta delta(std::int64_t seq, std::int64_t previous, std::int64_t change, std::int64_t events,
                   DeltaKind kind = DeltaKind::usage) {
  DecodedDelta out;
  set_key(out);
  out.delta_id = schemas::delta_id(key(), seq);
  out.seq = seq;
  out.kind = kind;
  out.previous_total = Quantity::from_integer(previous);
  out.delta = Quantity::from_integer(change);
  out.total = Quantity::from_integer(previous + change);
  out.event_count = events;
  out.epoch = seq;
  return out;
}

// One total, told twice (one of its three events voided), with its row and its deltas, to be damaged.
struct Partition {
  Partition() {
    set_key(total);
    total.total = Quantity::from_integer(7);
    total.event_count = 2;
    total.voided = 1;
    total.revision = 2;
    total.final = true;
    row.total = Quantity::from_integer(7);
    row.counted = 3;
    row.voided = 1;
    row.seq = 2;
    row.revision = 2;
    row.closed = row.final_emitted = true;
  }
  void pend(std::int64_t amount) {
    row.move(DeltaKind::usage, Quantity::from_integer(7 + amount),
             {.events = 1, .event_time = {}, .place = {}});
  }

  std::vector<DecodedDelta> deltas{delta(1, 0, 9, 3), delta(2, 9, -2, -1)};
  DecodedTotal total;
  WindowRow row;
  EpochNumber row_epoch{2};
  bool has_total = true;
  bool has_row = true;
  bool deltas_whole = true;
  PartitionId partition = kHome;
};

TotalsChecked audit(const Partition& partition, AuditReport& report) {
  DeltaFaults faults(kPartitions);
  TotalsAudit audit(partition.partition, EpochNumber(9), partition.deltas_whole, faults, report.findings);
  std::int64_t offset = 0;
  for (const DecodedDelta& each : partition.deltas)
    audit.take_delta(name(), each, {partition.partition, Offset(offset++), {}});
  audit.take_total(name(), partition.total);
  if (!partition.has_total) audit.drop_total(name());
  audit.take_row(name(), partition.row, partition.row_epoch);
  if (!partition.has_row) audit.drop_row(name(), partition.row_epoch);
  const TotalsChecked checked = audit.finish(report.periods);
  add_faults(report, faults, "usage.deltas");
  return checked;
}

struct TotalsCase {
  const char* name;
  std::function<void(Partition&)> damage;
  std::vector<std::string> codes;  // in the order found
};

class TotalsAuditTest : public ::testing::TestWithParam<TotalsCase> {};

TEST_P(TotalsAuditTest, FindsWhatDiffersAndNamesIt) {
  Partition partition;
  GetParam().damage(partition);
  AuditReport report;
  audit(partition, report);
  std::vector<std::string> codes;
  for (const auto& finding : report.findings.kept()) {
    codes.push_back(finding.code);
    EXPECT_EQ(finding.what, name());
    EXPECT_FALSE(finding.detail.empty());
  }
  EXPECT_EQ(codes, GetParam().codes);
}

using Codes = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    Faults, TotalsAuditTest,
    ::testing::Values(
        TotalsCase{"none", [](Partition&) {}, {}},
        TotalsCase{"total_of_another_figure",
                   [](Partition& p) { p.total.total = Quantity::from_integer(8); },
                   {"total_differs", "total_differs"}},  // than the row's, and than the deltas'
        TotalsCase{"row_of_another_figure",
                   [](Partition& p) { p.row.total = Quantity::from_integer(8); },
                   {"total_differs"}},
        TotalsCase{"total_of_other_events",
                   [](Partition& p) { p.total.event_count = 3; },
                   {"event_count_differs", "event_count_differs"}},
        TotalsCase{"delta_of_other_events",
                   [](Partition& p) { p.deltas[1].event_count = 0; },
                   {"event_count_differs"}},
        TotalsCase{"another_number_of_voided", [](Partition& p) { p.total.voided = 0; }, {"voided_differs"}},
        TotalsCase{"another_revision", [](Partition& p) { p.total.revision = 1; }, {"revision_differs"}},
        TotalsCase{"told_open_but_closed", [](Partition& p) { p.total.final = false; }, {"final_differs"}},
        TotalsCase{"total_is_gone", [](Partition& p) { p.has_total = false; }, {"total_missing"}},
        TotalsCase{"row_is_gone_too_early",
                   [](Partition& p) {
                     p.has_row = false;
                     p.total.final = false;
                   },
                   {"row_missing"}},
        TotalsCase{"last_delta_is_gone",
                   [](Partition& p) { p.deltas.pop_back(); },
                   {"seq_differs", "total_differs", "event_count_differs"}},
        TotalsCase{
            "first_delta_is_gone", [](Partition& p) { p.deltas.erase(p.deltas.begin()); }, {"delta_missing"}},
        TotalsCase{"all_deltas_are_gone", [](Partition& p) { p.deltas.clear(); }, {"delta_missing"}},
        TotalsCase{"a_gap", [](Partition& p) { p.deltas.push_back(delta(4, 7, 1, 1)); }, {"delta_chain"}},
        TotalsCase{"a_fork", [](Partition& p) { p.deltas.push_back(delta(2, 9, -3, -1)); }, {"delta_chain"}},
        TotalsCase{
            "a_mismatch", [](Partition& p) { p.deltas.push_back(delta(3, 9, 1, 1)); }, {"delta_chain"}},
        TotalsCase{"a_forged_delta_that_fits",
                   [](Partition& p) { p.deltas.push_back(delta(3, 7, 1, 1)); },
                   {"seq_differs", "total_differs", "event_count_differs"}},
        TotalsCase{"a_delta_produced_twice",
                   [](Partition& p) { p.deltas.push_back(p.deltas.back()); },
                   {"delta_repeated"}},
        TotalsCase{
            "a_delta_of_another_id", [](Partition& p) { p.deltas[1].delta_id = "td_0"; }, {"delta_id"}},
        TotalsCase{"a_delta_under_another_key",
                   [](Partition& p) {
                     p.deltas[1].meter = "seats";
                     p.deltas[1].delta_id = schemas::delta_id(
                         {"acme", "cus_1", "seats", key().period_start, key().period_end, ""}, 2);
                   },
                   {"delta_key"}},
        TotalsCase{"deltas_in_another_partition",
                   [](Partition& p) { p.partition = PartitionId((kHome.value() + 1) % kPartitions); },
                   {"delta_home", "delta_home"}}),
    [](const auto& test) { return std::string(test.param.name); });

struct UncheckedCase {
  const char* name;
  std::function<void(Partition&)> change;
  std::int64_t TotalsChecked::*counted;
};

class UncheckedTest : public ::testing::TestWithParam<UncheckedCase> {};

TEST_P(UncheckedTest, IsNoDifferenceButSaid) {
  Partition partition;
  GetParam().change(partition);
  AuditReport report;
  report.checked = audit(partition, report);
  const AuditFindings& findings = report.findings;
  EXPECT_TRUE(findings.empty()) << findings.kept().front().code << " " << findings.kept().front().detail;
  EXPECT_EQ(report.checked.*GetParam().counted, 1);
  EXPECT_EQ(remarks(report).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Totals, UncheckedTest,
                         ::testing::Values(UncheckedCase{"row_of_a_later_epoch",
                                                         [](Partition& p) {
                                                           p.row_epoch = EpochNumber(10);
                                                           p.total.total = Quantity::from_integer(100);
                                                         },
                                                         &TotalsChecked::in_motion},
                                           UncheckedCase{"delta_of_a_later_epoch",
                                                         [](Partition& p) {
                                                           p.deltas.push_back(delta(3, 7, 1, 1));
                                                           p.deltas.back().epoch = 10;
                                                         },
                                                         &TotalsChecked::in_motion},
                                           UncheckedCase{"purged", [](Partition& p) { p.has_row = false; },
                                                         &TotalsChecked::purged},
                                           UncheckedCase{"first_delta_is_gone_by_retention",
                                                         [](Partition& p) {
                                                           p.deltas.erase(p.deltas.begin());
                                                           p.deltas_whole = false;
                                                         },
                                                         &TotalsChecked::begun_before},
                                           UncheckedCase{"all_deltas_are_gone_by_retention",
                                                         [](Partition& p) {
                                                           p.deltas.clear();
                                                           p.deltas_whole = false;
                                                         },
                                                         &TotalsChecked::without_deltas},
                                           UncheckedCase{"a_break_that_a_rebase_mended",
                                                         [](Partition& p) {
                                                           p.deltas.push_back(delta(9, 9, 1, 1));
                                                           p.deltas.push_back(
                                                               delta(3, 7, 0, 0, DeltaKind::rebase));
                                                           p.row.seq = 3;
                                                         },
                                                         &TotalsChecked::repaired_chains},
                                           UncheckedCase{"a_forged_delta_that_a_rebase_mended",
                                                         [](Partition& p) {
                                                           p.deltas.push_back(delta(3, 7, 1, 1));
                                                           p.deltas.push_back(
                                                               delta(3, 7, 0, 0, DeltaKind::rebase));
                                                           p.row.seq = 3;
                                                         },
                                                         &TotalsChecked::repaired_chains}),
                         [](const auto& test) { return std::string(test.param.name); });

struct MendedCase {
  const char* name;
  std::function<void(Partition&)> damage;
  const char* code;
};

class MendedTest : public ::testing::TestWithParam<MendedCase> {};

// The rebase that follows the damage, and the damage once more behind it.
TEST_P(MendedTest, BeforeTheRebaseAndNotAfterIt) {
  Partition partition;
  GetParam().damage(partition);
  const std::size_t damaged = partition.deltas.size();
  partition.deltas.push_back(delta(3, 7, 0, 0, DeltaKind::rebase));
  partition.row.seq = 3;
  AuditReport report;
  report.checked = audit(partition, report);
  EXPECT_TRUE(report.findings.empty()) << report.findings.kept().front().code;
  EXPECT_EQ(report.mended.counts(), (std::map<std::string, std::int64_t>{{GetParam().code, 1}}));

  partition.deltas.push_back(partition.deltas[damaged - 1]);
  AuditReport again;
  audit(partition, again);
  EXPECT_EQ(again.findings.counts().count(GetParam().code), 1u);
  EXPECT_EQ(again.mended.counts(), (std::map<std::string, std::int64_t>{{GetParam().code, 1}}));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, MendedTest,
    ::testing::Values(MendedCase{"a_delta_of_another_id",
                                 [](Partition& p) {
                                   p.deltas.push_back(delta(3, 7, 1, 1));
                                   p.deltas.back().delta_id = "td_0";
                                 },
                                 "delta_id"},
                      MendedCase{"a_delta_produced_twice",
                                 [](Partition& p) { p.deltas.push_back(p.deltas.back()); }, "delta_repeated"},
                      MendedCase{"a_delta_of_a_later_epoch_and_another_id",
                                 [](Partition& p) {
                                   p.deltas.push_back(delta(3, 7, 1, 1));
                                   p.deltas.back().delta_id = "td_0";
                                   p.deltas.back().epoch = 10;
                                 },
                                 "delta_id"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TotalsAuditRebaseTest, AFirstDeltaThatIsGoneIsMendedByIt) {
  Partition partition;
  partition.deltas = {delta(2, 9, -2, -1), delta(3, 7, 0, 0, DeltaKind::rebase)};
  partition.row.seq = 3;
  AuditReport report;
  const TotalsChecked checked = audit(partition, report);
  EXPECT_TRUE(report.findings.empty()) << report.findings.kept().front().code;
  EXPECT_EQ(checked.repaired_chains, 1);
}

TEST(TotalsAuditPendingTest, WhatIsPendingIsNotTold) {
  Partition partition;
  partition.pend(5);
  AuditReport report;
  const TotalsChecked checked = audit(partition, report);
  EXPECT_TRUE(report.findings.empty()) << report.findings.kept().front().detail;
  EXPECT_EQ(checked.totals, 1);
}

TEST(TotalsAuditPeriodsTest, SumsPerMeterAndPeriod) {
  Partition partition;
  AuditReport report;
  audit(partition, report);
  ASSERT_EQ(report.periods.size(), 1u);
  const PeriodSums& sums = report.periods.begin()->second;
  EXPECT_EQ(sums.totals, 1);
  EXPECT_EQ(sums.final, 1);
  EXPECT_EQ(sums.events, 2);
  EXPECT_EQ(sums.voided, 1);
}

TEST(AuditFindingsTest, KeepsTheFirstOfEachCodeAndCountsAll) {
  AuditFindings findings;
  for (int i = 0; i < 150; ++i) findings.add("total_differs", kHome, "key", "detail");
  findings.add("delta_chain", kHome, "key", "detail");
  EXPECT_EQ(findings.kept().size(), 101u);
  EXPECT_EQ(findings.counts().at("total_differs"), 150);
}

}  // namespace
}  // namespace tidemark::cli

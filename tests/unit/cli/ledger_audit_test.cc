#include "cli/audit/ledger_audit.h"

#include <gtest/gtest.h>

#include <functional>

#include "processors/judged_event.h"

namespace tidemark::cli {
namespace {

using processors::Verdict;
using runtime::EpochRecord;
using runtime::IdEntry;

constexpr PartitionId kPartition{3};
constexpr SourceIndex kEvents{0};

IdEntry note(std::int64_t offset, Verdict verdict, std::uint16_t element = 0) {
  IdEntry entry;
  entry.kind = IdEntry::Kind::note;
  entry.offset = Offset(offset);
  entry.source = kEvents;
  entry.verdict = static_cast<std::uint8_t>(verdict);
  entry.element = element;
  return entry;
}
IdEntry remembered(std::int64_t offset, Verdict verdict) {
  IdEntry entry = note(offset, verdict);
  entry.kind = IdEntry::Kind::remembered;
  return entry;
}
IdEntry moved(IdEntry entry) {
  entry.moved = true;
  return entry;
}

EpochRecord epoch(std::int64_t number, std::int64_t from, std::int64_t to) {
  EpochRecord record;
  record.epoch = EpochNumber(number);
  record.inputs = {{"events", Offset(from), Offset(to)}};
  return record;
}

// An engine that did everything right, to be damaged: two epochs, offset 2 a transaction marker, offset 3 a
// record of two elements, a parked event that is counted later, a void that takes an event back.
struct Partition {
  struct Epoch {
    EpochRecord record;
    std::vector<IdEntry> entries;
  };
  std::vector<Epoch> epochs{
      {epoch(1, 0, 4),
       {remembered(0, Verdict::counted), remembered(1, Verdict::parked), remembered(3, Verdict::counted),
        note(3, Verdict::dead_letter, 1)}},
      {epoch(2, 4, 6),
       {moved(remembered(1, Verdict::counted)), moved(note(1, Verdict::counted)),
        remembered(4, Verdict::void_event), moved(note(0, Verdict::voided)), note(5, Verdict::duplicate)}}};
  std::vector<std::int64_t> topic{0, 1, 3, 4, 5, 6};  // 6 is not consumed yet
  std::int64_t log_start = 0;
  bool whole = true;
  std::vector<IdEntry> after;  // of an epoch whose record was not read

  std::vector<IdEntry>& first() { return epochs[0].entries; }
  std::vector<IdEntry>& second() { return epochs[1].entries; }
  // Digests are those of what an epoch should have written, damaged or not, unless the test says otherwise.
  void seal() {
    for (Epoch& epoch : epochs) epoch.record.stores = {{"event_ids", digest(epoch).rows, digest(epoch).hash}};
  }
  static runtime::RowDigest digest(const Epoch& epoch) {
    runtime::RowDigest digest;
    runtime::PackedChangelogWriter writer;
    for (const std::string& bytes : writer.pack(epoch.record.epoch, epoch.entries)) digest.add_packed(bytes);
    return digest;
  }
};

void take(LedgerAudit& audit, EpochNumber epoch, const std::vector<IdEntry>& entries) {
  runtime::PackedChangelogWriter writer;
  for (const std::string& bytes : writer.pack(epoch, entries)) {
    std::vector<IdEntry> unpacked;
    const auto header = runtime::unpack(bytes, unpacked);
    ASSERT_TRUE(header) << header.error().message;
    audit.take_verdicts(*header, bytes, unpacked);
  }
}

std::vector<SourceBalance> audit(const Partition& partition, AuditFindings& findings) {
  LedgerAudit audit(kPartition, "event_ids", {{kEvents, "events", "usage.events"}}, findings);
  for (const auto& epoch : partition.epochs) audit.take_epoch(epoch.record);
  audit.begin_source(0, Offset(partition.log_start));
  for (const std::int64_t offset : partition.topic) {
    if (offset >= partition.log_start) audit.take_source_record(0, Offset(offset));
  }
  for (const auto& epoch : partition.epochs) take(audit, epoch.record.epoch, epoch.entries);
  take(audit, partition.epochs.back().record.epoch.next(), partition.after);
  return audit.finish(partition.whole);
}

struct LedgerCase {
  const char* name;
  std::function<void(Partition&)> damage;
  std::vector<std::string> codes;  // found, each once
};

class LedgerAuditTest : public ::testing::TestWithParam<LedgerCase> {};

TEST_P(LedgerAuditTest, FindsWhatDiffersAndNamesIt) {
  Partition partition;
  GetParam().damage(partition);
  if (partition.epochs[0].record.stores.empty()) partition.seal();
  AuditFindings findings;
  audit(partition, findings);
  std::vector<std::string> codes;
  for (const auto& finding : findings.kept()) {
    codes.push_back(finding.code);
    EXPECT_EQ(finding.partition, kPartition);
    EXPECT_FALSE(finding.detail.empty());
  }
  EXPECT_EQ(codes, GetParam().codes);
}

void seal_then(Partition& partition, const std::function<void(Partition&)>& damage) {
  partition.seal();
  damage(partition);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, LedgerAuditTest,
    ::testing::Values(
        LedgerCase{"none", [](Partition&) {}, {}},
        LedgerCase{"an_epoch_is_missing",
                   [](Partition& p) { p.epochs[1].record.epoch = EpochNumber(3); },
                   {"epoch_gap"}},
        LedgerCase{"an_epoch_begins_behind_the_one_before",
                   [](Partition& p) {
                     p.epochs[0].record.inputs[0].to = Offset(3);
                     p.first().resize(2);
                     p.topic = {0, 1, 4, 5};
                   },
                   {"input_gap"}},
        LedgerCase{"a_verdict_is_missing", [](Partition& p) { p.second().pop_back(); }, {"verdicts_differ"}},
        LedgerCase{"a_verdict_of_a_marker",
                   [](Partition& p) { p.first().insert(p.first().begin() + 2, note(2, Verdict::duplicate)); },
                   {"verdicts_differ"}},
        LedgerCase{"one_offset_judged_for_another",
                   [](Partition& p) {
                     p.topic = {0, 2, 3, 4, 5};
                   },
                   {"verdicts_differ"}},
        LedgerCase{"judged_twice",
                   [](Partition& p) { p.second().push_back(note(5, Verdict::duplicate)); },
                   {"judged_twice"}},
        LedgerCase{"an_element_judged_twice",
                   [](Partition& p) { p.first().push_back(note(3, Verdict::dead_letter, 1)); },
                   {"judged_twice"}},
        LedgerCase{"judged_but_not_consumed",
                   [](Partition& p) { p.second().push_back(note(6, Verdict::duplicate)); },
                   {"judged_unread"}},
        LedgerCase{"moved_without_a_first_verdict",
                   [](Partition& p) { p.second().push_back(moved(note(5, Verdict::counted))); },
                   {"moved_without_verdict"}},
        LedgerCase{"moved_twice",
                   [](Partition& p) { p.second().push_back(moved(note(1, Verdict::dead_letter))); },
                   {"moved_without_verdict"}},
        LedgerCase{"voided_twice",
                   [](Partition& p) { p.second().push_back(moved(note(0, Verdict::voided))); },
                   {"voided_twice"}},
        LedgerCase{"voided_before_it_came",
                   [](Partition& p) { p.first().insert(p.first().begin(), moved(note(3, Verdict::voided))); },
                   {"moved_without_verdict"}},
        LedgerCase{"more_voided_than_counted",
                   [](Partition& p) {
                     for (const std::int64_t offset : {1, 3, 5})
                       p.second().push_back(moved(note(offset, Verdict::voided)));
                   },
                   {"voided_uncounted"}},
        LedgerCase{"a_row_of_the_ledger_is_gone",
                   [](Partition& p) {
                     seal_then(p, [](Partition& sealed) {
                       sealed.second().clear();
                       sealed.topic = {0, 1, 3};
                     });
                   },
                   {"ledger_differs"}},
        LedgerCase{"a_row_of_the_ledger_says_something_else",
                   [](Partition& p) {
                     seal_then(p, [](Partition& sealed) {
                       sealed.second().back().verdict = static_cast<std::uint8_t>(Verdict::ignored);
                     });
                   },
                   {"ledger_differs"}},
        LedgerCase{"a_verdict_of_no_source",
                   [](Partition& p) {
                     p.second().push_back(note(0, Verdict::duplicate));
                     p.second().back().source = SourceIndex(1);
                   },
                   {"verdict_of_no_source"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(LedgerBalanceTest, SaysWhatWasConsumedAndWhatIsThere) {
  Partition partition;
  partition.seal();
  AuditFindings findings;
  const auto balance = audit(partition, findings).at(0);
  EXPECT_EQ(balance.from, Offset(0));
  EXPECT_EQ(balance.to, Offset(6));
  EXPECT_EQ(balance.records, 5);
  EXPECT_EQ(balance.judged, 5);
  EXPECT_EQ(balance.sums.consumed(), 6) << "elements have verdicts of their own";
}

TEST(LedgerBalanceTest, WhatRetentionTookIsNotComparedAndSaid) {
  Partition partition;
  partition.seal();
  partition.log_start = 4;
  AuditFindings findings;
  const auto balance = audit(partition, findings).at(0);
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(balance.compared_from, Offset(4));
  EXPECT_EQ(balance.records, 2);
  EXPECT_EQ(balance.judged, 2);
}

TEST(LedgerBalanceTest, OlderEpochsAreNotLookedAt) {
  Partition partition;
  partition.seal();
  const auto first = partition.epochs.front();
  partition.epochs.erase(partition.epochs.begin());  // gone by retention
  partition.log_start = 4;
  AuditFindings findings;
  LedgerAudit audit(kPartition, "event_ids", {{kEvents, "events", "usage.events"}}, findings);
  audit.take_epoch(partition.epochs[0].record);
  audit.begin_source(0, Offset(4));
  audit.take_source_record(0, Offset(4));
  audit.take_source_record(0, Offset(5));
  take(audit, EpochNumber(1), first.entries);
  take(audit, EpochNumber(2), partition.epochs[0].entries);
  const auto balance = audit.finish(false).at(0);
  EXPECT_TRUE(findings.empty()) << findings.kept().front().detail;
  EXPECT_EQ(balance.moved_unchecked, 2);
  EXPECT_EQ(balance.sums.consumed(), 2);
}

TEST(LedgerBalanceTest, WhatALaterEpochWroteIsLeftOut) {
  Partition partition;
  partition.seal();
  partition.after = {note(6, Verdict::duplicate)};
  AuditFindings findings;
  EXPECT_EQ(audit(partition, findings).at(0).sums.consumed(), 6);
  EXPECT_TRUE(findings.empty());
}

}  // namespace
}  // namespace tidemark::cli

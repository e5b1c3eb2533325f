#include "cli/verdict_ledger.h"

#include <gtest/gtest.h>

namespace tidemark::cli {
namespace {

using processors::Verdict;
using runtime::IdEntry;

constexpr SourceIndex kEvents{0};
constexpr PartitionId kPartition{3};

IdEntry remembered(std::int64_t offset, Verdict verdict, SourceIndex source = kEvents) {
  IdEntry entry;
  entry.kind = IdEntry::Kind::remembered;
  entry.offset = Offset(offset);
  entry.source = source;
  entry.verdict = static_cast<std::uint8_t>(verdict);
  return entry;
}
IdEntry note(std::int64_t offset, Verdict verdict, std::uint16_t code = 0, bool moved = false) {
  IdEntry entry = remembered(offset, verdict);
  entry.kind = IdEntry::Kind::note;
  entry.code = code;
  entry.moved = moved;
  return entry;
}
IdEntry again(std::int64_t offset, Verdict verdict) {
  IdEntry entry = remembered(offset, verdict);
  entry.moved = true;
  return entry;
}
IdEntry forgotten() {
  IdEntry entry;
  entry.kind = IdEntry::Kind::forgotten;
  return entry;
}
std::int64_t of(const VerdictSums& sums, Verdict verdict) {
  const auto found = sums.verdicts.find(static_cast<std::uint8_t>(verdict));
  return found == sums.verdicts.end() ? 0 : found->second;
}

TEST(VerdictLedgerTest, ConsumedIsTheSumOfAllVerdicts) {
  VerdictLedger ledger;
  ledger.add(kPartition, std::vector{remembered(0, Verdict::counted), note(1, Verdict::duplicate),
                                     note(2, Verdict::dead_letter, 26), note(5, Verdict::dead_letter, 5)});
  ledger.add(kPartition, std::vector{remembered(6, Verdict::ignored), note(7, Verdict::dead_letter, 26)});
  const VerdictSums& sums = ledger.by_source().at(kEvents);
  EXPECT_EQ(sums.consumed(), 6);
  EXPECT_EQ(of(sums, Verdict::counted), 1);
  EXPECT_EQ(of(sums, Verdict::dead_letter), 3);
  EXPECT_EQ(sums.dead_letters, (std::map<std::uint16_t, std::int64_t>{{5, 1}, {26, 2}}));
  EXPECT_EQ(sums.judged_twice, 0);
}

TEST(VerdictLedgerTest, AReleasedRecordKeepsItsFirstVerdictAndIsCountedAsMoved) {
  VerdictLedger ledger;
  ledger.add(kPartition, std::vector{remembered(0, Verdict::parked), remembered(1, Verdict::parked),
                                     note(2, Verdict::duplicate)});
  ledger.add(kPartition,
             std::vector{again(0, Verdict::counted), note(0, Verdict::counted, 0, true), forgotten(),
                         note(1, Verdict::dead_letter, 61, true), remembered(3, Verdict::counted)});
  const VerdictSums& sums = ledger.by_source().at(kEvents);
  EXPECT_EQ(sums.consumed(), 4);
  EXPECT_EQ(of(sums, Verdict::parked), 2);
  EXPECT_EQ(of(sums, Verdict::counted), 1);
  EXPECT_EQ(sums.moved.at(static_cast<std::uint8_t>(Verdict::counted)), 1);
  EXPECT_EQ(sums.moved_dead_letters, (std::map<std::uint16_t, std::int64_t>{{61, 1}}));
  EXPECT_EQ(sums.judged_twice, 0);
}

TEST(VerdictLedgerTest, ASecondVerdictOfOneRecordIsFound) {
  VerdictLedger ledger;
  ledger.add(kPartition, std::vector{note(4, Verdict::duplicate), note(4, Verdict::duplicate)});
  EXPECT_EQ(ledger.by_source().at(kEvents).consumed(), 1);
  EXPECT_EQ(ledger.by_source().at(kEvents).judged_twice, 1);
}

TEST(VerdictLedgerTest, OffsetsOfPartitionsAndSourcesAreTheirOwn) {
  VerdictLedger ledger;
  ledger.add(PartitionId(0),
             std::vector{remembered(9, Verdict::counted), remembered(0, Verdict::counted, SourceIndex(2))});
  ledger.add(PartitionId(1), std::vector{note(0, Verdict::duplicate)});
  EXPECT_EQ(ledger.by_source().at(kEvents).consumed(), 2);
  EXPECT_EQ(ledger.by_source().at(SourceIndex(2)).consumed(), 1);
  EXPECT_EQ(ledger.by_source().at(kEvents).judged_twice, 0);
}

}  // namespace
}  // namespace tidemark::cli

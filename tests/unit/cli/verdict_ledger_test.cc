#include "cli/verdict_ledger.h"

#include <gtest/gtest.h>

#include "processors/remembered.h"

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

IdEntry element(IdEntry entry, std::uint16_t number) {
  entry.element = number;
  return entry;
}

TEST(VerdictLedgerTest, EachElementOfARecordHasAVerdictOfItsOwn) {
  VerdictLedger ledger;
  ledger.add(kPartition,
             std::vector{remembered(4, Verdict::counted), element(note(4, Verdict::dead_letter, 26), 1),
                         element(remembered(4, Verdict::counted), 2)});
  ledger.add(kPartition, std::vector{remembered(5, Verdict::ignored)});
  const VerdictSums& sums = ledger.by_source().at(kEvents);
  EXPECT_EQ(sums.consumed(), 4);
  EXPECT_EQ(of(sums, Verdict::counted), 2);
  EXPECT_EQ(sums.judged_twice, 0);
  ledger.add(kPartition, std::vector{element(note(5, Verdict::duplicate), 0)});
  EXPECT_EQ(ledger.by_source().at(kEvents).judged_twice, 1) << "the first element is the record";
}

TEST(VerdictLedgerTest, AVoidMovesItsEventAndIsAVerdictItself) {
  VerdictLedger ledger;
  ledger.add(kPartition, std::vector{remembered(0, Verdict::counted), remembered(1, Verdict::void_event),
                                     note(0, Verdict::voided, 0, true), again(0, Verdict::counted)});
  const VerdictSums& sums = ledger.by_source().at(kEvents);
  EXPECT_EQ(sums.consumed(), 2);
  EXPECT_EQ(of(sums, Verdict::void_event), 1);
  EXPECT_EQ(of(sums, Verdict::voided), 0);
  EXPECT_EQ(sums.moved,
            (std::map<std::uint8_t, std::int64_t>{{static_cast<std::uint8_t>(Verdict::voided), 1}}));
}

// What voids have to do with an id stands beside its verdict.
TEST(VerdictLedgerTest, FlagsOfAnIdAreNoPartOfItsVerdict) {
  VerdictLedger ledger;
  IdEntry taken_back = remembered(0, Verdict::counted);
  taken_back.verdict |= processors::kTakenBack;
  IdEntry waited_for = remembered(1, Verdict::parked);
  waited_for.verdict |= processors::kVoidsWait;
  ledger.add(kPartition, std::vector{taken_back, waited_for});
  const VerdictSums& sums = ledger.by_source().at(kEvents);
  EXPECT_EQ(of(sums, Verdict::counted), 1);
  EXPECT_EQ(of(sums, Verdict::parked), 1);
  EXPECT_EQ(sums.verdicts.size(), 2u);
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

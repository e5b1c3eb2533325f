#include "cli/verdict_ledger.h"

namespace tidemark::cli {

using runtime::IdEntry;

std::int64_t VerdictSums::consumed() const {
  std::int64_t sum = 0;
  for (const auto& [verdict, count] : verdicts) sum += count;
  return sum;
}

void VerdictLedger::add(PartitionId partition, std::span<const IdEntry> entries) {
  for (const IdEntry& entry : entries) {
    if (entry.kind != IdEntry::Kind::remembered && entry.kind != IdEntry::Kind::note) continue;
    VerdictSums& sums = by_source_[entry.source];
    judge(entry, sums, next_offsets_[{partition, entry.source}]);
  }
}

void VerdictLedger::judge(const IdEntry& entry, VerdictSums& sums, Offset& next_offset) {
  constexpr auto kDeadLetter = static_cast<std::uint8_t>(processors::Verdict::dead_letter);
  if (entry.moved) {
    sums.moved[entry.verdict] += 1;
    if (entry.verdict == kDeadLetter) sums.moved_dead_letters[entry.code] += 1;
    return;
  }
  if (entry.offset < next_offset) {
    // An id remembered again is the other half of a move, whose note is counted above.
    if (entry.kind == IdEntry::Kind::note) sums.judged_twice += 1;
    return;
  }
  next_offset = entry.offset.next();  // records of a source are judged in offset order
  sums.verdicts[entry.verdict] += 1;
  if (entry.verdict == kDeadLetter) sums.dead_letters[entry.code] += 1;
}

}  // namespace tidemark::cli

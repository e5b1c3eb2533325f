#include "cli/verdict_ledger.h"

#include "processors/remembered.h"

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
    judge(entry, sums, next_[{partition, entry.source}]);
  }
}

void VerdictLedger::judge(const IdEntry& entry, VerdictSums& sums, RecordPlace& next) {
  constexpr auto kDeadLetter = static_cast<std::uint8_t>(processors::Verdict::dead_letter);
  if (entry.moved) {
    if (entry.kind == IdEntry::Kind::remembered) return;  // said again; a move of it has a note of its own
    sums.moved[entry.verdict] += 1;
    if (entry.verdict == kDeadLetter) sums.moved_dead_letters[entry.code] += 1;
    return;
  }
  const RecordPlace place{entry.source, entry.offset, entry.element};
  if (place < next) {
    sums.judged_twice += 1;
    return;
  }
  // Records of a source are judged in the order of offsets, their elements in their order.
  next = place;
  ++next.element;
  sums.verdicts[static_cast<std::uint8_t>(processors::verdict_of(entry.verdict))] += 1;
  if (entry.verdict == kDeadLetter) sums.dead_letters[entry.code] += 1;
}

}  // namespace tidemark::cli

#include "cli/verify/line_verdicts.h"

#include <algorithm>

#include "processors/judged_event.h"
#include "tidemark/assert.h"

namespace tidemark::cli {

void OffsetLines::add(Offset offset, std::int64_t line) {
  const bool goes_on = !runs_.empty() && line_of(offset) == line;
  if (!goes_on) runs_.emplace_back(offset, line);
}

std::int64_t OffsetLines::line_of(Offset offset) const {
  const auto beyond = std::upper_bound(runs_.begin(), runs_.end(), offset,
                                       [](Offset wanted, const auto& run) { return wanted < run.first; });
  TM_ASSERT(beyond != runs_.begin());
  const auto& [first, line] = *std::prev(beyond);
  return line + offset.value() - first.value();
}

void LineVerdicts::judge(const LinePlace& place, LineVerdict verdict) {
  if (place.element != 0) {
    notes_[place].verdict = verdict;
    notes_[{place.line}].has_siblings = true;
    return;
  }
  const auto word = static_cast<std::uint16_t>(verdict.code << kVerdictBits | verdict.verdict);
  TM_ASSERT(unpack(word).verdict == verdict.verdict && unpack(word).code == verdict.code);
  const auto at = static_cast<std::size_t>(place.line - 1);
  if (words_.size() <= at) words_.resize(at + 1);
  words_[at] = word;
}

void LineVerdicts::refuse(std::int64_t line, std::string topic, std::uint16_t code, std::string message) {
  judge({line}, {.verdict = static_cast<std::uint8_t>(processors::Verdict::dead_letter), .code = code});
  LineNotes& notes = notes_[{line}];
  notes.topic = std::move(topic);
  notes.message = std::move(message);
}

}  // namespace tidemark::cli

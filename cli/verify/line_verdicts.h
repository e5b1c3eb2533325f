#pragma once
// What became of each line of a file, or of each event of a line that holds several: two bytes per line, and
// more only where there is more to say. Pure.
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/types.h"

namespace tidemark::cli {

// Which line an offset of a source came from. A run of lines that follow each other costs one entry.
class OffsetLines {
 public:
  void add(Offset offset, std::int64_t line);  // REQUIRES: both rise
  std::int64_t line_of(Offset offset) const;   // REQUIRES: added, or later than one that was
 private:
  std::vector<std::pair<Offset, std::int64_t>> runs_;  // where each begins
};

struct LineVerdict {
  std::uint8_t verdict = 0;  // 0: the line is no usage, or nothing was said of it
  std::uint16_t code = 0;
};

struct LinePlace {
  std::int64_t line = 0;      // from 1
  std::uint16_t element = 0;  // of a line that holds several
  auto operator<=>(const LinePlace&) const = default;
};

struct LineNotes {
  std::optional<LineVerdict> verdict;  // of an element other than the first
  bool has_siblings = false;           // of the first one
  std::string topic;                   // of a record that is no usage
  std::string message;                 // of the last dead letter
  std::vector<LineVerdict> moves;      // later verdicts, in order
};

class LineVerdicts {
 public:
  void judge(const LinePlace& place, LineVerdict verdict);
  void move(const LinePlace& place, LineVerdict verdict) { notes_[place].moves.push_back(verdict); }
  void explain(const LinePlace& place, std::string message) { notes_[place].message = std::move(message); }
  // A record of another topic became a dead letter.
  void refuse(std::int64_t line, std::string topic, std::uint16_t code, std::string message);

  // In the order of places: fn(place, verdict, notes), notes being nullptr where there are none.
  template <class F>
  void for_each(F&& fn) const {
    auto notes = notes_.begin();
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const LinePlace first{static_cast<std::int64_t>(i) + 1};
      while (notes != notes_.end() && notes->first < first) ++notes;
      const bool has_notes = notes != notes_.end() && notes->first == first;
      if (words_[i] != 0) fn(first, unpack(words_[i]), has_notes ? &notes->second : nullptr);
      if (has_notes) ++notes;
      for (; notes != notes_.end() && notes->first.line == first.line; ++notes)
        if (notes->second.verdict) fn(notes->first, *notes->second.verdict, &notes->second);
    }
  }

 private:
  static constexpr unsigned kVerdictBits = 4;  // the other twelve hold the code
  static LineVerdict unpack(std::uint16_t word) {
    return {.verdict = static_cast<std::uint8_t>(word & ((1U << kVerdictBits) - 1)),
            .code = static_cast<std::uint16_t>(word >> kVerdictBits)};
  }
  std::vector<std::uint16_t> words_;  // by line - 1, of the first element
  std::map<LinePlace, LineNotes> notes_;
};

}  // namespace tidemark::cli

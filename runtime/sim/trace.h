#pragma once
// What happened, as a hash (two runs of one seed must agree) and as the last lines (for a failing seed).
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tidemark::runtime::sim {

class Trace {
 public:
  void note(std::string_view what, std::string_view who, std::initializer_list<std::int64_t> numbers = {}) {
    absorb(what);
    absorb(who);
    for (const std::int64_t number : numbers) absorb(std::to_string(number));
    ++count_;
    if (lines_max_ > 0) keep(what, who, numbers);
  }

  std::uint64_t hash() const { return hash_; }
  std::uint64_t count() const { return count_; }
  // Keeps the text of the last `lines_max` notes; 0 (the default) keeps none.
  void keep_lines(std::size_t lines_max) { lines_max_ = lines_max; }
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  void absorb(std::string_view text) {  // FNV-1a, with an end mark that no text contains
    for (const char byte : text) absorb_byte(static_cast<unsigned char>(byte));
    absorb_byte(0x100);
  }
  void absorb_byte(std::uint64_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3u; }

  void keep(std::string_view what, std::string_view who, std::initializer_list<std::int64_t> numbers) {
    std::string line = std::to_string(count_) + " " + std::string(what) + " " + std::string(who);
    for (const std::int64_t number : numbers) line += " " + std::to_string(number);
    lines_.push_back(std::move(line));
    if (lines_.size() > lines_max_) lines_.pop_front();
  }

  std::uint64_t hash_ = 0xcbf29ce484222325u;
  std::uint64_t count_ = 0;
  std::size_t lines_max_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace tidemark::runtime::sim

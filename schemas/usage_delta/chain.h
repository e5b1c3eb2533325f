#pragma once
// What a reader of usage.deltas may take. Per key the next `seq` with the matching `previous_total` is taken,
// the same again is a repeat, anything else stops that key alone, until a rebase of it. Pure.
// Owns: what it knows of each key, so feed it one partition, or keys of one's own. Threading: confined.
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "schemas/usage_delta/codec.h"
#include "tidemark/quantity.h"
#include "tidemark/types.h"

namespace tidemark::schemas {

// How far a key was read, and whether it is stopped. What a reader stores to go on later.
enum class ChainBreak : std::uint8_t {
  none,
  gap,       // a later seq than the next
  fork,      // a seq that was seen before, with other content
  mismatch,  // the next seq, on another previous_total
};
struct ChainHead {
  std::int64_t seq = 0;  // of the last delta taken; 0: none
  Quantity previous_total;
  Quantity total;
  Offset offset{-1};  // of the last record of the key, taken or not
  ChainBreak broken = ChainBreak::none;
};

enum class ChainStep : std::uint8_t {
  taken,
  repeat,   // seen before: to be dropped
  rebased,  // seq and total are a new base; what is owed is `total` less what was delivered
  stopped,  // breaks the chain: not taken, nor is what follows
  waiting,  // of a key that is stopped
};

// Where the chain of a key that was never seen may begin.
enum class ChainStart : std::uint8_t {
  first,     // at seq 1, or with a rebase
  anywhere,  // at what the topic still holds
};

class DeltaChain {
 public:
  explicit DeltaChain(ChainStart start) : start_(start) {}
  // REQUIRES: records of a key in offset order; a reader may begin again further back.
  // A record with a seq before the last one is a repeat by its seq and id alone: what it said is not kept.
  ChainStep accept(std::string_view key, const DecodedDelta& delta, Offset offset);
  void resume(std::string_view key, const ChainHead& head) {
    heads_.insert_or_assign(std::string(key), head);
  }
  const ChainHead* head(std::string_view key) const;  // nullptr: never seen

 private:
  ChainBreak check(const ChainHead& head, const DecodedDelta& delta) const;
  const ChainStart start_;
  std::unordered_map<std::string, ChainHead> heads_;
};

std::string_view name_of(ChainBreak reason);

}  // namespace tidemark::schemas

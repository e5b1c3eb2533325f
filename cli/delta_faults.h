#pragma once
// Records in the topic of deltas that the engine did not write, and which of them lie before a rebase of
// their total: those are mended, because every reader has a new base behind them. Pure.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/usage_delta/codec.h"
#include "tidemark/record.h"

namespace tidemark::cli {

struct DeltaPlace {
  PartitionId partition;
  Offset offset;
  ArrivalTime arrival;  // as the broker stamped it
};

struct DeltaFault {
  std::string code;  // "delta_id"; docs/errors.md lists them
  std::string key;   // of the total that the record names; "": it names none
  DeltaPlace place;
  std::string detail;  // which delta, where, what is wrong
};

schemas::UsageKey key_of(const schemas::DecodedDelta& delta);

// The total that a record names which is no delta: by its key, else by the fields of its value. Only the
// fields of the key are set.
std::optional<schemas::DecodedDelta> named_total(std::string_view key, std::string_view value);

class DeltaFaults {
 public:
  explicit DeltaFaults(std::int32_t partition_count) : partition_count_(partition_count) {}

  // A delta of any kind. False: it is not the engine's, because its id, key or partition is not its own, or
  // it is a rebase that came before. REQUIRES: records of a partition in offset order.
  bool take(std::string_view key, const schemas::DecodedDelta& delta, const DeltaPlace& place);
  // A record that is no delta. `named`: what named_total() says of it.
  void take_unreadable(const std::optional<schemas::DecodedDelta>& named, const DeltaPlace& place,
                       const std::string& message);
  void take_repeat(const schemas::DecodedDelta& delta, const DeltaPlace& place);

  const std::vector<DeltaFault>& all() const { return faults_; }
  // Asked at the end. A fault in another partition than its total lies before the rebase by the time of both.
  bool is_mended(const DeltaFault& fault) const;

 private:
  struct Rebase {
    DeltaPlace place;
    std::int64_t seq = 0;
  };
  void add(std::string_view code, std::string_view key, const schemas::DecodedDelta& delta,
           const DeltaPlace& place, const std::string& what);

  const std::int32_t partition_count_;
  std::vector<DeltaFault> faults_;
  std::map<std::string, Rebase, std::less<>> rebases_;  // by key, the last one
};

}  // namespace tidemark::cli

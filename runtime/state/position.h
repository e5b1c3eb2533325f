#pragma once
// How far a store has come, kept inside the store itself: whatever disk state survives a crash, the row
// tells which part of the changelog it holds, and replaying the rest heals it (also a cut MANIFEST).
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/storage.h"
#include "tidemark/result.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

inline constexpr std::uint32_t kStoreFormat = 3;

struct StorePosition {
  EpochNumber epoch;      // the last one applied; 0: the store is empty
  Offset changelog_next;  // the first changelog offset not yet applied
  Offset epochs_next;     // the first offset of the epochs topic beyond the record of `epoch`
  std::int32_t partition_count = 0;
  std::uint32_t format = kStoreFormat;
  ArrivalTime stream_time = kArrivalMin;  // the dedup clock
  EventTime watermark = kEventTimeMin;
  ArrivalTime written_at =
      kArrivalMin;         // not later than the next epoch's commit: an old state may have missed tombstones
  std::uint64_t home = 0;  // where this state belongs, see home_of(); 0: not said yet
  bool operator==(const StorePosition&) const = default;
};

// Keys of processors never start with byte 0.
inline constexpr std::string_view kPositionKey{"\0position", 9};

// A copy of a store passes for another's wherever numbers happen to fit; this does not.
std::uint64_t home_of(std::string_view application, std::string_view cluster_id, std::string_view task,
                      std::string_view store);

std::string encode_position(const StorePosition& position);
// Error: fatal "state_corrupt", also where the store is of an older format: its changelog has all of it;
// "state_format" where a newer version wrote it.
Result<StorePosition> decode_position(std::string_view bytes);

// What `storage` says of itself; a default position when it is empty. Rows without a position:
// "state_corrupt".
Result<StorePosition> load_position(Storage& storage);

Error state_corrupt(std::string message);

}  // namespace tidemark::runtime

#pragma once
// The dedup changelog: what an epoch said of ids and offsets, packed into a few records without a Kafka key.
// A record: [format 1][XXH3-64 of what follows, 8][epoch 8][part 4][parts 4][count 4], then `count` entries
// in the order of processing. All fixed integers are big-endian. An entry:
//   tag: bits 0-1 kind, bit 2 moved, bit 3 same source as the entry before, bits 4-7 verdict (15: in a byte)
//   then [source 1: bit 7 an element follows, bit 6 a tag follows] [element] [tag] [verdict 1], if the tag
//   byte says so (varints), and by kind
//     remembered: id 16, fingerprint 8, offset, inserted_at
//     forgotten:  id 16; its tag byte holds the kind only
//     note:       offset, code (varint)
// Offsets are signed varints from one past the last offset of the same source, clocks from the last clock;
// each record starts anew (source 0, tag 0, offsets and clock 0), so that it can be read alone. An entry
// without a source byte has source and tag of the one before and element 0.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/state/id_table.h"
#include "tidemark/result.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

inline constexpr std::size_t kPackedRecordBytesMax = 512 * 1024;

struct PackedHeader {
  EpochNumber epoch;
  std::uint32_t part = 0;  // from 0
  std::uint32_t parts = 0;
  std::uint32_t count = 0;  // entries of this record
  bool operator==(const PackedHeader&) const = default;
};

// Threading: one thread.
class PackedChangelogWriter {
 public:
  explicit PackedChangelogWriter(std::size_t record_bytes_max = kPackedRecordBytesMax)
      : record_bytes_max_(record_bytes_max) {}
  // No records for no entries. The result is valid until the next call.
  std::span<const std::string> pack(EpochNumber epoch, std::span<const IdEntry> entries);

 private:
  const std::size_t record_bytes_max_;
  std::vector<std::string> records_;  // kept for their buffers
};

// Format and checksum are checked, entries are not looked at. Error: fatal "changelog_corrupt".
Result<PackedHeader> read_packed_header(std::string_view record);
// Replaces `entries`. Error: fatal "changelog_corrupt"; then `entries` means nothing.
Result<PackedHeader> unpack(std::string_view record, std::vector<IdEntry>& entries);

}  // namespace tidemark::runtime

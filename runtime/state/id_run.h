#pragma once
// A run: ids that were spilled or merged together, in ascending order, as rows of Storage. Never changed once
// written.
//   'r' number 'b' block -> entries [id 16][length of the value 1][value], ascending; a block for each value
//   of the upper
//                           `block_bits` bits of an id, so that the block of an id needs no index
//   'r' number 'f' part  -> the filter, in parts
// Numbers are big-endian, of 4 bytes. The value is that of an id (id_value.h); an empty one says: forgotten.
// Threading: one thread. Failure: Storage's errors, unchanged; "state_corrupt" where rows do not fit.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/state/id_filter.h"
#include "runtime/storage.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark::runtime {

struct IdRun {
  std::uint32_t number = 0;  // from 1, of no other run on the disk
  std::uint32_t generation =
      0;                   // runs of one generation expire together, and are merged with each other only
  std::uint8_t level = 0;  // merges behind it
  std::uint8_t block_bits = 0;
  std::uint64_t ids = 0;
  ArrivalTime newest = kArrivalMin;  // no id of it was inserted later
  IdFilter filter;

  std::uint32_t block_count() const { return std::uint32_t{1} << block_bits; }
  std::uint32_t block_of(const Hash128& id) const {
    return block_bits == 0 ? 0 : static_cast<std::uint32_t>(id.high >> (64 - block_bits));
  }
};

inline constexpr std::size_t kIdBlockKeyBytes = 1 + 4 + 1 + 4;
void write_id_block_key(char* out, std::uint32_t run, std::uint32_t block);
// All rows of a run begin with it.
std::string id_run_prefix(std::uint32_t number);

// Walks over the entries of a block.
class IdBlockReader {
 public:
  explicit IdBlockReader(std::string_view block) : rest_(block) {}
  bool at_end() const { return rest_.empty(); }
  // False: these bytes are not a block. REQUIRES: !at_end().
  bool next();
  const Hash128& id() const { return id_; }
  std::string_view value() const { return value_; }  // of the block's bytes

 private:
  std::string_view rest_;
  Hash128 id_;
  std::string_view value_;
};

// Writes one run, a piece at a time. What it has written is nothing to anybody before a list names the run.
class IdRunWriter {
 public:
  // `ids_max`: what is added at most; blocks and filter are sized for it.
  IdRunWriter(Storage& storage, std::uint32_t number, std::uint64_t ids_max);
  // REQUIRES: ids ascend; the value has at most 255 bytes.
  Status add(const Hash128& id, std::string_view value);
  // Number, block_bits, ids and filter are set.
  Result<IdRun> finish();

 private:
  void begin_blocks_up_to(std::uint32_t end);
  Status write_piece(std::string_view filter);

  Storage& storage_;
  IdRun run_;
  // The piece at hand: blocks first_block_ up to, but without, first_block_ + begins_.size().
  std::uint32_t first_block_ = 0;
  std::vector<std::size_t> begins_;  // of each block in bytes_
  std::string bytes_;
};

// What IdRunWriter wrote. Error: "state_corrupt".
Result<IdFilter> load_id_filter(Storage& storage, const IdRun& run);

}  // namespace tidemark::runtime

#pragma once
// Several runs become one, in bounded steps; where they know the same id, the newest counts. The runs stay as
// they are; the new one is nothing to anybody before a list names it. Threading: one thread. Failure:
// Storage's errors, unchanged, and "state_corrupt"; then only the destructor may follow.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/state/id_run.h"

namespace tidemark::runtime {

// Walks over a run in order.
class IdRunCursor {
 public:
  static Result<IdRunCursor> open(Storage& storage, const IdRun& run);
  bool at_end() const { return at_end_; }
  const Hash128& id() const { return block_.id(); }
  std::string_view value() const { return block_.value(); }  // until the next advance()
  Status advance();

 private:
  IdRunCursor(Storage& storage, const IdRun& run)
      : storage_(&storage), run_(run.number), block_count_(run.block_count()), block_({}) {}
  Status read_blocks();

  Storage* storage_;
  std::uint32_t run_;
  std::uint32_t block_count_;
  std::uint32_t next_block_ = 0;
  std::vector<StorageRow> rows_;
  std::size_t next_row_ = 0;
  IdBlockReader block_;
  bool at_end_ = false;
};

class IdMerge {
 public:
  // `inputs`: oldest first, of one generation and level. `number`: of the new run.
  static Result<IdMerge> begin(Storage& storage, std::span<const IdRun> inputs, std::uint32_t number);
  // Takes over at most `ids_max` ids. The new run when that was the last of it.
  Result<std::optional<IdRun>> step(std::size_t ids_max);
  const std::vector<std::uint32_t>& inputs() const { return inputs_; }
  std::uint32_t number() const { return number_; }

 private:
  IdMerge(Storage& storage, std::uint32_t number, std::uint64_t ids_max)
      : writer_(storage, number, ids_max), number_(number) {}
  Result<std::optional<IdRun>> finish();

  IdRunWriter writer_;
  std::uint32_t number_;
  std::vector<std::uint32_t> inputs_;
  std::vector<IdRunCursor> cursors_;  // oldest first
  std::uint32_t generation_ = 0;
  std::uint8_t level_ = 0;
  ArrivalTime newest_ = kArrivalMin;
};

}  // namespace tidemark::runtime

#include "runtime/state/id_merge.h"

#include <algorithm>

#include "runtime/state/position.h"
#include "tidemark/assert.h"

namespace tidemark::runtime {
namespace {

constexpr std::uint32_t kBlocksAtOnce = 32;

std::string block_key(std::uint32_t run, std::uint32_t block) {
  std::string key(kIdBlockKeyBytes, '\0');
  write_id_block_key(key.data(), run, block);
  return key;
}

}  // namespace

Result<IdRunCursor> IdRunCursor::open(Storage& storage, const IdRun& run) {
  IdRunCursor cursor(storage, run);
  TM_TRY(cursor.advance());
  return cursor;
}

Status IdRunCursor::advance() {
  while (block_.at_end()) {
    if (next_row_ == rows_.size()) {
      if (next_block_ == block_count_) {
        at_end_ = true;
        return {};
      }
      TM_TRY(read_blocks());
    }
    block_ = IdBlockReader(rows_[next_row_++].second);
  }
  if (!block_.next()) return state_corrupt("a block of id run " + std::to_string(run_) + " cannot be read");
  return {};
}

Status IdRunCursor::read_blocks() {
  const std::uint32_t end = next_block_ + std::min(kBlocksAtOnce, block_count_ - next_block_);
  auto rows = storage_->scan(block_key(run_, next_block_), block_key(run_, end), kBlocksAtOnce);
  if (!rows) return rows.error();
  if (rows->size() != end - next_block_)
    return state_corrupt("a block of id run " + std::to_string(run_) + " is missing");
  rows_ = *std::move(rows);
  next_row_ = 0;
  next_block_ = end;
  return {};
}

Result<IdMerge> IdMerge::begin(Storage& storage, std::span<const IdRun> inputs, std::uint32_t number) {
  TM_ASSERT(!inputs.empty());
  std::uint64_t ids_max = 0;
  for (const IdRun& run : inputs) ids_max += run.ids;
  IdMerge merge(storage, number, ids_max);
  merge.generation_ = inputs.front().generation;
  merge.level_ = static_cast<std::uint8_t>(inputs.front().level + 1);
  for (const IdRun& run : inputs) {
    merge.inputs_.push_back(run.number);
    merge.newest_ = std::max(merge.newest_, run.newest);
    auto cursor = IdRunCursor::open(storage, run);
    if (!cursor) return cursor.error();
    merge.cursors_.push_back(*std::move(cursor));
  }
  return merge;
}

Result<std::optional<IdRun>> IdMerge::step(std::size_t ids_max) {
  for (std::size_t taken = 0; taken < ids_max; ++taken) {
    const IdRunCursor* first = nullptr;
    for (const IdRunCursor& cursor : cursors_) {  // of equals the last one: it is the newest
      if (!cursor.at_end() && (first == nullptr || cursor.id() <= first->id())) first = &cursor;
    }
    if (first == nullptr) return finish();
    const Hash128 id = first->id();
    TM_TRY(writer_.add(id, first->value()));
    for (IdRunCursor& cursor : cursors_) {
      if (!cursor.at_end() && cursor.id() == id) TM_TRY(cursor.advance());
    }
  }
  return std::optional<IdRun>();
}

Result<std::optional<IdRun>> IdMerge::finish() {
  auto run = writer_.finish();
  if (!run) return run.error();
  run->generation = generation_;
  run->level = level_;
  run->newest = newest_;
  return std::optional(*std::move(run));
}

}  // namespace tidemark::runtime

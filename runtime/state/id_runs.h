#pragma once
// All ids of a store that are not in memory any more: runs, oldest first, and the list that names them.
//   "\0runs" -> last number, generation and when it began; per run number, generation, level, block bits,
//   ids, newest
// Rows of a run that the list does not name are left-overs of a crash and go at the next load(). A new id
// costs one question to the filter of each run; a known one a block of Storage more. Four runs of one level
// are merged into one of the next, a bounded step at a time, so that runs stay few and no step is a pause.
// Borrows the Storage. Threading: one thread. Failure: Storage's errors, unchanged, and "state_corrupt"; then
// only the destructor may follow.
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/state/id_merge.h"
#include "runtime/state/id_run.h"
#include "runtime/state/id_table.h"
#include "runtime/state/position.h"
#include "tidemark/state_store.h"

namespace tidemark::runtime {

struct IdLookup {
  Hash128 id;
  std::size_t index = 0;  // in the caller's span
};

class IdRuns {
 public:
  IdRuns(Storage& storage, std::optional<std::chrono::milliseconds> horizon)
      : storage_(storage), horizon_(horizon) {}
  Status load();

  // Sets found[lookup.index] where the last word on an id is a value; an id may be looked for twice. Uses up
  // `lookups`.
  Status find(std::vector<IdLookup>& lookups, std::span<std::optional<RememberedId>> found);
  // Spills: `ids` become the newest run, durable together with `position`. `newest`: none of them was
  // inserted later. Runs whose ids have all expired by the position's clock go.
  Status add(const IdTable& ids, const StorePosition& position, ArrivalTime newest);
  // Goes on with merging; `ids_max` bounds the work.
  Status merge(std::size_t ids_max);

  std::size_t size() const { return runs_.size(); }

 private:
  static constexpr int kGenerationsPerHorizon = 2;  // each more is a merge less, and more runs to ask

  Status decode_list(std::string_view bytes);
  std::string encode_list() const;
  Status drop_leftovers();
  Status find_in(const IdRun& run, std::vector<IdLookup>& lookups,
                 std::span<std::optional<RememberedId>> found);
  Status read_blocks_of(const IdRun& run);
  Status write_list(const StorePosition* position);
  Status add_run(const IdTable& ids, ArrivalTime newest);
  std::vector<std::uint32_t> drop_expired(ArrivalTime clock);
  Status erase(std::uint32_t number);
  std::span<const IdRun> runs_to_merge() const;
  Status replace_merged(IdRun merged);

  Storage& storage_;
  const std::optional<std::chrono::milliseconds> horizon_;
  std::vector<IdRun> runs_;  // oldest first
  std::uint32_t last_number_ = 0;
  std::uint32_t generation_ = 0;
  ArrivalTime generation_began_ = kArrivalMin;
  bool has_list_ = false;  // on the disk
  std::optional<IdMerge> merge_;

  // Reused by find().
  struct Candidate {
    std::uint32_t block = 0;
    std::size_t lookup = 0;
    std::size_t key = 0;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> candidates_;
  std::vector<char> key_bytes_;
  std::vector<std::string_view> keys_;
  std::vector<std::optional<std::string>> blocks_;
  std::vector<bool> decided_;
};

}  // namespace tidemark::runtime

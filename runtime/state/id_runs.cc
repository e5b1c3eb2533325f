#include "runtime/state/id_runs.h"

#include <algorithm>

#include "runtime/state/id_value.h"
#include "tidemark/assert.h"
#include "tidemark/bytes.h"

namespace tidemark::runtime {
namespace {

constexpr std::string_view kListKey{"\0runs", 5};  // sorts behind the position
constexpr std::size_t kRunsPerMerge = 4;
constexpr std::size_t kPrefetchAhead = 16;

std::uint32_t read_u32(ByteReader& in) {
  return static_cast<std::uint32_t>(in.varint());
}

}  // namespace

Status IdRuns::load() {
  const std::string_view key = kListKey;
  std::optional<std::string> list;
  TM_TRY(storage_.multi_get({&key, 1}, {&list, 1}));
  has_list_ = list.has_value();
  if (list) TM_TRY(decode_list(*list));
  TM_TRY(drop_leftovers());
  for (IdRun& run : runs_) {
    auto filter = load_id_filter(storage_, run);
    if (!filter) return filter.error();
    run.filter = *std::move(filter);
  }
  return {};
}

std::string IdRuns::encode_list() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(last_number_);
  out.varint(generation_);
  out.signed_varint(generation_began_.time_since_epoch().count());
  for (const IdRun& run : runs_) {
    out.varint(run.number);
    out.varint(run.generation);
    out.byte(run.level);
    out.byte(run.block_bits);
    out.varint(run.ids);
    out.signed_varint(run.newest.time_since_epoch().count());
  }
  return bytes;
}

Status IdRuns::decode_list(std::string_view bytes) {
  ByteReader in(bytes);
  last_number_ = read_u32(in);
  generation_ = read_u32(in);
  generation_began_ = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
  while (in.ok() && !in.at_end()) {
    IdRun& run = runs_.emplace_back();
    run.number = read_u32(in);
    run.generation = read_u32(in);
    run.level = in.byte();
    run.block_bits = in.byte();
    run.ids = in.varint();
    run.newest = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
    if (run.number == 0 || run.number > last_number_ || run.block_bits > 31) break;
  }
  if (!in.at_end()) return state_corrupt("the list of id runs is damaged");
  return {};
}

// Of a spill or merge that a crash cut short, and of runs that were about to go.
Status IdRuns::drop_leftovers() {
  std::vector<std::uint32_t> named;
  for (const IdRun& run : runs_) named.push_back(run.number);
  std::sort(named.begin(), named.end());
  std::string begin = id_run_prefix(0);
  const auto drop_to = [&](const std::string& end) -> Status {
    const auto rows = storage_.scan(begin, end, 1);
    if (!rows) return rows.error();
    return rows->empty() ? Status() : storage_.erase_range(begin, end);
  };
  for (const std::uint32_t number : named) {
    TM_TRY(drop_to(id_run_prefix(number)));
    begin = id_run_prefix(number + 1);
  }
  return drop_to("s");
}

Status IdRuns::find(std::vector<IdLookup>& lookups, std::span<std::optional<RememberedId>> found) {
  for (auto run = runs_.rbegin(); run != runs_.rend() && !lookups.empty(); ++run)
    TM_TRY(find_in(*run, lookups, found));
  return {};
}

// Takes from `lookups` what this run knows.
Status IdRuns::find_in(const IdRun& run, std::vector<IdLookup>& lookups,
                       std::span<std::optional<RememberedId>> found) {
  candidates_.clear();
  for (std::size_t begin = 0; begin < lookups.size(); begin += kPrefetchAhead) {
    const std::size_t end = std::min(begin + kPrefetchAhead, lookups.size());
    for (std::size_t i = begin; i < end; ++i) run.filter.prefetch(lookups[i].id);
    for (std::size_t i = begin; i < end; ++i) {
      if (run.filter.may_hold(lookups[i].id)) candidates_.push_back({run.block_of(lookups[i].id), i, 0});
    }
  }
  if (candidates_.empty()) return {};
  TM_TRY(read_blocks_of(run));
  decided_.assign(lookups.size(), false);
  for (const Candidate& candidate : candidates_) {
    const auto& block = blocks_[candidate.key];
    if (!block) return state_corrupt("a block of id run " + std::to_string(run.number) + " is missing");
    const IdLookup& lookup = lookups[candidate.lookup];
    for (IdBlockReader entry(*block); !entry.at_end();) {
      if (!entry.next())
        return state_corrupt("a block of id run " + std::to_string(run.number) + " cannot be read");
      if (entry.id() < lookup.id) continue;
      if (entry.id() != lookup.id) break;
      decided_[candidate.lookup] = true;
      if (entry.value().empty()) break;  // forgotten
      found[lookup.index] = read_id_value(entry.value());
      if (!found[lookup.index])
        return state_corrupt("an id of run " + std::to_string(run.number) + " cannot be read");
      break;
    }
  }
  std::size_t left = 0;
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    if (!decided_[i]) lookups[left++] = lookups[i];
  }
  lookups.resize(left);
  return {};
}

// Each block once, into blocks_.
Status IdRuns::read_blocks_of(const IdRun& run) {
  std::sort(candidates_.begin(), candidates_.end());
  key_bytes_.resize(candidates_.size() * kIdBlockKeyBytes);
  keys_.clear();
  std::optional<std::uint32_t> last;
  for (Candidate& candidate : candidates_) {
    if (last != candidate.block) {
      char* const key = key_bytes_.data() + keys_.size() * kIdBlockKeyBytes;
      write_id_block_key(key, run.number, candidate.block);
      keys_.emplace_back(key, kIdBlockKeyBytes);
      last = candidate.block;
    }
    candidate.key = keys_.size() - 1;
  }
  if (blocks_.size() < keys_.size()) blocks_.resize(keys_.size());
  return storage_.multi_get(keys_, {blocks_.data(), keys_.size()});
}

// First what the list will name, then the list with the position, last what it names no longer: a crash in
// between leaves rows that nothing names.
Status IdRuns::add(const IdTable& ids, const StorePosition& position, ArrivalTime newest) {
  const std::vector<std::uint32_t> expired = drop_expired(position.stream_time);
  if (ids.size() > 0) TM_TRY(add_run(ids, newest));
  TM_TRY(write_list(&position));
  for (const std::uint32_t number : expired) TM_TRY(erase(number));
  return {};
}

Status IdRuns::add_run(const IdTable& ids, ArrivalTime newest) {
  if (!has_list_) {  // rows without a position are taken for damage
    const StorePosition nothing;
    TM_TRY(write_list(&nothing));
  }
  const bool generation_is_over =
      generation_ == 0 || (horizon_ && newest - generation_began_ >= *horizon_ / kGenerationsPerHorizon);
  if (generation_is_over) {
    ++generation_;
    generation_began_ = newest;
  }
  IdRunWriter writer(storage_, ++last_number_, ids.size());
  Status added;
  ids.for_each([&](const IdEntry& entry) {
    char value[kIdValueBytesMax];
    const char* const end = entry.kind == IdEntry::Kind::remembered ? write_id_value(value, entry) : value;
    if (added) added = writer.add(entry.id, {value, static_cast<std::size_t>(end - value)});
  });
  TM_TRY(added);
  auto run = writer.finish();
  if (!run) return run.error();
  run->generation = generation_;
  // An id may have been inserted ahead of the clock: what was said of it since must not be forgotten first.
  run->newest = runs_.empty() ? newest : std::max(newest, runs_.back().newest);
  runs_.push_back(*std::move(run));
  return {};
}

Status IdRuns::write_list(const StorePosition* position) {
  const std::string list = encode_list();
  std::vector<StorageWrite> rows;
  std::string encoded;
  if (position != nullptr) {
    encoded = encode_position(*position);
    rows.push_back({.key = kPositionKey, .value = encoded});
  }
  rows.push_back({.key = kListKey, .value = list});
  TM_TRY(storage_.write(rows));
  TM_TRY(storage_.flush());
  has_list_ = true;
  return {};
}

std::vector<std::uint32_t> IdRuns::drop_expired(ArrivalTime clock) {
  std::vector<std::uint32_t> dropped;
  if (!horizon_) return dropped;
  const auto expired = [&](const IdRun& run) { return run.newest + *horizon_ < clock; };
  for (const IdRun& run : runs_) {
    if (!expired(run)) continue;
    dropped.push_back(run.number);
    const bool is_merged = merge_ && std::find(merge_->inputs().begin(), merge_->inputs().end(),
                                               run.number) != merge_->inputs().end();
    if (!is_merged) continue;
    dropped.push_back(merge_->number());
    merge_.reset();
  }
  std::erase_if(runs_, expired);
  return dropped;
}

Status IdRuns::erase(std::uint32_t number) {
  return storage_.erase_range(id_run_prefix(number), id_run_prefix(number + 1));
}

// The newest neighbours that are alike: a run stands for all that was said in its time, so that only
// neighbours may become one.
std::span<const IdRun> IdRuns::runs_to_merge() const {
  std::size_t alike = 0;
  for (std::size_t at = runs_.size(); at-- > 0;) {
    const bool same = alike > 0 && runs_[at].level == runs_[at + 1].level &&
                      runs_[at].generation == runs_[at + 1].generation;
    alike = same ? alike + 1 : 1;
    if (alike == kRunsPerMerge) return std::span(runs_).subspan(at, alike);
  }
  return {};
}

Status IdRuns::merge(std::size_t ids_max) {
  if (!merge_) {
    const auto inputs = runs_to_merge();
    if (inputs.empty()) return {};
    auto begun = IdMerge::begin(storage_, inputs, ++last_number_);
    if (!begun) return begun.error();
    merge_.emplace(*std::move(begun));
  }
  auto merged = merge_->step(ids_max);
  if (!merged) return merged.error();
  return *merged ? replace_merged(**std::move(merged)) : Status();
}

Status IdRuns::replace_merged(IdRun merged) {
  const std::vector<std::uint32_t> inputs = merge_->inputs();
  merge_.reset();
  const auto first = std::find_if(runs_.begin(), runs_.end(),
                                  [&](const IdRun& run) { return run.number == inputs.front(); });
  TM_ASSERT(first != runs_.end());
  *first = std::move(merged);
  runs_.erase(first + 1, first + static_cast<std::ptrdiff_t>(inputs.size()));
  TM_TRY(write_list(nullptr));
  for (const std::uint32_t number : inputs) TM_TRY(erase(number));
  return {};
}

}  // namespace tidemark::runtime

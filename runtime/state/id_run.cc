#include "runtime/state/id_run.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/state/position.h"
#include "runtime/state/raw_writer.h"
#include "tidemark/assert.h"
#include "tidemark/bytes.h"

namespace tidemark::runtime {
namespace {

constexpr std::size_t kIdsPerBlockMax = 96;  // in the mean: about 4 KiB
constexpr std::uint8_t kBlockBitsMax = 31;
constexpr std::size_t kPieceBytes = std::size_t{4} << 20;
constexpr std::size_t kFilterPartBytes = std::size_t{1} << 20;
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kValueBytesMax = 255;
constexpr char kBlocks = 'b';
constexpr char kFilter = 'f';

void write_fixed32(char* out, std::uint32_t value) {
  value = __builtin_bswap32(value);
  std::memcpy(out, &value, sizeof(value));
}

void write_key(char* out, std::uint32_t run, char kind, std::uint32_t number) {
  out[0] = 'r';
  write_fixed32(out + 1, run);
  out[5] = kind;
  write_fixed32(out + 6, number);
}

std::string key_of(std::uint32_t run, char kind, std::uint32_t number) {
  std::string key(kIdBlockKeyBytes, '\0');
  write_key(key.data(), run, kind, number);
  return key;
}

std::uint8_t bits_for(std::uint64_t ids) {
  const std::uint64_t blocks = std::bit_ceil(ids / kIdsPerBlockMax + 1);
  return std::min(kBlockBitsMax, static_cast<std::uint8_t>(std::countr_zero(blocks)));
}

}  // namespace

void write_id_block_key(char* out, std::uint32_t run, std::uint32_t block) {
  write_key(out, run, kBlocks, block);
}

std::string id_run_prefix(std::uint32_t number) {
  return key_of(number, kBlocks, 0).substr(0, 5);
}

bool IdBlockReader::next() {
  if (rest_.size() < kIdBytes + 1) return false;
  ByteReader in(rest_);
  id_.high = in.fixed64();
  id_.low = in.fixed64();
  const std::size_t size = in.byte();
  if (rest_.size() < kIdBytes + 1 + size) return false;
  value_ = rest_.substr(kIdBytes + 1, size);
  rest_.remove_prefix(kIdBytes + 1 + size);
  return true;
}

IdRunWriter::IdRunWriter(Storage& storage, std::uint32_t number, std::uint64_t ids_max) : storage_(storage) {
  run_.number = number;
  run_.block_bits = bits_for(ids_max);
  run_.filter = IdFilter(ids_max);
}

// Empty ones too: one that is missing later was lost.
void IdRunWriter::begin_blocks_up_to(std::uint32_t end) {
  while (first_block_ + begins_.size() < end) begins_.push_back(bytes_.size());
}

Status IdRunWriter::add(const Hash128& id, std::string_view value) {
  TM_ASSERT(value.size() <= kValueBytesMax);
  const std::uint32_t block = run_.block_of(id);
  if (block >= first_block_ + begins_.size()) {  // the blocks at hand are complete
    if (bytes_.size() >= kPieceBytes) TM_TRY(write_piece({}));
    begin_blocks_up_to(block + 1);
  }
  TM_ASSERT(block + 1 == first_block_ + begins_.size());
  const std::size_t begin = bytes_.size();
  bytes_.resize(begin + kIdBytes + 1 + value.size());
  RawWriter out(bytes_.data() + begin);
  out.fixed64(id.high);
  out.fixed64(id.low);
  out.byte(static_cast<unsigned>(value.size()));
  std::memcpy(out.end(), value.data(), value.size());
  run_.filter.add(id);
  ++run_.ids;
  return {};
}

// The blocks at hand, and behind them the filter, if any.
Status IdRunWriter::write_piece(std::string_view filter) {
  const std::size_t parts = (filter.size() + kFilterPartBytes - 1) / kFilterPartBytes;
  std::string keys((begins_.size() + parts) * kIdBlockKeyBytes, '\0');
  std::vector<StorageWrite> rows;
  rows.reserve(begins_.size() + parts);
  const auto add_row = [&](char kind, std::size_t number, std::string_view value) {
    char* const key = keys.data() + rows.size() * kIdBlockKeyBytes;
    write_key(key, run_.number, kind, static_cast<std::uint32_t>(number));
    rows.push_back({.key = {key, kIdBlockKeyBytes}, .value = value});
  };
  for (std::size_t i = 0; i < begins_.size(); ++i) {
    const std::size_t end = i + 1 < begins_.size() ? begins_[i + 1] : bytes_.size();
    add_row(kBlocks, first_block_ + i, std::string_view(bytes_).substr(begins_[i], end - begins_[i]));
  }
  for (std::size_t part = 0; part < parts; ++part)
    add_row(kFilter, part, filter.substr(part * kFilterPartBytes, kFilterPartBytes));
  TM_TRY(storage_.ingest(rows));
  first_block_ += static_cast<std::uint32_t>(begins_.size());
  begins_.clear();
  bytes_.clear();
  return {};
}

Result<IdRun> IdRunWriter::finish() {
  begin_blocks_up_to(run_.block_count());
  TM_TRY(write_piece(run_.filter.bytes()));
  return std::move(run_);
}

// A filter that lacks a part would say "no" for ids that the run holds.
Result<IdFilter> load_id_filter(Storage& storage, const IdRun& run) {
  const auto rows = storage.scan(key_of(run.number, kFilter, 0), id_run_prefix(run.number + 1), SIZE_MAX);
  if (!rows) return rows.error();
  const Error incomplete =
      state_corrupt("the filter of id run " + std::to_string(run.number) + " is missing");
  std::string bytes;
  std::uint32_t part = 0;
  for (const auto& [key, value] : *rows) {
    if (key != key_of(run.number, kFilter, part++) || bytes.size() % kFilterPartBytes != 0) return incomplete;
    bytes += value;
  }
  auto filter = IdFilter::from_bytes(bytes);
  if (!filter || bytes.size() < IdFilter::bytes_for(run.ids)) return incomplete;
  return *std::move(filter);
}

}  // namespace tidemark::runtime

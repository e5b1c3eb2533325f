#include "runtime/state/packed_changelog.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "runtime/state/changelog.h"
#include "runtime/state/raw_writer.h"
#include "tidemark/assert.h"
#include "tidemark/bytes.h"

namespace tidemark::runtime {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kHashedFrom = 1 + 8;  // format, checksum
constexpr std::size_t kHeaderBytes = kHashedFrom + 8 + 4 + 4 + 4;
constexpr std::size_t kEntryBytesMax = 3 + 3 + 3 + 16 + 8 + 10 + 10;

constexpr unsigned kKindMask = 3;
constexpr unsigned kMoved = 4;
constexpr unsigned kSameSource = 8;
constexpr unsigned kVerdictShift = 4;
constexpr unsigned kVerdictInByte = 15;
// Of the byte that names the source; sources are fewer.
constexpr unsigned kElementFollows = 0x80;
constexpr unsigned kTagFollows = 0x40;
constexpr unsigned kSourceMask = 0x3f;

// What both sides carry from one entry to the next. Differences wrap, so that any value survives.
struct Previous {
  std::uint8_t source = 0;
  std::uint16_t tag = 0;
  std::uint64_t clock = 0;
  std::array<std::uint64_t, kSourceMask + 1> offset_next{};
};

void put_difference(RawWriter& out, std::uint64_t value, std::uint64_t base) {
  const auto signed_value = static_cast<std::int64_t>(value - base);
  out.varint((static_cast<std::uint64_t>(signed_value) << 1) ^
             static_cast<std::uint64_t>(signed_value >> 63));
}

std::uint64_t raw(Offset offset) {
  return static_cast<std::uint64_t>(offset.value());
}
std::uint64_t raw(ArrivalTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

void append_entry(const IdEntry& entry, Previous& previous, std::string& out) {
  std::array<char, kEntryBytesMax> bytes;
  RawWriter writer(bytes.data());
  const auto kind = static_cast<unsigned>(entry.kind);
  if (entry.kind == IdEntry::Kind::forgotten) {
    writer.byte(kind);
    writer.fixed64(entry.id.high);
    writer.fixed64(entry.id.low);
    out.append(bytes.data(), writer.end());
    return;
  }
  const std::uint8_t source = entry.source.value();
  TM_ASSERT(source <= kSourceMask);
  const std::uint16_t tag = entry.kind == IdEntry::Kind::remembered ? entry.code : previous.tag;
  const bool same_source = source == previous.source && tag == previous.tag && entry.element == 0;
  const unsigned verdict = std::min<unsigned>(entry.verdict, kVerdictInByte);
  writer.byte(kind | (entry.moved ? kMoved : 0) | (same_source ? kSameSource : 0) | verdict << kVerdictShift);
  if (!same_source) {
    writer.byte(source | (entry.element != 0 ? kElementFollows : 0) |
                (tag != previous.tag ? kTagFollows : 0));
    if (entry.element != 0) writer.varint(entry.element);
    if (tag != previous.tag) writer.varint(tag);
  }
  if (verdict == kVerdictInByte) writer.byte(entry.verdict);
  if (entry.kind == IdEntry::Kind::remembered) {
    writer.fixed64(entry.id.high);
    writer.fixed64(entry.id.low);
    writer.fixed64(entry.fingerprint);
  }
  put_difference(writer, raw(entry.offset), previous.offset_next[source]);
  if (entry.kind == IdEntry::Kind::remembered) {
    put_difference(writer, raw(entry.inserted_at), previous.clock);
    previous.clock = raw(entry.inserted_at);
  } else {
    writer.varint(entry.code);
  }
  previous.source = source;
  previous.tag = tag;
  previous.offset_next[source] = raw(entry.offset) + 1;
  out.append(bytes.data(), writer.end());
}

void put_fixed(std::string& record, std::size_t at, std::uint64_t value, int bytes) {
  for (int i = bytes; i-- > 0; value >>= 8)
    record[at + static_cast<std::size_t>(i)] = static_cast<char>(value);
}

void write_header(std::string& record, const PackedHeader& header) {
  record[0] = static_cast<char>(kFormat);
  put_fixed(record, 9, static_cast<std::uint64_t>(header.epoch.value()), 8);
  put_fixed(record, 17, header.part, 4);
  put_fixed(record, 21, header.parts, 4);
  put_fixed(record, 25, header.count, 4);
  put_fixed(record, 1, XXH3_64bits(record.data() + kHashedFrom, record.size() - kHashedFrom), 8);
}

std::uint64_t read_difference(ByteReader& in, std::uint64_t base) {
  return base + static_cast<std::uint64_t>(in.signed_varint());
}

bool read_u16(ByteReader& in, std::uint16_t& value) {
  const std::uint64_t read = in.varint();
  value = static_cast<std::uint16_t>(read);
  return read <= UINT16_MAX;
}

bool read_source(ByteReader& in, Previous& previous, std::uint8_t& source, IdEntry& entry) {
  const unsigned byte = in.byte();
  source = static_cast<std::uint8_t>(byte & kSourceMask);
  if ((byte & kElementFollows) != 0 && !read_u16(in, entry.element)) return false;
  return (byte & kTagFollows) == 0 || read_u16(in, previous.tag);
}

// False: the bytes are not an entry.
bool read_entry(ByteReader& in, Previous& previous, IdEntry& entry) {
  const unsigned tag = in.byte();
  entry.kind = static_cast<IdEntry::Kind>(tag & kKindMask);
  if (entry.kind == IdEntry::Kind::none) return false;
  if (entry.kind == IdEntry::Kind::forgotten) {
    entry.id.high = in.fixed64();
    entry.id.low = in.fixed64();
    return in.ok() && tag == static_cast<unsigned>(entry.kind);
  }
  entry.moved = (tag & kMoved) != 0;
  std::uint8_t source = previous.source;
  if ((tag & kSameSource) == 0 && !read_source(in, previous, source, entry)) return false;
  entry.source = SourceIndex(source);
  entry.verdict = static_cast<std::uint8_t>(tag >> kVerdictShift);
  if (entry.verdict == kVerdictInByte) entry.verdict = in.byte();
  if (entry.kind == IdEntry::Kind::remembered) {
    entry.id.high = in.fixed64();
    entry.id.low = in.fixed64();
    entry.fingerprint = in.fixed64();
  }
  entry.offset = Offset(static_cast<std::int64_t>(read_difference(in, previous.offset_next[source])));
  if (entry.kind == IdEntry::Kind::remembered) {
    previous.clock = read_difference(in, previous.clock);
    entry.inserted_at = ArrivalTime(std::chrono::milliseconds(static_cast<std::int64_t>(previous.clock)));
    entry.code = previous.tag;
  } else {
    if (!read_u16(in, entry.code)) return false;
  }
  previous.source = source;
  previous.offset_next[source] = raw(entry.offset) + 1;
  return in.ok();
}

}  // namespace

std::span<const std::string> PackedChangelogWriter::pack(EpochNumber epoch,
                                                         std::span<const IdEntry> entries) {
  std::size_t parts = 0;
  std::vector<std::uint32_t> counts;
  Previous previous;
  for (const IdEntry& entry : entries) {
    if (parts == 0 || records_[parts - 1].size() + kEntryBytesMax > record_bytes_max_) {
      if (++parts > records_.size()) records_.emplace_back();
      records_[parts - 1].assign(kHeaderBytes, '\0');
      counts.push_back(0);
      previous = Previous{};
    }
    append_entry(entry, previous, records_[parts - 1]);
    ++counts.back();
  }
  for (std::size_t part = 0; part < parts; ++part) {
    write_header(records_[part], {.epoch = epoch,
                                  .part = static_cast<std::uint32_t>(part),
                                  .parts = static_cast<std::uint32_t>(parts),
                                  .count = counts[part]});
  }
  return {records_.data(), parts};
}

Result<PackedHeader> read_packed_header(std::string_view record) {
  if (record.size() < kHeaderBytes) {
    return changelog_corrupt("a packed changelog record has only " + std::to_string(record.size()) +
                             " bytes");
  }
  if (const auto format = static_cast<std::uint8_t>(record[0]); format != kFormat) {
    return changelog_corrupt("packed changelog record of format " + std::to_string(format) +
                             ", this version reads format 1");
  }
  const std::string_view hashed = record.substr(kHashedFrom);
  if (ByteReader(record.substr(1)).fixed64() != XXH3_64bits(hashed.data(), hashed.size())) {
    return changelog_corrupt("the checksum of a packed changelog record does not match");
  }
  ByteReader in(hashed);
  PackedHeader header;
  header.epoch = EpochNumber(static_cast<std::int64_t>(in.fixed64()));
  const std::uint64_t part_and_parts = in.fixed64();
  header.part = static_cast<std::uint32_t>(part_and_parts >> 32);
  header.parts = static_cast<std::uint32_t>(part_and_parts);
  for (int i = 0; i < 4; ++i) header.count = header.count << 8 | in.byte();
  return header;
}

Result<PackedHeader> unpack(std::string_view record, std::vector<IdEntry>& entries) {
  entries.clear();
  const auto header = read_packed_header(record);
  if (!header) return header;
  ByteReader in(record.substr(kHeaderBytes));
  Previous previous;
  for (std::uint32_t i = 0; i < header->count; ++i) {
    if (!read_entry(in, previous, entries.emplace_back())) {
      return changelog_corrupt("entry " + std::to_string(i) + " of a packed changelog record is damaged");
    }
  }
  if (!in.at_end()) return changelog_corrupt("a packed changelog record goes on after its last entry");
  return header;
}

}  // namespace tidemark::runtime

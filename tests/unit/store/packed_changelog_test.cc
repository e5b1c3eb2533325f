#include "runtime/state/packed_changelog.h"

#include <gtest/gtest.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <random>

namespace tidemark::runtime {
namespace {

constexpr std::size_t kHeaderBytes = 29;

IdEntry random_entry(std::mt19937_64& random) {
  const auto edge = [&random](std::uint64_t usual) {
    const std::uint64_t edges[] = {0, 1, UINT64_MAX, std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1};
    return random() % 10 == 0 ? edges[random() % 5] : usual;
  };
  IdEntry entry;
  entry.kind = static_cast<IdEntry::Kind>(1 + random() % 3);
  if (entry.kind != IdEntry::Kind::note) entry.id = {edge(random()), edge(random())};
  if (entry.kind == IdEntry::Kind::forgotten) return entry;
  entry.source = SourceIndex(static_cast<std::uint8_t>(random() % 4 == 0 ? random() % 64 : random() % 2));
  if (random() % 4 == 0) entry.element = static_cast<std::uint16_t>(edge(random() % 5));
  entry.offset = Offset(static_cast<std::int64_t>(edge(random() % 1'000'000)));
  entry.verdict = static_cast<std::uint8_t>(random() % 2 == 0 ? random() : random() % 16);
  if (entry.kind == IdEntry::Kind::note) {
    entry.moved = random() % 2 == 0;
    entry.code = static_cast<std::uint16_t>(edge(random() % 50));
  } else {
    entry.moved = random() % 4 == 0;
    entry.code = static_cast<std::uint16_t>(random() % 4 == 0 ? edge(random() % 5) : 1);  // its tag
    entry.fingerprint = edge(random());
    entry.inserted_at = ArrivalTime(
        std::chrono::milliseconds(static_cast<std::int64_t>(edge(1'790'000'000'000 + random() % 1'000))));
  }
  return entry;
}

std::vector<IdEntry> random_entries(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<IdEntry> entries;
  while (entries.size() < count) entries.push_back(random_entry(random));
  return entries;
}

TEST(PackedChangelogTest, NothingSaidIsNoRecord) {
  PackedChangelogWriter writer;
  EXPECT_TRUE(writer.pack(EpochNumber(1), {}).empty());
}

TEST(PackedChangelogTest, EveryEntrySurvivesARoundTripInOrder) {
  for (const std::size_t record_bytes_max : {std::size_t{80}, std::size_t{500}, kPackedRecordBytesMax}) {
    PackedChangelogWriter writer(record_bytes_max);
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const std::vector<IdEntry> entries = random_entries(seed, 1 + seed * 7);
      const auto records = writer.pack(EpochNumber(static_cast<std::int64_t>(seed) + 1), entries);
      std::vector<IdEntry> unpacked;
      std::vector<IdEntry> part;
      for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_LE(records[i].size(), record_bytes_max);
        const auto header = unpack(records[i], part);
        ASSERT_TRUE(header) << header.error().message;
        EXPECT_EQ(*header, *read_packed_header(records[i]));
        EXPECT_EQ(header->epoch, EpochNumber(static_cast<std::int64_t>(seed) + 1));
        EXPECT_EQ(header->part, i);
        EXPECT_EQ(header->parts, records.size());
        EXPECT_EQ(header->count, part.size());
        unpacked.insert(unpacked.end(), part.begin(), part.end());
      }
      EXPECT_EQ(unpacked, entries) << seed;
    }
  }
}

TEST(PackedChangelogTest, AUsualEntryIsSmall) {
  std::vector<IdEntry> entries;
  for (std::int64_t i = 0; i < 1'000; ++i) {
    IdEntry& entry = entries.emplace_back();
    entry.kind = IdEntry::Kind::remembered;
    entry.offset = Offset(5'000'000 + i);
    entry.inserted_at = ArrivalTime(std::chrono::milliseconds(1'790'000'000'000 + i / 10));
    entry.verdict = 1;
  }
  PackedChangelogWriter writer;
  EXPECT_LT(writer.pack(EpochNumber(1), entries)[0].size(), entries.size() * 27 + 60);
}

IdEntry element_of(std::int64_t offset, std::uint16_t element, std::uint16_t tag) {
  IdEntry entry;
  entry.kind = IdEntry::Kind::remembered;
  entry.offset = Offset(offset);
  entry.element = element;
  entry.code = tag;
  entry.verdict = 1;
  return entry;
}

// The elements of a record stand at one offset; the tag is that of the entry before.
TEST(PackedChangelogTest, AnElementCostsAByteMoreThanARecordAndATagNone) {
  std::vector<IdEntry> records;
  std::vector<IdEntry> elements;
  for (std::uint16_t i = 0; i < 100; ++i) {
    records.push_back(element_of(i, 0, 7));
    elements.push_back(element_of(0, static_cast<std::uint16_t>(i + 1), 7));
  }
  PackedChangelogWriter writer;
  const std::size_t of_records = writer.pack(EpochNumber(1), records)[0].size();
  const std::size_t of_elements = writer.pack(EpochNumber(1), elements)[0].size();
  EXPECT_LE(of_elements, of_records + 2 * elements.size());
  std::vector<IdEntry> read;
  ASSERT_TRUE(unpack(writer.pack(EpochNumber(1), elements)[0], read));
  EXPECT_EQ(read, elements);
}

TEST(PackedChangelogTest, CutAndDamagedRecordsAreRefused) {
  PackedChangelogWriter writer;
  const std::string intact = writer.pack(EpochNumber(1), random_entries(3, 20))[0];
  std::vector<IdEntry> entries;
  for (std::size_t size = 0; size < intact.size(); ++size) {
    EXPECT_FALSE(unpack(std::string_view(intact).substr(0, size), entries)) << size;
  }
  EXPECT_FALSE(unpack(intact + '\0', entries));
  for (std::size_t bit = 0; bit < intact.size() * 8; ++bit) {
    std::string damaged = intact;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto header = unpack(damaged, entries);
    ASSERT_FALSE(header) << bit;
    EXPECT_EQ(header.error().code, "changelog_corrupt");
  }
}

void seal(std::string& record) {
  const std::uint64_t checksum = XXH3_64bits(record.data() + 9, record.size() - 9);
  for (unsigned i = 0; i < 8; ++i) record[1 + i] = static_cast<char>(checksum >> (56 - 8 * i));
}

IdEntry entry_at(std::uint8_t source, std::int64_t offset, std::uint8_t verdict) {
  IdEntry entry;
  entry.kind = IdEntry::Kind::note;
  entry.source = SourceIndex(source);
  entry.offset = Offset(offset);
  entry.verdict = verdict;
  return entry;
}

// As it was written before there were elements and tags: the source byte holds the source alone.
TEST(PackedChangelogTest, ARecordOfBeforeIsStillRead) {
  std::string record(kHeaderBytes, '\0');
  record[0] = 1;                       // format
  record[16] = 9;                      // epoch
  record[24] = 1;                      // parts
  record[28] = 3;                      // entries
  record += std::string("\x31\2", 2);  // remembered, verdict 3; source 2
  record += std::string("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\3", 24);  // id, fingerprint
  record += std::string("\x0a\x14", 2);                                           // offset 5, clock 10
  record += std::string("\x3b\2\x19", 3);    // a note of the same source, verdict 3; offset 7, code 25
  record += std::string("\x27\1\x0d\0", 4);  // moved, verdict 2; source 1, offset -7, code 0
  seal(record);
  std::vector<IdEntry> entries;
  const auto header = unpack(record, entries);
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->epoch, EpochNumber(9));
  IdEntry remembered = entry_at(2, 5, 3);
  remembered.kind = IdEntry::Kind::remembered;
  remembered.id = {1, 2};
  remembered.fingerprint = 3;
  remembered.inserted_at = ArrivalTime(std::chrono::milliseconds(10));
  IdEntry note = entry_at(2, 7, 3);
  note.code = 25;
  IdEntry moved = entry_at(1, -7, 2);
  moved.moved = true;
  EXPECT_EQ(entries, (std::vector<IdEntry>{remembered, note, moved}));
}

// With a checksum that matches, as a hostile or faulty writer would leave it.
TEST(PackedChangelogTest, NonsenseUnderAValidChecksumStaysInBounds) {
  PackedChangelogWriter writer;
  std::vector<IdEntry> entries;
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    std::mt19937_64 random(seed);
    std::string record = writer.pack(EpochNumber(1), random_entries(seed, 5))[0];
    for (int i = 0; i < 3; ++i)
      record[kHeaderBytes + random() % (record.size() - kHeaderBytes)] = static_cast<char>(random());
    if (random() % 2 == 0) record.resize(kHeaderBytes + random() % (record.size() - kHeaderBytes));
    if (random() % 4 == 0) record[kHeaderBytes - 4] = static_cast<char>(random());  // count
    seal(record);
    refused += !unpack(record, entries);
  }
  EXPECT_GT(refused, 500U);
}

}  // namespace
}  // namespace tidemark::runtime

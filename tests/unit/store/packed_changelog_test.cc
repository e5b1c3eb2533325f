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
  entry.source = SourceIndex(static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 2));
  entry.offset = Offset(static_cast<std::int64_t>(edge(random() % 1'000'000)));
  entry.verdict = static_cast<std::uint8_t>(random() % 2 == 0 ? random() : random() % 16);
  if (entry.kind == IdEntry::Kind::note) {
    entry.moved = random() % 2 == 0;
    entry.code = static_cast<std::uint16_t>(edge(random() % 50));
  } else {
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

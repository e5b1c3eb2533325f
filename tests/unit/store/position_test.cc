#include "runtime/state/position.h"

#include <gtest/gtest.h>

#include "memory_storage.h"

namespace tidemark::runtime {
namespace {

StorePosition some_position() {
  StorePosition position;
  position.epoch = EpochNumber(7);
  position.changelog_next = Offset(1'234'567'890'123);
  position.epochs_next = Offset(8);
  position.partition_count = 16;
  position.stream_time = ArrivalTime(std::chrono::milliseconds(1'790'000'000'000));
  position.home = home_of("app", "cluster", "metering_7", "windows");
  return position;
}

TEST(PositionTest, SurvivesARoundTrip) {
  for (const StorePosition& position : {StorePosition{}, some_position()}) {
    const auto decoded = decode_position(encode_position(position));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, position);
  }
}

TEST(PositionTest, AnyDamageIsCorruption) {
  const std::string intact = encode_position(some_position());
  for (std::size_t size = 0; size < intact.size(); ++size) {
    EXPECT_EQ(decode_position(intact.substr(0, size)).error().code, "state_corrupt") << size;
  }
  for (std::size_t i = 0; i < intact.size() * 8; ++i) {
    std::string damaged = intact;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    EXPECT_EQ(decode_position(damaged).error().code, "state_corrupt") << i;
  }
}

TEST(PositionTest, ANewerFormatIsNotCorruption) {
  StorePosition position = some_position();
  position.format = kStoreFormat + 1;
  EXPECT_EQ(decode_position(encode_position(position)).error().code, "state_format");
}

TEST(PositionTest, AnOlderFormatIsToBeRestored) {
  StorePosition position = some_position();
  position.format = kStoreFormat - 1;
  EXPECT_EQ(decode_position(encode_position(position)).error().code, "state_corrupt");
}

TEST(PositionTest, AHomeIsOfOneStoreAlone) {
  const std::uint64_t home = home_of("app", "cluster", "metering_1", "windows");
  EXPECT_EQ(home, home_of("app", "cluster", "metering_1", "windows"));
  EXPECT_NE(home, home_of("app2", "cluster", "metering_1", "windows"));
  EXPECT_NE(home, home_of("app", "other", "metering_1", "windows"));
  EXPECT_NE(home, home_of("app", "cluster", "metering_2", "windows"));
  EXPECT_NE(home, home_of("app", "cluster", "metering_1", "parked"));
  EXPECT_NE(home_of("ab", "c", "", ""), home_of("a", "bc", "", ""));
}

TEST(PositionTest, AnEmptyStoreIsAtTheBeginning) {
  MemoryDisk disk;
  MemoryStorage storage(disk);
  const auto position = load_position(storage);
  ASSERT_TRUE(position);
  EXPECT_EQ(*position, StorePosition{});
}

TEST(PositionTest, RowsWithoutAPositionAreCorruption) {
  MemoryDisk disk;
  disk.rows["customer"] = "row";
  MemoryStorage storage(disk);
  EXPECT_EQ(load_position(storage).error().code, "state_corrupt");
}

}  // namespace
}  // namespace tidemark::runtime

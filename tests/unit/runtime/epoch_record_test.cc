// The epoch record: what restore trusts, so that anything but the very bytes written is refused.
#include "runtime/epoch_record.h"

#include <gtest/gtest.h>

namespace tidemark::runtime {
namespace {

EpochRecord full_record() {
  return {.epoch = EpochNumber(INT64_MAX),
          .partition_count = 64,
          .inputs = {{"events", Offset(10), Offset(12)},
                     {"customers", Offset(0), Offset(0)},
                     {"", Offset(INT64_MAX), Offset(INT64_MAX)}},
          .stores = {{"windows", 3, 0xdeadbeefcafef00d, Offset(17)},
                     {"event_ids", UINT64_MAX, 0, Offset(INT64_MAX)}},
          .watermark = EventTime(std::chrono::nanoseconds(-1)),
          .stream_time = kArrivalMax,
          .transactional_id = "tidemark-3f2a-0"};
}

struct Case {
  const char* name;
  EpochRecord record;
};

class EpochRecordTest : public ::testing::TestWithParam<Case> {};

TEST_P(EpochRecordTest, IsReadAsItWasWritten) {
  const auto read = decode_epoch_record(encode_epoch_record(GetParam().record));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, GetParam().record);
}

TEST_P(EpochRecordTest, IsRefusedWhereItIsCut) {
  const std::string bytes = encode_epoch_record(GetParam().record);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = decode_epoch_record(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(read) << size << " of " << bytes.size() << " bytes";
    EXPECT_EQ(read.error().code, "torn_epoch");
    EXPECT_EQ(read.error().disposition, Disposition::fatal);
  }
  EXPECT_FALSE(decode_epoch_record(bytes + '\0'));
  EXPECT_FALSE(decode_epoch_record(bytes + bytes));
}

TEST_P(EpochRecordTest, IsRefusedWithAnyBitFlipped) {
  const std::string bytes = encode_epoch_record(GetParam().record);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(decode_epoch_record(flipped)) << "bit " << bit;
  }
}

INSTANTIATE_TEST_SUITE_P(Runtime, EpochRecordTest,
                         ::testing::Values(Case{"full", full_record()},
                                           Case{"claim",
                                                {.epoch = EpochNumber(1),
                                                 .partition_count = 1,
                                                 .inputs = {},
                                                 .stores = {},
                                                 .transactional_id = "t"}},
                                           Case{"empty", {}}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(EpochRecordBytesTest, ForeignBytesAreRefused) {
  for (const char* text : {"", "x", "{\"epoch\":1}", "v1 e=12 w=0 s=0 n=8 x=11 t=tidemark-0"})
    EXPECT_FALSE(decode_epoch_record(text)) << text;
  EXPECT_FALSE(decode_epoch_record(std::string(1'000, '\0')));
}

}  // namespace
}  // namespace tidemark::runtime

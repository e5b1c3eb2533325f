// The text beside a committed offset: what a new owner reads before anything else.
#include <gtest/gtest.h>

#include "runtime/epoch_record.h"

namespace tidemark::runtime {
namespace {

const OffsetMetadata kFull{.epoch = EpochNumber(INT64_MAX),
                           .watermark = kEventTimeMin,
                           .stream_time = kArrivalMax,
                           .partition_count = 1'024,
                           .previous_epoch_record = Offset(41),
                           .transactional_id = "tidemark-ab12-0"};

TEST(OffsetMetadataTest, IsReadAsItWasWritten) {
  for (const OffsetMetadata& metadata :
       {kFull, OffsetMetadata{.epoch = {}, .previous_epoch_record = {}, .transactional_id = "t"}}) {
    const auto read = decode_offset_metadata(encode_offset_metadata(metadata));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, metadata);
  }
}

// The broker refuses metadata of more than 4096 bytes, and librdkafka garbles zero bytes.
TEST(OffsetMetadataTest, IsShortPlainText) {
  const std::string text = encode_offset_metadata(kFull);
  EXPECT_LT(text.size(), 200u);
  for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~') << text;
}

TEST(OffsetMetadataTest, IsReadInAnyOrderAndWithMoreFields) {
  const auto read = decode_offset_metadata("v1 t=tidemark-0 x=11 n=8 future=1 s=-1 w=7 e=12");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->epoch, EpochNumber(12));
  EXPECT_EQ(read->transactional_id, "tidemark-0");
}

struct Case {
  const char* name;
  const char* text;
};

class ForeignMetadataTest : public ::testing::TestWithParam<Case> {};

TEST_P(ForeignMetadataTest, IsNone) {
  EXPECT_FALSE(decode_offset_metadata(GetParam().text)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Runtime, ForeignMetadataTest,
    ::testing::Values(Case{"empty", ""}, Case{"of_another_program", "AgAAAZ8kfs1"},
                      Case{"another_version", "v2 e=12 w=0 s=0 n=8 x=11 t=tidemark-0"},
                      Case{"version_alone", "v1"}, Case{"version_and_blank", "v1 "},
                      Case{"no_transactional_id", "v1 e=12 w=0 s=0 n=8 x=11"},
                      Case{"empty_transactional_id", "v1 e=12 w=0 s=0 n=8 x=11 t="},
                      Case{"no_epoch", "v1 w=0 s=0 n=8 x=11 t=tidemark-0"},
                      Case{"epoch_not_a_number", "v1 e=12x w=0 s=0 n=8 x=11 t=tidemark-0"},
                      Case{"epoch_empty", "v1 e= w=0 s=0 n=8 x=11 t=tidemark-0"},
                      Case{"epoch_too_large", "v1 e=9223372036854775808 w=0 s=0 n=8 x=11 t=tidemark-0"},
                      Case{"count_too_large", "v1 e=12 w=0 s=0 n=2147483648 x=11 t=tidemark-0"},
                      Case{"a_word_without_value", "v1 e=12 w=0 s=0 n=8 x=11 t=tidemark-0 and"},
                      Case{"two_blanks", "v1 e=12  w=0 s=0 n=8 x=11 t=tidemark-0"},
                      Case{"blank_before", " v1 e=12 w=0 s=0 n=8 x=11 t=tidemark-0"}),
    [](const auto& test) { return std::string(test.param.name); });

// A cut in the middle of the last field cannot be seen: all before it can.
TEST(OffsetMetadataTest, IsNoneWhereItIsCutBeforeTheLastField) {
  const std::string text = encode_offset_metadata(kFull);
  for (std::size_t size = 0; size <= text.rfind("t=") + 2; ++size)
    EXPECT_FALSE(decode_offset_metadata(text.substr(0, size))) << size;
}

}  // namespace
}  // namespace tidemark::runtime

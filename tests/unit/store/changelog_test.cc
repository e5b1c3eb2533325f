#include "runtime/state/changelog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tidemark::runtime {
namespace {

RecordView record_of(std::string_view key, std::string_view value, bool has_value,
                     std::span<const HeaderView> headers = {}) {
  RecordView record{};
  record.key = key;
  record.has_key = true;
  record.value = value;
  record.has_value = has_value;
  record.headers = headers;
  return record;
}

TEST(ChangelogRowTest, ARowCarriesItsEpoch) {
  for (const std::string_view value : {"", "total"}) {
    std::string kafka_value;
    append_changelog_value(EpochNumber(513), value, kafka_value);
    const auto row = decode_changelog_row(record_of("key", kafka_value, true));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->key, "key");
    EXPECT_EQ(row->value, value);
    EXPECT_FALSE(row->erase);
    EXPECT_EQ(row->epoch, EpochNumber(513));
  }
}

TEST(ChangelogRowTest, ATombstoneCarriesItsEpochInAHeader) {
  const std::vector<HeaderView> headers = {{"other", "1"}, {kEpochHeader, "42"}};
  const auto row = decode_changelog_row(record_of("key", {}, false, headers));
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->erase);
  EXPECT_EQ(row->epoch, EpochNumber(42));
}

struct BadRow {
  const char* name;
  std::string_view key;
  std::string_view value;
  bool has_value;
  std::vector<HeaderView> headers;
};
class BadRowTest : public ::testing::TestWithParam<BadRow> {};
TEST_P(BadRowTest, IsRefused) {
  const BadRow& row = GetParam();
  const auto decoded = decode_changelog_row(record_of(row.key, row.value, row.has_value, row.headers));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, "changelog_corrupt");
}
INSTANTIATE_TEST_SUITE_P(
    Changelog, BadRowTest,
    ::testing::Values(BadRow{"empty_key", "", "12345678", true, {}},
                      BadRow{"reserved_key", std::string_view("\0position", 9), "12345678", true, {}},
                      BadRow{"value_without_epoch", "key", "1234567", true, {}},
                      BadRow{"tombstone_without_header", "key", "", false, {}},
                      BadRow{"tombstone_with_text_as_epoch", "key", "", false, {{kEpochHeader, "4x"}}},
                      BadRow{"tombstone_with_empty_epoch", "key", "", false, {{kEpochHeader, ""}}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RowDigestTest, DoesNotDependOnTheOrder) {
  std::vector<std::pair<std::string, std::string>> rows = {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"a", "4"}};
  RowDigest expected;
  for (const auto& [key, value] : rows) expected.add(key, value, false);
  std::sort(rows.begin(), rows.end());
  do {
    RowDigest digest;
    for (const auto& [key, value] : rows) digest.add(key, value, false);
    EXPECT_EQ(digest, expected);
  } while (std::next_permutation(rows.begin(), rows.end()));
}

TEST(RowDigestTest, TellsRowsApart) {
  const auto digest_of = [](std::string_view key, std::string_view value, bool erase) {
    RowDigest digest;
    digest.add(key, value, erase);
    return digest;
  };
  const RowDigest digest = digest_of("ab", "c", false);
  EXPECT_NE(digest, digest_of("a", "bc", false));
  EXPECT_NE(digest, digest_of("c", "ab", false));
  EXPECT_NE(digest_of("ab", "", false), digest_of("ab", "", true));
  RowDigest twice = digest;
  twice.add("ab", "c", false);
  EXPECT_NE(twice, digest);
}

}  // namespace
}  // namespace tidemark::runtime

// Records that cannot be processed, however large: each becomes a letter that the dead-letter topic takes.
#include "tests/sim/one_machine.h"

namespace tidemark::sim_test {
namespace {

using runtime::sim::SimRecord;

constexpr std::size_t kLetterMax = 2 << 20;  // max.message.bytes of the topic
constexpr std::size_t kHuge = 3 << 20;

std::size_t bytes_of(const SimRecord& record) {
  std::size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
  for (const auto& [name, value] : record.headers) bytes += name.size() + value.size() + 10;
  return bytes;
}

std::string header(const SimRecord& record, const std::string& wanted) {
  for (const auto& [name, value] : record.headers) {
    if (name == wanted) return value;
  }
  return "";
}

struct LetterCase {
  const char* name;
  const char* topic;
  std::size_t key_bytes;
  std::size_t value_bytes;
  std::size_t header_count;
  std::size_t header_bytes;
  const char* code;
  const char* key_note;  // lengths that the letter names; empty: the part is whole
  const char* value_note;
  const char* headers_note;
};
class LetterTest : public testing::TestWithParam<LetterCase> {};

TEST_P(LetterTest, FitsAndNamesWhatItLeftOut) {
  const LetterCase& row = GetParam();
  OneMachine cluster;
  std::vector<std::pair<std::string, std::string>> headers;
  for (std::size_t i = 0; i < row.header_count; ++i)
    headers.emplace_back("h" + std::to_string(i % 10), std::string(row.header_bytes, 'h'));
  const std::string key(row.key_bytes, 'k');
  const std::string value(row.value_bytes, 'v');
  cluster.world.cluster.append(row.topic, 1, key, value, cluster.world.clock.wall(), headers);
  cluster.machine.start();
  ASSERT_EQ(cluster.run_until_rest(), "");
  const auto letters = cluster.world.cluster.committed_records("usage.dlq", 1);
  ASSERT_EQ(letters.size(), 1U);
  const SimRecord& letter = letters.front().record;
  EXPECT_LT(bytes_of(letter), kLetterMax);
  EXPECT_EQ(header(letter, "td-error-code"), row.code);
  EXPECT_EQ(header(letter, "__connect.errors.topic"), row.topic);
  EXPECT_EQ(header(letter, "td-key-truncated-from-bytes"), row.key_note);
  EXPECT_EQ(header(letter, "td-truncated-from-bytes"), row.value_note);
  EXPECT_EQ(header(letter, "td-headers-truncated-from-bytes"), row.headers_note);
  constexpr std::size_t kKept = 64 * 1024;
  EXPECT_EQ(letter.key, key.substr(0, *row.key_note == 0 ? key.size() : kKept));
  EXPECT_EQ(letter.value, value.substr(0, *row.value_note == 0 ? value.size() : kKept));
  if (*row.headers_note != 0) return;
  ASSERT_GE(letter.headers.size(), headers.size());
  EXPECT_TRUE(std::equal(headers.begin(), headers.end(), letter.headers.begin()));
}

INSTANTIATE_TEST_SUITE_P(
    Letters, LetterTest,
    testing::Values(
        LetterCase{"all_small", "usage.events", 10, 10, 2, 10, "invalid_json", "", "", ""},
        LetterCase{"key_at_the_limit", "usage.events", 200'000, 10, 0, 0, "record_too_large", "", "", ""},
        LetterCase{"key_past_it", "usage.events", 200'001, 10, 0, 0, "record_too_large", "200001", "", ""},
        LetterCase{"value_at_the_limit", "usage.events", 1, 1'500'000, 0, 0, "record_too_large", "", "", ""},
        LetterCase{"value_past_it", "usage.events", 1, 1'500'001, 0, 0, "record_too_large", "", "1500001",
                   ""},
        LetterCase{"headers_at_the_limit", "usage.events", 1, 1, 2'000, 88, "record_too_large", "", "", ""},
        LetterCase{"headers_past_it", "usage.events", 1, 1, 2'000, 89, "record_too_large", "", "", "202000"},
        LetterCase{"all_at_the_limit", "usage.events", 200'000, 1'500'000, 1, 199'988, "record_too_large", "",
                   "", ""},
        LetterCase{"an_event_of_huge_key", "usage.events", kHuge, 10, 0, 0, "record_too_large", "3145728", "",
                   ""},
        LetterCase{"an_event_of_a_huge_header", "usage.events", 1, 1, 1, kHuge, "record_too_large", "", "",
                   "3145740"},
        LetterCase{"an_event_of_many_headers", "usage.events", 1, 1, 300'000, 0, "record_too_large", "", "",
                   "3600000"},
        LetterCase{"a_profile_of_huge_key", "usage.customers", kHuge, 10, 0, 0, "profile_invalid", "3145728",
                   "", ""},
        LetterCase{"a_profile_of_huge_headers", "usage.customers", 1, 10, 3, kHuge, "profile_invalid", "", "",
                   "9437220"},
        LetterCase{"a_huge_command", "usage.commands", kHuge, kHuge, 3, kHuge, "command_invalid", "3145728",
                   "3145728", "9437220"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::sim_test

#include "runtime/state/id_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace tidemark::runtime {
namespace {

IdEntry entry_of(const Hash128& id, std::uint64_t fingerprint) {
  IdEntry entry;
  entry.id = id;
  entry.fingerprint = fingerprint;
  entry.kind = IdEntry::Kind::remembered;
  return entry;
}

// How ids fall on the table: spread, all at one end, or sharing their upper bits.
struct Spread {
  const char* name;
  std::uint64_t high_mask;
  std::uint64_t high_set;
};
class IdTableTest : public ::testing::TestWithParam<Spread> {};

TEST_P(IdTableTest, EqualsASortedMap) {
  std::mt19937_64 random(7);
  IdTable table(100);
  for (int round = 0; round < 3; ++round) {
    std::map<Hash128, std::uint64_t> model;
    for (std::uint64_t i = 0; i < 2'000; ++i) {  // far beyond what was expected
      const Hash128 id{(random() & GetParam().high_mask) | GetParam().high_set, random() % 1'500};
      table.set(entry_of(id, i));
      model[id] = i;
    }
    EXPECT_EQ(table.size(), model.size());
    auto expected = model.begin();
    table.for_each([&](const IdEntry& entry) {
      ASSERT_NE(expected, model.end());
      EXPECT_EQ(entry.id, expected->first);
      EXPECT_EQ(entry.fingerprint, expected->second);
      ++expected;
    });
    EXPECT_EQ(expected, model.end());
    for (const auto& [id, fingerprint] : model) {
      ASSERT_NE(table.find(id), nullptr);
      EXPECT_EQ(table.find(id)->fingerprint, fingerprint);
      EXPECT_EQ(table.find({id.high, id.low + 10'000}), nullptr);
    }
    for (auto at = model.begin(); at != model.end();) {  // every other one
      table.erase(at->first);
      at = model.erase(at);
      if (at != model.end()) ++at;
    }
    EXPECT_EQ(table.size(), model.size());
    for (const auto& [id, fingerprint] : model) {
      ASSERT_NE(table.find(id), nullptr);
      EXPECT_EQ(table.find(id)->fingerprint, fingerprint);
    }
    table.clear();
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.find(model.begin()->first), nullptr);
  }
}
INSTANTIATE_TEST_SUITE_P(Ids, IdTableTest,
                         ::testing::Values(Spread{"spread_evenly", UINT64_MAX, 0},
                                           Spread{"all_in_the_last_slot", 0, UINT64_MAX},
                                           Spread{"all_in_the_first_slot", 0, 0},
                                           Spread{"shared_upper_bits", 0xff, 0x1234'0000'0000'0000}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::runtime

#include "runtime/state/id_changes.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace tidemark::runtime {
namespace {

IdEntry entry_of(const Hash128& id, std::uint64_t fingerprint, IdEntry::Kind kind) {
  IdEntry entry;
  entry.id = id;
  entry.fingerprint = fingerprint;
  entry.kind = kind;
  return entry;
}

// How ids fall on the index: spread, or all at one end.
struct Spread {
  const char* name;
  std::uint64_t high_mask;
  std::uint64_t high_set;
};
class IdChangesTest : public ::testing::TestWithParam<Spread> {};

TEST_P(IdChangesTest, KeepsAllThatWasSaidAndFindsTheLastWord) {
  using Kind = IdEntry::Kind;
  std::mt19937_64 random(7);
  IdChanges changes;
  for (int round = 0; round < 3; ++round) {
    std::vector<IdEntry> said;
    std::map<Hash128, IdEntry> last;
    for (std::uint64_t i = 0; i < 3'000; ++i) {
      const Hash128 id{(random() & GetParam().high_mask) | GetParam().high_set, random() % 1'500};
      const Kind kind = i % 7 == 0 ? Kind::note : i % 11 == 0 ? Kind::forgotten : Kind::remembered;
      said.push_back(entry_of(id, i, kind));
      changes.add(said.back());
      if (kind != Kind::note) last[id] = said.back();
    }
    EXPECT_EQ(changes.entries(), said);
    for (const auto& [id, entry] : last) {
      ASSERT_NE(changes.find(id), nullptr);
      EXPECT_EQ(*changes.find(id), entry);
      // The same tag, another id.
      EXPECT_EQ(changes.find({id.high, id.low + (std::uint64_t{1} << 32)}), nullptr);
    }
    std::set<Hash128> met;
    changes.for_each_last([&](const IdEntry& entry) {
      EXPECT_TRUE(met.insert(entry.id).second) << "met twice";
      EXPECT_EQ(entry, last.at(entry.id));
    });
    EXPECT_EQ(met.size(), last.size());
    changes.clear();
    EXPECT_EQ(changes.size(), 0U);
    EXPECT_EQ(changes.find(last.begin()->first), nullptr);
  }
}
INSTANTIATE_TEST_SUITE_P(Ids, IdChangesTest,
                         ::testing::Values(Spread{"spread_evenly", UINT64_MAX, 0},
                                           Spread{"all_in_the_last_slot", 0, UINT64_MAX},
                                           Spread{"all_in_the_first_slot", 0, 0}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(IdChangesMemoryTest, WhatALargeEpochNeededGoesBack) {
  IdChanges changes;
  const std::size_t bytes = changes.bytes();
  std::mt19937_64 random(1);
  for (std::uint64_t i = 0; i < 50'000; ++i)
    changes.add(entry_of({random(), random()}, i, IdEntry::Kind::remembered));
  EXPECT_GT(changes.bytes(), 50'000 * sizeof(IdEntry));
  for (int epoch = 0; epoch < 20; ++epoch) changes.clear();
  EXPECT_EQ(changes.bytes(), bytes);
}

}  // namespace
}  // namespace tidemark::runtime

#include "runtime/state/id_changes.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace tidemark::runtime {
namespace {

using Kind = IdEntry::Kind;

IdEntry entry_of(const Hash128& id, std::uint64_t fingerprint, Kind kind) {
  IdEntry entry;
  entry.id = id;
  entry.fingerprint = fingerprint;
  entry.kind = kind;
  return entry;
}

std::vector<IdEntry> all_of(const IdTable& table) {
  std::vector<IdEntry> entries;
  table.for_each([&entries](const IdEntry& entry) { entries.push_back(entry); });
  return entries;
}

std::vector<IdEntry> all_of(const std::map<Hash128, IdEntry>& model) {
  std::vector<IdEntry> entries;
  for (const auto& [id, entry] : model) entries.push_back(entry);
  return entries;
}

// How ids fall on the table: spread, or all at one end.
struct Spread {
  const char* name;
  std::uint64_t high_mask;
  std::uint64_t high_set;
};
class IdChangesTest : public ::testing::TestWithParam<Spread> {};

TEST_P(IdChangesTest, ACommitKeepsAndAnAbortPutsBackWhatTheTableHeld) {
  std::mt19937_64 random(7);
  IdTable table(1'000);  // grows in the middle of an epoch
  IdChanges changes;
  std::map<Hash128, IdEntry> committed;
  for (int epoch = 0; epoch < 12; ++epoch) {
    std::vector<IdEntry> said;
    std::map<Hash128, IdEntry> model = committed;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
      const Hash128 id{(random() & GetParam().high_mask) | GetParam().high_set, random() % 1'500};
      const Kind kind = i % 7 == 0 ? Kind::note : i % 11 == 0 ? Kind::forgotten : Kind::remembered;
      said.push_back(entry_of(id, random(), kind));
      changes.add(said.back(), table);
      if (kind != Kind::note) model[id] = said.back();
    }
    EXPECT_EQ(changes.entries(), said);
    EXPECT_EQ(all_of(table), all_of(model)) << "of epoch " << epoch;
    if (epoch % 3 == 0) {
      changes.take_back(table);
    } else {
      changes.clear();
      committed = model;
    }
    EXPECT_EQ(changes.size(), 0U);
    EXPECT_EQ(table.size(), committed.size());
    EXPECT_EQ(all_of(table), all_of(committed)) << "after epoch " << epoch;
    for (const auto& [id, entry] : committed) {
      ASSERT_NE(table.find(id), nullptr);
      EXPECT_EQ(*table.find(id), entry);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Ids, IdChangesTest,
                         ::testing::Values(Spread{"spread_evenly", UINT64_MAX, 0},
                                           Spread{"all_in_the_last_slot", 0, UINT64_MAX},
                                           Spread{"all_in_the_first_slot", 0, 0},
                                           Spread{"shared_upper_bits", 0xff, 0x1234'0000'0000'0000}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(IdChangesMemoryTest, WhatALargeEpochNeededGoesBack) {
  IdTable table(100'000);
  IdChanges changes;
  const std::size_t bytes = changes.bytes();
  std::mt19937_64 random(1);
  for (std::uint64_t i = 0; i < 50'000; ++i)
    changes.add(entry_of({random(), random()}, i, Kind::remembered), table);
  EXPECT_GT(changes.bytes(), 50'000 * sizeof(IdEntry));
  changes.clear();
  EXPECT_EQ(changes.bytes(), bytes);
}

}  // namespace
}  // namespace tidemark::runtime

#include "runtime/state/id_runs.h"

#include <gtest/gtest.h>

#include <map>

#include "memory_storage.h"

namespace tidemark::runtime {
namespace {

using namespace std::chrono_literals;

constexpr ArrivalTime kStart{std::chrono::milliseconds{1'790'000'000'000}};
constexpr std::chrono::hours kHorizon{24 * 36};
constexpr std::size_t kAll = 1'000'000;

Hash128 id_of(std::uint64_t n) {
  return {n * 0x9e3779b97f4a7c15ULL, n};
}

// What a table holds: numbers of ids and their fingerprints, 0 for a forgotten one.
using Said = std::map<std::uint64_t, std::uint64_t>;

class IdRunsTest : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() { ASSERT_TRUE(try_open()); }
  Status try_open() {
    runs_.emplace(storage_, kHorizon);
    return runs_->load();
  }
  Status spill(const Said& said, ArrivalTime clock = kStart) {
    IdTable table(said.size());
    for (const auto& [n, fingerprint] : said) {
      table.set({.id = id_of(n),
                 .fingerprint = fingerprint,
                 .inserted_at = clock,
                 .kind = fingerprint == 0 ? IdEntry::Kind::forgotten : IdEntry::Kind::remembered});
    }
    StorePosition position;
    position.epoch = EpochNumber(++epochs_);
    position.stream_time = clock;
    return runs_->add(table, position, clock);
  }
  Said find(std::uint64_t begin, std::uint64_t end) {
    std::vector<IdLookup> lookups;
    for (std::uint64_t n = begin; n < end; ++n) lookups.push_back({id_of(n), n - begin});
    std::vector<std::optional<RememberedId>> found(lookups.size());
    EXPECT_TRUE(runs_->find(lookups, found));
    Said known;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i]) known[begin + i] = found[i]->fingerprint;
    }
    return known;
  }
  std::size_t rows_of_runs() const {
    std::size_t rows = 0;
    for (const auto& [key, value] : disk_.rows) rows += key.front() == 'r' ? 1 : 0;
    return rows;
  }
  std::optional<StorePosition> position() {
    auto loaded = load_position(storage_);
    return loaded ? std::optional(*loaded) : std::nullopt;
  }

  MemoryDisk disk_;
  MemoryStorage storage_{disk_};
  std::optional<IdRuns> runs_;
  std::int64_t epochs_ = 0;
};

TEST_F(IdRunsTest, TheNewestRunCounts) {
  ASSERT_TRUE(spill({{1, 10}, {2, 20}, {3, 30}}));
  ASSERT_TRUE(spill({{1, 11}, {2, 0}}));
  ASSERT_TRUE(spill({{2, 22}, {3, 0}}));
  const Said expected = {{1, 11}, {2, 22}};
  EXPECT_EQ(find(0, 10), expected);
  reopen();
  EXPECT_EQ(find(0, 10), expected);
}

TEST_F(IdRunsTest, MergingChangesNoAnswer) {
  ASSERT_TRUE(spill({{1, 10}, {2, 20}, {3, 30}, {4, 40}}));
  ASSERT_TRUE(spill({{1, 11}, {2, 0}}));
  ASSERT_TRUE(spill({{2, 22}, {3, 0}}));
  ASSERT_TRUE(spill({{5, 50}}));
  const Said expected = find(0, 10);
  EXPECT_EQ(expected, (Said{{1, 11}, {2, 22}, {4, 40}, {5, 50}}));
  for (int step = 0; step < 5; ++step) {  // an id at a time: five of them
    ASSERT_TRUE(runs_->merge(1));
    EXPECT_EQ(runs_->size(), 4U) << step;
    EXPECT_EQ(find(0, 10), expected) << step;
  }
  ASSERT_TRUE(runs_->merge(1));
  EXPECT_EQ(runs_->size(), 1U);
  EXPECT_EQ(find(0, 10), expected);
  EXPECT_EQ(rows_of_runs(), 2U);  // a block and a filter: those of before are gone
  reopen();
  EXPECT_EQ(find(0, 10), expected);
}

TEST_F(IdRunsTest, WhatComesDuringAMergeIsNewerThanItsResult) {
  for (std::uint64_t n = 0; n < 4; ++n) ASSERT_TRUE(spill({{n, 1}}));
  ASSERT_TRUE(runs_->merge(2));
  ASSERT_TRUE(spill({{0, 2}, {3, 0}}));
  ASSERT_TRUE(runs_->merge(kAll));
  EXPECT_EQ(runs_->size(), 2U);
  EXPECT_EQ(find(0, 10), (Said{{0, 2}, {1, 1}, {2, 1}}));
}

TEST_F(IdRunsTest, RunsStayFew) {
  for (std::uint64_t n = 0; n < 256; ++n) {
    ASSERT_TRUE(spill({{n, n + 1}}));
    ASSERT_TRUE(runs_->merge(kAll));
    ASSERT_TRUE(runs_->merge(kAll));
    ASSERT_TRUE(runs_->merge(kAll));
    ASSERT_TRUE(runs_->merge(kAll));
    EXPECT_LE(runs_->size(), 3U * 4 + 1) << n;
  }
  EXPECT_EQ(runs_->size(), 1U);
  EXPECT_EQ(find(0, 300).size(), 256U);
}

TEST_F(IdRunsTest, ManyBlocksAndPieces) {
  Said said;
  for (std::uint64_t n = 0; n < 200'000; ++n) said[n] = n + 1;
  ASSERT_TRUE(spill(said));
  EXPECT_GT(disk_.ingests, 1U);
  EXPECT_EQ(find(0, 200'000), said);
  EXPECT_TRUE(find(200'000, 210'000).empty());
  for (std::uint64_t n = 0; n < 3; ++n) ASSERT_TRUE(spill({{n, 7}}));
  ASSERT_TRUE(runs_->merge(kAll));
  ASSERT_EQ(runs_->size(), 1U);
  for (std::uint64_t n = 0; n < 3; ++n) said[n] = 7;
  EXPECT_EQ(find(0, 210'000), said);
}

TEST_F(IdRunsTest, AMergeEndsWithTheRunsThatItReads) {
  for (std::uint64_t n = 0; n < 4; ++n) ASSERT_TRUE(spill({{n, 1}}));
  ASSERT_TRUE(runs_->merge(2));
  ASSERT_TRUE(spill({{9, 1}}, kStart + kHorizon + 1ms));
  EXPECT_EQ(runs_->size(), 1U);
  ASSERT_TRUE(runs_->merge(kAll));
  EXPECT_EQ(find(0, 10), (Said{{9, 1}}));
  EXPECT_EQ(rows_of_runs(), 2U);
}

TEST_F(IdRunsTest, RunsOfTwoGenerationsAreNotMerged) {
  for (std::uint64_t n = 0; n < 3; ++n) ASSERT_TRUE(spill({{n, 1}}));
  ASSERT_TRUE(spill({{3, 1}}, kStart + kHorizon / 2));
  ASSERT_TRUE(runs_->merge(kAll));
  EXPECT_EQ(runs_->size(), 4U);
}

TEST_F(IdRunsTest, RowsThatAreGoneAreNoticed) {
  struct Case {
    const char* name;
    char kind;
  };
  for (const auto& [name, kind] : {Case{"block", 'b'}, Case{"filter", 'f'}}) {
    ASSERT_TRUE(spill({{1, 1}}));
    std::erase_if(disk_.rows, [kind = kind](const auto& row) {
      return row.first.front() == 'r' && row.first[5] == kind;
    });
    std::vector<IdLookup> lookups = {{id_of(1), 0}};
    std::vector<std::optional<RememberedId>> found(1);
    if (kind == 'b')
      EXPECT_EQ(runs_->find(lookups, found).error().code, "state_corrupt") << name;
    else
      EXPECT_EQ(try_open().error().code, "state_corrupt") << name;
    disk_ = {};
    reopen();
  }
}

// Whoever asked what is left of it would be told that an id is new.
TEST_F(IdRunsTest, AFilterThatLacksAPartIsNoticed) {
  const auto filter_rows = [this] {
    std::vector<std::string> keys;
    for (const auto& [key, value] : disk_.rows) {
      if (key.front() == 'r' && key[5] == 'f') keys.push_back(key);
    }
    return keys;
  };
  Said said;
  for (std::uint64_t i = 0; i < 1'300'000; ++i) said.emplace_hint(said.end(), i, 1);
  ASSERT_TRUE(spill(said));
  const auto whole = disk_.rows;
  const auto parts = filter_rows();
  ASSERT_EQ(parts.size(), 3U);
  for (const std::string& lost : parts) {
    disk_.rows = whole;
    disk_.rows.erase(lost);
    EXPECT_EQ(try_open().error().code, "state_corrupt");
  }
  disk_.rows = whole;
  disk_.rows[parts.back()].resize(disk_.rows[parts.back()].size() - 32);
  EXPECT_EQ(try_open().error().code, "state_corrupt") << "cut";
  disk_.rows = whole;
  EXPECT_TRUE(try_open());
}

// Dies at the first change, the second, and so on, until the whole story runs through: whatever is left, the
// position says which spills it holds, and no row is left that nothing names.
TEST_F(IdRunsTest, ACrashAtAnyStepLeavesWhatThePositionSays) {
  constexpr int kSpills = 11;
  const auto clock_of = [](int spill) { return kStart + (spill < 6 ? 0h : kHorizon + 24h); };
  const auto said_by = [](int spill) {
    const auto n = static_cast<std::uint64_t>(spill);
    return Said{{n, n + 1}, {n + 1, 0}, {100, n + 1}};
  };
  for (std::size_t changes = 0;; ++changes) {
    disk_ = {};
    epochs_ = 0;
    reopen();
    disk_.changes_left = changes;
    Status alive;
    for (int n = 0; n < kSpills && alive; ++n) {
      alive = spill(said_by(n), clock_of(n));
      if (alive) alive = runs_->merge(3);
    }
    disk_.changes_left.reset();
    disk_.crash();
    const auto held = position();
    ASSERT_TRUE(held) << "after " << changes << " changes";
    reopen();
    const auto spills = static_cast<int>(held->epoch.value());
    const int first =
        spills > 6 ? 6 : 0;  // those before are dropped with the first spill that is past their horizon
    Said expected;
    for (int n = first; n < spills; ++n) {
      for (const auto& [id, fingerprint] : said_by(n)) expected[id] = fingerprint;
    }
    std::erase_if(expected, [](const auto& entry) { return entry.second == 0; });
    ASSERT_EQ(find(0, 200), expected) << "after " << changes << " changes, " << spills << " spills";
    for (int n = 0; n < 20; ++n) ASSERT_TRUE(runs_->merge(kAll));
    ASSERT_EQ(find(0, 200), expected) << "merged, after " << changes << " changes";
    ASSERT_EQ(rows_of_runs(), 2 * runs_->size()) << "after " << changes << " changes";
    if (alive) break;
  }
}

}  // namespace
}  // namespace tidemark::runtime

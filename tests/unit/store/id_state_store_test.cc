#include "runtime/state/id_state_store.h"

#include <gtest/gtest.h>

#include <limits>

#include "memory_storage.h"
#include "runtime/state/id_run.h"

namespace tidemark::runtime {
namespace {

using namespace std::chrono_literals;

constexpr ArrivalTime kStart{std::chrono::milliseconds{1'790'000'000'000}};
constexpr std::chrono::hours kHorizon{24 * 36};

Hash128 id_of(std::uint64_t n) {
  return {n * 0x9e3779b97f4a7c15ULL, n};
}
RememberedId value_of(std::uint64_t n, ArrivalTime inserted_at = kStart) {
  RememberedId value;
  value.fingerprint = n + 1;
  value.offset = Offset(static_cast<std::int64_t>(n));
  value.inserted_at = inserted_at;
  value.source = SourceIndex(2);
  value.verdict = 3;
  return value;
}

bool is_block(std::string_view key) {
  return key.size() == kIdBlockKeyBytes && key[0] == 'r' && key[5] == 'b';
}

class IdStateStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    auto opened = IdStateStore::open(std::make_unique<MemoryStorage>(disk_), options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void reopen_after_crash() {
    disk_.crash();
    reopen();
  }
  std::optional<RememberedId> find(const Hash128& id, ArrivalTime clock = kStart) {
    std::optional<RememberedId> found;
    EXPECT_TRUE(store_->find({&id, 1}, clock, {&found, 1}));
    return found;
  }
  bool knows(std::uint64_t n, ArrivalTime clock = kStart) { return find(id_of(n), clock).has_value(); }
  // Remembers ids [begin, end) in an epoch of their own.
  void epoch_of(std::uint64_t begin, std::uint64_t end, ArrivalTime clock = kStart) {
    for (std::uint64_t n = begin; n < end; ++n)
      store_->remember(id_of(n), value_of(n, clock), Remembering::first);
    commit(clock);
  }
  void commit(ArrivalTime clock = kStart) {
    const StorePosition before = *store_->position();
    StorePosition position;
    position.epoch = before.epoch.next();
    for (const std::string& record : store_->pack(position.epoch)) changelog_.push_back(record);
    position.changelog_next = Offset(static_cast<std::int64_t>(changelog_.size()));
    position.stream_time = clock;
    ASSERT_TRUE(store_->apply(position));
  }
  std::size_t ids_on_disk() const {
    std::size_t ids = 0;
    for (const auto& [key, block] : disk_.rows) {
      if (!is_block(key)) continue;
      for (IdBlockReader entry(block); !entry.at_end() && entry.next();) ++ids;
    }
    return ids;
  }
  IdStateStoreOptions options_{.horizon = kHorizon, .hot_ids_max = 100};
  MemoryDisk disk_;
  std::vector<std::string> changelog_;
  std::unique_ptr<IdStateStore> store_;
};

TEST_F(IdStateStoreTest, RemembersWhatWasSaidInEveryLayer) {
  const auto expect_known = [this](const char* layer) {
    const auto found = find(id_of(1));
    ASSERT_TRUE(found) << layer;
    EXPECT_EQ(found->fingerprint, 2U) << layer;
    EXPECT_EQ(found->offset, Offset(1)) << layer;
    EXPECT_EQ(found->inserted_at, kStart) << layer;
    EXPECT_EQ(found->source, SourceIndex(2)) << layer;
    EXPECT_EQ(found->verdict, 3) << layer;
    EXPECT_FALSE(knows(2)) << layer;
  };
  store_->remember(id_of(1), value_of(1), Remembering::first);
  expect_known("overlay");
  commit();
  EXPECT_TRUE(disk_.rows.empty());
  expect_known("hot");
  ASSERT_TRUE(store_->flush());
  expect_known("stored");
  reopen();
  expect_known("reopened");
}

TEST_F(IdStateStoreTest, TheLatestWordCountsInEveryLayer) {
  epoch_of(0, 4);
  ASSERT_TRUE(store_->flush());
  for (const char* layer : {"overlay", "hot", "stored"}) {
    if (layer == std::string("overlay")) {
      store_->forget(id_of(1));
      RememberedId other = value_of(2);
      other.verdict = 9;
      store_->remember(id_of(2), other, Remembering::first);
      store_->forget(id_of(3));
      store_->remember(id_of(3), value_of(3), Remembering::first);
    }
    if (layer == std::string("hot")) commit();
    if (layer == std::string("stored")) {
      ASSERT_TRUE(store_->flush());
    }
    EXPECT_FALSE(knows(1)) << layer;
    EXPECT_EQ(find(id_of(2))->verdict, 9) << layer;
    EXPECT_TRUE(knows(3)) << layer;
    EXPECT_TRUE(knows(0)) << layer;
  }
}

TEST_F(IdStateStoreTest, AnIdMayOccurTwiceInOneCall) {
  epoch_of(0, 2);
  ASSERT_TRUE(store_->flush());
  store_->remember(id_of(5), value_of(5), Remembering::first);
  const std::vector<Hash128> ids = {id_of(1), id_of(9), id_of(5), id_of(1),
                                    id_of(9), id_of(0), id_of(5), id_of(1)};
  std::vector<std::optional<RememberedId>> found(ids.size(), value_of(77));  // what was there is overwritten
  disk_.lookups = 0;
  ASSERT_TRUE(store_->find(ids, kStart, found));
  const std::vector<int> expected = {1, -1, 5, 1, -1, 0, 5, 1};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ASSERT_EQ(found[i].has_value(), expected[i] >= 0) << i;
    if (found[i]) {
      EXPECT_EQ(found[i]->offset, Offset(expected[i])) << i;
    }
  }
  EXPECT_EQ(disk_.lookups, 1U);  // the block of 0 and 1, once; 9 ends at the filter
}

struct ExpiryCase {
  const char* name;
  std::chrono::milliseconds after;
  bool known;
};
class ExpiryTest : public IdStateStoreTest, public ::testing::WithParamInterface<ExpiryCase> {};
TEST_P(ExpiryTest, IsExactInEveryLayer) {
  const ArrivalTime clock = kStart + GetParam().after;
  store_->remember(id_of(1), value_of(1), Remembering::first);
  EXPECT_EQ(knows(1, clock), GetParam().known) << "overlay";
  commit();
  EXPECT_EQ(knows(1, clock), GetParam().known) << "hot";
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(knows(1, clock), GetParam().known) << "stored";
}
INSTANTIATE_TEST_SUITE_P(IdStateStore, ExpiryTest,
                         ::testing::Values(ExpiryCase{"at_insertion", 0ms, true},
                                           ExpiryCase{"exactly_at_the_horizon", kHorizon, true},
                                           ExpiryCase{"one_ms_past_the_horizon", kHorizon + 1ms, false}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(IdStateStoreTest, WithoutAHorizonNothingExpires) {
  options_.horizon.reset();
  reopen();
  EXPECT_EQ(store_->horizon(), std::nullopt);
  for (std::uint64_t year = 0; year < 5; ++year) {
    epoch_of(year, year + 1, kStart + year * 24h * 365);
    ASSERT_TRUE(store_->flush());
  }
  EXPECT_EQ(store_->run_count(), 2U);  // four have become one
  EXPECT_TRUE(knows(0, kStart + 24h * 365 * 20));
}

TEST_F(IdStateStoreTest, RunsWhoseIdsHaveAllExpiredGo) {
  constexpr std::chrono::hours kStep{24 * 3};
  std::size_t ids_max = 0;
  for (std::uint64_t n = 0; n < 60; ++n) {
    const ArrivalTime clock = kStart + n * kStep;
    epoch_of(n, n + 1, clock);
    ASSERT_TRUE(store_->flush());
    EXPECT_LE(store_->run_count(), 10U) << n;
    ids_max = std::max(ids_max, ids_on_disk());
    for (std::uint64_t old = 0; old <= n; ++old) {
      EXPECT_EQ(knows(old, clock), (n - old) * kStep <= kHorizon) << old << " at " << n;
    }
  }
  EXPECT_EQ(ids_max, 16U);  // 12 steps a horizon; a run outlives it by its own span at most
  reopen();
  EXPECT_TRUE(knows(59, kStart + 59 * kStep));
}

TEST_F(IdStateStoreTest, AChangedHorizonFindsTheOldRows) {
  epoch_of(0, 1);
  ASSERT_TRUE(store_->flush());
  options_.horizon = kHorizon * 3;
  reopen();
  const ArrivalTime later = kStart + kHorizon * 2;
  store_->remember(id_of(0), value_of(100, later), Remembering::first);
  commit(later);
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(find(id_of(0), later)->offset, Offset(100));
  store_->forget(id_of(0));
  commit(later);
  ASSERT_TRUE(store_->flush());
  EXPECT_FALSE(knows(0, later));
}

TEST_F(IdStateStoreTest, AnOlderInsertionTimeDoesNotHideTheLatestWord) {
  epoch_of(0, 1, kStart);
  ASSERT_TRUE(store_->flush());
  const ArrivalTime later = kStart + kHorizon / 2;
  RememberedId counted = value_of(0, kStart);  // a parked event is counted: its time of insertion stays
  counted.verdict = 8;
  store_->remember(id_of(0), counted, Remembering::first);
  commit(later);
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(find(id_of(0), later)->verdict, 8);
  EXPECT_FALSE(knows(0, kStart + kHorizon + 1ms));
}

// What was brought home ahead of the clock and forgotten since: the older word must not come back.
TEST_F(IdStateStoreTest, AnIdAheadOfTheClockDoesNotOutliveTheLatestWord) {
  store_->remember(id_of(0), value_of(0, kStart + kHorizon), Remembering::first);
  commit(kStart);
  ASSERT_TRUE(store_->flush());
  reopen();
  store_->forget(id_of(0));
  commit(kStart + 1h);
  ASSERT_TRUE(store_->flush());
  const ArrivalTime later = kStart + kHorizon + 2h;  // past the horizon of all that was said in that hour
  epoch_of(1, 2, later);
  ASSERT_TRUE(store_->flush());
  EXPECT_FALSE(knows(0, later));
}

TEST_F(IdStateStoreTest, AFullHotTableSpillsWithItsPosition) {
  epoch_of(0, 60);
  EXPECT_EQ(disk_.ingests, 0U);
  EXPECT_EQ(store_->durable_position().epoch, EpochNumber(0));
  epoch_of(60, 120);  // one epoch too many: both go together
  EXPECT_EQ(disk_.ingests, 1U);
  EXPECT_EQ(store_->durable_position(), *store_->position());
  epoch_of(120, 130);
  reopen_after_crash();
  EXPECT_EQ(store_->position()->epoch, EpochNumber(2));
  EXPECT_TRUE(knows(119));
  EXPECT_FALSE(knows(120));
  StorePosition position = *store_->position();
  ASSERT_EQ(position.changelog_next, Offset(2));
  position.epoch = EpochNumber(3);
  position.changelog_next = Offset(3);
  ASSERT_TRUE(store_->restore(changelog_[2], position));
  EXPECT_TRUE(knows(129));
  EXPECT_EQ(*store_->position(), position);
}

TEST_F(IdStateStoreTest, AFailedSpillLeavesTheDiskAsItWas) {
  epoch_of(0, 60);
  for (std::uint64_t n = 60; n < 120; ++n) store_->remember(id_of(n), value_of(n), Remembering::first);
  disk_.full = true;
  StorePosition position;
  position.epoch = EpochNumber(2);
  EXPECT_EQ(store_->apply(position).error().code, "state_disk_full");
  EXPECT_TRUE(disk_.rows.empty());
  disk_.full = false;
  reopen_after_crash();
  EXPECT_EQ(*store_->position(), StorePosition{});
}

TEST_F(IdStateStoreTest, DiscardForgetsTheEpoch) {
  epoch_of(0, 2);
  store_->remember(id_of(5), value_of(5), Remembering::first);
  store_->forget(id_of(1));
  store_->note({SourceIndex(0), Offset(6), 0}, 1, 2, false);
  EXPECT_EQ(store_->change_count(), 3U);
  EXPECT_GT(store_->change_bytes(), 0U);
  store_->discard();
  EXPECT_EQ(store_->change_count(), 0U);
  EXPECT_EQ(store_->change_bytes(), 0U) << "what is kept for the next epoch does not cut it";
  EXPECT_TRUE(store_->pack(EpochNumber(2)).empty());
  EXPECT_FALSE(knows(5));
  EXPECT_TRUE(knows(1));
}

TEST_F(IdStateStoreTest, ThePositionMovesWithoutIds) {
  store_->note({SourceIndex(0), Offset(0), 0}, 1, 0, false);
  commit();
  ASSERT_TRUE(store_->flush());
  reopen_after_crash();
  EXPECT_EQ(store_->position()->epoch, EpochNumber(1));
  disk_.ingests = 0;
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(disk_.ingests, 0U);  // nothing new
}

std::vector<RememberedId> edge_values() {
  constexpr std::uint16_t kMost = std::numeric_limits<std::uint16_t>::max();
  std::vector<RememberedId> values;
  for (const std::int64_t offset : {std::int64_t{0}, std::int64_t{127}, std::int64_t{128},
                                    std::int64_t{1} << 35, std::numeric_limits<std::int64_t>::max()}) {
    for (const std::int64_t ms : {std::int64_t{-1}, std::int64_t{0}, kStart.time_since_epoch().count(),
                                  std::numeric_limits<std::int64_t>::max()}) {
      for (const auto& [element, tag] : {std::pair<std::uint16_t, std::uint16_t>{0, 0},
                                         {0, 1},
                                         {1, 0},
                                         {128, kMost},
                                         {kMost, 300},
                                         {kMost, kMost}}) {
        values.push_back({.fingerprint = ~static_cast<std::uint64_t>(offset),
                          .offset = Offset(offset),
                          .inserted_at = ArrivalTime(std::chrono::milliseconds(ms)),
                          .source = SourceIndex(63),
                          .verdict = 255,
                          .element = element,
                          .tag = tag});
      }
    }
  }
  return values;
}

void expect_same(const std::optional<RememberedId>& found, const RememberedId& value, std::size_t number) {
  ASSERT_TRUE(found) << number;
  EXPECT_EQ(found->fingerprint, value.fingerprint) << number;
  EXPECT_EQ(found->place(), value.place()) << number;
  EXPECT_EQ(found->inserted_at, value.inserted_at) << number;
  EXPECT_EQ(found->verdict, value.verdict) << number;
  EXPECT_EQ(found->tag, value.tag) << number;
}

TEST_F(IdStateStoreTest, EveryLayerKeepsEveryValue) {
  options_ = {.horizon = std::nullopt, .hot_ids_max = 1'000};
  reopen();
  const std::vector<RememberedId> values = edge_values();
  const auto expect_all = [&](const char* layer) {
    SCOPED_TRACE(layer);
    for (std::size_t i = 0; i < values.size(); ++i) {
      expect_same(find(id_of(i)), values[i], i);
      EXPECT_FALSE(knows(1'000 + i)) << i;
    }
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    store_->remember(id_of(i), values[i], i % 2 == 0 ? Remembering::first : Remembering::again);
    store_->forget(id_of(1'000 + i));
  }
  expect_all("overlay");
  commit();
  expect_all("hot");
  const StorePosition committed = *store_->position();
  reopen_after_crash();
  ASSERT_EQ(changelog_.size(), 1U);
  ASSERT_TRUE(store_->restore(changelog_.front(), committed));
  expect_all("restored from the changelog");
  ASSERT_TRUE(store_->flush());
  reopen();
  expect_all("stored");
}

// Most ids are no element of anything and have no tag: their rows are what they were before there were both.
TEST_F(IdStateStoreTest, ARowWithoutElementAndTagHasTheLayoutOfBefore) {
  epoch_of(5, 6);
  ASSERT_TRUE(store_->flush());
  std::vector<std::string> values;
  for (const auto& [key, block] : disk_.rows) {
    if (!is_block(key)) continue;
    for (IdBlockReader entry(block); !entry.at_end();) {
      ASSERT_TRUE(entry.next());
      values.emplace_back(entry.value());
    }
  }
  ASSERT_EQ(values.size(), 1U);
  const std::string fingerprint("\0\0\0\0\0\0\0\6", 8);
  const std::string source_verdict_offset("\2\3\5", 3);
  const std::string clock("\x80\xd8\xc1\xa2\x8c\x34");  // 1'790'000'000'000 in groups of seven bits
  EXPECT_EQ(values.front(), fingerprint + source_verdict_offset + clock);
}

TEST_F(IdStateStoreTest, DamagedRowsAreCorruption) {
  epoch_of(0, 1);
  ASSERT_TRUE(store_->flush());
  for (auto& [key, value] : disk_.rows) {
    if (is_block(key)) value.pop_back();
  }
  const Hash128 id = id_of(0);
  std::optional<RememberedId> found;
  EXPECT_EQ(store_->find({&id, 1}, kStart, {&found, 1}).error().code, "state_corrupt");
  disk_.rows.at(std::string("\0runs", 5)).pop_back();
  EXPECT_EQ(IdStateStore::open(std::make_unique<MemoryStorage>(disk_), options_).error().code,
            "state_corrupt");
}

TEST_F(IdStateStoreTest, ADamagedChangelogRecordChangesNothing) {
  EXPECT_EQ(store_->restore("nonsense", {}).error().code, "changelog_corrupt");
  EXPECT_EQ(*store_->position(), StorePosition{});
}

}  // namespace
}  // namespace tidemark::runtime

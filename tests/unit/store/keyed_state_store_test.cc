#include "runtime/state/keyed_state_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "memory_storage.h"

namespace tidemark::runtime {
namespace {

StorePosition at_epoch(std::int64_t epoch) {
  StorePosition position;
  position.epoch = EpochNumber(epoch);
  position.changelog_next = Offset(epoch * 10);
  return position;
}

class KeyedStateStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    auto opened = KeyedStateStore::open(std::make_unique<MemoryStorage>(disk_));
    ASSERT_TRUE(opened);
    store_ = std::move(*opened);
  }
  std::string get(std::string_view key) {
    const auto value = store_->get(key);
    EXPECT_TRUE(value);
    return value->value_or("-");
  }
  std::string scan(std::string_view begin, std::string_view end, std::size_t count_max = 100) {
    const auto rows = store_->scan(begin, end, count_max);
    EXPECT_TRUE(rows);
    std::string text;
    for (const auto& [key, value] : *rows) text += key + value + " ";
    return text;
  }
  std::string changes() {
    std::string text;
    store_->for_each_change([&](std::string_view key, std::string_view value, bool erase) {
      text += std::string(key) + (erase ? "-" : std::string(value)) + " ";
    });
    return text;
  }
  MemoryDisk disk_;
  std::unique_ptr<KeyedStateStore> store_;
};

TEST_F(KeyedStateStoreTest, ReadsSeeTheWritesOfTheEpoch) {
  store_->put("a", "1");
  store_->put("b", "1");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  store_->put("a", "2");
  store_->erase("b");
  EXPECT_EQ(get("a"), "2");
  EXPECT_EQ(get("b"), "-");
  EXPECT_EQ(get("c"), "-");
  EXPECT_EQ(disk_.rows.at("a"), "1");  // uncommitted data never reaches the disk
}

TEST_F(KeyedStateStoreTest, ChangesComeOnceAndInTheOrderOfTheFirstWrite) {
  store_->put("b", "1");
  store_->put("a", "1");
  store_->erase("c");
  store_->put("b", "2");
  EXPECT_EQ(changes(), "b2 a1 c- ");
  EXPECT_EQ(store_->change_count(), 3U);
  EXPECT_GT(store_->change_bytes(), 0U);
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  EXPECT_EQ(changes(), "");
  EXPECT_EQ(store_->change_bytes(), 0U);
}

TEST_F(KeyedStateStoreTest, DiscardLeavesTheLastCommittedState) {
  store_->put("a", "1");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  store_->put("a", "2");
  store_->put("b", "2");
  store_->discard();
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("b"), "-");
  EXPECT_EQ(store_->position()->epoch, EpochNumber(1));
}

TEST_F(KeyedStateStoreTest, ScanMergesOverlayAndDisk) {
  for (const char* key : {"a", "c", "e", "g"}) store_->put(key, "1");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  store_->put("b", "2");
  store_->put("c", "2");
  store_->erase("e");
  store_->put("h", "2");
  EXPECT_EQ(scan("a", "z"), "a1 b2 c2 g1 h2 ");
  EXPECT_EQ(scan("b", "g"), "b2 c2 ");
  EXPECT_EQ(scan("", "z", 3), "a1 b2 c2 ");
  EXPECT_EQ(scan("d", "z", 1), "g1 ");  // the erased row does not use up the count
  EXPECT_EQ(scan("a", "z", 0), "");
  EXPECT_EQ(scan("z", "a"), "");
  store_->put("d", "3");  // after the first scan of the epoch
  EXPECT_EQ(scan("c", "h"), "c2 d3 g1 ");
}

TEST_F(KeyedStateStoreTest, ScanEqualsASortedMap) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    disk_ = {};
    reopen();
    std::map<std::string, std::string> model;
    const auto random_key = [&] { return std::string(1, static_cast<char>('a' + random() % 20)); };
    for (int step = 0; step < 200; ++step) {
      const std::string key = random_key();
      if (random() % 3 == 0) {
        store_->erase(key);
        model.erase(key);
      } else {
        store_->put(key, std::to_string(step));
        model[key] = std::to_string(step);
      }
      if (random() % 10 == 0) {
        ASSERT_TRUE(store_->apply(at_epoch(step + 1)));
      }
      const std::string begin = random_key();
      const std::string end = random_key();
      std::size_t left = random() % 8;
      std::string expected;
      const std::size_t count_max = left;
      for (auto row = model.lower_bound(begin); row != model.end() && row->first < end && left > 0;
           ++row, --left) {
        expected += row->first + row->second + " ";
      }
      ASSERT_EQ(scan(begin, end, count_max), expected) << "seed " << seed << " step " << step;
    }
  }
}

TEST_F(KeyedStateStoreTest, RowsAndPositionAreOneWrite) {
  store_->put("a", "1");
  disk_.full = true;
  EXPECT_EQ(store_->apply(at_epoch(1)).error().code, "state_disk_full");
  EXPECT_TRUE(disk_.rows.empty());
}

class HotRowsTest : public KeyedStateStoreTest {
 protected:
  void SetUp() override {
    auto opened = KeyedStateStore::open(std::make_unique<MemoryStorage>(disk_), 100'000);
    ASSERT_TRUE(opened);
    store_ = std::move(*opened);
  }
};

TEST_F(HotRowsTest, ACrashLeavesAPositionThatReplayHeals) {
  store_->put("a", "1");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  ASSERT_TRUE(store_->flush());
  store_->put("a", "2");
  store_->put("b", "2");
  ASSERT_TRUE(store_->apply(at_epoch(2)));
  EXPECT_EQ(store_->position()->epoch, EpochNumber(2));
  EXPECT_EQ(store_->durable_position().epoch, EpochNumber(1));
  disk_.crash();
  reopen();
  EXPECT_EQ(*store_->position(), at_epoch(1));
  EXPECT_EQ(get("a"), "1");
  const std::vector<ChangelogRow> tail = {
      {.key = "a", .value = "2", .erase = false, .epoch = EpochNumber(2)},
      {.key = "b", .value = "2", .erase = false, .epoch = EpochNumber(2)}};
  for (int repeated = 0; repeated < 2; ++repeated) {
    ASSERT_TRUE(store_->restore(tail, at_epoch(2)));
    EXPECT_EQ(scan("a", "z"), "a2 b2 ");
    EXPECT_EQ(*store_->position(), at_epoch(2));
  }
}

TEST_F(HotRowsTest, CommittedRowsWaitInMemoryWithTheirPosition) {
  store_->put("a", "1");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  EXPECT_TRUE(disk_.rows.empty());
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(store_->position()->epoch, EpochNumber(1));
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(disk_.rows.at("a"), "1");
  reopen();
  EXPECT_EQ(store_->position()->epoch, EpochNumber(1));
}

TEST_F(HotRowsTest, AreWrittenWhenTheyAreTooMany) {
  for (int epoch = 1; epoch <= 3; ++epoch) {
    store_->put("row" + std::to_string(epoch), std::string(45'000, 'x'));
    ASSERT_TRUE(store_->apply(at_epoch(epoch)));
  }
  EXPECT_TRUE(disk_.rows.contains("row1") && disk_.rows.contains("row3"));
  reopen();
  EXPECT_EQ(store_->position()->epoch, EpochNumber(3));
}

TEST_F(HotRowsTest, AnAbortedEpochLeavesThemAlone) {
  store_->put("a", "1");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  store_->put("a", "2");
  store_->discard();
  EXPECT_EQ(get("a"), "1");
}

TEST_F(HotRowsTest, AScanMergesOverlayHotRowsAndDisk) {
  for (const char* key : {"a", "b", "c", "d"}) store_->put(key, "0");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  ASSERT_TRUE(store_->flush());  // on disk: a0 b0 c0 d0
  store_->put("b", "1");
  store_->erase("c");
  store_->put("e", "1");
  ASSERT_TRUE(store_->apply(at_epoch(2)));  // hot: b1 -c e1
  store_->put("b", "2");
  store_->put("c", "2");
  store_->erase("d");
  store_->put("f", "2");
  EXPECT_EQ(scan("a", "z"), "a0 b2 c2 e1 f2 ");
  EXPECT_EQ(scan("b", "f", 2), "b2 c2 ");
}

// One counter, written back at the end of the epoch.
class CounterView final : public StoreView {
 public:
  Status flush(KeyedStore& store) override {
    store.put("counter", std::to_string(count));
    return {};
  }
  void clear() override { count = 0; }
  int count = 0;
};

TEST_F(KeyedStateStoreTest, ViewsAreFlushedAndCleared) {
  EXPECT_TRUE(store_->flush_view());  // none attached
  CounterView& view = store_->view<CounterView>([] { return std::make_unique<CounterView>(); });
  view.count = 3;
  ASSERT_TRUE(store_->flush_view());
  EXPECT_EQ(get("counter"), "3");
  ASSERT_TRUE(store_->apply(at_epoch(1)));
  EXPECT_EQ(view.count, 3);
  store_->discard();
  EXPECT_EQ(view.count, 0);
  view.count = 5;
  ASSERT_TRUE(store_->restore({}, at_epoch(2)));
  EXPECT_EQ(view.count, 0);
}

}  // namespace
}  // namespace tidemark::runtime

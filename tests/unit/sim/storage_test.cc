#include "tests/unit/sim/rig.h"

namespace tidemark::runtime::sim {
namespace {

class StorageTest : public ::testing::Test {
 protected:
  std::unique_ptr<Storage> open(const std::string& store = "s") {
    return std::move(*factory_.open("t_0", store));
  }
  static Status put(Storage& store, const std::string& key, const std::string& value) {
    return store.write(std::vector<StorageWrite>{{key, value}});
  }
  StorageRows rows() const { return disk_.rows("t_0", "s"); }

  Rig rig_;
  SimDisk disk_{rig_.world};
  SimStorageFactory factory_{rig_.world, disk_, rig_.machine.process};
};

TEST_F(StorageTest, ReadsItsWrites) {
  auto store = open();
  ASSERT_TRUE(store->write(std::vector<StorageWrite>{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"b", "", true}}));
  std::vector<std::string_view> keys{"c", "b", "a"};
  std::vector<std::optional<std::string>> values(3);
  ASSERT_TRUE(store->multi_get(keys, values));
  EXPECT_EQ(values, (std::vector<std::optional<std::string>>{"3", std::nullopt, "1"}));
  EXPECT_EQ(*store->scan("a", "c", 10), (std::vector<StorageRow>{{"a", "1"}}));
  EXPECT_EQ(store->scan("a", "d", 1)->size(), 1u);
  ASSERT_TRUE(store->erase_range("a", "c"));
  EXPECT_EQ(rows(), (StorageRows{{"c", "3"}}));
  EXPECT_EQ(store->bytes_on_disk(), 2u);
}

TEST_F(StorageTest, ACrashLosesSuffixesOnlyAndNeverHalfAWrite) {
  std::set<std::size_t> lengths;
  for (int run = 0; run < 200; ++run) {
    disk_.wipe("t_0", "s");
    auto store = open();
    ASSERT_TRUE(put(*store, "flushed", "1"));
    ASSERT_TRUE(store->flush());
    for (int i = 0; i < 5; ++i) {
      const std::string value = std::to_string(i);
      ASSERT_TRUE(store->write(std::vector<StorageWrite>{{"last", value}, {"row" + value, value}}));
    }
    store.reset();
    StorageRows expected{{"flushed", "1"}};
    const std::size_t kept = rows().size() < 3 ? 0 : rows().size() - 2;
    for (std::size_t i = 0; i < kept; ++i) {
      expected["last"] = std::to_string(i);
      expected["row" + std::to_string(i)] = std::to_string(i);
    }
    ASSERT_EQ(rows(), expected);
    lengths.insert(kept);
  }
  EXPECT_EQ(lengths, (std::set<std::size_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(StorageTest, StoresLoseIndependently) {
  std::set<std::pair<std::size_t, std::size_t>> outcomes;
  for (int run = 0; run < 100; ++run) {
    disk_.wipe_all();
    auto first = open("s");
    auto second = open("other");
    ASSERT_TRUE(put(*first, "k", "v"));
    ASSERT_TRUE(put(*second, "k", "v"));
    first.reset();
    second.reset();
    outcomes.emplace(disk_.rows("t_0", "s").size(), disk_.rows("t_0", "other").size());
  }
  EXPECT_EQ(outcomes.size(), 4u);
}

TEST_F(StorageTest, IngestMakesEverythingBeforeItDurable) {
  for (int run = 0; run < 50; ++run) {
    disk_.wipe_all();
    auto store = open();
    ASSERT_TRUE(put(*store, "z", "before"));
    ASSERT_TRUE(store->ingest(std::vector<StorageWrite>{{"a", "1"}, {"b", "2"}}));
    store.reset();
    ASSERT_EQ(rows(), (StorageRows{{"a", "1"}, {"b", "2"}, {"z", "before"}}));
  }
}

TEST_F(StorageTest, ARangeErasureIsLostAsAWhole) {
  std::set<std::size_t> sizes;
  for (int run = 0; run < 50; ++run) {
    disk_.wipe_all();
    auto store = open();
    ASSERT_TRUE(store->ingest(std::vector<StorageWrite>{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
    ASSERT_TRUE(store->erase_range("a", "c"));
    store.reset();
    sizes.insert(rows().size());
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{1, 3}));
}

TEST_F(StorageTest, ATruncatedStoreOpensAsAnOlderState) {
  auto store = open();
  for (const char* value : {"1", "2", "3"}) {
    ASSERT_TRUE(put(*store, "k", value));
    ASSERT_TRUE(store->flush());
  }
  store.reset();
  disk_.truncate("t_0", "s", 1);
  EXPECT_EQ(rows(), (StorageRows{{"k", "2"}}));
  disk_.truncate("t_0", "s", 100);
  EXPECT_EQ(rows(), StorageRows{});
  EXPECT_TRUE(factory_.exists("t_0", "s"));
}

TEST_F(StorageTest, ACorruptStoreIsQuarantinedAndStartsEmpty) {
  auto store = open();
  ASSERT_TRUE(put(*store, "k", "v"));
  ASSERT_TRUE(store->flush());
  store.reset();
  disk_.corrupt("t_0", "s");
  EXPECT_EQ(code_of(factory_.open("t_0", "s")), "state_corrupt");
  ASSERT_TRUE(factory_.quarantine("t_0", "s"));
  EXPECT_FALSE(factory_.exists("t_0", "s"));
  EXPECT_EQ(disk_.quarantined_count(), 1u);
  store = open();
  EXPECT_EQ(rows(), StorageRows{});
}

TEST_F(StorageTest, AStoreIsOpenOnce) {
  auto store = open();
  EXPECT_EQ(code_of(factory_.open("t_0", "s")), "state_io");
  store.reset();
  EXPECT_EQ(code_of(factory_.open("t_0", "s")), "ok");
}

TEST_F(StorageTest, ADeathDuringAWriteLeavesAllOrNothing) {
  rig_.world.faults.plan().sites["P5.write.during"] = {1, 1};
  std::set<std::size_t> sizes;
  for (int run = 0; run < 50; ++run) {
    disk_.wipe_all();
    Process process("a", rig_.world.faults);
    SimStorageFactory factory(rig_.world, disk_, process);
    auto store = std::move(*factory.open("t_0", "s"));
    EXPECT_THROW(static_cast<void>(store->write(std::vector<StorageWrite>{{"a", "1"}, {"b", "2"}})), Crash);
    store.reset();
    sizes.insert(rows().size());
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{0, 2}));
}

TEST_F(StorageTest, AFullDiskIsReported) {
  rig_.world.faults.plan().script.push_back({"P5.write.disk_full", 1, ""});
  auto store = open();
  EXPECT_EQ(code_of(put(*store, "k", "v")), "state_disk_full");
  EXPECT_TRUE(put(*store, "k", "v"));
}

TEST(StorageDeathTest, RepeatedKeysAndUnsortedIngestAreOurOwnBugs) {
  Rig rig;
  SimDisk disk(rig.world);
  SimStorageFactory factory(rig.world, disk, rig.machine.process);
  auto store = std::move(*factory.open("t_0", "s"));
  const std::vector<std::string_view> keys{"a", "b", "a"};
  std::vector<std::optional<std::string>> values(3);
  EXPECT_DEATH(static_cast<void>(store->multi_get(keys, values)), "assertion failed");
  EXPECT_DEATH(static_cast<void>(store->ingest(std::vector<StorageWrite>{{"b", ""}, {"a", ""}})),
               "assertion failed");
}

}  // namespace
}  // namespace tidemark::runtime::sim

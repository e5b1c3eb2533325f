#include "runtime/store/rocksdb_storage.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <thread>

#include "runtime/state/keyed_state_store.h"
#include "scratch_directory.h"

namespace tidemark::runtime {
namespace {

namespace fs = std::filesystem;

class RocksdbStorageTest : public ::testing::Test {
 protected:
  std::unique_ptr<Storage> open(const std::string& store = "totals") {
    auto storage = factory_->open("metering_0", store);
    EXPECT_TRUE(storage) << storage.error().message;
    return storage ? std::move(*storage) : nullptr;
  }
  std::string open_error() {
    const auto storage = factory_->open("metering_0", "totals");
    return storage ? "" : storage.error().code;
  }
  static std::string get(Storage& storage, std::string_view key) {
    std::optional<std::string> value;
    const Status status = storage.multi_get({&key, 1}, {&value, 1});
    return status ? value.value_or("-") : status.error().code;
  }
  static void put(Storage& storage, std::string_view key, std::string_view value) {
    const StorageWrite row{.key = key, .value = value};
    ASSERT_TRUE(storage.write({&row, 1}));
  }
  static void ingest(Storage& storage, std::string_view key, std::string_view value) {
    const StorageWrite row{.key = key, .value = value};
    ASSERT_TRUE(storage.ingest({&row, 1}));
  }
  fs::path store_path() const { return directory_.path() / "metering_0" / "totals"; }
  std::vector<fs::path> files(const std::string& prefix, const std::string& extension) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(store_path())) {
      if (entry.path().filename().string().starts_with(prefix) && entry.path().extension() == extension)
        found.push_back(entry.path());
    }
    return found;
  }
  ScratchDirectory directory_;
  std::unique_ptr<StorageFactory> factory_ = make_rocksdb_storage_factory(directory_.path().string());
};
TEST_F(RocksdbStorageTest, AnswersLikeAMap) {
  const auto storage = open();
  const std::vector<StorageWrite> writes = {{.key = "a", .value = "1"},
                                            {.key = "b", .value = "2"},
                                            {.key = "c", .value = ""},
                                            {.key = "b", .value = {}, .erase = true}};
  ASSERT_TRUE(storage->write(writes));
  const std::vector<std::string_view> keys = {"c", "x", "a", "b"};  // not sorted
  std::vector<std::optional<std::string>> values(keys.size(), "left over");
  ASSERT_TRUE(storage->multi_get(keys, values));
  EXPECT_EQ(values, (std::vector<std::optional<std::string>>{"", std::nullopt, "1", std::nullopt}));
  const auto rows = storage->scan("a", "c", 10);
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (std::vector<StorageRow>{{"a", "1"}}));
  EXPECT_EQ(storage->scan("a", "z", 1)->size(), 1U);
}

TEST_F(RocksdbStorageTest, ManyKeysInOneCall) {
  const auto storage = open();
  std::vector<std::string> keys;
  for (int i = 0; i < 1'000; ++i) keys.push_back("key" + std::to_string(10'000 + i));
  for (std::size_t i = 0; i < keys.size(); i += 2) put(*storage, keys[i], keys[i]);
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  std::vector<std::optional<std::string>> values(keys.size());
  for (const bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(storage->flush());
    }
    ASSERT_TRUE(storage->multi_get(views, values));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(values[i].value_or("-"), i % 2 == 0 ? keys[i] : "-");
    }
  }
}

TEST_F(RocksdbStorageTest, ClosingLosesWhatWasNotFlushed) {
  put(*open(), "a", "1");
  EXPECT_EQ(get(*open(), "a"), "-");
  {
    const auto storage = open();
    put(*storage, "a", "1");
    ASSERT_TRUE(storage->flush());
    put(*storage, "a", "2");
  }
  EXPECT_EQ(get(*open(), "a"), "1");
}

TEST_F(RocksdbStorageTest, IngestIsDurableWithEverythingBefore) {
  {
    const auto storage = open();
    put(*storage, "a", "1");
    put(*storage, "b", "1");
    ingest(*storage, "b", "2");
    EXPECT_EQ(get(*storage, "b"), "2");
    put(*storage, "b", "3");
    EXPECT_EQ(get(*storage, "b"), "3");
    EXPECT_GT(storage->bytes_on_disk(), 0U);
  }
  const auto storage = open();
  EXPECT_EQ(get(*storage, "a"), "1");
  EXPECT_EQ(get(*storage, "b"), "2");
}

// A crash between link and unlink leaves the temporary name on a live file.
TEST_F(RocksdbStorageTest, ALeftOverTemporaryFileIsNotWrittenInto) {
  {
    const auto storage = open();
    ingest(*storage, "a", "1");
  }
  ASSERT_EQ(files("", ".sst").size(), 1U);
  fs::create_hard_link(files("", ".sst")[0], store_path() / "ingest.tmp");
  {
    const auto storage = open();
    ingest(*storage, "b", "2");
  }
  const auto storage = open();
  EXPECT_EQ(get(*storage, "a"), "1");
  EXPECT_EQ(get(*storage, "b"), "2");
}

TEST_F(RocksdbStorageTest, EraseRangeTakesTheRangeOnly) {
  const auto storage = open();
  ingest(*storage, "a", "1");
  ingest(*storage, "b1", "1");
  put(*storage, "b2", "1");
  put(*storage, "c", "1");
  ASSERT_TRUE(storage->erase_range("b", "c"));
  EXPECT_EQ(get(*storage, "a"), "1");
  EXPECT_EQ(get(*storage, "b1"), "-");
  EXPECT_EQ(get(*storage, "b2"), "-");
  EXPECT_EQ(get(*storage, "c"), "1");
  put(*storage, "b1", "2");
  EXPECT_EQ(get(*storage, "b1"), "2");
}

TEST_F(RocksdbStorageTest, AnEmptiedDirectoryIsCorruptionUntilItIsSetAside) {
  put(*open(), "a", "1");
  for (const auto& entry : fs::directory_iterator(store_path())) fs::remove_all(entry.path());
  EXPECT_EQ(open_error(), "state_corrupt");
  EXPECT_TRUE(factory_->exists("metering_0", "totals"));
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(factory_->quarantine("metering_0", "totals"));
    EXPECT_FALSE(factory_->exists("metering_0", "totals"));
    EXPECT_TRUE(fs::exists(store_path().string() + ".quarantined"));
    EXPECT_EQ(get(*open(), "a"), "-");
  }
}

TEST_F(RocksdbStorageTest, AStoreInUseIsNotCorruption) {
  const auto storage = open();
  EXPECT_EQ(open_error(), "state_in_use");  // its owner before us is still closing it: tried again
}

TEST_F(RocksdbStorageTest, AMissingManifestIsCorruption) {
  { ingest(*open(), "a", "1"); }
  for (const auto& entry : fs::directory_iterator(store_path())) {
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::remove(entry.path());
  }
  EXPECT_EQ(open_error(), "state_corrupt");
}

TEST_F(RocksdbStorageTest, ADamagedBlockIsCorruption) {
  { ingest(*open(), "a", std::string(2'000, 'x')); }
  {
    std::fstream file(files("", ".sst")[0], std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1'000);
    file.put('y');
  }
  EXPECT_EQ(get(*open(), "a"), "state_corrupt");
}

// Nobody reads the row: verification alone finds it.
TEST_F(RocksdbStorageTest, VerificationFindsADamagedBlockAndAMissingFile) {
  for (const bool is_missing : {false, true}) {
    factory_ = make_rocksdb_storage_factory(directory_.path().string(),
                                            {.verify_every = std::chrono::milliseconds(20)});
    const std::string name = is_missing ? "totals" : "others";
    const auto well = open("well");
    const auto storage = open(name);
    ingest(*well, "a", std::string(2'000, 'x'));
    ingest(*storage, "a", std::string(2'000, 'x'));
    EXPECT_TRUE(storage->health());
    fs::path damaged;
    for (const auto& entry : fs::directory_iterator(directory_.path() / "metering_0" / name)) {
      if (entry.path().extension() == ".sst") damaged = entry.path();
    }
    if (is_missing) {
      fs::remove(damaged);
    } else {
      std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(1'000);
      file.put('y');
    }
    while (storage->health()) std::this_thread::yield();
    EXPECT_EQ(storage->health().error().code, "state_corrupt");
    EXPECT_TRUE(well->health());
  }
}

TEST_F(RocksdbStorageTest, TooLittleFreeSpaceStopsWritesBeforeRocksdbFails) {
  factory_ = make_rocksdb_storage_factory(directory_.path().string(), {.free_disk_bytes_min = UINT64_MAX});
  const auto storage = open();
  const StorageWrite row{.key = "a", .value = "1"};
  EXPECT_EQ(storage->write({&row, 1}).error().code, "state_disk_full");
  EXPECT_EQ(storage->ingest({&row, 1}).error().code, "state_disk_full");
  EXPECT_EQ(storage->flush().error().code, "state_disk_full");
  EXPECT_EQ(storage->health().error().code, "state_disk_full");
  EXPECT_EQ(factory_->space().needed_bytes, UINT64_MAX);
  EXPECT_LT(factory_->space().free_bytes, UINT64_MAX);
}

TEST_F(RocksdbStorageTest, ASmallShareOfTheDiskIsKeptFree) {
  const DiskSpace space = factory_->space();
  EXPECT_GE(space.needed_bytes, std::uint64_t{256} << 20);
  EXPECT_LE(space.needed_bytes, std::uint64_t{2} << 30);
}

// RocksDB's own stall would wait for ever here: nobody writes to the store that holds the memory.
TEST_F(RocksdbStorageTest, AnIdleStoreThatHoldsTheBudgetDoesNotBlockTheOthers) {
  factory_ =
      make_rocksdb_storage_factory(directory_.path().string(), {.write_buffer_bytes = std::size_t{4} << 20});
  const auto idle = open("idle");
  const std::string value(100, 'v');
  std::vector<std::string> keys;
  for (int i = 0; i < 60'000; ++i) keys.push_back(std::to_string(i));
  std::vector<StorageWrite> writes;
  for (const std::string& key : keys) writes.push_back({.key = key, .value = value});
  ASSERT_TRUE(idle->write(writes));  // one batch, twice the budget
  const auto busy = open("busy");
  for (int i = 0; i < 50; ++i) put(*busy, keys[static_cast<std::size_t>(i)], value);
  EXPECT_GT(idle->bytes_on_disk(), 0U);  // made to give its memory back
  EXPECT_EQ(get(*busy, "49"), value);
  EXPECT_EQ(get(*idle, "59999"), value);
}

// A cut MANIFEST may open as an older state without a word; rows and position then still agree.
TEST_F(RocksdbStorageTest, ACutManifestIsCorruptOrAnOlderStateWithItsPosition) {
  constexpr int kEpochs = 20;
  {
    auto store = KeyedStateStore::open(open());
    ASSERT_TRUE(store);
    for (int epoch = 1; epoch <= kEpochs; ++epoch) {
      (*store)->put("epoch", std::to_string(epoch));
      (*store)->put("row" + std::to_string(epoch), "x");
      StorePosition position;
      position.epoch = EpochNumber(epoch);
      ASSERT_TRUE((*store)->apply(position));
      ASSERT_TRUE((*store)->flush());
    }
  }
  const fs::path copy = directory_.path() / "copy";
  fs::rename(store_path(), copy);
  fs::path manifest;
  for (const auto& entry : fs::directory_iterator(copy)) {
    if (entry.path().filename().string().starts_with("MANIFEST")) manifest = entry.path().filename();
  }
  const std::uintmax_t size = fs::file_size(copy / manifest);
  int older = 0;
  for (std::uintmax_t cut = 0; cut < size; cut += size / 40 + 1) {
    fs::remove_all(store_path());
    fs::copy(copy, store_path());
    fs::resize_file(store_path() / manifest, cut);
    auto storage = factory_->open("metering_0", "totals");
    if (!storage) {
      EXPECT_EQ(storage.error().code, "state_corrupt") << cut << ": " << storage.error().message;
      continue;
    }
    auto store = KeyedStateStore::open(std::move(*storage));
    ASSERT_TRUE(store) << store.error().message;
    const std::int64_t epoch = (*store)->position()->epoch.value();
    older += epoch < kEpochs;
    EXPECT_EQ((*store)->get("epoch")->value_or("0"), std::to_string(epoch));
    for (int row = 1; row <= kEpochs; ++row) {
      EXPECT_EQ((*store)->get("row" + std::to_string(row))->has_value(), row <= epoch) << cut;
    }
  }
  EXPECT_GT(older, 0);
}

}  // namespace
}  // namespace tidemark::runtime

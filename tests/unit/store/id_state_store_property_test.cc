// Random epochs with aborts and crashes at any point: the store always answers as a plain map of what was
// committed would, and the fold of its changelog is that map.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "memory_storage.h"
#include "runtime/state/id_state_store.h"
#include "runtime/store/rocksdb_storage.h"
#include "scratch_directory.h"

namespace tidemark::runtime {
namespace {

struct Expected {
  std::uint64_t fingerprint = 0;
  ArrivalTime inserted_at;
  std::uint16_t element = 0;
  std::uint16_t tag = 0;
  auto operator<=>(const Expected&) const = default;
};
using Model = std::map<Hash128, Expected>;

// Where the store lives; crash() loses what is not durable, as far as the kind of storage does.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual std::unique_ptr<Storage> open() = 0;
  virtual void crash() = 0;  // REQUIRES: closed
};

class FakeDisk final : public Disk {
 public:
  std::unique_ptr<Storage> open() override { return std::make_unique<MemoryStorage>(disk_); }
  void crash() override { disk_.crash(); }

 private:
  MemoryDisk disk_;
};

class RocksdbDisk final : public Disk {
 public:
  std::unique_ptr<Storage> open() override {
    auto storage = factory_->open("task_0", "ids");
    EXPECT_TRUE(storage) << storage.error().message;
    return std::move(*storage);
  }
  void crash() override {}  // closing does not flush

 private:
  ScratchDirectory directory_;
  const std::unique_ptr<StorageFactory> factory_ = make_rocksdb_storage_factory(directory_.path().string());
};

class Run {
 public:
  Run(std::uint64_t seed, Disk& disk) : random_(seed), disk_(disk) {
    options_ = {.horizon = std::chrono::minutes(10), .hot_ids_max = 1 + random_() % 150};
    if (random_() % 5 == 0) options_.horizon.reset();
    ids_ = 20 + random_() % 200;
    open();
  }

  void epoch() {
    const std::size_t steps = random_() % 30;
    for (std::size_t i = 0; i < steps; ++i) {
      step();
      if (::testing::Test::HasFailure()) return;
    }
    if (random_() % 5 == 0) return abort();
    StorePosition position = *store_->position();
    position.epoch = position.epoch.next();
    for (const std::string& record : store_->pack(position.epoch))
      changelog_.emplace_back(record, position.epoch);
    committed_ = latest_;
    committed_clock_ = clock_;
    if (random_() % 10 == 0) return crash();  // committed in Kafka, not applied
    position.changelog_next = Offset(static_cast<std::int64_t>(changelog_.size()));
    position.stream_time = clock_;
    ASSERT_TRUE(store_->apply(position));
    if (random_() % 10 == 0) {
      ASSERT_TRUE(store_->flush());
    }
    if (random_() % 10 == 0) crash();
  }

  void check_fold() {
    std::vector<IdEntry> entries;
    Model fold;
    for (const auto& [record, epoch] : changelog_) {
      const auto header = unpack(record, entries);
      ASSERT_TRUE(header);
      EXPECT_EQ(header->epoch, epoch);
      for (const IdEntry& entry : entries) {
        if (entry.kind == IdEntry::Kind::remembered)
          fold[entry.id] = {entry.fingerprint, entry.inserted_at, entry.element, entry.code};
        if (entry.kind == IdEntry::Kind::forgotten) fold.erase(entry.id);
      }
    }
    EXPECT_EQ(fold, committed_);
  }

 private:
  Hash128 random_id() {
    const std::uint64_t n = random_() % ids_;
    return {n % 7 == 0 ? 5 : n * 0x9e3779b97f4a7c15ULL, n};  // some share their upper half
  }

  // Mostly 0, as elements and tags are.
  std::uint16_t small_number() {
    return random_() % 3 == 0 ? static_cast<std::uint16_t>(random_() % 1'000) : std::uint16_t{0};
  }

  void step() {
    clock_ += std::chrono::milliseconds(random_() % 20'000);
    const Hash128 id = random_id();
    switch (random_() % 6) {
      case 0:
      case 1:
      case 2: {
        Expected& row = latest_[id];
        const bool keep_time = row.fingerprint != 0 && random_() % 3 == 0;
        row = {random_() | 1, keep_time ? row.inserted_at : clock_, small_number(), small_number()};
        RememberedId value;
        value.fingerprint = row.fingerprint;
        value.inserted_at = row.inserted_at;
        value.element = row.element;
        value.tag = row.tag;
        store_->remember(id, value, keep_time ? Remembering::again : Remembering::first);
        break;
      }
      case 3:
        latest_.erase(id);
        store_->forget(id);
        break;
      case 4:
        store_->note({SourceIndex(1), Offset(9), 4}, 2, 3, true);
        break;
      default:
        check_some();
    }
  }

  void check_some() {
    std::vector<Hash128> ids;
    for (std::size_t i = random_() % 40; i > 0; --i) ids.push_back(random_id());
    std::vector<std::optional<RememberedId>> found(ids.size());
    ASSERT_TRUE(store_->find(ids, clock_, found));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto row = latest_.find(ids[i]);
      const bool known =
          row != latest_.end() && !(options_.horizon && row->second.inserted_at + *options_.horizon < clock_);
      ASSERT_EQ(found[i].has_value(), known);
      if (known) {
        ASSERT_EQ((Expected{found[i]->fingerprint, found[i]->inserted_at, found[i]->element, found[i]->tag}),
                  row->second);
      }
    }
  }

  void abort() {
    store_->discard();
    latest_ = committed_;
    clock_ = committed_clock_;
  }

  void crash() {
    store_.reset();
    disk_.crash();
    latest_ = committed_;
    clock_ = committed_clock_;
    open();
  }

  void open() {
    auto opened = IdStateStore::open(disk_.open(), options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    StorePosition position = *store_->position();
    while (position.changelog_next.value() < static_cast<std::int64_t>(changelog_.size())) {
      const auto& [record, epoch] = changelog_[static_cast<std::size_t>(position.changelog_next.value())];
      position.epoch = epoch;
      position.changelog_next = position.changelog_next.next();
      position.stream_time = committed_clock_;
      ASSERT_TRUE(store_->restore(record, position));
    }
    check_some();
  }

  std::mt19937_64 random_;
  Disk& disk_;
  IdStateStoreOptions options_;
  std::uint64_t ids_ = 0;
  std::unique_ptr<IdStateStore> store_;
  std::vector<std::pair<std::string, EpochNumber>> changelog_;
  Model committed_;
  Model latest_;
  ArrivalTime clock_{std::chrono::milliseconds{1'790'000'000'000}};
  ArrivalTime committed_clock_ = clock_;
};

void run_seeds(std::uint64_t seeds, int epochs, const std::function<std::unique_ptr<Disk>()>& make_disk) {
  for (std::uint64_t seed = 1; seed <= seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto disk = make_disk();
    Run run(seed, *disk);
    for (int epoch = 0; epoch < epochs && !::testing::Test::HasFailure(); ++epoch) run.epoch();
    run.check_fold();
  }
}

TEST(IdStateStoreProperty, EqualsAMapOnAFakeDisk) {
  run_seeds(300, 60, [] { return std::make_unique<FakeDisk>(); });
}

TEST(IdStateStoreProperty, EqualsAMapOnRocksdb) {
  run_seeds(8, 40, [] { return std::make_unique<RocksdbDisk>(); });
}

}  // namespace
}  // namespace tidemark::runtime

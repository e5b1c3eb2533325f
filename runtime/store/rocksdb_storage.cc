#include "runtime/store/rocksdb_storage.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>

#include "runtime/store/verifier.h"

namespace tidemark::runtime {
namespace {

namespace fs = std::filesystem;

rocksdb::Slice to_slice(std::string_view text) {
  return {text.data(), text.size()};
}

Error io_error(const fs::path& path, const std::error_code& error) {
  const bool full = error == std::errc::no_space_on_device;
  return {full ? Disposition::retry : Disposition::fatal, full ? "state_disk_full" : "state_io",
          path.string() + ": " + error.message()};
}

Error map_error(const rocksdb::Status& status, const std::string& path) {
  const auto error = [&](const char* code) {
    return Error{Disposition::fatal, code, "RocksDB at " + path + ": " + status.ToString()};
  };
  if (status.IsCorruption()) return error("state_corrupt");
  if (status.IsPathNotFound()) return error("state_corrupt");  // files, or the directory, are gone
  if (status.IsNoSpace()) {
    return {Disposition::retry, "state_disk_full", "RocksDB at " + path + ": " + status.ToString()};
  }
  // RocksDB has no code of its own for a lock that another owner, maybe of this process, has not given up
  // yet.
  const std::string text = status.ToString();
  const bool is_locked = text.find("While lock file") != std::string::npos ||
                         text.find("lock hold by current process") != std::string::npos;
  if (status.IsIOError() && is_locked) {
    return {Disposition::retry, "state_in_use", "RocksDB at " + path + ": " + status.ToString()};
  }
  return error("state_io");
}

// A directory that was there but cannot be a database any more: files are missing, or all of them.
Error map_open_error(const rocksdb::Status& status, const std::string& path) {
  if (status.IsInvalidArgument() || status.IsNotFound() || status.IsPathNotFound()) {
    return {Disposition::fatal, "state_corrupt",
            "RocksDB at " + path + " is incomplete: " + status.ToString()};
  }
  return map_error(status, path);
}

DiskSpace space_at(const fs::path& path, const RocksdbLimits& limits) {
  constexpr std::uint64_t kLeast = std::uint64_t{256} << 20;
  constexpr std::uint64_t kMost = std::uint64_t{2} << 30;
  std::error_code error;
  const fs::space_info space = fs::space(path, error);
  if (error) return {};  // whatever is wrong there, a write tells it better
  return {space.available,
          limits.free_disk_bytes_min.value_or(std::clamp(space.capacity / 20, kLeast, kMost))};
}

// What all stores share: cache, verification, write buffers. RocksDB could stall a writer while they are over
// budget, but would stall it for ever when the memory belongs to stores that nobody writes to; so the largest
// is flushed here instead. Threading: [any thread].
class MemoryBudget {
 public:
  explicit MemoryBudget(const RocksdbLimits& limits)
      : limits_(limits),
        cache_(rocksdb::NewLRUCache(limits.block_cache_bytes, kCacheShardBits, false, 0.5)),
        buffers_(std::make_shared<rocksdb::WriteBufferManager>(limits.write_buffer_bytes)),
        verifier_(limits.verify_every, limits.verify_bytes_per_second) {}

  const RocksdbLimits& limits() const { return limits_; }
  const std::shared_ptr<rocksdb::Cache>& cache() const { return cache_; }
  const std::shared_ptr<rocksdb::WriteBufferManager>& buffers() const { return buffers_; }

  std::shared_ptr<const Verified> add(rocksdb::DB* db) {
    const std::lock_guard lock(mutex_);
    stores_.push_back(db);
    return verifier_.add(db);
  }
  void remove(rocksdb::DB* db) {
    verifier_.remove(db);
    const std::lock_guard lock(mutex_);
    std::erase(stores_, db);
  }
  // Before each write: starts a flush at half of the budget, waits for one beyond it.
  void make_room() {
    if (buffers_->mutable_memtable_memory_usage() > limits_.write_buffer_bytes / 2) flush_largest(false);
    for (int tries = 0; buffers_->memory_usage() > limits_.write_buffer_bytes && tries < kTriesMax; ++tries) {
      if (!flush_largest(true)) return;
    }
  }

 private:
  static constexpr int kCacheShardBits = 4;
  static constexpr int kTriesMax = 8;  // then a little over budget is better than none of the work done

  bool flush_largest(bool wait) {
    const std::lock_guard lock(mutex_);  // keeps the store open meanwhile
    rocksdb::DB* largest = nullptr;
    std::uint64_t largest_bytes = 0;
    for (rocksdb::DB* db : stores_) {
      std::uint64_t bytes = 0;
      const auto& property = wait ? rocksdb::DB::Properties::kCurSizeAllMemTables
                                  : rocksdb::DB::Properties::kCurSizeActiveMemTable;
      if (db->GetIntProperty(property, &bytes) && bytes > largest_bytes) {
        largest = db;
        largest_bytes = bytes;
      }
    }
    if (largest == nullptr) return false;
    rocksdb::FlushOptions options;
    options.wait = wait;
    options.allow_write_stall = true;
    return largest->Flush(options).ok();  // its owner meets the error at the next write
  }

  const RocksdbLimits limits_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::shared_ptr<rocksdb::WriteBufferManager> buffers_;
  std::mutex mutex_;
  std::vector<rocksdb::DB*> stores_;  // guarded by mutex_
  Verifier verifier_;
};

rocksdb::BlockBasedTableOptions table_options(const MemoryBudget& budget) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = budget.cache();
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  // A filter of a large file does not fit a shard of the cache and would be read anew for each batch.
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = true;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.block_size = 4 * 1024;
  return table;
}

rocksdb::Options database_options(const MemoryBudget& budget) {
  rocksdb::Options db;
  db.max_open_files = budget.limits().open_files_per_store;
  db.write_buffer_manager = budget.buffers();
  db.write_buffer_size = std::clamp<std::size_t>(budget.limits().write_buffer_bytes / 4, std::size_t{1} << 20,
                                                 std::size_t{16} << 20);
  db.max_write_buffer_number = 2;  // with more, 7.8.3 may reorder updates after a failed flush
  db.max_background_flushes = 1;   // for the same reason
  db.max_background_compactions = 1;
  db.max_bgerror_resume_count = 0;  // after a background error the store is closed, not nursed
  db.avoid_flush_during_shutdown = true;
  db.paranoid_checks = true;
  db.compression = rocksdb::kNoCompression;
  db.optimize_filters_for_hits = false;
  db.memtable_whole_key_filtering = true;
  db.memtable_prefix_bloom_size_ratio = 0.05;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.max_log_file_size = 1 << 20;
  db.keep_log_file_num = 2;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(budget)));
  return db;
}

class RocksdbStorage final : public Storage {
 public:
  RocksdbStorage(std::unique_ptr<rocksdb::DB> db, std::string path, std::shared_ptr<MemoryBudget> budget,
                 const rocksdb::Options& options)
      : db_(std::move(db)), path_(std::move(path)), budget_(std::move(budget)), options_(options) {
    write_options_.disableWAL = true;
    verified_ = budget_->add(db_.get());
  }
  ~RocksdbStorage() override { budget_->remove(db_.get()); }
  RocksdbStorage(const RocksdbStorage&) = delete;
  RocksdbStorage& operator=(const RocksdbStorage&) = delete;

  Status multi_get(std::span<const std::string_view> keys,
                   std::span<std::optional<std::string>> values) override;
  Status write(std::span<const StorageWrite> writes) override;
  Status ingest(std::span<const StorageWrite> sorted_rows) override;
  Result<std::vector<StorageRow>> scan(std::string_view begin, std::string_view end,
                                       std::size_t count_max) override;
  Status erase_range(std::string_view begin, std::string_view end) override;
  Status flush() override;
  Status health() const override {
    if (health_ && verified_->is_damaged())
      return Error{Disposition::fatal, "state_corrupt", "found by verification: " + verified_->damage()};
    return health_;
  }
  std::uint64_t bytes_on_disk() const override;

 private:
  static constexpr std::size_t kLookupsPerCall = 256;

  Status check(const rocksdb::Status& status) {
    return status.ok() ? Status() : fail(map_error(status, path_));
  }
  Status fail(Error error) {
    if (health_) health_ = error;
    return error;
  }
  Status check_free_space();
  Status multi_get_some(std::span<const std::string_view> keys, std::span<std::optional<std::string>> values,
                        bool sorted);
  rocksdb::Status write_sst(const std::string& file, std::span<const StorageWrite> sorted_rows) const;

  const std::unique_ptr<rocksdb::DB> db_;
  const std::string path_;
  const std::shared_ptr<MemoryBudget> budget_;
  const rocksdb::Options options_;
  rocksdb::ReadOptions read_options_;
  rocksdb::WriteOptions write_options_;
  std::array<rocksdb::Slice, kLookupsPerCall> slices_;  // reused by multi_get
  std::array<rocksdb::PinnableSlice, kLookupsPerCall> pinned_;
  std::array<rocksdb::Status, kLookupsPerCall> statuses_;
  Status health_;
  std::shared_ptr<const Verified> verified_;
};

Status RocksdbStorage::multi_get(std::span<const std::string_view> keys,
                                 std::span<std::optional<std::string>> values) {
  TM_ASSERT(keys.size() == values.size());
  const bool sorted =
      std::is_sorted(keys.begin(), keys.end());  // cheaper than RocksDB's own sort of pointers
  for (std::size_t begin = 0; begin < keys.size(); begin += kLookupsPerCall) {
    const std::size_t count = std::min(kLookupsPerCall, keys.size() - begin);
    TM_TRY(multi_get_some(keys.subspan(begin, count), values.subspan(begin, count), sorted));
  }
  return {};
}

Status RocksdbStorage::multi_get_some(std::span<const std::string_view> keys,
                                      std::span<std::optional<std::string>> values, bool sorted) {
  std::transform(keys.begin(), keys.end(), slices_.begin(), to_slice);
  db_->MultiGet(read_options_, db_->DefaultColumnFamily(), keys.size(), slices_.data(), pinned_.data(),
                statuses_.data(), sorted);
  Status result;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses_[i].ok())
      values[i].emplace(pinned_[i].data(), pinned_[i].size());
    else
      values[i].reset();
    if (!statuses_[i].ok() && !statuses_[i].IsNotFound() && result) result = check(statuses_[i]);
    pinned_[i].Reset();  // else it holds its block in the cache
  }
  return result;
}

Status RocksdbStorage::write(std::span<const StorageWrite> writes) {
  TM_TRY(check_free_space());
  budget_->make_room();
  rocksdb::WriteBatch batch;
  for (const StorageWrite& row : writes) {
    const rocksdb::Status added =
        row.erase ? batch.Delete(to_slice(row.key)) : batch.Put(to_slice(row.key), to_slice(row.value));
    TM_TRY(check(added));
  }
  return check(db_->Write(write_options_, &batch));
}

rocksdb::Status RocksdbStorage::write_sst(const std::string& file,
                                          std::span<const StorageWrite> sorted_rows) const {
  constexpr bool kDropFromPageCache = false;  // RocksDB's default is true: each lookup would read the disk
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options_, nullptr, kDropFromPageCache);
  rocksdb::Status status = writer.Open(file);
  for (const StorageWrite& row : sorted_rows) {
    if (!status.ok()) return status;
    status =
        row.erase ? writer.Delete(to_slice(row.key)) : writer.Put(to_slice(row.key), to_slice(row.value));
  }
  return status.ok() ? writer.Finish() : status;
}

Status RocksdbStorage::ingest(std::span<const StorageWrite> sorted_rows) {
  TM_TRY(flush());  // what was written before must not be overtaken
  if (sorted_rows.empty()) return {};
  const std::string file = path_ + "/ingest.tmp";
  // After a crash the name may be a second link to a live file of the database: unlink it, never write into
  // it.
  std::error_code error;
  fs::remove(file, error);
  if (error) return io_error(file, error);
  TM_TRY(check(write_sst(file, sorted_rows)));
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.snapshot_consistency = false;
  options.write_global_seqno = false;
  return check(db_->IngestExternalFile({file}, options));
}

Result<std::vector<StorageRow>> RocksdbStorage::scan(std::string_view begin, std::string_view end,
                                                     std::size_t count_max) {
  const rocksdb::Slice upper = to_slice(end);
  rocksdb::ReadOptions options = read_options_;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(options));
  std::vector<StorageRow> rows;
  for (row->Seek(to_slice(begin)); row->Valid() && rows.size() < count_max; row->Next()) {
    rows.emplace_back(row->key().ToString(), row->value().ToString());
  }
  TM_TRY(check(row->status()));
  return rows;
}

// Whole files go at once; a range tombstone, flushed so that readers need not rebuild it, covers the rest.
Status RocksdbStorage::erase_range(std::string_view begin, std::string_view end) {
  TM_TRY(flush());
  const rocksdb::Slice first = to_slice(begin);
  const rocksdb::Slice last = to_slice(end);
  TM_TRY(check(rocksdb::DeleteFilesInRange(db_.get(), db_->DefaultColumnFamily(), &first, &last, false)));
  TM_TRY(check(db_->DeleteRange(write_options_, db_->DefaultColumnFamily(), first, last)));
  return flush();
}

Status RocksdbStorage::flush() {
  TM_TRY(check_free_space());
  rocksdb::FlushOptions options;
  options.wait = true;
  options.allow_write_stall = true;
  return check(db_->Flush(options));
}

std::uint64_t RocksdbStorage::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  return bytes;
}

Status RocksdbStorage::check_free_space() {
  const DiskSpace space = space_at(path_, budget_->limits());
  if (space.free_bytes >= space.needed_bytes) return {};
  return fail({Disposition::retry, "state_disk_full",
               "only " + std::to_string(space.free_bytes) + " bytes are free at " + path_ + ", " +
                   std::to_string(space.needed_bytes) + " are required"});
}

class RocksdbStorageFactory final : public StorageFactory {
 public:
  RocksdbStorageFactory(std::string state_dir, const RocksdbLimits& limits)
      : state_dir_(std::move(state_dir)), budget_(std::make_shared<MemoryBudget>(limits)) {}

  Result<std::unique_ptr<Storage>> open(const std::string& task, const std::string& store) override {
    const fs::path path = path_of(task, store);
    rocksdb::Options db_options = database_options(*budget_);
    std::error_code error;
    db_options.create_if_missing = !fs::exists(path, error);
    if (!error) fs::create_directories(path.parent_path(), error);
    if (error) return io_error(path, error);
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(db_options, path.string(), &db);
    std::unique_ptr<rocksdb::DB> owned(db);
    if (!status.ok()) return map_open_error(status, path.string());
    return std::unique_ptr<Storage>(new RocksdbStorage(std::move(owned), path.string(), budget_, db_options));
  }

  bool exists(const std::string& task, const std::string& store) const override {
    std::error_code error;
    return fs::exists(path_of(task, store), error);
  }

  DiskSpace space() const override { return space_at(state_dir_, budget_->limits()); }

  // One is kept: a store that goes bad again and again must not fill the disk.
  Status quarantine(const std::string& task, const std::string& store) override {
    const fs::path path = path_of(task, store);
    const fs::path aside = path.string() + ".quarantined";
    std::error_code error;
    fs::remove_all(aside, error);
    if (!error) fs::rename(path, aside, error);
    if (error && error != std::errc::no_such_file_or_directory) return io_error(path, error);  // gone is gone
    return {};
  }

 private:
  fs::path path_of(const std::string& task, const std::string& store) const {
    return fs::path(state_dir_) / task / store;
  }
  const std::string state_dir_;
  const std::shared_ptr<MemoryBudget> budget_;
};

}  // namespace

std::unique_ptr<StorageFactory> make_rocksdb_storage_factory(std::string state_dir,
                                                             const RocksdbLimits& limits) {
  return std::make_unique<RocksdbStorageFactory>(std::move(state_dir), limits);
}

}  // namespace tidemark::runtime

#include "runtime/store/verifier.h"

#include <rocksdb/convenience.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>

#include <algorithm>

namespace tidemark::runtime {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstRound = std::chrono::minutes(10);
constexpr std::int64_t kRefillMicroseconds = 100'000;
constexpr std::int32_t kFairness = 10;

rocksdb::Options reading_options(std::int64_t bytes_per_second) {
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;
  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(bytes_per_second, kRefillMicroseconds, kFairness,
                                                            rocksdb::RateLimiter::Mode::kReadsOnly));
  return options;
}

}  // namespace

Verifier::Verifier(milliseconds every, std::int64_t bytes_per_second)
    : every_(every),
      options_(reading_options(bytes_per_second)),
      thread_([this](const std::stop_token& ended) { run(ended); }) {}

Verifier::~Verifier() = default;  // the thread ends with the file at hand

std::shared_ptr<const Verified> Verifier::add(rocksdb::DB* db) {
  const std::scoped_lock lock(mutex_);
  return targets_.emplace_back(Target{db, std::make_shared<Verified>()}).result;
}

void Verifier::remove(rocksdb::DB* db) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(targets_, [db](const Target& target) { return target.db == db; });
}

void Verifier::run(const std::stop_token& ended) {
  for (milliseconds pause = std::min(every_, kFirstRound); wait(ended, pause); pause = every_) {
    for (const File& file : live_files()) {
      if (ended.stop_requested()) return;
      report(file, verify(file));
    }
  }
}

// False when told to end.
bool Verifier::wait(const std::stop_token& ended, milliseconds time) {
  std::unique_lock lock(mutex_);
  pause_.wait_for(lock, ended, time, [] { return false; });
  return !ended.stop_requested();
}

std::vector<Verifier::File> Verifier::live_files() {
  const std::scoped_lock lock(mutex_);
  std::vector<File> files;
  for (const Target& target : targets_) {
    std::vector<rocksdb::LiveFileMetaData> live;
    target.db->GetLiveFilesMetaData(&live);
    for (const auto& file : live) files.push_back({target.db, file.db_path + file.name, file.largest_seqno});
  }
  return files;
}

// By name, without the database: it may be closed meanwhile.
rocksdb::Status Verifier::verify(const File& file) const {
  rocksdb::ReadOptions read;
  read.rate_limiter_priority = rocksdb::Env::IO_LOW;
  return rocksdb::VerifySstFileChecksum(options_, rocksdb::EnvOptions(), read, file.path, file.largest_seqno);
}

// Damage, unless a compaction or the end of the database has taken the file away since.
void Verifier::report(const File& file, const rocksdb::Status& found) {
  if (!found.IsCorruption() && !found.IsPathNotFound()) return;
  const auto live = live_files();
  if (std::find(live.begin(), live.end(), file) == live.end()) return;
  const std::scoped_lock lock(mutex_);
  for (const Target& target : targets_) {
    if (target.db != file.db || target.result->is_damaged()) continue;
    target.result->damage_ = file.path + ": " + found.ToString();
    target.result->damaged_.store(true, std::memory_order_release);
  }
}

}  // namespace tidemark::runtime

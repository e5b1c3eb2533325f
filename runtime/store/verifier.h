#pragma once
// Reads the files of all open databases again and again and compares their blocks with their checksums, so
// that a bit that went bad is found while the changelog that mends it is there, not years later by a rare
// read. In a thread of its own, at a bounded rate. Threading: [any thread].
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tidemark::runtime {

// What verification found of one database.
class Verified {
 public:
  bool is_damaged() const { return damaged_.load(std::memory_order_acquire); }
  const std::string& damage() const { return damage_; }  // REQUIRES: is_damaged()

 private:
  friend class Verifier;
  std::string damage_;
  std::atomic<bool> damaged_{false};
};

class Verifier {
 public:
  // A round begins `every` so often, the first one after ten minutes at the latest.
  Verifier(std::chrono::milliseconds every, std::int64_t bytes_per_second);
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  // From add() to remove() the database stays open.
  std::shared_ptr<const Verified> add(rocksdb::DB* db);
  void remove(rocksdb::DB* db);

 private:
  struct Target {
    rocksdb::DB* db;
    std::shared_ptr<Verified> result;
  };
  struct File {
    rocksdb::DB* db;
    std::string path;
    rocksdb::SequenceNumber largest_seqno;
    bool operator==(const File&) const = default;
  };

  void run(const std::stop_token& ended);
  bool wait(const std::stop_token& ended, std::chrono::milliseconds time);
  std::vector<File> live_files();
  rocksdb::Status verify(const File& file) const;
  void report(const File& file, const rocksdb::Status& found);

  const std::chrono::milliseconds every_;
  rocksdb::Options options_;  // reads past the block cache
  std::mutex mutex_;
  std::vector<Target> targets_;  // under mutex_
  std::condition_variable_any pause_;
  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace tidemark::runtime

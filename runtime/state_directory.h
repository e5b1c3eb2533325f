#pragma once
// The directory of one process: its databases, its lock, and the identity that its group membership and
// transactional ids are made from. A restart in the same directory is the same instance. Its state belongs to
// one application on one Kafka cluster: under another it would pass for what it is not.
// Owns the lock until destruction. Threading: [any thread] after open().
#include <memory>
#include <string>

#include "tidemark/result.h"

namespace tidemark::runtime {

class StateDirectory {
 public:
  // Creates what is missing. Errors: fatal "state_locked" (another process runs here), "state_io".
  static Result<std::unique_ptr<StateDirectory>> open(const std::string& path);
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  // Takes the directory for an application on a cluster, once and for all. Errors: fatal "state_of_another",
  // "state_io".
  Status claim(const std::string& application, const std::string& cluster_id);

  const std::string& path() const { return path_; }
  const std::string& instance() const { return instance_; }  // 12 hex digits, kept in <path>/instance

 private:
  StateDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  const std::string path_;
  const int lock_;
  std::string instance_;
};

}  // namespace tidemark::runtime

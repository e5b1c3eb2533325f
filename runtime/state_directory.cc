#include "runtime/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

namespace tidemark::runtime {
namespace {

Error io_error(const std::string& what, const std::string& reason) {
  return {Disposition::fatal, "state_io", what + ": " + reason};
}

// A killed process holds its lock until the kernel has taken it apart, and its supervisor starts the next at
// once.
constexpr std::chrono::milliseconds kPredecessorMayEnd{5'000};

bool lock_within(int file, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

// Whole or not at all.
Status write_line(const std::string& file, const std::string& line) {
  std::ofstream out(file + ".new", std::ios::trunc);
  out << line << '\n';
  out.close();
  std::error_code failed;
  std::filesystem::rename(file + ".new", file, failed);
  if (!out || failed) return io_error("cannot write " + file, failed ? failed.message() : "write failed");
  return {};
}

std::string new_instance() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string id;
  for (int i = 0; i < 12; ++i) id.push_back(kDigits[random() % 16]);
  return id;
}

}  // namespace

Result<std::unique_ptr<StateDirectory>> StateDirectory::open(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return io_error("cannot create the state directory " + path, failed.message());
  const int lock = ::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return io_error("cannot open " + path + "/lock", std::strerror(errno));
  std::unique_ptr<StateDirectory> directory(new StateDirectory(path, lock));
  if (!lock_within(lock, kPredecessorMayEnd)) {
    return Error{Disposition::fatal, "state_locked",
                 "the state directory " + path +
                     " is in use by another process; give each process its own (--state-dir)"};
  }
  const std::string file = path + "/instance";
  if (std::ifstream in(file); !(in >> directory->instance_) || directory->instance_.size() != 12) {
    directory->instance_ = new_instance();
    TM_TRY(write_line(file, directory->instance_));
  }
  return directory;
}

Status StateDirectory::claim(const std::string& application, const std::string& cluster_id) {
  const std::string file = path_ + "/owner";
  const std::string owner = application + " on " + cluster_id;
  std::string found;
  if (std::ifstream in(file); !std::getline(in, found)) return write_line(file, owner);
  if (found == owner) return {};
  return Error{Disposition::fatal, "state_of_another",
               "the state in " + path_ + " belongs to " + found + ", and this is " + owner +
                   "; name a directory of its own (--state-dir), or remove this one if it is of no use"};
}

StateDirectory::~StateDirectory() {
  ::close(lock_);
}  // releases the lock

}  // namespace tidemark::runtime

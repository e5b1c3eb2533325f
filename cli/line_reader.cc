#include "cli/line_reader.h"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace tidemark::cli {
namespace {
constexpr std::size_t kChunkBytes = 1 << 20;
}

struct LineReader::File {
  gzFile handle = nullptr;
  ~File() {
    if (handle != nullptr) gzclose_r(handle);
  }
};

LineReader::LineReader(std::unique_ptr<File> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}
LineReader::~LineReader() = default;

Result<std::unique_ptr<LineReader>> LineReader::open(const std::string& path) {
  auto file = std::make_unique<File>();
  file->handle = path == "-" ? gzdopen(::dup(STDIN_FILENO), "rb") : gzopen(path.c_str(), "rb");
  if (file->handle == nullptr) {
    return Error{Disposition::fatal, "config_unreadable",
                 "cannot read " + path + ": " + std::strerror(errno)};
  }
  gzbuffer(file->handle, 256 * 1024);
  return std::unique_ptr<LineReader>(new LineReader(std::move(file), path));
}

// Makes room and reads more. False: there is no more.
Result<bool> LineReader::fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kChunkBytes);
  const int count = gzread(file_->handle, buffer_.data() + kept, static_cast<unsigned>(kChunkBytes));
  buffer_.resize(kept + static_cast<std::size_t>(count > 0 ? count : 0));
  int status = Z_OK;
  const char* reason = gzerror(file_->handle, &status);
  if (count < 0 ||
      status < 0) {  // a gzip file that is cut short gives its bytes first and the error with them
    return Error{Disposition::fatal, "config_unreadable",
                 "cannot read " + path_ + ": " + (status == Z_ERRNO ? std::strerror(errno) : reason)};
  }
  return count > 0;
}

Result<bool> LineReader::next(std::string_view& line) {
  std::size_t searched = begin_;
  for (;;) {
    const auto end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line = std::string_view(buffer_).substr(begin_, end - begin_);
      begin_ = end + 1;
      line_number_ += 1;
      return true;
    }
    if (at_end_) break;
    searched = buffer_.size() - begin_;  // begin_ becomes 0
    const auto more = fill();
    if (!more) return more.error();
    at_end_ = !*more;
  }
  if (begin_ == buffer_.size()) return false;
  line = std::string_view(buffer_).substr(begin_);
  begin_ = buffer_.size();
  line_number_ += 1;
  return true;
}

}  // namespace tidemark::cli

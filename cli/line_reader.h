#pragma once
// Lines of a file or of stdin, plain or gzip, byte for byte.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/result.h"

namespace tidemark::cli {

class LineReader {
 public:
  // `path` "-" is stdin. Error: "config_unreadable".
  static Result<std::unique_ptr<LineReader>> open(const std::string& path);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // False at the end. The newline is not part of the line; the last line needs none. `line` lives until the
  // next call.
  Result<bool> next(std::string_view& line);
  std::int64_t line_number() const { return line_number_; }  // of the last line given, from 1

 private:
  struct File;
  LineReader(std::unique_ptr<File> file, std::string path);
  Result<bool> fill();

  const std::unique_ptr<File> file_;
  const std::string path_;
  std::string buffer_;  // [begin_, end) is not yet given out
  std::size_t begin_ = 0;
  bool at_end_ = false;
  std::int64_t line_number_ = 0;
};

}  // namespace tidemark::cli

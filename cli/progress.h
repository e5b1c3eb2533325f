#pragma once
// Progress on stderr: on a terminal one line that is rewritten, elsewhere a plain line each 10 s.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tidemark::cli {

enum class ProgressStyle : std::uint8_t { quiet, lines, terminal };

// The style for stderr: quiet when asked for, terminal when it is one.
ProgressStyle progress_style(bool quiet);

// "sent 12,345 records, 4,115/s, 3 s" with the rate since the start.
std::string progress_text(const std::string& doing, std::int64_t count, std::chrono::milliseconds elapsed);

class Progress {
 public:
  using Clock = std::function<std::chrono::milliseconds()>;  // monotonic
  using Write = std::function<void(const std::string&)>;
  // `doing` is a past participle: "sent".
  Progress(ProgressStyle style, std::string doing);
  Progress(ProgressStyle style, std::string doing, Clock clock, Write write);

  void update(std::int64_t count);  // cheap enough to call per batch
  void finish(std::int64_t count);  // the last line, with the whole

 private:
  const ProgressStyle style_;
  const std::string doing_;
  const Clock clock_;
  const Write write_;
  const std::chrono::milliseconds started_;
  std::chrono::milliseconds last_shown_;
};

}  // namespace tidemark::cli

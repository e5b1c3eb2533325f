#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "cli/text.h"

namespace tidemark::cli {
namespace {

using std::chrono::milliseconds;

milliseconds steady_now() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void write_to_stderr(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

ProgressStyle progress_style(bool quiet) {
  if (quiet) return ProgressStyle::quiet;
  return ::isatty(STDERR_FILENO) == 1 ? ProgressStyle::terminal : ProgressStyle::lines;
}

std::string progress_text(const std::string& doing, std::int64_t count, milliseconds elapsed) {
  const std::int64_t rate = elapsed.count() <= 0 ? count : count * 1000 / elapsed.count();
  return doing + " " + group_digits(count) + " records, " + group_digits(rate) + "/s, " +
         std::to_string(elapsed.count() / 1000) + "." + std::to_string(elapsed.count() / 100 % 10) + " s";
}

Progress::Progress(ProgressStyle style, std::string doing)
    : Progress(style, std::move(doing), steady_now, write_to_stderr) {}

Progress::Progress(ProgressStyle style, std::string doing, Clock clock, Write write)
    : style_(style),
      doing_(std::move(doing)),
      clock_(std::move(clock)),
      write_(std::move(write)),
      started_(clock_()),
      last_shown_(started_) {}

void Progress::update(std::int64_t count) {
  if (style_ == ProgressStyle::quiet) return;
  const auto now = clock_();
  const bool terminal = style_ == ProgressStyle::terminal;
  if (now - last_shown_ < (terminal ? milliseconds{200} : milliseconds{10'000})) return;
  last_shown_ = now;
  const std::string text = progress_text(doing_, count, now - started_);
  write_(terminal ? "\r\x1b[K" + text : text + "\n");
}

void Progress::finish(std::int64_t count) {
  if (style_ == ProgressStyle::quiet) return;
  const std::string text = progress_text(doing_, count, clock_() - started_) + "\n";
  write_(style_ == ProgressStyle::terminal ? "\r\x1b[K" + text : text);
}

}  // namespace tidemark::cli

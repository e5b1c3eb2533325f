#include "cli/progress.h"

#include <gtest/gtest.h>

namespace tidemark::cli {
namespace {

using std::chrono::milliseconds;

class ProgressTest : public ::testing::Test {
 protected:
  Progress make(ProgressStyle style) {
    return Progress(
        style, "sent", [this] { return now_; }, [this](const std::string& text) { written_ += text; });
  }
  milliseconds now_{1'000};
  std::string written_;
};

TEST_F(ProgressTest, ElsewhereAPlainLineComesEachTenSeconds) {
  Progress progress = make(ProgressStyle::lines);
  now_ += milliseconds{9'999};
  progress.update(10);
  EXPECT_EQ(written_, "");
  now_ += milliseconds{1};
  progress.update(20'000);
  EXPECT_EQ(written_, "sent 20,000 records, 2,000/s, 10.0 s\n");
  progress.update(20'001);
  EXPECT_EQ(written_, "sent 20,000 records, 2,000/s, 10.0 s\n");
}

TEST_F(ProgressTest, OnATerminalOneLineIsRewritten) {
  Progress progress = make(ProgressStyle::terminal);
  now_ += milliseconds{500};
  progress.update(50);
  EXPECT_EQ(written_, "\r\x1b[Ksent 50 records, 100/s, 0.5 s");
  progress.finish(60);
  EXPECT_EQ(written_, "\r\x1b[Ksent 50 records, 100/s, 0.5 s\r\x1b[Ksent 60 records, 120/s, 0.5 s\n");
}

TEST_F(ProgressTest, QuietIsSilent) {
  Progress progress = make(ProgressStyle::quiet);
  now_ += milliseconds{60'000};
  progress.update(1);
  progress.finish(2);
  EXPECT_EQ(written_, "");
}

TEST(ProgressTextTest, NoTimeHasPassed) {
  EXPECT_EQ(progress_text("sent", 5, milliseconds{0}), "sent 5 records, 5/s, 0.0 s");
}

}  // namespace
}  // namespace tidemark::cli

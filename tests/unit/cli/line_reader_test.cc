#include "cli/line_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

namespace tidemark::cli {
namespace {

// "one\ntwo\n" by gzip.
constexpr unsigned char kGzip[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
                                   0xcb, 0xcf, 0x4b, 0xe5, 0x2a, 0x29, 0xcf, 0xe7, 0x02, 0x00,
                                   0xe6, 0x0b, 0xba, 0x12, 0x08, 0x00, 0x00, 0x00};

class LineReaderTest : public ::testing::Test {
 protected:
  LineReaderTest() { ::close(::mkstemp(path_.data())); }
  ~LineReaderTest() override { std::remove(path_.c_str()); }
  void write(std::string_view bytes) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
  }
  // All lines, and "error: CODE" where one came.
  std::vector<std::string> read() {
    auto reader = LineReader::open(path_);
    EXPECT_TRUE(reader);
    std::vector<std::string> lines;
    std::string_view line;
    for (;;) {
      const auto more = (*reader)->next(line);
      if (!more) lines.push_back("error: " + more.error().code);
      if (!more || !*more) return lines;
      lines.emplace_back(line);
      EXPECT_EQ((*reader)->line_number(), static_cast<std::int64_t>(lines.size()));
    }
  }
  using Lines = std::vector<std::string>;
  std::string path_ = ::testing::TempDir() + "tidemark-lines-XXXXXX";
};

TEST_F(LineReaderTest, LinesAreGivenByteForByte) {
  write(std::string("a\n\r\n\xff\0b\n  c  ", 13));
  EXPECT_EQ(read(), (Lines{"a", "\r", std::string("\xff\0b", 3), "  c  "}));
}

TEST_F(LineReaderTest, EmptyLinesAreLines) {
  write("\n\na\n\n");
  EXPECT_EQ(read(), (Lines{"", "", "a", ""}));
}

TEST_F(LineReaderTest, AnEmptyFileHasNone) {
  EXPECT_EQ(read(), Lines{});
}

TEST_F(LineReaderTest, LinesLongerThanTheBufferAndOnItsEdges) {
  const std::string long_line(3 << 20, 'x');
  const std::string to_the_edge((1 << 20) - 1, 'y');
  write(to_the_edge + "\n" + long_line + "\nend");
  const auto lines = read();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], to_the_edge);
  EXPECT_EQ(lines[1], long_line);
  EXPECT_EQ(lines[2], "end");
}

TEST_F(LineReaderTest, GzipIsUnpacked) {
  write({reinterpret_cast<const char*>(kGzip), sizeof kGzip});
  EXPECT_EQ(read(), (Lines{"one", "two"}));
}

TEST_F(LineReaderTest, AGzipFileThatIsCutShortIsAnErrorAndNotAnEarlyEnd) {
  write({reinterpret_cast<const char*>(kGzip), sizeof kGzip - 6});
  EXPECT_EQ(read().back(), "error: config_unreadable");
}

TEST_F(LineReaderTest, AMissingFileIsNamed) {
  const auto reader = LineReader::open("/nonexistent/events.jsonl");
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message, "cannot read /nonexistent/events.jsonl: No such file or directory");
}

}  // namespace
}  // namespace tidemark::cli

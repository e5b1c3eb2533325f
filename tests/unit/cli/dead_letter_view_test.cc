#include "cli/dead_letter_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace tidemark::cli {
namespace {

using Headers = std::vector<HeaderView>;

RecordView letter(const Headers& headers) {
  RecordView record;
  record.partition = PartitionId(3);
  record.offset = Offset(15);
  record.key = "cus_1";
  record.has_key = true;
  record.headers = headers;
  return record;
}

const Headers kOurs{{"__connect.errors.topic", "usage.events"},
                    {"__connect.errors.partition", "3"},
                    {"__connect.errors.offset", "1204"},
                    {"td-error-code", "too_old"}};

TEST(DeadLetterViewTest, OurHeadersCountWhateverTheRecordBrought) {
  Headers headers{{"td-error-code", "none_of_ours"}, {"__connect.errors.topic", "elsewhere"}, {"trace", "a"}};
  headers.insert(headers.end(), kOurs.begin(), kOurs.end());
  const RecordView record = letter(headers);
  EXPECT_EQ(header(record, "td-error-code"), "too_old");
  EXPECT_EQ(header(record, "trace"), "a");
  EXPECT_EQ(header(record, "absent"), "");
  EXPECT_EQ(original_address(record), "usage.events-3-1204");
  EXPECT_EQ(json_of("usage.dlq", record)["code"], "too_old");
}

struct BytesCase {
  const char* name;
  const char* header;
  const char* json_field;
};
class DeadLetterBytesTest : public ::testing::TestWithParam<BytesCase> {};
TEST_P(DeadLetterBytesTest, AnyBytesInAHeaderMakeValidJson) {
  Headers headers = kOurs;
  headers.push_back({GetParam().header, "\xff-1"});
  const auto json = nlohmann::json::parse(json_of("usage.dlq", letter(headers)).dump());
  EXPECT_TRUE(json[GetParam().json_field].contains("base64")) << json;
  EXPECT_TRUE(json["headers"].back()["value"].contains("base64")) << json;
}
INSTANTIATE_TEST_SUITE_P(Cli, DeadLetterBytesTest,
                         ::testing::Values(BytesCase{"code", "td-error-code", "code"},
                                           BytesCase{"topic", "__connect.errors.topic", "original"},
                                           BytesCase{"partition", "__connect.errors.partition", "original"},
                                           BytesCase{"offset", "__connect.errors.offset", "original"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(DeadLetterViewTest, TextEscapesWhatWouldDriveATerminal) {
  Headers headers = kOurs;
  headers.push_back({"title", "\x1b[2J"});
  const std::string text = text_of("usage.dlq", letter(headers));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("usage.dlq-3-15"), std::string::npos);
  EXPECT_NE(text.find("value: (none)"), std::string::npos);
}

}  // namespace
}  // namespace tidemark::cli

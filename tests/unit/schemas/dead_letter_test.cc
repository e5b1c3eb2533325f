#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schemas/dead_letter/codec.h"
#include "schemas/dead_letter/codes.h"

namespace tidemark::schemas {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

ArrivalTime arrival_at(std::string_view text) {
  return std::chrono::floor<std::chrono::milliseconds>(parse_rfc3339(text).value());
}

RecordView record_with(std::span<const HeaderView> headers) {
  RecordView record;
  record.partition = PartitionId(3);
  record.offset = Offset(42);
  record.arrival = arrival_at("2026-11-10T09:00:00.500Z");
  record.key = "cus_1";
  record.value = "{";
  record.has_key = record.has_value = true;
  record.headers = headers;
  return record;
}

DeadLetterReason reason_of(std::string_view code) {
  return {.application = "tidemark",
          .topic = "usage.events",
          .code = code,
          .message = "byte 1: a name in quotes is wanted",
          .task = 3,
          .failed_at = arrival_at("2026-11-10T09:00:01Z")};
}

Headers built(std::span<const HeaderView> original, const DeadLetterReason& reason) {
  DeadLetterHeaders headers;
  Headers out;
  for (const HeaderView& header : headers.build(record_with(original), reason))
    out.emplace_back(header.name, header.value);
  return out;
}

TEST(DeadLetterHeadersTest, FollowTheOriginalOnes) {
  const HeaderView original[] = {
      {"traceparent", "00-1"}, {"traceparent", "00-2"}, {"__connect.errors.topic", "theirs"}};
  const Headers headers = built(original, reason_of("invalid_json"));
  const Headers expected{{"traceparent", "00-1"},
                         {"traceparent", "00-2"},
                         {"__connect.errors.topic", "theirs"},
                         {"__connect.errors.topic", "usage.events"},
                         {"__connect.errors.partition", "3"},
                         {"__connect.errors.offset", "42"},
                         {"__connect.errors.connector.name", "tidemark.decode"},
                         {"__connect.errors.task.id", "3"},
                         {"__connect.errors.stage", "decode"},
                         {"__connect.errors.exception.message", "byte 1: a name in quotes is wanted"},
                         {"td-error-code", "invalid_json"},
                         {"td-stage", "decode"},
                         {"td-retryable", "false"},
                         {"td-attempt", "1"},
                         {"td-original-arrival", "1794301200500"},
                         {"td-first-failed-at", "2026-11-10T09:00:01Z"},
                         {"td-next-attempt-at", ""},
                         {"td-fingerprint", headers.back().second}};
  EXPECT_EQ(headers, expected);
  EXPECT_EQ(headers.back().second.size(), 16u);
}

std::string value_of(const Headers& headers, std::string_view name) {
  std::string value = "absent";
  int count = 0;
  for (const auto& [header, text] : headers) {
    if (header == name) value = text, ++count;
  }
  EXPECT_LE(count, 1) << name;
  return value;
}

TEST(DeadLetterHeadersTest, AnotherAttemptReplacesTheOneBefore) {
  Headers first = built({}, reason_of("unknown_customer"));
  first.emplace_back("mine", "kept");
  std::vector<HeaderView> carried;
  for (const auto& [name, value] : first) carried.push_back({name, value});
  DeadLetterReason again = reason_of("unknown_customer");
  again.failed_at = arrival_at("2026-11-11T09:00:00Z");
  const Headers second = built(carried, again);
  EXPECT_EQ(second.size(), first.size());
  EXPECT_EQ(value_of(first, "td-next-attempt-at"), "2026-11-10T09:01:01Z");
  EXPECT_EQ(value_of(second, "mine"), "kept");
  EXPECT_EQ(value_of(second, "__connect.errors.offset"), "42");
  EXPECT_EQ(value_of(second, "td-attempt"), "2");
  EXPECT_EQ(value_of(second, "td-retryable"), "true");
  EXPECT_EQ(value_of(second, "td-original-arrival"), "1794301200500");
  EXPECT_EQ(value_of(second, "td-first-failed-at"), "2026-11-10T09:00:01Z");
  EXPECT_EQ(value_of(second, "td-next-attempt-at"), "2026-11-11T09:02:00Z");
  EXPECT_EQ(value_of(second, "td-fingerprint"), value_of(first, "td-fingerprint"));
}

struct BackoffCase {
  const char* attempt_before;
  const char* attempt;
  const char* next;
};
class BackoffTest : public ::testing::TestWithParam<BackoffCase> {};

TEST_P(BackoffTest, DoublesUpToADay) {
  const HeaderView header{"td-attempt", GetParam().attempt_before};
  const Headers headers = built({&header, 1}, reason_of("unknown_customer"));
  EXPECT_EQ(value_of(headers, "td-attempt"), GetParam().attempt);
  EXPECT_EQ(value_of(headers, "td-next-attempt-at"), GetParam().next);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(DeadLetter, BackoffTest, ::testing::Values(
  BackoffCase{"0",  "1",  "2026-11-10T09:01:01Z"},
  BackoffCase{"2",  "3",  "2026-11-10T09:04:01Z"},
  BackoffCase{"10", "11", "2026-11-11T02:04:01Z"},
  BackoffCase{"11", "12", "2026-11-11T09:00:01Z"},
  BackoffCase{"99999999999999999999", "1", "2026-11-10T09:01:01Z"},
  BackoffCase{"-5", "1",  "2026-11-10T09:01:01Z"},
  BackoffCase{"x",  "1",  "2026-11-10T09:01:01Z"}),
  [](const auto& test) { return "row_" + std::to_string(test.index); });
// clang-format on

TEST(DeadLetterHeadersTest, ACodeOutsideOfTheTableIsNotRetried) {
  const Headers headers = built({}, reason_of("some_other_failure"));
  EXPECT_EQ(value_of(headers, "td-error-code"), "some_other_failure");
  EXPECT_EQ(value_of(headers, "td-stage"), "task");
  EXPECT_EQ(value_of(headers, "td-retryable"), "false");
}

TEST(ErrorCodesTest, AreInOrderAndUnique) {
  std::set<std::string_view> names;
  ErrorCode before = ErrorCode::none;
  for (const ErrorCodeInfo& info : error_codes()) {
    EXPECT_LT(before, info.code) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(&info_of(info.code), &info);
    before = info.code;
  }
  EXPECT_EQ(name_of(ErrorCode::value_too_precise), "value_too_precise");
  EXPECT_EQ(error_codes().size(), 40u);
}

}  // namespace
}  // namespace tidemark::schemas

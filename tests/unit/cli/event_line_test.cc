#include "cli/event_line.h"

#include <gtest/gtest.h>

namespace tidemark::cli {
namespace {

ArrivalTime at(std::int64_t milliseconds) {
  return ArrivalTime(std::chrono::milliseconds(milliseconds));
}

TEST(EventLineTest, FindsCustomerArrivalAndEventTime) {
  const auto line = read_event_line(
      R"({"event_id":"a","customer_id":"cus_1","timestamp":"1970-01-01T00:00:01.5Z","properties":{"arrived":"1970-01-01T01:00:02+01:00"}})",
      "properties.arrived");
  EXPECT_EQ(line.customer_id, "cus_1");
  EXPECT_EQ(line.event_time, at(1'500));
  EXPECT_EQ(line.arrival, at(2'000));
}

struct LineCase {
  const char* name;
  const char* line;
  std::optional<std::string> customer_id;
  std::optional<std::int64_t> arrival_ms;  // with --arrival-field p.arrived
};
void PrintTo(const LineCase& line, std::ostream* out) {
  *out << line.name;
}
class EventLineCaseTest : public ::testing::TestWithParam<LineCase> {};
TEST_P(EventLineCaseTest, Found) {
  const auto line = read_event_line(GetParam().line, "p.arrived");
  EXPECT_EQ(line.customer_id, GetParam().customer_id);
  EXPECT_EQ(line.arrival.has_value(), GetParam().arrival_ms.has_value());
  if (line.arrival && GetParam().arrival_ms) {
    EXPECT_EQ(*line.arrival, at(*GetParam().arrival_ms));
  }
}
INSTANTIATE_TEST_SUITE_P(
    Cli, EventLineCaseTest,
    ::testing::Values(
        LineCase{"escaped_customer", R"({"customer_id":"cus\u005f1"})", "cus_1", {}},
        LineCase{"not_json", "nonsense", {}, {}}, LineCase{"empty", "", {}, {}},
        LineCase{"not_an_object", R"(["customer_id","cus_1"])", {}, {}},
        LineCase{"cut_short_after_the_customer", R"({"customer_id":"cus_1","timestamp":)", "cus_1", {}},
        LineCase{"customer_not_a_string", R"({"customer_id":42})", {}, {}},
        LineCase{
            "customer_of_a_property", R"({"p":{"customer_id":"other"},"customer_id":"cus_1"})", "cus_1", {}},
        LineCase{"customer_twice", R"({"customer_id":"cus_1","customer_id":"cus_2"})", "cus_1", {}},
        LineCase{"milliseconds", R"({"p":{"arrived":1500}})", {}, 1'500},
        LineCase{"largest_milliseconds", R"({"p":{"arrived":7258118400000}})", {}, 7'258'118'400'000},
        LineCase{"too_large_milliseconds", R"({"p":{"arrived":7258118400001}})", {}, {}},
        LineCase{"negative_milliseconds", R"({"p":{"arrived":-1}})", {}, {}},
        LineCase{"before_1970", R"({"p":{"arrived":"1969-12-31T23:59:59Z"}})", {}, {}},
        LineCase{"not_a_time", R"({"p":{"arrived":"soon"}})", {}, {}},
        LineCase{"inside_a_list", R"({"p":[{"arrived":1500}]})", {}, {}},
        LineCase{"deeper", R"({"p":{"p":{"arrived":1}},"q":{"p":{"arrived":2}}})", {}, {}},
        LineCase{
            "after_nested_values", R"({"a":[1,{"b":[]}],"c":{"d":{}},"p":{"x":[0],"arrived":7}})", {}, 7},
        LineCase{"subject_of_a_cloud_event", R"({"specversion":"1.0","subject":"cus_1"})", "cus_1", {}},
        LineCase{"own_name_before_subject", R"({"subject":"other","customer_id":"cus_1"})", "cus_1", {}},
        LineCase{"huge_number_before", R"({"value":1e400,"customer_id":"cus_1"})", {}, {}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(EventLineTest, WithoutAnArrivalFieldTheWalkEndsEarly) {
  const auto line =
      read_event_line(R"({"customer_id":"cus_1","timestamp":"1970-01-01T00:00:00Z", broken)", "");
  EXPECT_EQ(line.customer_id, "cus_1");
  EXPECT_EQ(line.event_time, at(0));
  EXPECT_FALSE(line.arrival);
}

struct RecordCase {
  const char* name;
  const char* line;
  std::optional<std::string> customer_id;
  std::optional<std::int64_t> event_time_ms;
  std::optional<std::int64_t> arrival_ms;  // with --arrival-field arrived
};
void PrintTo(const RecordCase& record, std::ostream* out) {
  *out << record.name;
}
class EventRecordTest : public ::testing::TestWithParam<RecordCase> {};
TEST_P(EventRecordTest, Found) {
  const auto input = read_input_line(GetParam().line);
  ASSERT_TRUE(input) << input.error().message;
  const auto found = read_event_record(*input, "arrived");
  const auto time = [](std::optional<std::int64_t> ms) { return ms ? std::optional(at(*ms)) : std::nullopt; };
  EXPECT_EQ(found.customer_id, GetParam().customer_id);
  EXPECT_EQ(found.event_time, time(GetParam().event_time_ms));
  EXPECT_EQ(found.arrival, time(GetParam().arrival_ms));
}
INSTANTIATE_TEST_SUITE_P(
    Cli, EventRecordTest,
    ::testing::Values(
        RecordCase{"event", R"({"customer_id":"c","timestamp":"1970-01-01T00:00:01Z","arrived":5})", "c",
                   1'000, 5},
        RecordCase{"envelope_of_an_event", R"({"record":{"customer_id":"c","arrived":5}})", "c", {}, 5},
        RecordCase{"key_and_arrival_of_an_envelope",
                   R"({"key":"k","arrival":"1970-01-01T00:00:02Z","record":{"customer_id":"c","arrived":5}})",
                   "k",
                   {},
                   2'000},
        RecordCase{"structured_cloud_event",
                   R"({"specversion":"1.0","subject":"c","time":"1970-01-01T00:00:03Z","data":{}})",
                   "c",
                   3'000,
                   {}},
        RecordCase{
            "binary_cloud_event",
            R"({"record":{"customer_id":"x"},"headers":{"ce_subject":"c","ce_time":"1970-01-01T00:00:04Z"}})",
            "c",
            4'000,
            {}},
        RecordCase{"tombstone", R"({"key":"k","tombstone":true})", "k", {}, {}},
        RecordCase{
            "packed", R"({"key":"k","record":[{"customer_id":"c"},{"customer_id":"d"}]})", "k", {}, {}}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::cli

#include "cli/verify/verify_report.h"

#include <gtest/gtest.h>

#include "cli/verdict_names.h"
#include "processors/judged_event.h"

namespace tidemark::cli {
namespace {

using processors::Verdict;

LineVerdict said(Verdict verdict, std::string_view code = "") {
  return {.verdict = static_cast<std::uint8_t>(verdict), .code = code_number(code)};
}

Verified example() {
  Verified verified;
  verified.profiles.push_back({3, "profile_invalid", "no time zone"});
  verified.lines.judge({1}, said(Verdict::counted));
  verified.lines.judge({2}, said(Verdict::parked));
  verified.lines.judge({4}, said(Verdict::dead_letter, "invalid_json"));
  verified.lines.explain({4}, "byte 1: \"quoted\"");
  verified.lines.judge({5}, said(Verdict::parked));
  verified.lines.move({5}, said(Verdict::dead_letter, "unknown_customer"));
  verified.lines.move({2}, said(Verdict::counted));
  verified.lines.refuse(6, "usage.commands", code_number("command_unsupported"), "not yet");
  verified.notices.push_back({"profile_late", "the change waits", 7, false});
  verified.notices.push_back({"opening_overflow", "too much", 0, false});
  verified.totals["b"] =
      R"({"schema":1,"tenant_id":"t","customer_id":"c","meter":"m","period_start":"2026-11-01T00:00:00Z",)"
      R"("period_end":"2026-12-01T00:00:00Z","total":"1.5","event_count":2,"revision":1,"final":true,)"
      R"("watermark":null,"meter_version":1})";
  return verified;
}

std::string render(const Verified& verified, OutputFormat format) {
  std::string out;
  render_verified(verified, format, [&out](std::string_view piece) { out += piece; });
  return out;
}

TEST(VerifyReportTest, LinesTotalsAndSummaryInTheirOrder) {
  const std::string total = example().totals.at("b");
  EXPECT_EQ(
      render(example(), OutputFormat::jsonl),
      "{\"customers_line\":3,\"code\":\"profile_invalid\",\"message\":\"no time zone\"}\n"
      "{\"line\":1,\"verdict\":\"counted\"}\n"
      "{\"line\":2,\"verdict\":\"parked\",\"then\":[\"counted\"]}\n"
      "{\"line\":4,\"verdict\":\"dead_letter\",\"code\":\"invalid_json\",\"message\":\"byte 1: "
      "\\\"quoted\\\"\"}\n"
      "{\"line\":5,\"verdict\":\"parked\",\"then\":[\"dead_letter\"],\"code\":\"unknown_customer\"}\n"
      "{\"line\":6,\"topic\":\"usage.commands\",\"verdict\":\"dead_letter\",\"code\":\"command_unsupported\","
      "\"message\":\"not yet\"}\n"
      "{\"notice\":{\"code\":\"profile_late\",\"message\":\"the change waits\",\"line\":7}}\n"
      "{\"notice\":{\"code\":\"opening_overflow\",\"message\":\"too much\"}}\n"
      "{\"total\":" +
          total +
          "}\n"
          "{\"summary\":{\"consumed\":4,\"counted\":1,\"duplicate\":0,\"dead_letter\":1,\"ignored\":0,"
          "\"parked\":2,\"void\":0,\"rerouted\":0,\"dead_letters\":{\"invalid_json\":1},"
          "\"moved\":{\"counted\":1,\"dead_letter\":1},\"moved_dead_letters\":{\"unknown_customer\":1}}}\n");
}

TEST(VerifyReportTest, PageGroupsLinesThatWentTheSameWay) {
  Verified verified;
  for (int line = 1; line <= 7; ++line) verified.lines.judge({line}, said(Verdict::counted));
  verified.lines.judge({8}, said(Verdict::parked));
  verified.lines.move({8}, said(Verdict::counted));
  const std::string page = render(verified, OutputFormat::table);
  EXPECT_NE(page.find("counted               -           7  1, 2, 3, 4, 5, ..."), std::string::npos) << page;
  EXPECT_NE(page.find("parked, then counted  -           1  8"), std::string::npos) << page;
}

struct FindingCase {
  const char* name;
  std::function<void(Verified&)> say;
  bool expected;
};
class DeadLettersTest : public ::testing::TestWithParam<FindingCase> {};

TEST_P(DeadLettersTest, AreFoundWhereverTheyAre) {
  Verified verified;
  verified.lines.judge({1}, said(Verdict::counted));
  GetParam().say(verified);
  EXPECT_EQ(verified.has_dead_letters(), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    VerifyReport, DeadLettersTest,
    ::testing::Values(
        FindingCase{"none", [](Verified&) {}, false},
        FindingCase{"parked", [](Verified& v) { v.lines.judge({2}, said(Verdict::parked)); }, false},
        FindingCase{"at_once",
                    [](Verified& v) { v.lines.judge({2}, said(Verdict::dead_letter, "invalid_json")); },
                    true},
        FindingCase{"later",
                    [](Verified& v) { v.lines.move({1}, said(Verdict::dead_letter, "unknown_customer")); },
                    true},
        FindingCase{"of_another_topic",
                    [](Verified& v) { v.lines.refuse(2, "t", code_number("profile_invalid"), "m"); }, true},
        FindingCase{"of_the_file_of_profiles",
                    [](Verified& v) {
                      v.profiles.push_back({1, "c", "m"});
                    },
                    true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(OffsetLinesTest, GapsInLinesAreKept) {
  OffsetLines lines;
  lines.add(Offset(0), 1);
  lines.add(Offset(1), 2);
  lines.add(Offset(2), 5);
  lines.add(Offset(3), 6);
  lines.add(Offset(7), 7);
  std::vector<std::int64_t> found;
  for (const std::int64_t offset : {0, 1, 2, 3, 7}) found.push_back(lines.line_of(Offset(offset)));
  EXPECT_EQ(found, (std::vector<std::int64_t>{1, 2, 5, 6, 7}));
}

}  // namespace
}  // namespace tidemark::cli

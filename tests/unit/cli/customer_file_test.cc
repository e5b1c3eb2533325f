#include "cli/customer_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

namespace tidemark::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

std::string profile(const std::string& customer, const std::string& version) {
  return R"({"tenant_id":"acme","customer_id":")" + customer + R"(","versions":[)" + version + "]}";
}
std::string version(const std::string& zone, const std::string& more = "", const std::string& from = "2020") {
  return R"({"effective_from":")" + from +
         R"(-01-01T00:00:00Z","stripe_customer_id":"cus_S1","time_zone":")" + zone +
         R"(","interval":{"unit":"month","n":1},"mode":"test")" + more + "}";
}

Result<CustomerFile> check(const std::string& bytes) {
  std::string path = ::testing::TempDir() + "tidemark-customers-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  EXPECT_EQ(::write(descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::close(descriptor);
  auto reader = LineReader::open(path);
  EXPECT_TRUE(reader);
  auto file = check_customers(**reader, "acme");
  std::remove(path.c_str());
  return file;
}

TEST(CustomerFileTest, GoodLinesKeepTheirBytes) {
  const std::string line = profile("cus_1", version("Europe/Budapest"));
  const auto file = check(line + "\n" + profile("cus_2", version("UTC")) + "\n");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->findings.empty());
  ASSERT_EQ(file->lines.size(), 2U);
  EXPECT_EQ(file->lines[0].value, line);
  EXPECT_EQ(file->lines[0].customer_id, "cus_1");
  EXPECT_EQ(file->lines[0].key, R"({"tenant_id":"acme","customer_id":"cus_1"})");
}

std::string version_of(const std::string& unit, const std::string& anchor) {
  return R"({"effective_from":"2022-01-01T00:00:00Z","stripe_customer_id":"cus_S1","time_zone":"Asia/Tokyo",)"
         R"("interval":{"unit":")" +
         unit + R"(","n":2},"mode":"test")" + (anchor.empty() ? "" : R"(,"anchor":")" + anchor + '"') + "}";
}

struct AcceptedCase {
  const char* name;
  std::string versions;
};
void PrintTo(const AcceptedCase& accepted, std::ostream* out) {
  *out << accepted.name;
}
class CustomerAcceptedTest : public ::testing::TestWithParam<AcceptedCase> {};
TEST_P(CustomerAcceptedTest, HasNoFinding) {
  const auto file = check(profile("cus_1", GetParam().versions) + "\n");
  ASSERT_TRUE(file);
  for (const auto& finding : file->findings) ADD_FAILURE() << finding.message;
  EXPECT_EQ(file->lines.size(), 1U);
}
INSTANTIATE_TEST_SUITE_P(
    Cli, CustomerAcceptedTest,
    ::testing::Values(AcceptedCase{"two_versions",
                                   version("UTC") + "," + version("Europe/Paris", "", "2021")},
                      AcceptedCase{"change_of_interval", version("UTC") + "," + version_of("day", "")},
                      AcceptedCase{"weeks", version_of("week", "")},
                      AcceptedCase{"anchored_weeks", version_of("week", "2025-03-05")},
                      AcceptedCase{"years_from_a_leap_day", version_of("year", "2024-02-29")},
                      AcceptedCase{"months_from_the_31st", version_of("month", "2025-01-31T12:00:00")}),
    [](const auto& test) { return std::string(test.param.name); });

struct RefusalCase {
  const char* name;
  std::string line;
  const char* finding;  // part of it
};
void PrintTo(const RefusalCase& refusal, std::ostream* out) {
  *out << refusal.name;
}
class CustomerRefusalTest : public ::testing::TestWithParam<RefusalCase> {};
TEST_P(CustomerRefusalTest, NamesTheLine) {
  const auto file = check(profile("cus_0", version("UTC")) + "\n" + GetParam().line + "\n");
  ASSERT_TRUE(file);
  ASSERT_EQ(file->findings.size(), 1U);
  EXPECT_EQ(file->findings[0].line, 2);
  EXPECT_THAT(file->findings[0].message, HasSubstr(GetParam().finding));
}
INSTANTIATE_TEST_SUITE_P(
    Cli, CustomerRefusalTest,
    ::testing::Values(
        RefusalCase{"not_json", "nonsense", ""},
        RefusalCase{"unknown_zone", profile("cus_1", version("Europe/Atlantis")), "Europe/Atlantis"},
        RefusalCase{"unknown_zone_of_a_later_version",
                    profile("cus_1", version("UTC") + "," + version("Europe/Atlantis", "", "2021")),
                    "Europe/Atlantis"},
        RefusalCase{"versions_out_of_order",
                    profile("cus_1", version("UTC", "", "2021") + "," + version("Europe/Paris")),
                    "effective_from"},
        RefusalCase{"bad_anchor", profile("cus_1", version("UTC", R"(,"anchor":"31 January")")),
                    "anchor '31 January'"},
        RefusalCase{"customer_twice", profile("cus_0", version("UTC")), "the same customer as in line 1"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CustomerFileTest, EveryBadLineIsNamed) {
  const auto file = check("x\n" + profile("cus_1", version("UTC")) + "\ny\n");
  ASSERT_TRUE(file);
  EXPECT_THAT(file->findings,
              ElementsAre(Field(&CustomerFinding::line, 1), Field(&CustomerFinding::line, 3)));
}

}  // namespace
}  // namespace tidemark::cli

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
        RefusalCase{"several_versions",
                    profile("cus_1", version("UTC") + "," + version("Europe/Paris", "", "2021")),
                    "not built yet"},
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

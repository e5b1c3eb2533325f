#include "tidemark/partitioner.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

struct Murmur2Case {
  const char* key;
  std::int32_t hash;
  std::int32_t of_4;
  std::int32_t of_8;
  std::int32_t of_32;
};

// Printed by the Java client itself.
constexpr Murmur2Case kJavaClient[] = {
    {"", 275646681, 1, 1, 25},
    {"a", -1563381124, 0, 4, 28},
    {"ab", 316155434, 2, 2, 10},
    {"abc", 479470107, 3, 3, 27},
    {"abcd", -1323649548, 0, 4, 20},
    {"cus_42", 1773275352, 0, 0, 24},
    {"cus_bud", -1655798543, 1, 1, 17},
    {"cus_31", -1562362984, 0, 0, 24},
    {"cus_cairo_daily", -969878283, 1, 5, 21},
    {"cus_new", -1040210084, 0, 4, 28},
    {"cus_0", 1569738324, 0, 4, 20},
    {"cus_1", 178422836, 0, 4, 20},
    {"cus_999", 285831195, 3, 3, 27},
    {"0190f3c2-7b1e-7c3a-9d2e-5f6a7b8c9d0e", -176492680, 0, 0, 24},
    {"\xc3\xbcn\xc3\xaf"
     "c\xc3\xb8"
     "d\xc3\xa9",
     2147241326, 2, 6, 14},
    {"\xe9\xa1\xa7\xe5\xae\xa2-7", -1013681557, 3, 3, 11},
    {R"({"tenant_id":"acme","customer_id":"cus_42"})", -128302926, 2, 2, 18},
    {"acme|cus_42", 465343445, 1, 5, 21},
    {" ", -987232127, 1, 1, 1},
    {"cus_65838d0b0d95", 944061389, 1, 5, 13},
};

class Murmur2Test : public ::testing::TestWithParam<Murmur2Case> {};
TEST_P(Murmur2Test, AgreesWithTheJavaClient) {
  const auto& [key, hash, of_4, of_8, of_32] = GetParam();
  EXPECT_EQ(static_cast<std::int32_t>(murmur2(key)), hash);
  EXPECT_EQ(home_partition(key, 4), PartitionId(of_4));
  EXPECT_EQ(home_partition(key, 8), PartitionId(of_8));
  EXPECT_EQ(home_partition(key, 32), PartitionId(of_32));
  EXPECT_EQ(home_partition(key, 1), PartitionId(0));
}
INSTANTIATE_TEST_SUITE_P(Partitioner, Murmur2Test, ::testing::ValuesIn(kJavaClient));

}  // namespace
}  // namespace tidemark

#include "runtime/state/id_filter.h"

#include <gtest/gtest.h>

#include <random>

namespace tidemark::runtime {
namespace {

std::vector<Hash128> hashes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Hash128> ids(count);
  for (Hash128& id : ids) id = {random(), random()};
  return ids;
}

TEST(IdFilterTest, NeverDeniesWhatWasAdded) {
  for (const std::size_t count : {1U, 2U, 100U, 5'000U}) {
    const auto ids = hashes(count, count);
    IdFilter filter(count);
    for (const Hash128& id : ids) filter.add(id);
    const auto copy = IdFilter::from_bytes(filter.bytes());
    ASSERT_TRUE(copy);
    for (const Hash128& id : ids) {
      EXPECT_TRUE(filter.may_hold(id)) << count;
      EXPECT_TRUE(copy->may_hold(id)) << count;
    }
  }
}

TEST(IdFilterTest, SeldomSuspectsWhatWasNotAdded) {
  constexpr std::size_t kIds = 100'000;
  IdFilter filter(kIds);
  for (const Hash128& id : hashes(kIds, 1)) filter.add(id);
  std::size_t suspected = 0;
  for (const Hash128& id : hashes(kIds, 2)) suspected += filter.may_hold(id) ? 1 : 0;
  EXPECT_LT(suspected, kIds / 100);
  EXPECT_GT(suspected, 0U);
}

TEST(IdFilterTest, NumbersThatCountUpAreSpreadToo) {
  constexpr std::size_t kIds = 10'000;
  IdFilter filter(kIds);
  for (std::uint64_t n = 0; n < kIds; ++n) filter.add({0, n});
  std::size_t suspected = 0;
  for (std::uint64_t n = kIds; n < 2 * kIds; ++n) suspected += filter.may_hold({0, n}) ? 1 : 0;
  EXPECT_LT(suspected, kIds / 100);
}

TEST(IdFilterTest, OtherBytesAreRefused) {
  EXPECT_FALSE(IdFilter::from_bytes(""));
  EXPECT_FALSE(IdFilter::from_bytes(std::string(31, '\0')));
  EXPECT_TRUE(IdFilter::from_bytes(std::string(64, '\0')));
}

}  // namespace
}  // namespace tidemark::runtime

#include "cli/delta_faults.h"

#include <gtest/gtest.h>

#include "cli/audit/audit_report.h"
#include "tests/unit/schemas/deltas.h"
#include "tidemark/partitioner.h"

namespace tidemark::cli {
namespace {

using schemas::delta_of;
using schemas::DeltaKind;

constexpr std::int32_t kPartitions = 4;
const PartitionId kHome = home_partition("cus_1", kPartitions);
const PartitionId kElsewhere((kHome.value() + 1) % kPartitions);

std::string key() {
  std::string text;
  const schemas::DecodedDelta delta = delta_of(1, 0, 1);
  schemas::append_usage_key(text, key_of(delta));
  return text;
}

DeltaPlace place(std::int64_t offset, PartitionId partition = kHome, int second = 0) {
  return {partition, Offset(offset), ArrivalTime(std::chrono::seconds(second))};
}

std::vector<std::string> codes(const DeltaFaults& faults) {
  std::vector<std::string> out;
  for (const DeltaFault& fault : faults.all()) out.push_back(fault.code);
  return out;
}

using Codes = std::vector<std::string>;

TEST(DeltaFaultsTest, TheEnginesOwnHasNone) {
  DeltaFaults faults(kPartitions);
  EXPECT_TRUE(faults.take(key(), delta_of(1, 0, 1), place(0)));
  EXPECT_TRUE(faults.take(key(), delta_of(2, 1, 0, DeltaKind::rebase), place(1)));
  EXPECT_TRUE(faults.all().empty());
}

struct NamedCase {
  const char* name;
  std::string key;
  std::string value;
  std::string total;  // "": none
};

class UnreadableTest : public ::testing::TestWithParam<NamedCase> {};

TEST_P(UnreadableTest, IsOfTheTotalThatItNames) {
  DeltaFaults faults(kPartitions);
  faults.take_unreadable(named_total(GetParam().key, GetParam().value), place(5), "why");
  ASSERT_EQ(codes(faults), Codes{"unreadable"});
  EXPECT_EQ(faults.all()[0].key, GetParam().total);
  EXPECT_EQ(faults.all()[0].detail, "offset 5: why");
}

INSTANTIATE_TEST_SUITE_P(Records, UnreadableTest,
                         ::testing::Values(NamedCase{"by_its_key", key(), "garbage", key()},
                                           NamedCase{"by_its_value", "garbage", key(), key()},
                                           NamedCase{"by_its_key_first", key(), R"({"tenant_id":"b"})",
                                                     key()},
                                           NamedCase{"tombstone", key(), "", key()},
                                           NamedCase{"by_nothing", "", R"({"seq":1})", ""}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(DeltaFaultsTest, ADeltaWithoutAKeyIsOfTheTotalThatItsValueNames) {
  DeltaFaults faults(kPartitions);
  EXPECT_FALSE(faults.take("", delta_of(1, 0, 1), place(0)));
  ASSERT_EQ(codes(faults), Codes{"delta_key"});
  EXPECT_EQ(faults.all()[0].key, key());
}

struct RebaseCase {
  const char* name;
  DeltaPlace fault;
  DeltaPlace rebase;
  bool is_mended;
};

class RebaseTest : public ::testing::TestWithParam<RebaseCase> {};

TEST_P(RebaseTest, MendsWhatLiesBeforeIt) {
  const auto& [name, fault, rebase, is_mended] = GetParam();
  DeltaFaults faults(kPartitions);
  const auto take_fault = [&, at = fault] { faults.take_unreadable(delta_of(1, 0, 1), at, "why"); };
  const bool comes_first = fault.offset < rebase.offset;
  if (comes_first) take_fault();
  EXPECT_TRUE(faults.take(key(), delta_of(2, 1, 0, DeltaKind::rebase), rebase));
  if (!comes_first) take_fault();
  ASSERT_EQ(faults.all().size(), 1u);
  EXPECT_EQ(faults.is_mended(faults.all()[0]), is_mended);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, RebaseTest,
    ::testing::Values(
        RebaseCase{"offset_before", place(4), place(5), true},
        RebaseCase{"offset_after", place(6), place(5), false},
        RebaseCase{"offset_after_with_an_earlier_time", place(6, kHome, 1), place(5, kHome, 2), false},
        RebaseCase{"elsewhere_and_earlier", place(9, kElsewhere, 1), place(5, kHome, 2), true},
        RebaseCase{"elsewhere_at_the_same_time", place(1, kElsewhere, 2), place(5, kHome, 2), false},
        RebaseCase{"elsewhere_and_later", place(1, kElsewhere, 3), place(5, kHome, 2), false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(DeltaFaultsTest, ARebaseOfAnotherTotalMendsNothing) {
  DeltaFaults faults(kPartitions);
  auto other = delta_of(1, 0, 1);
  other.meter = "seats";
  faults.take_unreadable(other, place(0), "why");
  EXPECT_TRUE(faults.take(key(), delta_of(2, 1, 0, DeltaKind::rebase), place(1)));
  EXPECT_FALSE(faults.is_mended(faults.all()[0]));
}

// A copy of a rebase that an operator once asked for is not asked for anew.
TEST(DeltaFaultsTest, ARebaseProducedAgainMendsNothing) {
  DeltaFaults faults(kPartitions);
  const auto rebase = delta_of(2, 1, 0, DeltaKind::rebase);
  EXPECT_TRUE(faults.take(key(), rebase, place(1)));
  faults.take_unreadable(rebase, place(2), "why");
  EXPECT_FALSE(faults.take(key(), rebase, place(3)));
  EXPECT_EQ(codes(faults), (Codes{"unreadable", "delta_repeated"}));
  EXPECT_FALSE(faults.is_mended(faults.all()[0]));
  EXPECT_FALSE(faults.is_mended(faults.all()[1]));
}

TEST(DeltaFaultsTest, AForgedRebaseMendsNothing) {
  DeltaFaults faults(kPartitions);
  faults.take_unreadable(delta_of(1, 0, 1), place(0), "why");
  auto forged = delta_of(2, 1, 0, DeltaKind::rebase);
  forged.delta_id = "td_0";
  EXPECT_FALSE(faults.take(key(), forged, place(1)));
  EXPECT_FALSE(faults.is_mended(faults.all()[0]));
}

TEST(AuditFaultsTest, WhatNamesNoTotalIsNoDifference) {
  DeltaFaults faults(kPartitions);
  faults.take_unreadable(std::nullopt, place(7), "why");
  AuditReport report;
  add_faults(report, faults, "usage.deltas");
  EXPECT_TRUE(report.findings.empty());
  ASSERT_EQ(report.strays.kept().size(), 1u);
  EXPECT_EQ(report.strays.kept()[0].what, "usage.deltas");
  EXPECT_EQ(report.strays.kept()[0].detail, "offset 7: why");
  EXPECT_EQ(remarks(report).size(), 1u);
}

}  // namespace
}  // namespace tidemark::cli

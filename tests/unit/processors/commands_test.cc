#include <gtest/gtest.h>

#include "driver.h"
#include "schemas/command/codec.h"
#include "tidemark/partitioner.h"

namespace tidemark::processors {
namespace {

using namespace testing;
using schemas::DeltaKind;

schemas::RebaseCommand rebase() {
  return {.command_id = "c1",
          .tenant_id = "acme",
          .customer_id = "cus_1",
          .meter = "volume",
          .group = {},
          .period_start = at("2026-03-01T00:00:00Z"),
          .period_end = at("2026-04-01T00:00:00Z"),
          .reason = "a gap",
          .requested_at = at("2026-03-10T12:00:00Z")};
}
std::string key_of(const schemas::RebaseCommand& command) {
  std::string key;
  schemas::append_usage_key(key, command.key());
  return key;
}
void send(Driver& driver, const schemas::RebaseCommand& command) {
  driver.table_record(kCommands, key_of(command), schemas::encode_rebase(command));
}

class RebaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    driver_.profile("cus_1");
    driver_.usage({.event_id = "e1", .value = "5"});
  }
  const schemas::DecodedDelta& last() const { return driver_.deltas().back(); }
  Driver driver_;
};

TEST_F(RebaseTest, TellsTheTotalAnewUnderTheNextSeq) {
  driver_.end_epoch();
  send(driver_, rebase());
  driver_.end_epoch();
  ASSERT_EQ(driver_.deltas().size(), 2u);
  EXPECT_EQ(last().kind, DeltaKind::rebase);
  EXPECT_EQ(last().seq, 2);
  EXPECT_EQ(last().previous_total, Quantity::from_integer(5));
  EXPECT_EQ(last().delta, Quantity());
  EXPECT_EQ(last().total, Quantity::from_integer(5));
  EXPECT_EQ(last().event_count, 0);
  EXPECT_EQ(last().first_event_time, at("2026-03-01T00:00:00Z"));
  ASSERT_EQ(last().source.size(), 1u);
  EXPECT_EQ(last().source[0].first_offset, 0);
  EXPECT_EQ(driver_.total("cus_1")->revision, 2);
  driver_.usage({.event_id = "e2", .value = "1"});
  driver_.end_epoch();
  EXPECT_EQ(last().kind, DeltaKind::usage);
  EXPECT_EQ(last().seq, 3);
}

TEST_F(RebaseTest, StandsBehindWhatIsPending) {
  send(driver_, rebase());
  driver_.usage({.event_id = "e2", .value = "1"});
  driver_.end_epoch();
  ASSERT_EQ(driver_.deltas().size(), 2u);
  EXPECT_EQ(driver_.deltas()[0].total, Quantity::from_integer(6));
  EXPECT_EQ(last().kind, DeltaKind::rebase);
  EXPECT_EQ(last().total, Quantity::from_integer(6));
}

TEST_F(RebaseTest, TwoCommandsBeforeAnEmissionAreOneRebaseOfBoth) {
  driver_.end_epoch();
  send(driver_, rebase());
  send(driver_, rebase());
  driver_.end_epoch();
  ASSERT_EQ(driver_.deltas().size(), 2u);
  EXPECT_EQ(last().source[0].first_offset, 0);
  EXPECT_EQ(last().source[0].last_offset, 1);
  driver_.end_epoch();
  EXPECT_EQ(driver_.deltas().size(), 2u) << "it is told once";
}

TEST(RebaseRowTest, OutlivesARestart) {
  Driver driver({.delta = {.emit_every = std::chrono::seconds(1)}});
  driver.profile("cus_1");
  driver.usage({.event_id = "e1", .value = "5"});
  driver.end_epoch();
  const std::size_t told = driver.deltas().size();
  send(driver, rebase());
  driver.end_epoch();  // too early for an emission
  ASSERT_EQ(driver.deltas().size(), told);
  driver.restart();
  driver.come_to_rest();
  driver.advance_wall_clock(std::chrono::seconds(2));
  driver.come_to_rest();
  ASSERT_FALSE(driver.deltas().empty());
  EXPECT_EQ(driver.deltas().back().kind, DeltaKind::rebase);
}

struct RefusedCase {
  const char* name;
  std::function<void(schemas::RebaseCommand&)> change;
  std::string key;                   // empty: the command's own
  std::optional<std::string> value;  // instead of the command
  const char* code;
};

class RefusedCommandTest : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedCommandTest, IsADeadLetterAndChangesNothing) {
  const RefusedCase& test = GetParam();
  Driver driver({.partition_count = 4});
  const char* customer = "cus_1";
  for (const char* each : {"cus_1", "cus_2", "cus_3", "cus_4", "cus_5", "cus_6", "cus_7", "cus_8"}) {
    if (home_partition(each, 4) == PartitionId(0)) customer = each;
  }
  driver.profile(customer);
  driver.usage({.event_id = "e1", .customer_id = customer, .value = "5"});
  driver.end_epoch();
  ASSERT_EQ(driver.deltas().size(), 1u);
  schemas::RebaseCommand command = rebase();
  command.customer_id = customer;
  test.change(command);
  driver.table_record(kCommands, test.key.empty() ? key_of(command) : test.key,
                      test.value ? *test.value : schemas::encode_rebase(command));
  driver.end_epoch();
  ASSERT_EQ(driver.letters().size(), 1u);
  EXPECT_EQ(driver.letters().front().code, test.code);
  EXPECT_EQ(driver.deltas().size(), 1u);
}

std::string foreign_customer() {
  for (int i = 0;; ++i) {
    std::string name = "cus_" + std::to_string(i);
    if (home_partition(name, 4) != PartitionId(0)) return name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Commands, RefusedCommandTest,
    ::testing::Values(
        RefusedCase{"no_json", [](auto&) {}, "", "rebase!", "command_invalid"},
        RefusedCase{"another_act", [](auto&) {}, "", R"({"schema":1,"command":"erase"})",
                    "command_unsupported"},
        RefusedCase{"another_meter", [](auto& c) { c.meter = "seats"; }, "", std::nullopt, "command_invalid"},
        RefusedCase{"another_period", [](auto& c) { c.period_start = at("2026-02-01T00:00:00Z"); }, "",
                    std::nullopt, "command_invalid"},
        RefusedCase{"a_group_where_there_is_none", [](auto& c) { c.group = R"({"a":"b"})"; }, "",
                    std::nullopt, "command_invalid"},
        RefusedCase{"key_of_another_total", [](auto&) {}, "{}", std::nullopt, "command_invalid"},
        RefusedCase{"of_another_partition", [](auto& c) { c.customer_id = foreign_customer(); }, "",
                    std::nullopt, "wrong_partition"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::processors

// Rows and keys of the store `windows` as bytes, and the cache that may forget them.
#include "processors/usage_state.h"

#include <gtest/gtest.h>

#include "processors/parked_event.h"
#include "tests/unit/processors/driver.h"

namespace tidemark::processors::testing {
namespace {

std::string encoded(const WindowRow& row) {
  std::string bytes;
  append_window_row(bytes, row);
  return bytes;
}

const billing::Period kMarch{at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z")};

Samples full_samples() {
  return {.any = true,
          .extreme = Quantity::from_integer(-9),
          .last = Quantity::from_scaled(7),
          .last_time = kMarch.start + 3ns,
          .last_order = {EpochNumber(INT64_MAX), UINT32_MAX},
          .opened = true,
          .opening = Quantity::from_scaled(-1)};
}

WindowRow full_row() {
  WindowRow row;
  row.total = Quantity::from_scaled(-((int128{1} << 126) + 12'345));
  row.counted = 9;
  row.voided = 2;
  row.meter_version = 3;
  row.seq = 41;
  row.revision = 50;
  row.closed = true;
  const auto at_place = [](int events, EventTime time, std::uint8_t source, std::int64_t offset) {
    return Cause{
        .events = events, .event_time = time, .place = RecordPlace{SourceIndex(source), Offset(offset)}};
  };
  row.pending[0].push_back(PendingDelta::of(Quantity(), at_place(1, kMarch.start, 0, 900)));
  EXPECT_TRUE(row.pending[0][0].add(Quantity::from_integer(-1), at_place(1, kMarch.start + 1h, 1, 899)));
  EXPECT_TRUE(row.pending[0][0].add(Quantity::from_integer(-2), at_place(-1, kMarch.start + 2h, 0, 898)));
  row.pending[0].push_back(PendingDelta::of(Quantity::from_scaled(1), at_place(1, kMarch.end, 0, INT64_MAX)));
  row.pending[1].push_back(PendingDelta::of(Quantity::from_integer(5), at_place(1, kEventTimeMin, 255, 0)));
  row.samples = std::make_unique<Samples>(full_samples());
  return row;
}

TEST(WindowBytesTest, ARowIsReadAsItWasWritten) {
  const WindowRow row = full_row();
  const std::string bytes = encoded(row);
  WindowRow read;
  ASSERT_TRUE(decode_window_row(bytes, read));
  EXPECT_EQ(encoded(read), bytes);
  EXPECT_EQ(read.total, row.total);
  EXPECT_EQ(read.seq, 41);
  EXPECT_TRUE(read.closed);
  EXPECT_FALSE(read.final_emitted);
  ASSERT_EQ(read.pending[0].size(), 2u);
  EXPECT_EQ(read.pending[0][0].ranges.size(), 2u);
  EXPECT_EQ(read.pending[0][0].ranges[0].first, Offset(898));
  EXPECT_EQ(read.pending[0][0].ranges[0].last, Offset(900));
  EXPECT_EQ(read.pending[0][0].event_count, 1);
  EXPECT_EQ(read.counted, 9);
  EXPECT_EQ(read.event_count(), 7);
  ASSERT_TRUE(read.samples);
  EXPECT_EQ(*read.samples, full_samples());
}

struct SamplesCase {
  const char* name;
  bool any;
  bool opened;
};
class SamplesBytesTest : public ::testing::TestWithParam<SamplesCase> {};

TEST_P(SamplesBytesTest, AreReadAsWritten) {
  Samples samples = GetParam().any ? full_samples() : Samples();
  samples.opened = GetParam().opened;
  samples.opening = GetParam().opened ? Quantity::from_integer(4) : Quantity();
  WindowRow row;
  row.samples = std::make_unique<Samples>(samples);
  WindowRow read;
  ASSERT_TRUE(decode_window_row(encoded(row), read));
  ASSERT_TRUE(read.samples);
  EXPECT_EQ(*read.samples, samples);
}
INSTANTIATE_TEST_SUITE_P(WindowBytes, SamplesBytesTest,
                         ::testing::Values(SamplesCase{"neither", false, false},
                                           SamplesCase{"own_samples", true, false},
                                           SamplesCase{"an_opening", false, true},
                                           SamplesCase{"both", true, true}),
                         [](const auto& test) { return std::string(test.param.name); });

// Format 1 had one count of events and neither samples nor voided ones.
TEST(WindowBytesTest, ARowOfFormat1IsStillRead) {
  std::string bytes("\1", 1);
  bytes += std::string(8, '\0') + std::string("\0\0\0\0\0\0\0\5", 8);  // total
  bytes += std::string("\x0e\3\4\6\1", 5);  // 7 events, meter version 3, seq 2, revision 3, closed
  bytes += std::string("\1", 1) + std::string(16, '\0') + std::string("\2\4\6\1\2\x08\x0a", 7);
  bytes += std::string("\0", 1);  // no correction
  WindowRow read;
  read.samples = std::make_unique<Samples>();
  ASSERT_TRUE(decode_window_row(bytes, read));
  EXPECT_EQ(read.total, Quantity::from_scaled(5));
  EXPECT_EQ(read.counted, 7);
  EXPECT_EQ(read.voided, 0);
  EXPECT_EQ(read.meter_version, 3U);
  EXPECT_EQ(read.seq, 2);
  EXPECT_EQ(read.revision, 3);
  EXPECT_TRUE(read.closed);
  EXPECT_FALSE(read.final_emitted);
  EXPECT_FALSE(read.samples);
  ASSERT_EQ(read.pending[0].size(), 1U);
  EXPECT_EQ(read.pending[0][0].event_count, 1);
  EXPECT_EQ(read.pending[0][0].ranges[0].last, Offset(5));
}

TEST(WindowBytesTest, ACutOrForeignRowIsRefused) {
  const std::string bytes = encoded(full_row());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    WindowRow read;
    const Status decoded = decode_window_row(std::string_view(bytes).substr(0, size), read);
    ASSERT_FALSE(decoded) << size;
    EXPECT_EQ(decoded.error().code, "state_corrupt");
  }
  WindowRow read;
  EXPECT_FALSE(decode_window_row(bytes + "x", read));
  EXPECT_FALSE(decode_window_row("{\"total\":1}", read));
}

TEST(WindowBytesTest, KeysAreReadAsWrittenAndSortByTime) {
  const std::string longest(128, 'x');
  const std::string key = encode_window_key({longest, "cus\xff", "m", ""}, kMarch);
  const auto read = decode_window_key(key);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tenant_id, longest);
  EXPECT_EQ(read->customer_id, "cus\xff");
  EXPECT_EQ(read->period, kMarch);
  EXPECT_EQ(read->group, "");
  EXPECT_FALSE(decode_window_key(std::string_view(key).substr(0, key.size() - 1)));
  EXPECT_FALSE(decode_window_key("x" + key.substr(1)));
  const std::string group = R"({"model":"large"})";
  const auto grouped = decode_window_key(encode_window_key({longest, "cus\xff", "m", group}, kMarch));
  ASSERT_TRUE(grouped);
  EXPECT_EQ(grouped->group, group);
  EXPECT_EQ(grouped->period, kMarch);
  const billing::Period before_1970{at("1969-12-01T00:00:00Z"), at("1970-01-01T00:00:00Z")};
  EXPECT_LT(encode_window_key({"t", "c", "m", "z"}, before_1970),
            encode_window_key({"t", "c", "m", "a"}, kMarch));
}

TEST(ParkedBytesTest, AnEventIsReadAsItWasParked) {
  const HeaderView headers[] = {{"td-attempt", "2"}, {"", ""}};
  const RecordView record{.source = SourceIndex(3),
                          .partition = PartitionId(7),
                          .offset = Offset(INT64_MAX),
                          .arrival = kT0,
                          .key = {},
                          .value = "{\"a\":\"\\u0000\"}",
                          .has_key = false,
                          .has_value = true,
                          .headers = headers};
  JudgedEvent event;
  event.record = &record;
  event.judged_arrival = kT0 - 1h;
  event.stream_time = kT0 + 1h;
  event.event.identity = {0x0123456789abcdef, UINT64_MAX};
  event.bytes = "{\"b\":1}";
  event.element = UINT16_MAX;
  event.packed = true;
  const TakenOrder order{EpochNumber(INT64_MAX), UINT32_MAX};
  const std::string bytes = encode_parked(event, order);
  ParkedEvent read;
  ASSERT_TRUE(decode_parked(bytes, read));
  EXPECT_EQ(read.judged_arrival, kT0 - 1h);
  EXPECT_EQ(read.parked_at, kT0 + 1h);
  EXPECT_EQ(read.identity, event.event.identity);
  EXPECT_EQ(read.record.offset, record.offset);
  EXPECT_EQ(read.record.value, event.bytes) << "of the element alone";
  EXPECT_EQ(read.element, UINT16_MAX);
  EXPECT_TRUE(read.packed);
  EXPECT_EQ(read.order, order);
  EXPECT_FALSE(read.record.has_key);
  ASSERT_EQ(read.record.headers.size(), 2u);
  EXPECT_EQ(read.record.headers[0].value, "2");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_parked(std::string_view(bytes).substr(0, size), read)) << size;
  }
}

// Format 1 knew neither the order taken nor elements.
TEST(ParkedBytesTest, AnEventOfFormat1IsStillRead) {
  std::string bytes("\1\x0a\x14", 3);                            // arrival 5, parked at 10
  bytes += std::string("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 16);  // identity
  bytes += std::string("\3\x0e\x12\x0c\1\1k\2{}\1\1n\1v", 15);   // source 3, partition 7, offset 9, arrival 6
  ParkedEvent read;
  ASSERT_TRUE(decode_parked(bytes, read));
  EXPECT_EQ(read.parked_at, ArrivalTime(10ms));
  EXPECT_EQ(read.identity, (Hash128{1, 2}));
  EXPECT_EQ(read.record.offset, Offset(9));
  EXPECT_EQ(read.record.key, "k");
  EXPECT_EQ(read.record.value, "{}");
  ASSERT_EQ(read.record.headers.size(), 1u);
  EXPECT_EQ(read.record.headers[0].value, "v");
  EXPECT_EQ(read.order, TakenOrder());
  EXPECT_EQ(read.element, 0);
  EXPECT_FALSE(read.packed);
}

TEST(ParkedBytesTest, KeysSortByOffsetAndByAge) {
  const std::string prefix = parked_prefix("acme", "cus_9");
  const auto key_at = [&prefix](std::int64_t offset, std::uint16_t element) {
    return parked_key(prefix, {SourceIndex(0), Offset(offset), element});
  };
  EXPECT_LT(key_at(255, 0), key_at(256, 0));
  EXPECT_LT(key_at(255, UINT16_MAX), key_at(256, 0));
  EXPECT_LT(key_at(255, 255), key_at(255, 256));
  const std::string key = key_at(1, 0);
  EXPECT_LT(expiry_key(kT0, key), expiry_key(kT0 + 1ms, key_at(0, 0)));
  EXPECT_EQ(parked_at_of(expiry_key(kT0, key)), kT0);
  EXPECT_EQ(parked_key_of(expiry_key(kT0, key)), key);
}

// A cache of a row or two: everything comes back from the store, and nothing is lost on the way.
TEST(WindowCacheTest, ForgettingRowsChangesNothing) {
  Driver driver({.cache_bytes = 1'200, .delta = {.emit_every = 0ms}});
  constexpr int kCustomers = 20;
  for (int i = 0; i < kCustomers; ++i) driver.profile("cus_" + std::to_string(i));
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < kCustomers; ++i) {
      driver.usage({.event_id = "e" + std::to_string(round),
                    .customer_id = "cus_" + std::to_string(i),
                    .arrival = kT0 + round * 7 * 24h});  // new months on the way
      if (i % 3 == 0) driver.end_epoch();
    }
  }
  driver.come_to_rest();
  std::map<std::pair<std::string, EventTime>, std::pair<std::int64_t, Quantity>> chains;
  for (const auto& delta : driver.deltas()) {
    auto& [seq, total] = chains[{delta.customer_id, delta.period_start}];
    EXPECT_EQ(delta.seq, seq + 1);
    EXPECT_EQ(delta.previous_total, total);
    seq = delta.seq;
    total = delta.total;
  }
  std::map<std::string, std::int64_t> counted;
  for (const auto& [key, link] : chains)
    counted[key.first] += static_cast<std::int64_t>(link.second.scaled() / 1'000'000'000'000);
  for (const auto& [customer, count] : counted) EXPECT_EQ(count, 10) << customer;
  EXPECT_EQ(counted.size(), static_cast<std::size_t>(kCustomers));
}

}  // namespace
}  // namespace tidemark::processors::testing

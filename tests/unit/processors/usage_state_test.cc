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

WindowRow full_row() {
  WindowRow row;
  row.total = Quantity::from_scaled(-((int128{1} << 126) + 12'345));
  row.event_count = 7;
  row.meter_version = 3;
  row.seq = 41;
  row.revision = 50;
  row.closed = true;
  row.pending[0].resize(2);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(row.pending[0][0].add(Quantity::from_integer(-i), kMarch.start + i * 1h,
                                      SourceIndex(static_cast<std::uint8_t>(i % 2)), Offset(900 - i)));
  }
  EXPECT_TRUE(row.pending[0][1].add(Quantity::from_scaled(1), kMarch.end, SourceIndex(0), Offset(INT64_MAX)));
  row.pending[1].resize(1);
  EXPECT_TRUE(row.pending[1][0].add(Quantity::from_integer(5), kEventTimeMin, SourceIndex(255), Offset(0)));
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
  const std::string key = encode_window_key(longest, "cus\xff", "m", kMarch);
  const auto read = decode_window_key(key);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tenant_id, longest);
  EXPECT_EQ(read->customer_id, "cus\xff");
  EXPECT_EQ(read->period, kMarch);
  EXPECT_FALSE(decode_window_key(std::string_view(key).substr(0, key.size() - 1)));
  EXPECT_FALSE(decode_window_key(key + "x"));
  const billing::Period before_1970{at("1969-12-01T00:00:00Z"), at("1970-01-01T00:00:00Z")};
  EXPECT_LT(encode_window_key("t", "c", "m", before_1970), encode_window_key("t", "c", "m", kMarch));
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
  const std::string bytes = encode_parked(event);
  ParkedEvent read;
  ASSERT_TRUE(decode_parked(bytes, read));
  EXPECT_EQ(read.judged_arrival, kT0 - 1h);
  EXPECT_EQ(read.parked_at, kT0 + 1h);
  EXPECT_EQ(read.identity, event.event.identity);
  EXPECT_EQ(read.record.offset, record.offset);
  EXPECT_EQ(read.record.value, record.value);
  EXPECT_FALSE(read.record.has_key);
  ASSERT_EQ(read.record.headers.size(), 2u);
  EXPECT_EQ(read.record.headers[0].value, "2");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_parked(std::string_view(bytes).substr(0, size), read)) << size;
  }
}

TEST(ParkedBytesTest, KeysSortByOffsetAndByAge) {
  const std::string prefix = parked_prefix("acme", "cus_9");
  EXPECT_LT(parked_key(prefix, SourceIndex(0), Offset(255)), parked_key(prefix, SourceIndex(0), Offset(256)));
  const std::string key = parked_key(prefix, SourceIndex(0), Offset(1));
  EXPECT_LT(expiry_key(kT0, key), expiry_key(kT0 + 1ms, parked_key(prefix, SourceIndex(0), Offset(0))));
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

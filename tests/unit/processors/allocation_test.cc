// How often decode -> dedup -> meter touch the heap per thousand events once everything they need is in
// memory. With the real stores, because they are on the way. This binary replaces operator new, so it holds
// nothing else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "processors/decode.h"
#include "processors/dedup.h"
#include "processors/delta.h"
#include "processors/meter.h"
#include "runtime/state/id_state_store.h"
#include "runtime/state/keyed_state_store.h"
#include "tests/unit/processors/driver.h"
#include "tests/unit/store/memory_storage.h"

namespace {
std::size_t allocation_count = 0;
}

// Out of line: inlined, g++ takes free() for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocation_count;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace tidemark::processors::testing {
namespace {

using runtime::IdStateStore;
using runtime::KeyedStateStore;
using runtime::MemoryDisk;
using runtime::MemoryStorage;

constexpr int kCustomerCount = 100;
constexpr std::size_t kBatch = 1'000;

class Chain final : public Context {
 public:
  explicit Chain(const MeterCatalog& catalog)
      : decode_({}), dedup_({}), meter_({}, catalog), delta_({.emit_every = 0ms}, catalog) {
    windows_ = *KeyedStateStore::open(std::make_unique<MemoryStorage>(disks_[0]));
    parked_ = *KeyedStateStore::open(std::make_unique<MemoryStorage>(disks_[1]));
    ids_ = *IdStateStore::open(std::make_unique<MemoryStorage>(disks_[2]), {.horizon = 36 * 24h});
    for (Processor* processor : {static_cast<Processor*>(&decode_), static_cast<Processor*>(&dedup_),
                                 static_cast<Processor*>(&meter_), static_cast<Processor*>(&delta_)}) {
      TM_ASSERT(processor->open(*this).has_value());
    }
  }

  void read_profile(const RecordView& record) {
    RecordView copy = record;
    TM_ASSERT(meter_.process(Batch::of(std::span(&copy, 1)), *this).has_value());
  }
  void process(std::span<RecordView> records) {
    depth_ = 0;
    TM_ASSERT(decode_.process(Batch::of(records), *this).has_value());
  }
  void end_epoch() {
    TM_ASSERT(meter_.end_epoch(*this).has_value());
    TM_ASSERT(delta_.end_epoch(*this).has_value());
    TM_ASSERT(windows_->flush_view().has_value());
    ids_->pack(epoch_);
    for (KeyedStateStore* store : {windows_.get(), parked_.get()})
      TM_ASSERT(store->apply(position(*store->position())).has_value());
    TM_ASSERT(ids_->apply(position(*ids_->position())).has_value());
    epoch_ = epoch_.next();
  }

  KeyedStore& keyed_store(std::string_view name) override { return name == "windows" ? *windows_ : *parked_; }
  IdStore& id_store(std::string_view) override { return *ids_; }
  SourceIndex source(std::string_view name) const override {
    return name == "customers" ? kCustomers : kEvents;
  }
  std::string_view source_topic(SourceIndex) const override { return "usage.events"; }
  Status forward(Batch batch) override {
    ++depth_;
    const Status done = depth_ == 1 ? dedup_.process(batch, *this) : meter_.process(batch, *this);
    --depth_;
    return done;
  }
  Result<SinkIndex> sink(std::string_view name) const override { return SinkIndex(name == "deltas" ? 1 : 0); }
  Status send(SinkIndex sink, std::span<const OutputRecord> records) override {
    if (sink != SinkIndex(1)) return {};
    for (const OutputRecord& record : records)
      counted_ += schemas::decode_usage_delta(record.value).value().event_count;
    return {};
  }
  Status send_to(PartitionId, SinkIndex, std::span<const OutputRecord>) override {
    ADD_FAILURE() << "a foreign record";
    return {};
  }
  std::int64_t counted() const { return counted_; }  // by all meters, as told
  Status dead_letter(const RecordView&, std::string_view, std::string_view) override {
    ADD_FAILURE() << "a dead letter";
    return {};
  }
  PartitionId partition() const override { return PartitionId(0); }
  std::int32_t partition_count() const override { return 1; }
  EpochNumber epoch() const override { return epoch_; }
  ArrivalTime stream_time() const override { return stream_time_; }
  void advance_stream_time(ArrivalTime stream_time) override {
    stream_time_ = std::max(stream_time_, stream_time);
  }
  EventTime watermark() const override { return watermark_; }
  void advance_watermark(EventTime watermark) override { watermark_ = std::max(watermark_, watermark); }
  ArrivalTime wall_clock_time() const override { return kT0; }
  void notice(std::string_view code, std::string_view) override { ADD_FAILURE() << "a notice: " << code; }
  CounterId counter(std::string_view, std::string_view, const Labels&) override { return 0; }
  void count(CounterId, std::uint64_t) override {}

 private:
  runtime::StorePosition position(runtime::StorePosition last) const {
    last.epoch = epoch_;
    last.partition_count = 1;
    last.stream_time = stream_time_;
    last.watermark = watermark_;
    return last;
  }

  MemoryDisk disks_[3];
  std::unique_ptr<KeyedStateStore> windows_;
  std::unique_ptr<KeyedStateStore> parked_;
  std::unique_ptr<IdStateStore> ids_;
  Decode decode_;
  Dedup dedup_;
  Meter meter_;
  Delta delta_;
  int depth_ = 0;
  EpochNumber epoch_{1};
  ArrivalTime stream_time_ = kArrivalMin;
  EventTime watermark_ = kEventTimeMin;
  std::int64_t counted_ = 0;
};

// A thousand events of a hundred customers; the ids are new in each round.
std::vector<std::string> events_of(int round) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const std::string customer = "cus_" + std::to_string(i % kCustomerCount);
    values.push_back(
        TestEvent{.event_id = "0190f3c2-7b1e-7c3a-" + std::to_string(round) + "-" + std::to_string(i),
                  .customer_id = customer,
                  .value = "12.5"}
            .json());
  }
  return values;
}

std::size_t allocations_of(Chain& chain, int round) {
  const std::vector<std::string> values = events_of(round);
  std::vector<RecordView> records;
  for (std::size_t i = 0; i < kBatch; ++i) {
    records.push_back(
        {.source = kEvents,
         .partition = PartitionId(0),
         .offset = Offset(static_cast<std::int64_t>(static_cast<std::size_t>(round) * kBatch + i)),
         .arrival = kT0,
         .key = "k",
         .value = values[i],
         .has_key = true,
         .has_value = true,
         .headers = {}});
  }
  const std::size_t before = allocation_count;
  chain.process(records);
  return allocation_count - before;
}

void add_profiles(Chain& chain) {
  for (int i = 0; i < kCustomerCount; ++i) {
    const std::string customer = "cus_" + std::to_string(i);
    const std::string key = schemas::encode_customer_key("acme", customer);
    const std::string value =
        "{\"tenant_id\":\"acme\",\"customer_id\":\"" + customer +
        "\",\"versions\":[{\"effective_from\":\"2020-01-01T00:00:00Z\",\"time_zone\":\"UTC\",\"interval\":"
        "{\"unit\":\"month\",\"n\":1},\"mode\":\"test\"}]}";
    chain.read_profile({.source = kCustomers,
                        .partition = PartitionId(0),
                        .offset = Offset(i),
                        .arrival = kT0,
                        .key = key,
                        .value = value,
                        .has_key = true,
                        .has_value = true,
                        .headers = {}});
  }
}

// Measured: 11 for the first thousand of an epoch, then 2, where buffers grow. The bounds leave a fifth.
// Nothing is per event.
constexpr std::size_t kBoundFirstOfEpoch = 14;
constexpr std::size_t kBoundWithinEpoch = 3;

TEST(ProcessorAllocationTest, EpochsCostAFewAndEventsNoneOnceAllIsWarm) {
  Chain chain(make_catalog({{.name = "volume", .event_types = {"api.request"}},
                            {.name = "calls", .event_types = {}, .aggregation = "count"}}));
  add_profiles(chain);
  int round = 0;
  for (; round < 20; ++round) {
    allocations_of(chain, round);
    if (round % 5 == 4) chain.end_epoch();
  }
  const std::size_t first = allocations_of(chain, round++);
  std::size_t most = 0;
  for (; round < 30; ++round) most = std::max(most, allocations_of(chain, round));
  chain.end_epoch();
  EXPECT_EQ(chain.counted(), 2 * 30 * static_cast<std::int64_t>(kBatch));
  std::printf("allocations per 1000 events: %zu first of an epoch, at most %zu within it\n", first, most);
  RecordProperty("first_of_epoch", static_cast<int>(first));
  RecordProperty("within_epoch", static_cast<int>(most));
  EXPECT_LE(first, kBoundFirstOfEpoch);
  EXPECT_LE(most, kBoundWithinEpoch);
}

}  // namespace
}  // namespace tidemark::processors::testing

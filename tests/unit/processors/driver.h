#pragma once
// Drives the chain decode -> dedup -> meter -> delta of one partition as a task does, without the engine:
// stores, sinks and dead letters are in memory, epochs end and clocks move when the test says so.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "processors/decode.h"
#include "processors/dedup.h"
#include "processors/delta.h"
#include "processors/meter.h"
#include "schemas/usage_delta/codec.h"
#include "schemas/usage_total/codec.h"
#include "tests/unit/processors/memory_stores.h"
#include "tests/unit/processors/test_meters.h"

namespace tidemark::processors::testing {

using namespace std::chrono_literals;

inline constexpr SinkIndex kTotals{0};
inline constexpr SinkIndex kDeltas{1};
inline constexpr SinkIndex kRekey{2};
inline constexpr SourceIndex kEvents{0};
inline constexpr SourceIndex kCustomers{1};
inline constexpr SourceIndex kCommands{2};
inline constexpr SourceIndex kRekeyed{3};  // where the settings of decode name it: `rekeyed`
inline constexpr ArrivalTime kT0{std::chrono::milliseconds{1'773'144'000'000}};  // 2026-03-10T12:00:00Z

struct DriverSettings {
  std::vector<TestMeter> meters{{.name = "volume", .event_types = {"api.request", "data"}}};
  std::optional<std::chrono::milliseconds> horizon = 36 * 24h;
  std::int32_t partition_count = 1;
  PartitionId partition = PartitionId(0);
  std::size_t cache_bytes = std::size_t{16} << 20;
  DecodeConfig decode = {};
  MeterConfig meter = {};
  DeltaConfig delta = {.emit_every = 0ms};
};

// Defaults make an event that is counted: on time, of a known type and customer.
struct TestEvent {
  std::string event_id = "e1";
  std::string tenant_id = "acme";
  std::string customer_id = "cus_1";
  std::string type = "api.request";
  std::string value = "1";  // a decimal; written as a string
  ArrivalTime arrival = kT0;
  std::optional<EventTime> event_time = std::nullopt;  // else that of arrival
  std::string voids = {};
  std::string properties = {};             // a JSON object
  std::string raw = {};                    // instead of all of the above but arrival
  std::optional<std::string> key = "cus";  // nobody looks at it
  std::vector<std::pair<std::string, std::string>> headers = {};

  std::string json() const;
};

// A void with the content of the event that it takes back.
inline TestEvent void_of(TestEvent event, const std::string& id = "v1") {
  event.voids = std::exchange(event.event_id, id);
  return event;
}
inline TestEvent valued(TestEvent event, const std::string& value) {
  event.value = value;
  return event;
}

struct Letter {
  SourceIndex source;
  Offset offset;
  std::string code;
  std::string message;
  std::string value;
};

struct SentHome {
  PartitionId home;
  std::optional<std::string> key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct Notice {
  std::string code;
  std::string message;
};

class Driver {
 public:
  explicit Driver(DriverSettings settings = {});
  ~Driver();

  // One batch at the next offsets, after the deferred work that a task does before each batch.
  void batch(const std::vector<TestEvent>& events, SourceIndex source = kEvents);
  void usage(const TestEvent& event) { batch(std::vector{event}); }
  // What another task sent here, as it stands in the rekey topic since `at`.
  void bring_home(const SentHome& sent, ArrivalTime at);
  void profile(const std::string& customer_id, const std::string& time_zone = "UTC",
               const std::string& tenant_id = "acme");
  void table_record(SourceIndex source, const std::string& key, const std::optional<std::string>& value);
  void tombstone(const std::string& customer_id);
  void end_epoch();
  // What the processors return for records that end the process: "code: message". Empty: they took them.
  std::string failure_of(const std::function<void()>& act);
  Backlog drain();  // one slice of each processor's deferred work
  // Deferred work and epochs until nothing is left to do.
  void come_to_rest();
  // A new life on what the last ended epoch left. REQUIRES: nothing came since.
  void restart();
  void restart_with(std::vector<TestMeter> meters);
  // As after an epoch that was lost: the same processors on the same state. REQUIRES: as restart().
  void reopen();
  // The setting `purge: never`, from the next restart on.
  void keep_for_ever() { settings_.meter.keep_after_end.reset(); }
  void advance_wall_clock(std::chrono::milliseconds time) { wall_clock_time_ += time; }

  // "counted", "parked", "dead_letter too_old"; the last word. Empty: nothing was said.
  std::string verdict(std::int64_t offset, std::uint16_t element = 0, SourceIndex source = kEvents) const;
  std::vector<std::string> verdicts() const;  // of all offsets
  // All words in order: "parked, counted, voided".
  std::string story(std::int64_t offset, std::uint16_t element = 0, SourceIndex source = kEvents) const;
  std::vector<std::string> stories() const;
  // Every record has one verdict, and every element that has any, moves aside.
  bool each_judged_once() const;

  const std::vector<schemas::DecodedDelta>& deltas() const { return deltas_; }
  // In the order sent.
  const std::vector<schemas::DecodedTotal>& totals() const { return totals_; }
  // The last total of a customer's meter; REQUIRES: it has one period only, unless `start` is named.
  std::optional<schemas::DecodedTotal> total(const std::string& customer_id,
                                             const std::string& meter = "volume",
                                             std::optional<EventTime> start = std::nullopt,
                                             const std::optional<std::string>& group = std::nullopt) const;
  // The figure of that total; "none" where there is no total.
  std::string figure(const std::string& customer_id, const std::string& meter = "volume",
                     std::optional<EventTime> start = std::nullopt,
                     const std::optional<std::string>& group = std::nullopt) const;
  // What counters of that name and these labels say together.
  std::uint64_t counter(const std::string& name, const Labels& labels) const;
  const std::vector<Letter>& letters() const { return letters_; }
  const std::vector<Notice>& notices() const { return notices_; }
  const std::vector<SentHome>& sent_home() const { return sent_home_; }
  EventTime watermark() const { return watermark_; }
  ArrivalTime stream_time() const { return stream_time_; }
  std::int64_t offset_count() const { return next_offset_[0]; }
  MemoryKeyedStore& windows() { return *windows_; }
  MemoryKeyedStore& parked() { return *parked_; }
  MemoryIdStore& ids() { return *ids_; }

 private:
  class NodeContext;
  static constexpr std::size_t kNodes = 4;

  void build();
  void drain_blocking();
  void take_status(const Status& status);
  // The deltas of every row are chained without a gap and add up to its last total.
  void expect_chained() const;
  void process(std::size_t node, std::span<RecordView> records);

  DriverSettings settings_;
  std::unique_ptr<MemoryKeyedStore> windows_;
  std::unique_ptr<MemoryKeyedStore> parked_;
  std::unique_ptr<MemoryIdStore> ids_;
  std::vector<std::unique_ptr<NodeContext>> contexts_;
  std::vector<std::unique_ptr<Processor>> nodes_;
  EpochNumber epoch_{1};
  ArrivalTime stream_time_ = kArrivalMin;
  EventTime watermark_ = kEventTimeMin;
  ArrivalTime wall_clock_time_ = kT0;
  std::int64_t next_offset_[4] = {0, 0, 0, 0};
  std::vector<schemas::DecodedDelta> deltas_;
  std::vector<schemas::DecodedTotal> totals_;
  std::vector<Letter> letters_;
  std::vector<Notice> notices_;
  std::vector<SentHome> sent_home_;
  std::vector<std::pair<std::string, Labels>> counter_names_;
  std::vector<std::uint64_t> counts_;
  std::string* failure_ = nullptr;  // within failure_of()
};

// A profile of the tenant "acme"; each version a JSON object.
std::string profile_json(const std::string& customer_id, const std::string& versions);
EventTime at(const char* rfc3339);

}  // namespace tidemark::processors::testing

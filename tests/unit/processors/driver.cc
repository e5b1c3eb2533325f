#include "tests/unit/processors/driver.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tidemark::processors::testing {
namespace {

ConfigNode scalar(std::string text) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::scalar;
  node.scalar = std::move(text);
  return node;
}

ConfigNode meter_node(const TestMeter& meter) {
  ConfigNode types = scalar("*");
  if (!meter.event_types.empty()) {
    types = {};
    types.kind = ConfigNode::Kind::list;
    for (const std::string& type : meter.event_types) types.list.push_back(scalar(type));
  }
  ConfigNode node;
  node.kind = ConfigNode::Kind::map;
  node.map = {{"name", scalar(meter.name)},
              {"event_types", std::move(types)},
              {"aggregation", scalar(meter.aggregation)},
              {"scale", scalar(std::to_string(meter.scale))},
              {"late", scalar(meter.late)}};
  return node;
}

void expect_ok(const Status& status) {
  if (!status) ADD_FAILURE() << status.error().code << ": " << status.error().message;
}

}  // namespace

// What one processor sees. Forwarded batches go to the next one, as the topology says.
class Driver::NodeContext final : public Context {
 public:
  NodeContext(Driver& driver, std::size_t node) : driver_(driver), node_(node) {}

  KeyedStore& keyed_store(std::string_view name) override {
    return name == "windows" ? *driver_.windows_ : *driver_.parked_;
  }
  IdStore& id_store(std::string_view) override { return *driver_.ids_; }
  SourceIndex source(std::string_view name) const override {
    return name == "events" ? kEvents : name == "customers" ? kCustomers : kCommands;
  }
  std::string_view source_topic(SourceIndex source) const override {
    return source == kEvents ? "usage.events" : source == kCustomers ? "usage.customers" : "usage.commands";
  }
  Status forward(Batch batch) override {
    const std::size_t next = node_ + 1;
    return driver_.nodes_[next]->process(batch, *driver_.contexts_[next]);
  }
  Result<SinkIndex> sink(std::string_view name) const override {
    return name == "deltas" ? kDeltas : kTotals;
  }
  Status send(SinkIndex sink, std::span<const OutputRecord> records) override {
    for (const OutputRecord& record : records) {
      if (sink == kDeltas) {
        auto delta = schemas::decode_usage_delta(record.value);
        EXPECT_TRUE(delta) << (delta ? "" : delta.error().message) << ": " << record.value;
        if (delta) driver_.deltas_.push_back(*std::move(delta));
      } else {
        auto total = schemas::decode_usage_total(record.value);
        EXPECT_TRUE(total) << (total ? "" : total.error().message) << ": " << record.value;
        if (total) driver_.totals_.push_back(*std::move(total));
      }
    }
    return {};
  }
  Status dead_letter(const RecordView& record, std::string_view code, std::string_view message) override {
    driver_.letters_.push_back(
        {record.source, record.offset, std::string(code), std::string(message), std::string(record.value)});
    return {};
  }
  PartitionId partition() const override { return PartitionId(0); }
  std::int32_t partition_count() const override { return driver_.settings_.partition_count; }
  EpochNumber epoch() const override { return driver_.epoch_; }
  ArrivalTime stream_time() const override { return driver_.stream_time_; }
  void advance_stream_time(ArrivalTime stream_time) override {
    driver_.stream_time_ = std::max(driver_.stream_time_, stream_time);
  }
  EventTime watermark() const override { return driver_.watermark_; }
  void advance_watermark(EventTime watermark) override {
    driver_.watermark_ = std::max(driver_.watermark_, watermark);
  }
  ArrivalTime wall_clock_time() const override { return driver_.wall_clock_time_; }
  void notice(std::string_view code, std::string_view message) override {
    driver_.notices_.push_back({std::string(code), std::string(message)});
  }
  CounterId counter(std::string_view, std::string_view, const Labels&) override { return 0; }
  void count(CounterId, std::uint64_t) override {}

 private:
  Driver& driver_;
  const std::size_t node_;
};

std::string TestEvent::json() const {
  if (!raw.empty()) return raw;
  return "{\"event_id\":\"" + event_id + "\",\"tenant_id\":\"" + tenant_id + "\",\"customer_id\":\"" +
         customer_id + "\",\"type\":\"" + type + "\",\"timestamp\":\"" +
         format_rfc3339(event_time.value_or(arrival)) + "\",\"value\":\"" + value + "\"}";
}

Driver::Driver(DriverSettings settings)
    : settings_(std::move(settings)),
      windows_(std::make_unique<MemoryKeyedStore>()),
      parked_(std::make_unique<MemoryKeyedStore>()),
      ids_(std::make_unique<MemoryIdStore>(settings_.horizon)) {
  windows_->set_cache_bytes_max(settings_.cache_bytes);
  build();
}

Driver::~Driver() {
  nodes_.clear();
}

void Driver::build() {
  nodes_.clear();
  contexts_.clear();
  const MeterCatalog catalog = make_catalog(settings_.meters);
  nodes_.push_back(std::make_unique<Decode>(settings_.decode));
  nodes_.push_back(std::make_unique<Dedup>(DedupConfig{}));
  nodes_.push_back(std::make_unique<Meter>(settings_.meter, catalog));
  nodes_.push_back(std::make_unique<Delta>(settings_.delta, catalog));
  for (std::size_t i = 0; i < kNodes; ++i) {
    contexts_.push_back(std::make_unique<NodeContext>(*this, i));
    expect_ok(nodes_[i]->open(*contexts_[i]));
  }
}

Backlog Driver::drain() {
  Backlog strongest = Backlog::none;
  for (std::size_t i = 0; i < kNodes; ++i) {
    auto backlog = nodes_[i]->drain(*contexts_[i]);
    if (!backlog) {
      ADD_FAILURE() << backlog.error().code << ": " << backlog.error().message;
      return Backlog::none;
    }
    strongest = std::max(strongest, *backlog);
  }
  return strongest;
}

void Driver::drain_blocking() {
  while (drain() == Backlog::blocking) end_epoch();
}

void Driver::process(std::size_t node, std::span<RecordView> records) {
  const Status done = nodes_[node]->process(Batch::of(records), *contexts_[node]);
  if (failure_ == nullptr) return expect_ok(done);
  if (!done) *failure_ = done.error().code + ": " + done.error().message;
}

std::string Driver::failure_of(const std::function<void()>& act) {
  std::string failure;
  failure_ = &failure;
  act();
  failure_ = nullptr;
  return failure;
}

void Driver::batch(const std::vector<TestEvent>& events) {
  drain_blocking();
  std::vector<std::string> values;
  std::vector<std::vector<HeaderView>> headers;
  for (const TestEvent& event : events) {
    values.push_back(event.json());
    headers.emplace_back();
    for (const auto& [name, value] : event.headers) headers.back().push_back({name, value});
  }
  std::vector<RecordView> records;
  for (std::size_t i = 0; i < events.size(); ++i) {
    records.push_back({.source = kEvents,
                       .partition = PartitionId(0),
                       .offset = Offset(next_offset_[0]++),
                       .arrival = events[i].arrival,
                       .key = events[i].customer_id,
                       .value = values[i],
                       .has_key = true,
                       .has_value = true,
                       .headers = headers[i]});
  }
  process(0, records);
}

void Driver::table_record(SourceIndex source, const std::string& key,
                          const std::optional<std::string>& value) {
  drain_blocking();
  RecordView record{.source = source,
                    .partition = PartitionId(0),
                    .offset = Offset(next_offset_[source.value()]++),
                    .arrival = wall_clock_time_,
                    .key = key,
                    .value = value ? std::string_view(*value) : std::string_view(),
                    .has_key = true,
                    .has_value = value.has_value(),
                    .headers = {}};
  process(2, {&record, 1});
}

void Driver::profile(const std::string& customer_id, const std::string& time_zone,
                     const std::string& tenant_id) {
  table_record(kCustomers, schemas::encode_customer_key(tenant_id, customer_id),
               "{\"tenant_id\":\"" + tenant_id + "\",\"customer_id\":\"" + customer_id +
                   "\",\"versions\":[{\"effective_from\":\"2020-01-01T00:00:00Z\",\"time_zone\":\"" +
                   time_zone + "\",\"interval\":{\"unit\":\"month\",\"n\":1},\"mode\":\"test\"}]}");
}

void Driver::tombstone(const std::string& customer_id) {
  table_record(kCustomers, schemas::encode_customer_key("acme", customer_id), std::nullopt);
}

void Driver::end_epoch() {
  for (std::size_t i = 0; i < kNodes; ++i) expect_ok(nodes_[i]->end_epoch(*contexts_[i]));
  if (windows_->attached_view() != nullptr) expect_ok(windows_->attached_view()->flush(*windows_));
  epoch_ = epoch_.next();
}

void Driver::come_to_rest() {
  for (int i = 0; i < 1'000; ++i) {
    if (drain() == Backlog::none) return end_epoch();
    end_epoch();
  }
  ADD_FAILURE() << "did not come to rest";
}

void Driver::restart() {
  if (windows_->attached_view() != nullptr) windows_->attached_view()->clear();
  build();
}

std::string Driver::verdict(std::int64_t offset) const {
  const auto said = ids_->said.find({kEvents, Offset(offset)});
  if (said == ids_->said.end()) return {};
  const Said& last = said->second.back();
  std::string text(name_of(static_cast<Verdict>(last.verdict)));
  if (last.code != 0) text.append(" ").append(schemas::name_of(static_cast<schemas::ErrorCode>(last.code)));
  return text;
}

std::vector<std::string> Driver::verdicts() const {
  std::vector<std::string> all;
  for (std::int64_t offset = 0; offset < next_offset_[0]; ++offset) all.push_back(verdict(offset));
  return all;
}

bool Driver::each_judged_once() const {
  for (std::int64_t offset = 0; offset < next_offset_[0]; ++offset) {
    const auto said = ids_->said.find({kEvents, Offset(offset)});
    if (said == ids_->said.end()) return false;
    if (std::count_if(said->second.begin(), said->second.end(),
                      [](const Said& word) { return !word.moved; }) != 1)
      return false;
  }
  return true;
}

std::optional<schemas::DecodedTotal> Driver::total(const std::string& customer_id, const std::string& meter,
                                                   std::optional<EventTime> start) const {
  const auto last = std::find_if(totals_.rbegin(), totals_.rend(), [&](const schemas::DecodedTotal& total) {
    return total.customer_id == customer_id && total.meter == meter &&
           (!start || total.period_start == *start);
  });
  if (last == totals_.rend()) return std::nullopt;
  return *last;
}

MeterCatalog make_catalog(const std::vector<TestMeter>& meters) {
  ConfigNode list;
  list.kind = ConfigNode::Kind::list;
  for (const TestMeter& meter : meters) list.list.push_back(meter_node(meter));
  ConfigNode document;
  document.kind = ConfigNode::Kind::map;
  document.map.emplace_back("meters", std::move(list));
  std::vector<Finding> findings;
  MeterCatalog catalog = MeterCatalog::from(document, findings);
  for (const Finding& finding : findings) ADD_FAILURE() << to_string(finding);
  return catalog;
}

EventTime at(const char* rfc3339) {
  const auto time = parse_rfc3339(rfc3339);
  TM_ASSERT(time.has_value());
  return *time;
}

}  // namespace tidemark::processors::testing

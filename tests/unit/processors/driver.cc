#include "tests/unit/processors/driver.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "processors/remembered.h"

namespace tidemark::processors::testing {
namespace {

bool has_labels(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&labels](const auto& label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
  });
}

std::string text_of(const Said& said) {
  std::string text(name_of(verdict_of(said.verdict)));
  if (said.code != 0) text.append(" ").append(schemas::name_of(static_cast<schemas::ErrorCode>(said.code)));
  return text;
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
    if (name == "rekeyed") return kRekeyed;
    return name == "events" ? kEvents : name == "customers" ? kCustomers : kCommands;
  }
  std::string_view source_topic(SourceIndex source) const override {
    if (source == kRekeyed) return "app-rekey";
    return source == kEvents ? "usage.events" : source == kCustomers ? "usage.customers" : "usage.commands";
  }
  Status forward(Batch batch) override {
    const std::size_t next = node_ + 1;
    return driver_.nodes_[next]->process(batch, *driver_.contexts_[next]);
  }
  Result<SinkIndex> sink(std::string_view name) const override {
    return name == "deltas" ? kDeltas : name == "rekey" ? kRekey : kTotals;
  }
  Status send_to(PartitionId partition, SinkIndex sink, std::span<const OutputRecord> records) override {
    EXPECT_EQ(sink, kRekey);
    for (const OutputRecord& record : records) {
      SentHome& sent = driver_.sent_home_.emplace_back();
      sent.home = partition;
      if (record.key.data() != nullptr) sent.key = std::string(record.key);
      sent.value = std::string(record.value);
      for (const HeaderView& header : record.headers)
        sent.headers.emplace_back(std::string(header.name), std::string(header.value));
    }
    return {};
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
  PartitionId partition() const override { return driver_.settings_.partition; }
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
  CounterId counter(std::string_view name, std::string_view, const Labels& labels) override {
    driver_.counter_names_.emplace_back(name, labels);
    driver_.counts_.push_back(0);
    return static_cast<CounterId>(driver_.counts_.size() - 1);
  }
  void count(CounterId counter, std::uint64_t count) override { driver_.counts_[counter] += count; }

 private:
  Driver& driver_;
  const std::size_t node_;
};

std::string TestEvent::json() const {
  if (!raw.empty()) return raw;
  return "{\"event_id\":\"" + event_id + "\",\"tenant_id\":\"" + tenant_id + "\",\"customer_id\":\"" +
         customer_id + "\",\"type\":\"" + type + "\",\"timestamp\":\"" +
         format_rfc3339(event_time.value_or(arrival)) + "\",\"value\":\"" + value + "\"" +
         (voids.empty() ? "" : ",\"voids\":\"" + voids + "\"") +
         (properties.empty() ? "" : ",\"properties\":" + properties) + "}";
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
  DecodeConfig decode = settings_.decode;
  decode.format.paths = catalog.paths();
  nodes_.push_back(std::make_unique<Decode>(std::move(decode)));
  nodes_.push_back(std::make_unique<Dedup>(DedupConfig{}));
  nodes_.push_back(std::make_unique<Meter>(settings_.meter, catalog));
  nodes_.push_back(std::make_unique<Delta>(settings_.delta, catalog));
  for (std::size_t i = 0; i < kNodes; ++i) {
    contexts_.push_back(std::make_unique<NodeContext>(*this, i));
    take_status(nodes_[i]->open(*contexts_[i]));
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
  take_status(nodes_[node]->process(Batch::of(records), *contexts_[node]));
}

void Driver::take_status(const Status& status) {
  if (failure_ == nullptr) return expect_ok(status);
  if (!status && failure_->empty()) *failure_ = status.error().code + ": " + status.error().message;
}

std::string Driver::failure_of(const std::function<void()>& act) {
  std::string failure;
  failure_ = &failure;
  act();
  failure_ = nullptr;
  return failure;
}

void Driver::batch(const std::vector<TestEvent>& events, SourceIndex source) {
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
    records.push_back({.source = source,
                       .partition = settings_.partition,
                       .offset = Offset(next_offset_[source.value()]++),
                       .arrival = events[i].arrival,
                       .key = events[i].key ? std::string_view(*events[i].key) : std::string_view(),
                       .value = values[i],
                       .has_key = events[i].key.has_value(),
                       .has_value = true,
                       .headers = headers[i]});
  }
  process(0, records);
}

void Driver::bring_home(const SentHome& sent, ArrivalTime at) {
  batch({{.arrival = at, .raw = sent.value, .key = sent.key, .headers = sent.headers}}, kRekeyed);
}

void Driver::table_record(SourceIndex source, const std::string& key,
                          const std::optional<std::string>& value) {
  drain_blocking();
  RecordView record{.source = source,
                    .partition = settings_.partition,
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
    const bool at_rest = drain() == Backlog::none;
    end_epoch();
    if (at_rest) return expect_chained();
  }
  ADD_FAILURE() << "did not come to rest";
}

void Driver::restart() {
  if (windows_->attached_view() != nullptr) windows_->attached_view()->clear();
  build();
}

void Driver::reopen() {
  if (windows_->attached_view() != nullptr) windows_->attached_view()->clear();
  for (std::size_t node = 0; node < kNodes; ++node) {
    nodes_[node]->reset();
    take_status(nodes_[node]->open(*contexts_[node]));
  }
}

void Driver::restart_with(std::vector<TestMeter> meters) {
  settings_.meters = std::move(meters);
  restart();
}

std::string Driver::verdict(std::int64_t offset, std::uint16_t element, SourceIndex source) const {
  const auto said = ids_->said.find({source, Offset(offset), element});
  return said == ids_->said.end() ? "" : text_of(said->second.back());
}

std::vector<std::string> Driver::verdicts() const {
  std::vector<std::string> all;
  for (std::int64_t offset = 0; offset < next_offset_[0]; ++offset) all.push_back(verdict(offset));
  return all;
}

std::string Driver::story(std::int64_t offset, std::uint16_t element, SourceIndex source) const {
  const auto said = ids_->said.find({source, Offset(offset), element});
  if (said == ids_->said.end()) return {};
  std::string words;
  for (const Said& word : said->second) words.append(words.empty() ? "" : ", ").append(text_of(word));
  return words;
}

std::vector<std::string> Driver::stories() const {
  std::vector<std::string> all;
  for (std::int64_t offset = 0; offset < next_offset_[0]; ++offset) all.push_back(story(offset));
  return all;
}

bool Driver::each_judged_once() const {
  for (std::int64_t offset = 0; offset < next_offset_[0]; ++offset) {
    if (!ids_->said.contains({kEvents, Offset(offset)})) return false;
  }
  return std::all_of(ids_->said.begin(), ids_->said.end(), [](const auto& place) {
    const auto is_verdict = [](const Said& word) { return !word.moved; };
    return std::count_if(place.second.begin(), place.second.end(), is_verdict) == 1;
  });
}

void Driver::expect_chained() const {
  struct Link {
    std::int64_t seq = 0;
    std::int64_t event_count = 0;
    Quantity total;
  };
  std::map<std::string, Link> links;
  std::string key;
  const auto link_of = [&](const auto& record) -> Link& {
    key.clear();
    schemas::append_usage_key(key, {.tenant_id = record.tenant_id,
                                    .customer_id = record.customer_id,
                                    .meter = record.meter,
                                    .period_start = record.period_start,
                                    .period_end = record.period_end,
                                    .group = record.group});
    return links[key];
  };
  for (const auto& delta : deltas_) {
    Link& link = link_of(delta);
    EXPECT_EQ(delta.seq, link.seq + 1) << key;
    EXPECT_EQ(delta.previous_total, link.total) << key;
    EXPECT_EQ(Quantity::add(delta.previous_total, delta.delta), delta.total) << key;
    link = {delta.seq, link.event_count + delta.event_count, delta.total};
  }
  std::map<std::string, const schemas::DecodedTotal*> last;
  for (const auto& total : totals_) {
    link_of(total);
    last[key] = &total;
  }
  for (const auto& [row, link] : links) {
    ASSERT_TRUE(last.contains(row)) << row << " has deltas and no total";
    EXPECT_EQ(last[row]->total, link.total) << row;
    EXPECT_EQ(last[row]->event_count, link.event_count) << row;
  }
}

std::uint64_t Driver::counter(const std::string& name, const Labels& labels) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counter_names_[i].first == name && has_labels(counter_names_[i].second, labels)) sum += counts_[i];
  }
  return sum;
}

std::optional<schemas::DecodedTotal> Driver::total(const std::string& customer_id, const std::string& meter,
                                                   std::optional<EventTime> start,
                                                   const std::optional<std::string>& group) const {
  const auto last = std::find_if(totals_.rbegin(), totals_.rend(), [&](const schemas::DecodedTotal& total) {
    return total.customer_id == customer_id && total.meter == meter &&
           (!start || total.period_start == *start) && (!group || total.group == *group);
  });
  if (last == totals_.rend()) return std::nullopt;
  return *last;
}

std::string Driver::figure(const std::string& customer_id, const std::string& meter,
                           std::optional<EventTime> start, const std::optional<std::string>& group) const {
  const auto found = total(customer_id, meter, start, group);
  return found ? to_string(found->total) : "none";
}

std::string profile_json(const std::string& customer_id, const std::string& versions) {
  return R"({"tenant_id":"acme","customer_id":")" + customer_id + R"(","versions":[)" + versions + "]}";
}

EventTime at(const char* rfc3339) {
  const auto time = parse_rfc3339(rfc3339);
  TM_ASSERT(time.has_value());
  return *time;
}

}  // namespace tidemark::processors::testing

#include "processors/decode.h"

#include <charconv>

#include "tidemark/partitioner.h"
#include "tidemark/planted_bugs.h"

namespace tidemark::processors {
namespace {

using schemas::ErrorCode;

constexpr std::size_t kAroundBytesMax = 64 * 1024;
constexpr std::size_t kHeadersMax = 256;
// Of a record that holds several events: each of them may have to be kept with key and headers.
constexpr std::size_t kElementsMax = 1'000;
constexpr std::size_t kAroundElementsMax = 4 * 1024;

// Set by the retrier: the arrival by which the record is judged, in milliseconds.
std::optional<ArrivalTime> original_arrival(const RecordView& record) {
  for (const HeaderView& header : record.headers) {
    if (header.name != "td-original-arrival") continue;
    std::int64_t milliseconds = 0;
    const char* end = header.value.data() + header.value.size();
    const auto [parsed, error] = std::from_chars(header.value.data(), end, milliseconds);
    if (error == std::errc{} && parsed == end) return ArrivalTime(std::chrono::milliseconds(milliseconds));
  }
  return std::nullopt;
}

}  // namespace

Status Decode::open(Context& context) {
  partition_ = context.partition();
  partition_count_ = context.partition_count();
  if (!config_.rekeyed_source) return {};
  const auto sink = context.sink("rekey");
  if (!sink) return sink.error();
  rekey_ = Rekey{*sink, context.source(*config_.rekeyed_source)};
  return {};
}

Status Decode::process(Batch batch, Context& context) {
  const auto records = batch.as<RecordView>();
  decoder_.begin_batch();
  events_.clear();
  events_.reserve(records.size());
  foreign_.clear();
  if (records.empty()) return {};
  const SourceIndex source = records.front().source;  // of all of a batch
  ArrivalTime stream_time = context.stream_time();
  if (rekey_ && source == rekey_->source)
    take_rekeyed(records, stream_time);
  else
    take_all(records, stream_time);
  if (more_events_ > 0) count_more(source, context);
  if (!foreign_.empty()) TM_TRY(send_home(context.source_topic(source), context));
  TM_TRY(context.forward(Batch::of(std::span(events_))));
  context.advance_stream_time(stream_time);
  return {};
}

void Decode::take_all(std::span<const RecordView> records, ArrivalTime& stream_time) {
  for (const RecordView& record : records) {
    const ArrivalTime clock_before = stream_time;
    stream_time = advance_stream_time(stream_time, record.arrival);
    take({&record, clock_before, stream_time, original_arrival(record)});
  }
}

// As if it stood here with the arrival that it had where it was found, but it moves no clock: this partition
// may be a day behind, and its own records must not be taken for ones that come late.
void Decode::take_rekeyed(std::span<const RecordView> records, ArrivalTime& stream_time) {
  rekeyed_.assign(records.begin(), records.end());
  for (RecordView& record : rekeyed_) {
    const auto rekeyed = read_rekeyed(record);
    if (rekeyed && !TM_PLANTED_BUG(rekeyed_by_kafka_time)) record.arrival = rekeyed->arrival;
    if (TM_PLANTED_BUG(rekeyed_moves_clock)) stream_time = advance_stream_time(stream_time, record.arrival);
    const Taken taken{&record, stream_time, stream_time, original_arrival(record), rekeyed};
    if (rekeyed) {
      take(taken);
    } else {
      add(taken, record.value)
          .reject(ErrorCode::not_rekeyed, "the rekey topic is for this application's own transactions");
    }
  }
}

// In the transaction that commits the offsets of the records.
Status Decode::send_home(std::string_view topic, Context& context) {
  for (const auto& [index, home] : foreign_) sent_home_.add(home, events_[index]);
  for (const auto& [home, records] : sent_home_.write(topic)) {
    TM_TRY(context.send_to(home, rekey_->sink, records));
    if (TM_PLANTED_BUG(rekeyed_outside_epoch)) TM_TRY(context.send_to(home, rekey_->sink, records));
  }
  sent_home_.clear();
  foreign_.clear();
  return {};
}

// Key and headers; the value has a limit of its own. A parked event keeps all three, in one changelog record.
// What was added on the way home does not count: it would have been judged without.
std::size_t Decode::bytes_around(const Taken& taken) {
  const RecordView& record = *taken.record;
  std::size_t bytes = record.key.size();
  for (const HeaderView& header : record.headers) bytes += header.name.size() + header.value.size();
  return taken.rekeyed ? bytes - taken.rekeyed->bytes : bytes;
}

// The records themselves are counted by the task.
void Decode::count_more(SourceIndex source, Context& context) {
  context.count(context.counter("tidemark_consumed_records_total", "Records taken from a source.",
                                {{"topic", std::string(context.source_topic(source))},
                                 {"partition", std::to_string(context.partition().value())}}),
                more_events_);
  more_events_ = 0;
}

JudgedEvent& Decode::add(const Taken& taken, std::string_view bytes) {
  JudgedEvent& event = events_.emplace_back();
  event.record = taken.record;
  event.bytes = bytes;
  event.stream_time = taken.stream_time;
  event.rekeyed = taken.rekeyed.has_value();
  // A clock that runs ahead must not get past the check for the future: the record came when Kafka says, at
  // the latest.
  const ArrivalTime arrival = taken.record->arrival;
  event.judged_arrival = taken.original_arrival ? std::min(*taken.original_arrival, arrival) : arrival;
  return event;
}

void Decode::take(const Taken& taken) {
  const RecordView& record = *taken.record;
  if (const std::size_t around = bytes_around(taken); around > kAroundBytesMax) {
    return add(taken, record.value)
        .reject(ErrorCode::record_too_large, "key and headers of " + std::to_string(around) +
                                                 " bytes, at most " + std::to_string(kAroundBytesMax));
  }
  const std::size_t headers = record.headers.size() - (taken.rekeyed ? kRekeyHeaders : 0);
  if (headers > kHeadersMax) {
    return add(taken, record.value)
        .reject(ErrorCode::record_too_large,
                std::to_string(headers) + " headers, at most " + std::to_string(kHeadersMax));
  }
  if (schemas::UsageEventDecoder::looks_packed(record)) {
    auto unpacked = decoder_.unpack(record);
    if (unpacked.outcome.code != ErrorCode::none) {
      return add(taken, record.value).reject(unpacked.outcome.code, std::move(unpacked.outcome.message));
    }
    if (unpacked.packed) return take_elements(taken, unpacked.elements);
  }
  JudgedEvent& event = add(taken, record.value);
  judge(event, decoder_.decode(record, event.event), taken);
}

// Each is judged like a record of its own, at the same offset.
void Decode::take_elements(const Taken& taken, std::span<const std::string_view> elements) {
  TM_ASSERT(!elements.empty());
  if (elements.size() > kElementsMax || bytes_around(taken) > kAroundElementsMax) {
    return add(taken, taken.record->value)
        .reject(ErrorCode::record_too_large,
                "a record of " + std::to_string(elements.size()) + " events with key and headers of " +
                    std::to_string(bytes_around(taken)) + " bytes; at most " + std::to_string(kElementsMax) +
                    " and " + std::to_string(kAroundElementsMax));
  }
  more_events_ += elements.size() - 1;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    JudgedEvent& event = add(taken, elements[i]);
    event.packed = true;
    event.element = static_cast<std::uint16_t>(i);
    judge(event, decoder_.decode_element(*taken.record, elements[i], event.event), taken);
  }
}

void Decode::judge(JudgedEvent& event, schemas::DecodeOutcome outcome, const Taken& taken) {
  if (outcome.code != ErrorCode::none) return event.reject(outcome.code, std::move(outcome.message));
  if (is_at_home(event)) judge_times(event, taken);
}

// Sent home once at most: what comes by the rekey topic goes nowhere else.
bool Decode::is_at_home(JudgedEvent& event) {
  const PartitionId home = home_partition(event.event.customer_id, partition_count_);
  if (home == partition_) return true;
  if (rekey_ && !event.rekeyed) {
    event.verdict = Verdict::rerouted;
    foreign_.emplace_back(static_cast<std::size_t>(&event - events_.data()), home);
    return false;
  }
  event.reject(ErrorCode::wrong_partition,
               "customer_id belongs to partition " + std::to_string(home.value()) + " (murmur2), found in " +
                   std::to_string(partition_.value()) + "; set the producer's partitioner to murmur2_random");
  return false;
}

void Decode::judge_times(JudgedEvent& event, const Taken& taken) const {
  const ArrivalTime arrival = event.judged_arrival;
  const ArrivalTime clock_before = taken.clock_before;
  const EventTime event_time = event.event.event_time;
  if (arrival < ArrivalTime{} || arrival > kArrivalMax) {
    return event.reject(ErrorCode::arrival_invalid, "record timestamp " +
                                                        std::to_string(arrival.time_since_epoch().count()) +
                                                        " ms is outside of 1970..2200");
  }
  if (config_.arrival_slack && !taken.original_arrival && arrival + *config_.arrival_slack < clock_before) {
    return event.reject(ErrorCode::arrival_behind,
                        "arrived more than " + format_duration(*config_.arrival_slack) +
                            " behind the newest arrival of the partition, " + format_rfc3339(clock_before));
  }
  if (event_time > arrival + config_.max_future) {
    return event.reject(ErrorCode::timestamp_in_future, "timestamp is more than " +
                                                            format_duration(config_.max_future) +
                                                            " after the arrival, " + format_rfc3339(arrival));
  }
  if (event_time < arrival - config_.max_age) {
    event.reject(ErrorCode::too_old, "timestamp is more than " + format_duration(config_.max_age) +
                                         " before the arrival, " + format_rfc3339(arrival));
  }
}

}  // namespace tidemark::processors

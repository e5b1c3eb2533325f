#include "processors/parked_event.h"

#include "tidemark/bytes.h"

namespace tidemark::processors {
namespace {

constexpr std::uint8_t kFormat = 2;
constexpr std::uint8_t kFormatBefore = 1;  // without order and element
constexpr std::size_t kClockBytes = 8;

}  // namespace

std::string parked_prefix(std::string_view tenant, std::string_view customer) {
  std::string key = "p";
  key.push_back(static_cast<char>(tenant.size()));
  key.append(tenant);
  key.push_back(static_cast<char>(customer.size()));
  key.append(customer);
  return key;
}

std::string waiting_prefix(const Hash128& original) {
  std::string key = "v";
  ByteWriter(key).fixed64(original.high);
  ByteWriter(key).fixed64(original.low);
  return key;
}

std::string waiting_prefix(const Hash128& original, std::uint64_t content) {
  std::string key = waiting_prefix(original);
  ByteWriter(key).fixed64(content);
  return key;
}

Hash128 original_of_waiting_key(std::string_view key) {
  ByteReader in(key.substr(1));
  Hash128 original;
  original.high = in.fixed64();
  original.low = in.fixed64();
  TM_ASSERT(in.ok());
  return original;
}

std::string parked_key(std::string_view prefix, const RecordPlace& place) {
  std::string key(prefix);
  ByteWriter out(key);
  out.byte(place.source.value());
  out.fixed64(static_cast<std::uint64_t>(place.offset.value()));
  out.byte(static_cast<std::uint8_t>(place.element >> 8));
  out.byte(static_cast<std::uint8_t>(place.element));
  return key;
}

CustomerOfKey customer_of_parked_key(std::string_view parked_key) {
  ByteReader in(parked_key.substr(1));
  CustomerOfKey owner;
  owner.tenant_id = in.bytes(in.byte());
  owner.customer_id = in.bytes(in.byte());
  TM_ASSERT(in.ok());
  return owner;
}

std::string expiry_key(ArrivalTime parked_at, std::string_view parked_key) {
  std::string key = "x";
  ByteWriter(key).fixed64(static_cast<std::uint64_t>(parked_at.time_since_epoch().count()));
  key.append(parked_key);
  return key;
}

ArrivalTime parked_at_of(std::string_view expiry_key) {
  const std::uint64_t milliseconds = ByteReader(expiry_key.substr(1)).fixed64();
  return ArrivalTime(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

std::string_view parked_key_of(std::string_view expiry_key) {
  return expiry_key.substr(1 + kClockBytes);
}

std::string release_key(std::string_view prefix) {
  std::string key(prefix);
  key.front() = 'r';
  return key;
}

std::string encode_parked(const JudgedEvent& event, TakenOrder order, ArrivalTime parked_at) {
  const RecordView& record = *event.record;
  std::string bytes;
  ByteWriter out(bytes);
  out.byte(kFormat);
  out.signed_varint(event.judged_arrival.time_since_epoch().count());
  out.signed_varint(parked_at.time_since_epoch().count());
  out.fixed64(event.event.identity.high);
  out.fixed64(event.event.identity.low);
  out.signed_varint(order.epoch.value());
  out.varint(order.number);
  out.varint(event.element);
  out.byte(event.packed ? 1 : 0);
  out.byte(record.source.value());
  out.signed_varint(record.partition.value());
  out.signed_varint(record.offset.value());
  out.signed_varint(record.arrival.time_since_epoch().count());
  out.byte(record.has_key ? 1 : 0);
  out.string(record.key);
  out.string(event.bytes);
  out.varint(record.headers.size());
  for (const HeaderView& header : record.headers) {
    out.string(header.name);
    out.string(header.value);
  }
  return bytes;
}

Status decode_parked(std::string_view bytes, ParkedEvent& parked) {
  ByteReader in(bytes);
  const std::uint8_t format = in.byte();
  const bool known = format == kFormat || format == kFormatBefore;
  parked.judged_arrival = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
  parked.parked_at = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
  parked.identity.high = in.fixed64();
  parked.identity.low = in.fixed64();
  if (format == kFormat) {
    parked.order.epoch = EpochNumber(in.signed_varint());
    parked.order.number = static_cast<std::uint32_t>(in.varint());
    parked.element = static_cast<std::uint16_t>(in.varint());
    parked.packed = in.byte() != 0;
  }
  RecordView& record = parked.record;
  record.source = SourceIndex(in.byte());
  record.partition = PartitionId(static_cast<std::int32_t>(in.signed_varint()));
  record.offset = Offset(in.signed_varint());
  record.arrival = ArrivalTime(std::chrono::milliseconds(in.signed_varint()));
  record.has_key = in.byte() != 0;
  record.key = in.string();
  if (!record.has_key) record.key = {};
  record.value = in.string();
  record.has_value = true;  // a tombstone is a dead letter, never parked
  parked.headers.clear();
  for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) {
    HeaderView& header = parked.headers.emplace_back();
    header.name = in.string();
    header.value = in.string();
  }
  record.headers = parked.headers;
  if (!known || !in.at_end()) {
    return Error{Disposition::fatal, "state_corrupt", "a parked event in store parked cannot be read"};
  }
  return {};
}

}  // namespace tidemark::processors

#include "processors/window_row.h"

#include <algorithm>

#include "tidemark/assert.h"
#include "tidemark/planted_bugs.h"

namespace tidemark::processors {
namespace {

constexpr std::uint8_t kRowFormat = 1;

std::string_view read_short(ByteReader& in) {
  const std::size_t size = in.byte();
  return in.bytes(size);
}

void append_quantity(ByteWriter& out, Quantity quantity) {
  const auto raw = static_cast<uint128>(quantity.scaled());
  out.fixed64(static_cast<std::uint64_t>(raw >> 64));
  out.fixed64(static_cast<std::uint64_t>(raw));
}
Quantity read_quantity(ByteReader& in) {
  const uint128 high = in.fixed64();
  return Quantity::from_scaled(static_cast<int128>(high << 64 | in.fixed64()));
}

void append_pending(ByteWriter& out, const PendingDelta& delta) {
  append_quantity(out, delta.amount);
  out.signed_varint(delta.event_count);
  out.signed_varint(delta.first_event_time.time_since_epoch().count());
  out.signed_varint(delta.last_event_time.time_since_epoch().count());
  out.varint(delta.ranges.size());
  for (const OffsetRange& range : delta.ranges) {
    out.byte(range.source.value());
    out.signed_varint(range.first.value());
    out.signed_varint(range.last.value());
  }
}

PendingDelta read_pending(ByteReader& in) {
  PendingDelta delta;
  delta.amount = read_quantity(in);
  delta.event_count = in.signed_varint();
  delta.first_event_time = EventTime(std::chrono::nanoseconds(in.signed_varint()));
  delta.last_event_time = EventTime(std::chrono::nanoseconds(in.signed_varint()));
  for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) {
    OffsetRange& range = delta.ranges.emplace_back();
    range.source = SourceIndex(in.byte());
    range.first = Offset(in.signed_varint());
    range.last = Offset(in.signed_varint());
  }
  return delta;
}

}  // namespace

void append_short(std::string& out, std::string_view text) {
  TM_ASSERT(text.size() <= 255);
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

// Big-endian with the sign bit flipped: byte order is time order.
void append_time(std::string& out, EventTime time) {
  ByteWriter(out).fixed64(static_cast<std::uint64_t>(time.time_since_epoch().count()) ^
                          (std::uint64_t{1} << 63));
}
EventTime read_time(ByteReader& in) {
  return EventTime(
      std::chrono::nanoseconds(static_cast<std::int64_t>(in.fixed64() ^ (std::uint64_t{1} << 63))));
}
Error windows_corrupt(std::string_view what) {
  return {Disposition::fatal, "state_corrupt", std::string(what) + " in store windows cannot be read"};
}

std::string encode_window_key(std::string_view tenant, std::string_view customer, std::string_view meter,
                              const billing::Period& period) {
  std::string key = "w";
  append_short(key, tenant);
  append_short(key, customer);
  append_short(key, meter);
  append_time(key, period.start);
  append_time(key, period.end);
  return key;
}

Result<WindowKey> decode_window_key(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.byte() != 'w') return windows_corrupt("the key of a window");
  WindowKey key;
  key.tenant_id = read_short(in);
  key.customer_id = read_short(in);
  key.meter = read_short(in);
  key.period.start = read_time(in);
  key.period.end = read_time(in);
  if (!in.at_end()) return windows_corrupt("the key of a window");
  return key;
}

bool PendingDelta::add(Quantity change, EventTime event_time, SourceIndex source, Offset offset) {
  const auto sum = Quantity::add(amount, change);
  if (!sum) return false;
  if (event_count == 0) {
    first_event_time = last_event_time = event_time;
  } else {
    first_event_time = std::min(first_event_time, event_time);
    last_event_time = std::max(last_event_time, event_time);
  }
  amount = *sum;
  ++event_count;
  for (OffsetRange& range : ranges) {
    if (range.source != source) continue;
    range.first = std::min(range.first, offset);
    range.last = std::max(range.last, offset);
    return true;
  }
  ranges.push_back({source, offset, offset});
  return true;
}

// REQUIRES: total + amount fits.
void WindowRow::book(schemas::DeltaKind kind, Quantity amount, EventTime event_time, SourceIndex source,
                     Offset offset) {
  const auto sum = Quantity::add(total, amount);
  TM_ASSERT(sum.has_value());
  total = *sum;
  ++event_count;
  auto& deltas = pending[static_cast<std::size_t>(kind)];
  if (deltas.empty()) deltas.emplace_back();
  if (!deltas.back().add(amount, event_time, source, offset)) {
    const bool added = deltas.emplace_back().add(amount, event_time, source, offset);
    TM_ASSERT(added);
  }
}

void append_window_row(std::string& bytes, const WindowRow& row) {
  ByteWriter out(bytes);
  out.byte(kRowFormat);
  append_quantity(out, row.total);
  out.signed_varint(row.event_count);
  out.varint(row.meter_version);
  out.signed_varint(row.seq);
  out.signed_varint(row.revision);
  out.byte(static_cast<std::uint8_t>((row.closed ? 1 : 0) | (row.final_emitted ? 2 : 0)));
  for (const auto& deltas : row.pending) {
    out.varint(deltas.size());
    for (const PendingDelta& delta : deltas) append_pending(out, delta);
  }
}

Status decode_window_row(std::string_view bytes, WindowRow& row) {
  ByteReader in(bytes);
  if (in.byte() != kRowFormat) return windows_corrupt("a window");
  row.total = read_quantity(in);
  row.event_count = in.signed_varint();
  row.meter_version = static_cast<std::uint32_t>(in.varint());
  row.seq = in.signed_varint();
  if (TM_PLANTED_BUG(chain_seq_not_restored)) row.seq = 0;
  row.revision = in.signed_varint();
  const std::uint8_t flags = in.byte();
  row.closed = (flags & 1) != 0;
  row.final_emitted = (flags & 2) != 0;
  for (auto& deltas : row.pending) {
    deltas.clear();
    for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) deltas.push_back(read_pending(in));
  }
  if (!in.at_end()) return windows_corrupt("a window");
  return {};
}

}  // namespace tidemark::processors

#include "processors/window_row.h"

#include <algorithm>

#include "tidemark/assert.h"
#include "tidemark/planted_bugs.h"

namespace tidemark::processors {
namespace {

constexpr std::uint8_t kRowFormat = 2;
constexpr std::uint8_t kRowFormatBefore = 1;  // without samples and voided events
constexpr std::uint8_t kClosed = 1, kFinalEmitted = 2, kHasSamples = 4, kRebaseAsked = 8;
constexpr std::uint8_t kAny = 1, kOpened = 2;  // of samples

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

void append_event_time(ByteWriter& out, EventTime time) {
  out.signed_varint(time.time_since_epoch().count());
}
EventTime read_event_time(ByteReader& in) {
  return EventTime(std::chrono::nanoseconds(in.signed_varint()));
}

void append_range(ByteWriter& out, const OffsetRange& range) {
  out.byte(range.source.value());
  out.signed_varint(range.first.value());
  out.signed_varint(range.last.value());
}
OffsetRange read_range(ByteReader& in) {
  OffsetRange range;
  range.source = SourceIndex(in.byte());
  range.first = Offset(in.signed_varint());
  range.last = Offset(in.signed_varint());
  return range;
}

void append_pending(ByteWriter& out, const PendingDelta& delta) {
  append_quantity(out, delta.amount);
  out.signed_varint(delta.event_count);
  append_event_time(out, delta.first_event_time);
  append_event_time(out, delta.last_event_time);
  out.varint(delta.ranges.size());
  for (const OffsetRange& range : delta.ranges) append_range(out, range);
}

void append_samples(ByteWriter& out, const Samples& samples) {
  out.byte(static_cast<std::uint8_t>((samples.any ? kAny : 0) | (samples.opened ? kOpened : 0)));
  if (samples.any) {
    append_quantity(out, samples.extreme);
    append_quantity(out, samples.last);
    append_event_time(out, samples.last_time);
    out.signed_varint(samples.last_order.epoch.value());
    out.varint(samples.last_order.number);
  }
  if (samples.opened) append_quantity(out, samples.opening);
}

std::unique_ptr<Samples> read_samples(ByteReader& in) {
  auto samples = std::make_unique<Samples>();
  const std::uint8_t flags = in.byte();
  samples->any = (flags & kAny) != 0;
  samples->opened = (flags & kOpened) != 0;
  if (samples->any) {
    samples->extreme = read_quantity(in);
    samples->last = read_quantity(in);
    samples->last_time = read_event_time(in);
    samples->last_order.epoch = EpochNumber(in.signed_varint());
    samples->last_order.number = static_cast<std::uint32_t>(in.varint());
  }
  if (samples->opened) samples->opening = read_quantity(in);
  return samples;
}

PendingDelta read_pending(ByteReader& in) {
  PendingDelta delta;
  delta.amount = read_quantity(in);
  delta.event_count = in.signed_varint();
  delta.first_event_time = read_event_time(in);
  delta.last_event_time = read_event_time(in);
  for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) delta.ranges.push_back(read_range(in));
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
std::string end_of_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<std::uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  TM_ASSERT(!prefix.empty());
  prefix.back() = static_cast<char>(static_cast<std::uint8_t>(prefix.back()) + 1);
  return prefix;
}

Error windows_corrupt(std::string_view what) {
  return {Disposition::fatal, "state_corrupt", std::string(what) + " in store windows cannot be read"};
}

std::string windows_prefix(std::string_view tenant, std::string_view customer) {
  std::string prefix = "w";
  append_short(prefix, tenant);
  append_short(prefix, customer);
  return prefix;
}

schemas::UsageKey usage_key(const WindowKey& key) {
  return {.tenant_id = key.tenant_id,
          .customer_id = key.customer_id,
          .meter = key.meter,
          .period_start = key.period.start,
          .period_end = key.period.end,
          .group = key.group};
}

std::string encode_window_key(const WindowName& name, const billing::Period& period) {
  std::string key = windows_prefix(name.tenant_id, name.customer_id);
  append_short(key, name.meter);
  append_time(key, period.start);
  append_time(key, period.end);
  key.append(name.group);
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
  if (!in.ok()) return windows_corrupt("the key of a window");
  key.group = in.rest();
  return key;
}

PendingDelta PendingDelta::of(Quantity change, const Cause& cause) {
  PendingDelta delta;
  delta.amount = change;
  delta.first_event_time = delta.last_event_time = cause.event_time;
  delta.extend(cause);
  return delta;
}

bool PendingDelta::add(Quantity change, const Cause& cause) {
  const auto sum = Quantity::add(amount, change);
  if (!sum) return false;
  amount = *sum;
  extend(cause);
  return true;
}

void PendingDelta::extend(const Cause& cause) {
  event_count += cause.events;
  first_event_time = std::min(first_event_time, cause.event_time);
  last_event_time = std::max(last_event_time, cause.event_time);
  if (!cause.place) return;
  for (OffsetRange& range : ranges) {
    if (range.source != cause.place->source) continue;
    range.first = std::min(range.first, cause.place->offset);
    range.last = std::max(range.last, cause.place->offset);
    return;
  }
  ranges.push_back({cause.place->source, cause.place->offset, cause.place->offset});
}

void WindowRow::move(schemas::DeltaKind kind, Quantity new_total, const Cause& cause) {
  if (const auto change = Quantity::subtract(new_total, total)) {
    add_pending(kind, *change, cause);
  } else {  // from one end of the range to the other: by way of zero
    add_pending(kind, *Quantity::subtract(Quantity(), total), cause);
    add_pending(kind, new_total, {.events = 0, .event_time = cause.event_time, .place = cause.place});
  }
  total = new_total;
  counted += cause.events > 0 ? 1 : 0;
  voided += cause.events < 0 ? 1 : 0;
}

void WindowRow::add_pending(schemas::DeltaKind kind, Quantity change, const Cause& cause) {
  auto& deltas = pending[static_cast<std::size_t>(kind)];
  if (deltas.empty() || !deltas.back().add(change, cause)) deltas.push_back(PendingDelta::of(change, cause));
}

// Commands of one source, in offset order.
void WindowRow::ask_rebase(const OffsetRange& command) {
  if (rebase_asked) {
    rebase_asked->last = command.last;
  } else {
    rebase_asked = command;
  }
}

void append_window_row(std::string& bytes, const WindowRow& row) {
  ByteWriter out(bytes);
  out.byte(kRowFormat);
  append_quantity(out, row.total);
  out.signed_varint(row.counted);
  out.signed_varint(row.voided);
  out.varint(row.meter_version);
  out.signed_varint(row.seq);
  out.signed_varint(row.revision);
  out.byte(static_cast<std::uint8_t>((row.closed ? kClosed : 0) | (row.final_emitted ? kFinalEmitted : 0) |
                                     (row.samples ? kHasSamples : 0) |
                                     (row.rebase_asked ? kRebaseAsked : 0)));
  for (const auto& deltas : row.pending) {
    out.varint(deltas.size());
    for (const PendingDelta& delta : deltas) append_pending(out, delta);
  }
  if (row.samples) append_samples(out, *row.samples);
  if (row.rebase_asked) append_range(out, *row.rebase_asked);
}

Status decode_window_row(std::string_view bytes, WindowRow& row) {
  ByteReader in(bytes);
  const std::uint8_t format = in.byte();
  if (format != kRowFormat && format != kRowFormatBefore) return windows_corrupt("a window");
  row.total = read_quantity(in);
  row.counted = in.signed_varint();
  row.voided = format == kRowFormatBefore ? 0 : in.signed_varint();
  row.meter_version = static_cast<std::uint32_t>(in.varint());
  row.seq = in.signed_varint();
  if (TM_PLANTED_BUG(chain_seq_not_restored)) row.seq = 0;
  row.revision = in.signed_varint();
  const std::uint8_t flags = in.byte();
  row.closed = (flags & kClosed) != 0;
  row.final_emitted = (flags & kFinalEmitted) != 0;
  for (auto& deltas : row.pending) {
    deltas.clear();
    for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) deltas.push_back(read_pending(in));
  }
  row.samples = (flags & kHasSamples) != 0 ? read_samples(in) : nullptr;
  row.rebase_asked.reset();
  if ((flags & kRebaseAsked) != 0) row.rebase_asked = read_range(in);
  if (!in.at_end()) return windows_corrupt("a window");
  return {};
}

}  // namespace tidemark::processors

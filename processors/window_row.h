#pragma once
// One row of the store `windows`: the total of a (tenant, customer, meter, period, group), its delta chain,
// and what was counted since the last emission; with the bytes of its key and value. Layouts:
// docs/formats.md. Pure. Errors: fatal "state_corrupt".
#include <array>
#include <boost/container/small_vector.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "billing/period.h"
#include "processors/aggregation.h"
#include "schemas/usage_delta/codec.h"
#include "tidemark/bytes.h"
#include "tidemark/quantity.h"
#include "tidemark/result.h"
#include "tidemark/types.h"

namespace tidemark::processors {

// Parts of keys. A text has at most 255 bytes; the byte order of times is their order.
void append_short(std::string& out, std::string_view text);
void append_time(std::string& out, EventTime time);
EventTime read_time(ByteReader& in);
// The end of all keys that begin with `prefix`.
std::string end_of_prefix(std::string prefix);

Error windows_corrupt(std::string_view what);

struct WindowKey {
  std::string tenant_id;
  std::string customer_id;
  std::string meter;
  billing::Period period;
  std::string group;  // a canonical JSON object, "" for none
};
schemas::UsageKey usage_key(const WindowKey& key);  // borrows
// Of what a window is; borrows.
struct WindowName {
  std::string_view tenant_id;
  std::string_view customer_id;
  std::string_view meter;
  std::string_view group;
};
std::string encode_window_key(const WindowName& name, const billing::Period& period);
Result<WindowKey> decode_window_key(std::string_view bytes);
// What all windows of a customer begin with.
std::string windows_prefix(std::string_view tenant, std::string_view customer);

struct OffsetRange {
  SourceIndex source;
  Offset first;
  Offset last;
};

// Why a total changes: an event that is counted or voided, at its place; or an opening, which has neither.
struct Cause {
  int events = 0;  // 1 counted, -1 voided, 0 opening, or carried over from an event of an earlier period
  EventTime event_time;  // of an opening: the period's start
  std::optional<RecordPlace> place;
};

// Changed since the last emission, per kind.
struct PendingDelta {
  Quantity amount;  // the change of the total
  std::int64_t event_count = 0;
  EventTime first_event_time;
  EventTime last_event_time;
  boost::container::small_vector<OffsetRange, 1> ranges;  // one per source

  static PendingDelta of(Quantity change, const Cause& cause);
  // False (and nothing is added) when the amount would not fit: totals of opposite sign can lie further apart
  // than a Quantity reaches. The caller then starts a second delta.
  [[nodiscard]] bool add(Quantity change, const Cause& cause);

 private:
  void extend(const Cause& cause);
};

struct WindowRow {
  WindowKey key;
  std::string encoded_key;
  Quantity total;
  std::int64_t counted = 0;
  std::int64_t voided = 0;
  std::unique_ptr<Samples> samples;  // where the aggregation keeps any
  std::uint32_t meter_version = 1;
  std::int64_t seq = 0;        // of the last delta emitted
  std::int64_t revision = 0;   // of the last total emitted
  bool closed = false;         // the watermark has passed end + grace
  bool final_emitted = false;  // a total with final: true was sent
  std::array<std::vector<PendingDelta>, 2>
      pending;  // by schemas::DeltaKind; more than one only when one is full

  std::optional<OffsetRange> rebase_asked;  // by the commands in it; told behind all that is pending

  bool changed = false;  // since the last flush to the store
  Figure figure() const { return {total, samples ? *samples : Samples()}; }
  std::int64_t event_count() const { return counted - voided; }
  // The total becomes another one; what it was is not forgotten before it is told.
  void move(schemas::DeltaKind kind, Quantity new_total, const Cause& cause);
  void ask_rebase(const OffsetRange& command);
  bool has_something_to_emit() const {
    return !pending[0].empty() || !pending[1].empty() || rebase_asked || (closed && !final_emitted);
  }
  bool indexed = false;         // its end stands in the index, or did, or will with the next flush
  bool listed = false;          // in UsageState's list of rows to emit
  std::uint32_t last_used = 0;  // number of the epoch it was last used in, for eviction

 private:
  void add_pending(schemas::DeltaKind kind, Quantity change, const Cause& cause);
};
void append_window_row(std::string& out, const WindowRow& row);
Status decode_window_row(std::string_view bytes, WindowRow& row);

}  // namespace tidemark::processors
